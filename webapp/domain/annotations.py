"""What may be written about a day: a line of plain text, and a day of the account's calendar."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import MAX_PAGE, Arguments, parse_day, parse_number, single

MAX_ANNOTATION: Final = 200
# So many markers no chart can show, and every chart reads them all.
MAX_ANNOTATIONS: Final = 1000
# What `parse_day` takes.
FIRST_DAY: Final = "1970-01-01"
LAST_DAY: Final = "2100-12-31"
PAGE_SIZE: Final = 50

# They hold emoji and some scripts together; everything else of their kind is unseen or turns the direction of writing.
_JOINERS: Final = ("\u200c", "\u200d")


def clean_annotation(text: str) -> str:
    """Return a note on a day as it is stored: one line; raise ``Invalid`` for nothing to see and for too much."""
    shown = "".join(
        c if c in _JOINERS or c.isspace() or unicodedata.category(c)[0] != "C" else ""
        for c in unicodedata.normalize("NFC", text)
    )
    note = " ".join(shown.split())
    is_shown = any(unicodedata.category(c)[0] in "LNPS" for c in note)
    if not is_shown or len(note) > MAX_ANNOTATION:
        raise Invalid(ErrorCode.ANNOTATION_INVALID, field="text", maximum=MAX_ANNOTATION, found=len(note))
    return note


def parse_annotation_day(text: str) -> date:
    """Return the day that a form names; raise ``Invalid`` for none and for one before 1970 or after 2100."""
    try:
        day = parse_day("day", text.strip())
    except Invalid:
        day = None
    if day is None:
        raise Invalid(ErrorCode.ANNOTATION_DAY_INVALID, field="day", first=FIRST_DAY, last=LAST_DAY)
    return day


@dataclass(frozen=True, slots=True)
class AnnotationQuery:
    """A page of the notes; ``day`` fills the form for a new one, ``edit`` is the public id of the one to change."""

    day: date | None = None
    edit: str = ""
    page: int = 1

    FIELDS: ClassVar[tuple[str, ...]] = ("day", "edit", "page")

    @classmethod
    def parse(cls, arguments: Arguments) -> AnnotationQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        day = single(arguments, "day")
        return cls(
            day=parse_annotation_day(day) if day else None,
            edit=single(arguments, "edit"),
            page=parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE),
        )

    def with_(self, **changes: Any) -> AnnotationQuery:
        """Return a copy with other values, at its first page unless that is given."""
        return replace(self, **{"page": 1, **changes})

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "day": self.day.isoformat() if self.day else "",
            "edit": self.edit,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in arguments.items() if value}
