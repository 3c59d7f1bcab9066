"""Write the tables of the analysis of posts as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows


class Table(StrEnum):
    """The tables of the four tabs."""

    KINDS = "kinds"
    LENGTHS = "title-lengths"
    TAG_COUNTS = "hashtag-counts"
    PRIVACY = "privacy"
    HOURS = "hours"
    WEEKDAYS = "weekdays"
    SLOTS = "slots"
    HASHTAGS = "hashtags"
    PAIRS = "pairs"
    SOUNDS = "sounds"


_GROUP: Final[Row] = ("posts", "typical", "effect", "low", "high", "at_least", "claim", "tested")
_HEADS: Final[dict[Table, Row]] = {
    Table.KINDS: ("kind", "measure", *_GROUP),
    Table.LENGTHS: ("title_length", "measure", *_GROUP),
    Table.TAG_COUNTS: ("hashtag_count", "measure", *_GROUP),
    Table.PRIVACY: ("privacy", "posts", "typical_likes"),
    Table.HOURS: ("weekday", "hour", "posts", "typical_likes"),
    Table.WEEKDAYS: ("weekday", "measure", *_GROUP),
    Table.SLOTS: ("from_hour", "measure", *_GROUP),
    Table.HASHTAGS: (
        "hashtag", "posts", "typical_likes", "effect", "low", "high", "claim", "generic", "rising", "always_with",
        "first_used", "last_used",
    ),
    Table.PAIRS: ("hashtag", "other", "posts"),
    Table.SOUNDS: (
        "sound", "author", "original", "posts", "typical_likes", "low", "high", "rising", "first_used", "last_used",
    ),
}  # fmt: skip


def render_table(table: Table, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table in chunks."""
    yield from render_rows(_HEADS[table], rows, timezone, dialect, locale)
