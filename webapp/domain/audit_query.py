"""What is asked of the record of actions: who, what, when, words, and the place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import Arguments, parse_day, parse_search, single

PAGE_SIZE: Final = 50
# The "who" of what the app does by itself.
NOBODY: Final = "nobody"
INSTALLATION: Final = "installation"

_WHO = re.compile(r"[0-9a-f]{20}")
_WHAT = re.compile(r"[a-z_]{1,30}(:[a-z_]{1,30})?")
_PLACE = re.compile(r"(older|newer)-([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Place:
    """The events before or after one of them in the chain."""

    is_newer: bool
    sequence: int

    def encode(self) -> str:
        """Return the place as text for an address."""
        return f"{'newer' if self.is_newer else 'older'}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A view of the record: days are those of UTC, as the record has them.

    ``who`` is a person's public id or ``NOBODY``, ``what`` an action or a group of them. ``of`` is ``INSTALLATION``
    where what belongs to no team is wanted, such as failed sign-ins.
    """

    search: str = ""
    who: str = ""
    what: str = ""
    date_from: date | None = None
    date_to: date | None = None
    of: str = ""
    place: Place | None = None

    FIELDS: ClassVar[tuple[str, ...]] = ("search", "who", "what", "date_from", "date_to", "of", "place")

    @classmethod
    def parse(cls, arguments: Arguments) -> AuditQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        who, what = given["who"], given["what"]
        if who and who != NOBODY and not _WHO.fullmatch(who):
            raise Invalid(ErrorCode.FIELD_INVALID, field="who", value=who[:40])
        if what and not _WHAT.fullmatch(what):
            raise Invalid(ErrorCode.FIELD_INVALID, field="what", value=what[:40])
        first, last = parse_day("date_from", given["date_from"]), parse_day("date_to", given["date_to"])
        if first and last and first > last:
            raise Invalid(ErrorCode.PERIOD_REVERSED, field="date_to", first=first.isoformat(), last=last.isoformat())
        if given["of"] not in ("", INSTALLATION):
            raise Invalid(ErrorCode.FIELD_INVALID, field="of", value=given["of"][:40])
        return cls(parse_search(given["search"]), who, what, first, last, given["of"], _parse_place(given["place"]))

    def with_(self, **changes: Any) -> AuditQuery:
        """Return a copy with other values, at its first page unless the place is given."""
        return replace(self, **{"place": None, **changes})

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "search": self.search,
            "who": self.who,
            "what": self.what,
            "date_from": self.date_from.isoformat() if self.date_from else "",
            "date_to": self.date_to.isoformat() if self.date_to else "",
            "of": self.of,
            "place": self.place.encode() if self.place else "",
        }
        return {name: value for name, value in arguments.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the record."""
        return bool(self.with_(of="").to_args())


def _parse_place(text: str) -> Place | None:
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Invalid(ErrorCode.CURSOR_INVALID, field="place")
    return Place(found[1] == "newer", int(found[2]))
