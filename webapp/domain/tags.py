"""The marks that a team puts on people: four with a meaning of their own, and free words."""

from __future__ import annotations

import unicodedata
from typing import Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.text import N_

MAX_TAG: Final = 40
MAX_TAGS_OF_PERSON: Final = 20
MAX_TAGS_OF_ACCOUNT: Final = 200
MAX_NOTE: Final = 2000

KEEP: Final = "keep"
# Left out of the lists of who does not follow back, unless the reader asks for them.
IGNORE: Final = "ignore"
FAMILY: Final = "family"
BRAND: Final = "brand"

# Their labels are translated; a free tag is shown as it was typed.
BUILT_IN: Final[dict[str, str]] = {
    KEEP: N_("Keep"),
    IGNORE: N_("Ignore"),
    FAMILY: N_("Family"),
    BRAND: N_("Brand"),
}

_ZERO_WIDTH_JOINER: Final = "\u200d"


def tag_key(tag: str) -> str:
    """Return the form in which tags are compared: NFC, without regard to case, single blanks."""
    return " ".join(unicodedata.normalize("NFC", tag).split()).casefold()


def clean_tag(text: str) -> str:
    """Return a tag as it is stored; raise ``Invalid`` for what cannot be one."""
    tag = " ".join(unicodedata.normalize("NFC", text).split())
    # The compared form can be longer than what was typed, and has the same room.
    fits = 0 < len(tag) <= MAX_TAG and len(tag_key(tag)) <= MAX_TAG
    is_shown = any(unicodedata.category(character)[0] in "LNPS" for character in tag)
    if not fits or not is_shown or _has_controls(tag):
        raise Invalid(ErrorCode.TAG_INVALID, field="tag", maximum=MAX_TAG)
    return tag_key(tag) if tag_key(tag) in BUILT_IN else tag


def clean_note(text: str) -> str:
    """Return a note with its line breaks, empty for nothing; raise ``Invalid`` for one that is too long."""
    note = clean_lines(text)
    if len(note) > MAX_NOTE:
        raise Invalid(ErrorCode.NOTE_TOO_LONG, field="note", maximum=MAX_NOTE, found=len(note))
    return note


def clean_lines(text: str) -> str:
    """Return a text with its line breaks, without what no text has and without blanks around it."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _has_controls(text: str) -> bool:
    # The joiner holds emoji together; everything else of its kind is unseen or turns the direction of writing.
    return any(unicodedata.category(c)[0] == "C" and c != _ZERO_WIDTH_JOINER for c in text)
