"""What is asked of a list: one frozen value that links, API calls and downloads carry alike."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import Period
from webapp.domain.redaction import MAX_STAND_IN, Redaction
from webapp.domain.tags import IGNORE, clean_tag, tag_key

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
MAX_PAGE = 1_000_000
MAX_SEARCH = 64

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_Choice = TypeVar("_Choice", bound=StrEnum)


class Arguments(Protocol):
    """The part of a multi-dictionary that parsing needs."""

    def getlist(self, key: str) -> list[str]:
        """Return every value given for the key."""


class FollowOrder(StrEnum):
    """The orders of a follow list, as the API spells them."""

    DATE_FOLLOWED = "date_followed"
    DATE_FOLLOWED_DESC = "-date_followed"
    USERNAME = "username"
    USERNAME_DESC = "-username"

    @property
    def is_descending(self) -> bool:
        """Return whether the largest value comes first."""
        return self.value.startswith("-")

    @property
    def is_by_date(self) -> bool:
        """Return whether the follow date decides, the name only ties."""
        return self in (FollowOrder.DATE_FOLLOWED, FollowOrder.DATE_FOLLOWED_DESC)


class Relation(StrEnum):
    """Whether somebody on one list must be on the other one too."""

    ALL = "all"
    MUTUAL = "mutual"
    NOT_MUTUAL = "not_mutual"


class Ignored(StrEnum):
    """Whether people marked as ignored are on a list."""

    SHOW = "show"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place between two rows of a list: the keys of a row, the side to read, and how many rows are before."""

    second: int
    name: str
    position: int = 0
    backwards: bool = False

    def encode(self) -> str:
        """Return the cursor as URL-safe text."""
        raw = f"{'b' if self.backwards else 'f'}:{self.position}:{self.second}:{self.name}".encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Return the cursor that ``encode`` wrote; raise ``Invalid`` for anything else."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
            side, position, second, name = raw.split(":", 3)
            fits = _WHOLE_NUMBER.fullmatch(position) and re.fullmatch(r"-?[0-9]{1,10}", second)
            if side not in ("f", "b") or not fits or "\0" in name or len(name) > MAX_STAND_IN:
                raise ValueError
        except (ValueError, binascii.Error) as error:
            raise Invalid(ErrorCode.CURSOR_INVALID, field="cursor") from error
        return cls(int(second), name, int(position), side == "b")


