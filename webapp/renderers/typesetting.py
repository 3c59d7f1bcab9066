"""Set paper and images with the templates of ``templates/typst``, in jobs and child processes alone.

A template sees nothing but what is handed over: it reads ``values.json``, draws images by their names, and sees
neither the disk nor the network. Values are data there, never markup. Fonts are those of this folder, on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from config import ROOT
from webapp.renderers.glyphs import FONTS, drawable

if TYPE_CHECKING:
    import typst

_TEMPLATES: Final = ROOT / "templates" / "typst"
_BASE: Final = "base.typ"
# So many letters without a gap fit into any column; longer runs may be broken where they stand.
_UNBROKEN: Final = 24
_AFTER: Final = re.compile(r"(?<=[ \n-])")
_POINTS_PER_INCH: Final = 72


def set_pdf(template: str, values: Mapping[str, Any], files: Mapping[str, bytes], made_at: int) -> bytes:
    """Return a tagged PDF (PDF/UA-1) that says it was made at a Unix second; the same input gives the same bytes."""
    made = _compile(template, values, files, format="pdf", pdf_standards=["ua-1"], timestamp=made_at)
    return bytes(made)


def set_png(template: str, values: Mapping[str, Any], files: Mapping[str, bytes], *, scale: float = 1) -> bytes:
    """Return the only page of a template as PNG, ``scale`` pixels for each of its points."""
    return bytes(_compile(template, values, files, format="png", ppi=_POINTS_PER_INCH * scale))


def breakable(text: str) -> str:
    """Return a text whose longest words may be broken, so that none leaves its column."""
    # After a hyphen a word may be broken anyway.
    return "".join(
        part if len(part.rstrip()) <= _UNBROKEN else "\u200b".join(_pieces(part))
        for part in _AFTER.split(text.replace("\u200b", ""))
    )


def _pieces(word: str) -> list[str]:
    # Emoji and letters with signs over them are made of several characters, which nothing may part.
    pieces = [""]
    for sign in word:
        is_start = unicodedata.category(sign)[0] in "LNP" and not pieces[-1].endswith("\u200d")
        if len(pieces[-1]) >= _UNBROKEN // 2 and is_start:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _compile(template: str, values: Mapping[str, Any], files: Mapping[str, bytes], **options: Any) -> Any:
    import typst

    held: Any = {
        "main.typ": _source(template),
        _BASE: _source(_BASE),
        "values.json": msgspec.json.encode(drawable(values)),
        # A file that is handed over must be text; `picture` in base.typ makes an image of the numbers again.
        **{name: msgspec.json.encode(list(content)) for name, content in files.items()},
    }
    return typst.compile(held, font_paths=_fonts(), **options)


@cache
def _source(name: str) -> bytes:
    return (_TEMPLATES / name).read_bytes()


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
