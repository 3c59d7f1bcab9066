"""Texts that may stand in an honest export: markup, formulas, signs that hide or turn what is around them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from tests.factories import export_json

TEXTS: Final[dict[str, str]] = {
    "C01 script": "<script>alert(1)</script>",
    "C01 script, other case": "<ScRiPt>alert`1`</sCrIpT>",
    "C02 image": '"><img src=x onerror=alert(1)>',
    "C02 image without blanks": '"><img/src=x/onerror=alert(1)>',
    "C02 handler": "'onmouseover='alert(1)",
    "C03 end of script": "</script><svg/onload=alert(1)>",
    "C03 end of a comment": "--><b>",
    "C03 end of a title": "</title></textarea></style><i>",
    "C04 htmx": "<a hx-get=/accounts hx-trigger=load>",
    "C04 htmx without blanks": '"hx-get="/accounts"hx-trigger="load',
    "C05 template": "{{7*7}}",
    "C05 template block": "{%raw%}",
    "C05 interpolation": "${7*7}#{7*7}",
    "C06 formula": '=HYPERLINK("http://evil.example","x")',
    "C07 command": "+1+cmd|'/C-calc'!A0",
    "C08 at": "@@SUM(1)",
    "C08 minus": "-2+3",
    "C08 pipe": "|calc",
    "C08 percent": "%1+1",
    "C08 full width": "＝1+1",
    "C08 tab": "\t=1+1",
    "C09 percent zero": "%00",
    "C09 NUL": "a\0b",
    "C10 right to left": "evil\u202egpj.exe",
    "C11 isolates": "a\u2066\u2067\u2068b\u202a",
    "C11 zalgo": "z" + "\u0301\u0323\u0489" * 20,
    "C11 zalgo of 2,000 marks": "z" + "\u0310" * 2_000,
    "C12 family": "👩‍👩‍👧‍👦",
    "C12 skin tone and flag": "👍🏽🇨🇭🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "C12 lone selector": "\ufe0fa\u200d",
    "C12 forty emoji": "😀" * 40,
    "C13 zero width": "hash\u200btag",
    "C13 soft hyphen": "hash\u00adtag",
    "C13 nothing to see": "\u200b\u2060\ufeff",
    "C14 homoglyphs": "раураl",
    "C14 full width letters": "ａｄｍｉｎ",
    "C14 mathematical letters": "𝓪𝓭𝓶𝓲𝓷",
    "C14 decomposed": "e\u0301te\u0301",
    "C15 64 letters": "w" * 64,
    "C15 10,000 letters": "w" * 10_000,
    "C16 line separators": "a\u2028b\u2029c",
    "C17 chat mentions": "<!channel>@everyone",
    "C17 markdown": "[x](javascript:alert(1))",
    "C18 header": "x\r\nBcc: a@b.example",
    "C19 formats": "%s%n%(x)s{0.__class__}",
    "C20 terminal": "\x1b]0;title\x07\x1b[31m",
    "C20 C1 terminal": "\x9b31m\x85x",
    "C20 log line": "x\nINFO admin signed in",
    "C21 SQL": "';DROP/**/TABLE/**/follower;--",
    "C21 pattern": "a%_\\b",
    "C22 folder": "../../etc/passwd",
    "C22 device": "CON.json",
    "C23 other host": "//evil.example",
    "C23 data address": "data:text/html,<b>",
    "C24 style": "expression(alert(1));url(//evil.example)",
    "C25 5,000 hashtags": "#tag" * 5_000,
    "C26 undefined": "undefined",
    "C26 null": "NULL",
    "C26 number": "1e309",
    "C26 entity": "&lt;b&gt;&amp;#60;",
    "C26 quotes": "'\"`´’”«",
    "C26 supplementary": "𠜎𠜱𠝹𠱓",
    "C26 no characters": "\ufffe\uffff",
    "C26 Turkish": "İıIi",
    "C26 Arabic": "مُنَاقَشَةُ",
    "C26 Ogham": "᚛᚛ᚉ",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def expected_name(text: str) -> str | None:
    """Return the name that a row with this text has, ``None`` where it is no name."""
    name = unicodedata.normalize("NFC", _CONTROLS.sub("", text).strip()).lstrip("@")
    seen = any(unicodedata.category(character)[0] in "LNPS" for character in name)
    is_name = name and len(name.casefold()) <= 64 and not re.search(r"\s", name) and not _NOT_TEXT.search(name) and seen
    return name if is_name else None


def expected_text(text: str) -> str:
    """Return a caption as it is kept."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def expected_line(text: str) -> str:
    """Return a display name as it is kept."""
    return " ".join(expected_text(text).split())[:200].rstrip()


NAMES: Final[dict[str, str]] = {
    label: name for label, text in TEXTS.items() if (name := expected_name(text)) is not None
}


def export(display_name: str = TEXTS["C02 image"], texts: dict[str, str] = TEXTS) -> bytes:
    """Return an export with every text as a follower, an account followed, a caption, a sound and a place."""
    people = [(text, f"2025-01-02 03:{n // 60:02}:{n % 60:02}") for n, text in enumerate(texts.values())]
    posts: list[dict[str, Any]] = [
        {
            "Date": f"2025-03-04 17:{n // 60:02}:{n % 60:02}",
            "Link": text,
            # The first ten stand on the dashboard, whatever their words.
            "Likes": "9" if n < 10 else "1",
            "Title": text,
            "Sound": f"{text} - {text}",
            "Location": text,
            "WhoCanView": "Everyone" if n < 10 else text,
            "AlternateText": text,
        }
        for n, text in enumerate(texts.values())
    ]
    return export_json(people, people, posts=posts, profile={"displayName": display_name})


def harmless(texts: dict[str, str] = TEXTS) -> bytes:
    """Return an export with as many rows of plain names: what pages look like without any trick."""
    plain = {label: f"person{n:03}" if expected_name(text) else "" for n, (label, text) in enumerate(texts.items())}
    return export("Plain name", plain)
