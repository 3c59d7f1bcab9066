"""Bring names, texts and counts of foreign files into one safe spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_NAME: Final = 64
MAX_LINE: Final = 200
MAX_COUNT: Final = 2**63 - 1
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.]{1,64}\Z").match
_NOT_IN_NAMES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COUNT = re.compile(r"[0-9]{1,19}", re.ASCII)
_BLANKS = frozenset({"", "n/a", "none", "null"})
_FLAGS: Final = {"yes": True, "no": False}
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class DeletedAccountError(ValueError):
    """The export writes N/A where the name of a deleted account stood."""


def is_blank(text: str) -> bool:
    """Return whether the text is one of the spellings of "nothing"."""
    return text.strip().casefold() in _BLANKS


def clean_text(value: object) -> str | None:
    """Return the text without control characters (line breaks and tabs stay), None for no text."""
    if not isinstance(value, str):
        return None
    if value.isprintable():  # nearly always, and then there is nothing to take out
        return value
    return _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def clean_optional(value: object) -> str | None:
    """Return the stripped text, None where the export writes one of its spellings of "nothing"."""
    if value is None or value == "" or value == "N/A":  # how exports write "nothing" as a rule
        return None
    text = clean_text(value)
    return None if text is None or is_blank(text) else text.strip()


def clean_line(value: object) -> str | None:
    """Return an optional text as one line of at most 200 characters."""
    text = clean_optional(value)
    return None if text is None else " ".join(text.split())[:MAX_LINE].rstrip() or None


def clean_name(value: object) -> str:
    """Return a username in NFC without leading @.

    Raise DeletedAccountError for N/A and ValueError for what cannot be a name.
    """
    if not isinstance(value, str):
        raise ValueError("name")
    name = unicodedata.normalize("NFC", _CONTROLS.sub("", value).strip()).lstrip("@")
    if name.casefold() == "n/a":
        raise DeletedAccountError
    # Names are compared without regard to case, and that form can be longer than the name.
    if not name or len(name.casefold()) > MAX_NAME or _NOT_IN_NAMES.search(name) or _LONE_SURROGATE.search(name):
        raise ValueError("name")
    # Joiners, marks and direction signs alone would show nothing to read or to point at.
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise ValueError("name")
    return name


def clean_count(value: object) -> int | None:
    """Return a count of 0 to 2**63-1 written as digits or integer, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value <= MAX_COUNT else None
    if isinstance(value, str) and _COUNT.fullmatch(value.strip()):
        count = int(value.strip())
        return count if count <= MAX_COUNT else None
    return None


def clean_flag(value: object) -> bool | None:
    """Return True for Yes, False for No, None for anything else."""
    if isinstance(value, bool):
        return value
    if value == "Yes":  # nearly always
        return True
    word = value.strip().casefold() if isinstance(value, str) else ""
    return _FLAGS.get(word)
