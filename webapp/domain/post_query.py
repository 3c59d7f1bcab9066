"""What is asked of posts: which of them, in which order, how laid out; every surface carries the same value."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.period import Period
from webapp.domain.query import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Arguments,
    Cursor,
    parse_choice,
    parse_day,
    parse_flag,
    parse_number,
    single,
)

MAX_TITLE_SEARCH: Final = 100
MAX_LIKES: Final = 999_999_999


class PostKind(StrEnum):
    """What a post is made of."""

    VIDEO = "video"
    PHOTO = "photo"


class Privacy(StrEnum):
    """Who may see a post; ``UNSTATED`` where the layout of the export does not say it, which counts as public."""

    EVERYONE = "everyone"
    FRIENDS = "friends"
    ONLY_YOU = "only_you"
    UNSTATED = "unstated"


class Standing(StrEnum):
    """Where a post stands by the newest list of posts."""

    LISTED = "listed"  # on it
    DELETED = "deleted"  # among the recently deleted ones
    GONE = "gone"  # on an earlier list, and on neither now


class TitleLength(StrEnum):
    """Classes of the length of a title, in characters."""

    NONE = "none"
    SHORT = "short"  # 1 to 40
    MEDIUM = "medium"  # 41 to 100
    LONG = "long"  # 101 to 200
    VERY_LONG = "very_long"  # more


class TagCount(StrEnum):
    """Classes of how many hashtags a title holds."""

    NONE = "none"
    FEW = "few"  # 1 or 2
    SOME = "some"  # 3 to 5
    MANY = "many"  # 6 to 10
    VERY_MANY = "very_many"  # more


class PostOrder(StrEnum):
    """The orders of a list of posts, as the API spells them; posts whose value is unknown come last in either way."""

    PUBLISHED = "published_at"
    PUBLISHED_DESC = "-published_at"
    LIKES = "likes"
    LIKES_DESC = "-likes"
    VIEWS = "views"
    VIEWS_DESC = "-views"
    ENGAGEMENT = "engagement"
    ENGAGEMENT_DESC = "-engagement"
    LIKES_PER_DAY = "likes_per_day"
    LIKES_PER_DAY_DESC = "-likes_per_day"

    @property
    def is_descending(self) -> bool:
        """Return whether the largest value comes first."""
        return self.value.startswith("-")

    @property
    def measure(self) -> str:
        """Return what decides, without the direction."""
        return self.value.removeprefix("-")


class PostLayout(StrEnum):
    """How a list of posts is drawn."""

    LIST = "list"
    GRID = "grid"
    TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts; a field at its default narrows nothing.

    ``period`` are days of the account's zone. ``hashtag`` is the compared form without #, ``with_hashtag`` one
    that the posts have beside it; ``sound`` is the public id of a sound or its name. ``weekday`` is 0 for Monday;
    ``hour`` is 0 to 23 and ``slot`` 0 to 7, the hours from 3 x slot on, both by the account's zone. ``word`` is a
    keyword of titles in its compared form. ``counted`` keeps those that statistics speak of: public, on the newest
    list, at least seven days old by then, their likes known.
    """

    period: Period
    search: str = ""
    min_likes: int | None = None
    max_likes: int | None = None
    hashtag: str = ""
    with_hashtag: str = ""
    sound: str = ""
    privacy: Privacy | None = None
    kind: PostKind | None = None
    standing: Standing | None = None
    weekday: int | None = None
    hour: int | None = None
    slot: int | None = None
    title_length: TitleLength | None = None
    tag_count: TagCount | None = None
    word: str = ""
    counted: bool = False

    FIELDS: ClassVar[tuple[str, ...]] = (
        "date_from",
        "date_to",
        "search",
        "min_likes",
        "max_likes",
        "hashtag",
        "with_hashtag",
        "sound",
        "privacy",
        "kind",
        "standing",
        "weekday",
        "hour",
        "slot",
        "title_length",
        "tag_count",
        "word",
        "counted",
    )

    @classmethod
    def parse(cls, arguments: Arguments, timezone: str) -> PostFilter:
        """Return the filter that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        low, high = (_number(name, given[name], MAX_LIKES) for name in ("min_likes", "max_likes"))
        if low is not None and high is not None and low > high:
            raise Invalid(ErrorCode.FIELD_INVALID, field="max_likes", value=given["max_likes"])
        return cls(
            period=Period(parse_day("date_from", given["date_from"]), parse_day("date_to", given["date_to"]), timezone),
            search=_text("search", given["search"]),
            min_likes=low,
            max_likes=high,
            hashtag=_text("hashtag", given["hashtag"].lstrip("#＃"), MAX_TAG),
            with_hashtag=_text("with_hashtag", given["with_hashtag"].lstrip("#＃"), MAX_TAG),
            sound=_text("sound", given["sound"]),
            privacy=parse_choice(Privacy, "privacy", given["privacy"]),
            kind=parse_choice(PostKind, "kind", given["kind"]),
            standing=parse_choice(Standing, "standing", given["standing"]),
            weekday=_number("weekday", given["weekday"], 6),
            hour=_number("hour", given["hour"], 23),
            slot=_number("slot", given["slot"], 7),
            title_length=parse_choice(TitleLength, "title_length", given["title_length"]),
            tag_count=parse_choice(TagCount, "tag_count", given["tag_count"]),
            word=_text("word", given["word"]),
            counted=parse_flag("counted", given["counted"]),
        )

    def with_(self, **changes: object) -> PostFilter:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this filter again, defaults left out."""
        arguments = {
            "date_from": self.period.first.isoformat() if self.period.first else "",
            "date_to": self.period.last.isoformat() if self.period.last else "",
            "counted": "1" if self.counted else "",
        }
        for name in _AS_THEY_ARE:
            value = getattr(self, name)
            if value is not None:
                arguments[name] = str(value)
        return {name: value for name, value in arguments.items() if value}

    @property
    def is_open(self) -> bool:
        """Return whether nothing narrows the posts."""
        return not self.to_args()

    @property
    def asks_about_words(self) -> bool:
        """Return whether the words of titles decide, so that without any title the answer is unknown."""
        words = (self.search, self.hashtag, self.with_hashtag, self.word, self.title_length, self.tag_count)
        return any(words)


