"""What is asked of the notifications: which type, of which account, unread alone, and the place in the list."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.notifications import NoticeType
from webapp.domain.query import Arguments, parse_choice, parse_flag, single

NOTIFICATIONS_SHOWN: Final = 30

_ID: Final = re.compile(r"[0-9a-f]{20}")
_PLACE: Final = re.compile(r"(older|newer)-([0-9a-f]{20})")
_MOMENT: Final = re.compile(r"[1-9][0-9]{14,16}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NotificationPlace:
    """The notifications before or after one of them, by its public id."""

    is_newer: bool
    public_id: str

    def encode(self) -> str:
        """Return the place as text for an address."""
        return f"{'newer' if self.is_newer else 'older'}-{self.public_id}"


@dataclass(frozen=True, slots=True)
class NotificationQuery:
    """A view of the notifications; ``account`` is a public id, empty for all that the reader may see."""

    type: NoticeType | None = None
    account: str = ""
    unread: bool = False
    place: NotificationPlace | None = None
    page_size: int = NOTIFICATIONS_SHOWN

    FIELDS: ClassVar[tuple[str, ...]] = ("type", "account", "unread", "place")

    @classmethod
    def parse(cls, arguments: Arguments) -> NotificationQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        account = single(arguments, "account")
        if account and not _ID.fullmatch(account):
            raise Invalid(ErrorCode.FIELD_INVALID, field="account", value=account[:40])
        return cls(
            type=parse_choice(NoticeType, "type", single(arguments, "type")),
            account=account,
            unread=parse_flag("unread", single(arguments, "unread")),
            place=parse_place("place", single(arguments, "place")),
        )

    def with_(self, **changes: Any) -> NotificationQuery:
        """Return a copy with other values, at its first page unless the place is given."""
        return replace(self, **{"place": None, **changes})

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "type": self.type.value if self.type else "",
            "account": self.account,
            "unread": "1" if self.unread else "",
            "place": self.place.encode() if self.place else "",
        }
        return {name: value for name, value in arguments.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the list."""
        return self.type is not None or bool(self.account) or self.unread


def parse_place(field: str, text: str) -> NotificationPlace | None:
    """Return the place that a text names, ``None`` for an empty one; raise ``Invalid`` for any other."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Invalid(ErrorCode.CURSOR_INVALID, field=field)
    return NotificationPlace(found[1] == "newer", found[2])


def moment_number(moment: datetime) -> int:
    """Return the moment at which something was marked as a number for an address: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def parse_moment(field: str, text: str) -> datetime:
    """Return the moment of such a number; raise ``Invalid`` for anything else."""
    if not _MOMENT.fullmatch(text):
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])
    return _EPOCH + int(text) * _MICROSECOND
