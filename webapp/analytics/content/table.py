"""All posts of an account as one table in memory: lists, counts and charts of posts are read from it alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from webapp.analytics.content.keywords import index_words
from webapp.domain.period import DAY_SECONDS
from webapp.domain.post_query import PostKind, Privacy, Standing

# Before that age the likes of a post still rise, so statistics do not count it.
MATURE_DAYS: Final = 7
# Counts up when what the packed table holds changes, so that what an older version kept is made anew.
LAYOUT: Final = 1


class NotPacked(ValueError):
    """The bytes are no table of this layout."""


class SoundName(msgspec.Struct, frozen=True, array_like=True):
    """A sound of the account; ``name`` and ``author`` as most of its posts write them."""

    public_id: str
    name: str
    author: str | None
    is_original: bool


class TagName(msgspec.Struct, frozen=True, array_like=True):
    """A hashtag: its compared form, and the spelling that most of its posts use; of equally many the newest."""

    tag: str
    spelling: str


class PostRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A post with what is known of it now; an unknown figure is ``None``, never 0.

    ``published_at`` and ``deleted_at`` are Unix seconds. ``likes`` are those of the newest list that the post is on.
    ``views``, ``comments``, ``shares`` come from the newest source that holds them, read at ``viewed_at`` together with
    ``viewed_likes``: a rate is made of figures of one moment. ``sound`` and ``hashtags`` are places in the table's
    ``sounds`` and ``tags``.
    """

    id: int
    public_id: str
    published_at: int
    ordinal: int
    kind: PostKind
    privacy: str
    standing: Standing
    title: str
    likes: int | None = None
    views: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    viewed_at: int | None = None
    viewed_likes: int | None = None
    sound: int | None = None
    hashtags: tuple[int, ...] = ()
    deleted_at: int | None = None
    permalink: str | None = None

    @property
    def is_public(self) -> bool:
        """Return whether everybody can see the post; an export that does not say it counts as yes."""
        return self.privacy in (Privacy.EVERYONE, Privacy.UNSTATED)

    @property
    def engagement(self) -> int | None:
        """Return likes + comments + shares, as far as a source holds the latter two; unknown without likes."""
        return None if self.likes is None else self.likes + (self.comments or 0) + (self.shares or 0)

    @property
    def engagement_rate(self) -> float | None:
        """Return (likes + comments + shares) / views of one moment; unknown where one of them is, or without views."""
        parts = (self.viewed_likes, self.comments, self.shares)
        if not self.views or any(part is None for part in parts):
            return None
        return sum(part for part in parts if part is not None) / self.views


@dataclass(frozen=True)
class PostTable:
    """The posts of an account, oldest first, with their sounds and hashtags.

    ``as_of`` is the Unix second of the newest list of posts. ``has_titles`` says whether any post has words at all;
    without any, hashtags and keywords are unknown, not absent.
    """

    as_of: int
    rows: tuple[PostRow, ...]
    sounds: tuple[SoundName, ...]
    tags: tuple[TagName, ...]

    @cached_property
    def has_titles(self) -> bool:
        """Return whether the exports hold captions."""
        return any(row.title for row in self.rows)

    @cached_property
    def has_views(self) -> bool:
        """Return whether any source holds views."""
        return any(row.views is not None for row in self.rows)

    @cached_property
    def by_id(self) -> dict[str, PostRow]:
        """Return the posts by their public id."""
        return {row.public_id: row for row in self.rows}

    @cached_property
    def words(self) -> dict[str, tuple[int, ...]]:
        """Return the places of the posts in ``rows`` by each word of their titles."""
        return index_words(row.title for row in self.rows)

    @cached_property
    def counted(self) -> tuple[PostRow, ...]:
        """Return the posts that statistics speak of, oldest first."""
        return self._split[0]

    @cached_property
    def uncounted(self) -> tuple[PostRow, ...]:
        """Return the other posts, oldest first."""
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[tuple[PostRow, ...], tuple[PostRow, ...]]:
        counted: list[PostRow] = []
        uncounted: list[PostRow] = []
        for row in self.rows:
            (counted if self.counts(row) else uncounted).append(row)
        return tuple(counted), tuple(uncounted)

    def age_days(self, row: PostRow) -> float:
        """Return how old a post was when the newest list was made, in days."""
        return (self.as_of - row.published_at) / DAY_SECONDS

    def likes_per_day(self, row: PostRow) -> float | None:
        """Return likes over days since publication, of at least one day; unknown off the newest list."""
        if row.likes is None or row.standing is not Standing.LISTED:
            return None
        return row.likes / max(self.age_days(row), 1.0)

    def counts(self, row: PostRow) -> bool:
        """Return whether statistics count a post: public, listed, mature, its likes known."""
        return (
            row.standing is Standing.LISTED
            and row.is_public
            and row.likes is not None
            and self.age_days(row) >= MATURE_DAYS
        )


_Packed = tuple[int, tuple[PostRow, ...], tuple[SoundName, ...], tuple[TagName, ...]]
_PACKED: Final = msgspec.msgpack.Decoder(_Packed)


def pack(table: PostTable) -> bytes:
    """Return a table as bytes: about 120 a post."""
    return msgspec.msgpack.encode((table.as_of, table.rows, table.sounds, table.tags))


def unpack(body: bytes) -> PostTable:
    """Return the table that ``pack`` made these bytes of; raise ``NotPacked`` for others."""
    try:
        return PostTable(*_PACKED.decode(body))
    except msgspec.MsgspecError as error:
        raise NotPacked(str(error)) from error