# The fields of a filter whose values are their arguments.
_AS_THEY_ARE: Final = tuple(field.name for field in fields(PostFilter) if field.name not in ("period", "counted"))


@dataclass(frozen=True, slots=True)
class PostQuery:
    """A list of posts: which, in which order, and the place in it."""

    filter: PostFilter
    ordering: PostOrder = PostOrder.PUBLISHED_DESC
    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE
    cursor: Cursor | None = None

    FIELDS: ClassVar[tuple[str, ...]] = (*PostFilter.FIELDS, "ordering", "page", "page_size", "cursor")

    @classmethod
    def parse(cls, arguments: Arguments, timezone: str) -> PostQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        cursor = single(arguments, "cursor")
        ordering = parse_choice(PostOrder, "ordering", single(arguments, "ordering"))
        return cls(
            filter=PostFilter.parse(arguments, timezone),
            ordering=ordering or PostOrder.PUBLISHED_DESC,
            page=parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE),
            page_size=parse_number("page_size", single(arguments, "page_size"), DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE),
            cursor=Cursor.decode(cursor) if cursor else None,
        )

    def with_(self, **changes: object) -> PostQuery:
        """Return a copy with other values, at its first page unless the place is given."""
        if not {"page", "cursor"} & changes.keys():
            changes = {**changes, "page": 1, "cursor": None}
        return replace(self, **changes)  # type: ignore[arg-type]

    def narrowed(self, **changes: object) -> PostQuery:
        """Return a copy with other values of its filter, at its first page."""
        return self.with_(filter=self.filter.with_(**changes))

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            **self.filter.to_args(),
            "ordering": "" if self.ordering is PostOrder.PUBLISHED_DESC else self.ordering.value,
            "page": "" if self.page == 1 else str(self.page),
            "page_size": "" if self.page_size == DEFAULT_PAGE_SIZE else str(self.page_size),
            "cursor": self.cursor.encode() if self.cursor else "",
        }
        return {name: value for name, value in arguments.items() if value}


def _number(field: str, text: str, high: int) -> int | None:
    return parse_number(field, text, 0, 0, high) if text else None


def _text(field: str, text: str, most: int = MAX_TITLE_SEARCH) -> str:
    if len(text) > most or "\0" in text:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])
    return text
