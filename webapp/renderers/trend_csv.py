"""Write the tables about posts over time as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows


class Table(StrEnum):
    """The tables of the page."""

    POSTS = "posts-over-time"
    RHYTHM = "rhythm"
    SPREAD = "likes-spread"
    AGES = "likes-by-age"
    RATES = "engagement-rate"
    WORDS = "keywords"
    RISING = "rising"
    TEAM = "rising-in-the-team"
    OFF = "taking-off"


_HEADERS: Final[dict[Table, Row]] = {
    Table.POSTS: (
        "date_from", "date_to", "posts", "counted", "typical_likes", "low", "high", "young", "is_over",
    ),
    Table.RHYTHM: (
        "date_from", "date_to", "posts", "days_with_posts", "posts_a_week", "days_between", "longest_pause_days",
        "longest_pause_from", "longest_pause_to", "most_weeks_in_a_row",
    ),
    Table.SPREAD: ("likes_from", "likes_to", "posts", "has_typical"),
    Table.AGES: ("days_from", "days_below", "readings", "likes_a_day", "share_of_newest"),
    Table.RATES: ("date_from", "date_to", "posts", "typical_rate"),
    Table.WORDS: ("word", "posts", "counted", "typical_likes"),
    Table.RISING: ("about", "name", "recent", "of_recent", "earlier", "of_earlier", "p_value"),
    Table.TEAM: (
        "about", "name", "author", "account", "recent", "of_recent", "earlier", "of_earlier", "p_value_of_all",
    ),
    Table.OFF: (
        "post", "published_at", "age_days", "likes", "expected_low", "expected_high", "low", "typical", "high",
        "posts_of_that_age",
    ),
}  # fmt: skip


def render_table(table: Table, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table in chunks."""
    yield from render_rows(_HEADERS[table], rows, timezone, dialect, locale)
