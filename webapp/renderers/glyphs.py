"""Which characters our fonts can draw: a tagged sheet is refused as a whole for a single one that none of them has."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FONTS: Final = Path(__file__).parent / "fonts"
# What stands for a character that no font has.
_BOX: Final = "□"
# A mark on a letter is left out: the letter stays what it is.
_INSTEAD: Final[Mapping[str, str | None]] = {"Zs": " ", "Mn": None, "Me": None}
# What is not drawn itself but says how its neighbours are: where they break and join, and what an emoji is; nothing
# that turns around what stands after it.
_SILENT: Final = re.compile(
    r"[\t\n\r\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u2028\u2029\u2060-\u206f\ufe00-\ufe0f\U000e0020-\U000e007f]"
)
# The forms of a font's table of characters: up to U+FFFF, and all of them.
_SHORT, _LONG = 4, 12


def drawable(value: Any) -> Any:
    """Return values for a template with a box for every character in them that no font has, and no controls."""
    if isinstance(value, str):
        return value.translate(_table())
    if isinstance(value, Mapping):
        return {key: drawable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [drawable(each) for each in value]
    return value


class _Table(dict[int, int | str | None]):
    """What each character is drawn as, worked out as it comes up; ``None`` leaves it out."""

    def __init__(self, covered: Iterable[int]) -> None:
        super().__init__({0xFEFF: None})
        self._covered = frozenset(covered)

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = self._drawn(code)
        return found

    def _drawn(self, code: int) -> int | str | None:
        sign = chr(code)
        if _SILENT.fullmatch(sign) is not None:
            return code
        kind = unicodedata.category(sign)
        if kind in ("Cc", "Cf"):
            return None
        if code in self._covered:
            return code
        return _INSTEAD.get(kind, _BOX)


@cache
def _table() -> _Table:
    return _Table(code for path in sorted(FONTS.glob("*.ttf")) for code in _covered_by(path.read_bytes()))


def _covered_by(font: bytes) -> Iterator[int]:
    """Yield the characters that a TrueType font has a glyph for."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = (struct.unpack_from(">4sLLL", font, 12 + 16 * number) for number in range(count))
    start = next(offset for tag, _sum, offset, _length in tables if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for number in range(count):
        (offset,) = struct.unpack_from(">L", font, start + 8 + 8 * number)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if form == _LONG:
            yield from _in_groups(font, start + offset)
        elif form == _SHORT:
            yield from _in_segments(font, start + offset)


def _in_groups(font: bytes, start: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">L", font, start + 12)
    for number in range(count):
        first, last, glyph = struct.unpack_from(">LLL", font, start + 16 + 12 * number)
        yield from range(first + (glyph == 0), last + 1)


def _in_segments(font: bytes, start: int) -> Iterator[int]:
    size = struct.unpack_from(">H", font, start + 6)[0]
    count = size // 2
    lasts, firsts, deltas, ranges = (
        struct.unpack_from(f">{count}H", font, start + 14 + place)
        for place in (0, size + 2, 2 * size + 2, 3 * size + 2)
    )
    for number, (first, last, delta, skipped) in enumerate(zip(firsts, lasts, deltas, ranges, strict=True)):
        for code in range(first, last + 1):
            glyph = code
            if skipped:
                place = start + 16 + 3 * size + 2 * number + skipped + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", font, place)
            if glyph and (glyph + delta) & 0xFFFF:
                yield code