@dataclass(frozen=True, slots=True)
class FollowQuery:
    """A follow list: search, days, relation, tag, order and the place in it.

    ``tag`` is the compared form of a tag. ``ignored`` is ``None`` where nobody said whether ignored people are shown:
    then they are left out of who is not mutual, and nowhere else. ``unmarked`` keeps those who have no tag at all.
    """

    period: Period
    search: str = ""
    relation: Relation = Relation.ALL
    tag: str = ""
    ignored: Ignored | None = None
    unmarked: bool = False
    ordering: FollowOrder = FollowOrder.DATE_FOLLOWED_DESC
    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE
    cursor: Cursor | None = None

    FIELDS: ClassVar[tuple[str, ...]] = (
        "search",
        "date_from",
        "date_to",
        "mutual",
        "relation",
        "tag",
        "ignored",
        "unmarked",
        "ordering",
        "page",
        "page_size",
        "cursor",
    )

    @classmethod
    def parse(cls, arguments: Arguments, timezone: str) -> FollowQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        cursor = given["cursor"]
        unmarked = parse_flag("unmarked", given["unmarked"])
        if unmarked and given["tag"]:
            raise Invalid(ErrorCode.FIELD_INVALID, field="unmarked", value=given["unmarked"])
        return cls(
            period=Period(parse_day("date_from", given["date_from"]), parse_day("date_to", given["date_to"]), timezone),
            search=parse_search(given["search"]),
            relation=_parse_relation(given["relation"], is_mutual=parse_flag("mutual", given["mutual"])),
            tag=tag_key(clean_tag(given["tag"])) if given["tag"] else "",
            ignored=parse_choice(Ignored, "ignored", given["ignored"]),
            unmarked=unmarked,
            ordering=parse_choice(FollowOrder, "ordering", given["ordering"]) or FollowOrder.DATE_FOLLOWED_DESC,
            page=parse_number("page", given["page"], 1, 1, MAX_PAGE),
            page_size=parse_number("page_size", given["page_size"], DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE),
            cursor=Cursor.decode(cursor) if cursor else None,
        )

    def with_(self, **changes: object) -> FollowQuery:
        """Return a copy with other values, at its first page unless the place is given."""
        if not {"page", "cursor"} & changes.keys():
            changes = {**changes, "page": 1, "cursor": None}
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "search": self.search,
            "date_from": self.period.first.isoformat() if self.period.first else "",
            "date_to": self.period.last.isoformat() if self.period.last else "",
            "mutual": "1" if self.relation is Relation.MUTUAL else "",
            "relation": self.relation.value if self.relation is Relation.NOT_MUTUAL else "",
            "tag": self.tag,
            "ignored": self.ignored.value if self.ignored else "",
            "unmarked": "1" if self.unmarked else "",
            "ordering": "" if self.ordering is FollowOrder.DATE_FOLLOWED_DESC else self.ordering.value,
            "page": "" if self.page == 1 else str(self.page),
            "page_size": "" if self.page_size == DEFAULT_PAGE_SIZE else str(self.page_size),
            "cursor": self.cursor.encode() if self.cursor else "",
        }
        return {name: value for name, value in arguments.items() if value}

    def opened(self, redaction: Redaction) -> FollowQuery:
        """Return the query by the names of the database; raise ``Invalid`` for one that would tell a hidden name."""
        redaction.refuse_search(self.search)
        redaction.refuse_order(self.ordering)
        if self.cursor is None or not redaction.hides_names:
            return self
        name = redaction.person(self.cursor.name)
        if name is None:
            raise Invalid(ErrorCode.CURSOR_INVALID, field="cursor")
        return replace(self, cursor=replace(self.cursor, name=name))

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the list."""
        return bool(self.search) or not self.period.is_open or self.asks_about_people

    @property
    def asks_about_people(self) -> bool:
        """Return whether the list is narrowed by what a packed list does not hold: the other list, or marks."""
        return self.relation is not Relation.ALL or bool(self.tag) or self.unmarked or self.hides_ignored

    @property
    def mutual_only(self) -> bool:
        """Return whether only those who are on both lists are wanted."""
        return self.relation is Relation.MUTUAL

    @property
    def not_mutual(self) -> bool:
        """Return whether only those who are not on the other list are wanted."""
        return self.relation is Relation.NOT_MUTUAL

    @property
    def hides_ignored(self) -> bool:
        """Return whether people marked as ignored are left out; of those without any tag nobody is."""
        if self.unmarked:
            return False
        if self.ignored is None:
            return self.not_mutual and self.tag != IGNORE
        return self.ignored is Ignored.HIDE


def single(arguments: Arguments, name: str) -> str:
    """Return the only value of a field, or an empty text; raise ``Invalid`` when it is given twice."""
    values = arguments.getlist(name)
    if len(values) > 1:
        raise Invalid(ErrorCode.FIELD_REPEATED, field=name)
    return values[0].strip() if values else ""


def refuse_unknown(arguments: Mapping[str, object], known: Sequence[str]) -> None:
    """Raise ``Invalid`` for the first argument that is not known, so that a typing error is not ignored."""
    for name in arguments:
        if name not in known:
            raise Invalid(ErrorCode.FIELD_UNKNOWN, field=name[:40], known=", ".join(known))


def parse_day(field: str, text: str) -> date | None:
    """Return a day from YYYY-MM-DD, or ``None`` from an empty text; only 1970 to 2100 are taken."""
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
        if not 1970 <= day.year <= 2100:
            raise ValueError
    except ValueError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40]) from error
    return day


def parse_number(field: str, text: str, default: int, low: int, high: int) -> int:
    """Return a whole number of plain ASCII digits between two bounds, or the default."""
    if not text:
        return default
    if not _WHOLE_NUMBER.fullmatch(text) or not low <= int(text) <= high:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])
    return int(text)


def parse_flag(field: str, text: str) -> bool:
    """Return a yes-or-no argument."""
    if text in ("", "0", "false"):
        return False
    if text in ("1", "true", "on"):
        return True
    raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])


def parse_search(text: str) -> str:
    """Return a search text without the at sign people type before a name."""
    if len(text) > MAX_SEARCH or "\0" in text:
        raise Invalid(ErrorCode.FIELD_INVALID, field="search", value=text[:40])
    return text.removeprefix("@")


def parse_choice(kind: type[_Choice], field: str, text: str) -> _Choice | None:
    """Return the member that a text names, ``None`` for an empty one; raise ``Invalid`` for any other."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40]) from error


def _parse_relation(text: str, *, is_mutual: bool) -> Relation:
    """Return the relation; ``mutual`` is the older way to ask for one of them."""
    relation = parse_choice(Relation, "relation", text) or Relation.ALL
    if is_mutual and relation is Relation.NOT_MUTUAL:
        raise Invalid(ErrorCode.FIELD_INVALID, field="relation", value=text)
    return Relation.MUTUAL if is_mutual else relation
