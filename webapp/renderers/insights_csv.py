"""Write the tables of the insights as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows


class Table(StrEnum):
    """The tables of the page."""

    HOURS = "hours"
    PEAKS = "peaks"
    SUGGESTIONS = "suggestions"
    ENGAGEMENT = "engagement"
    POSTS = "post-follows"
    MONTHS = "months"


_HEADERS: Final[dict[Table, Row]] = {
    Table.HOURS: ("weekday", "hour", "follows", "of"),
    Table.PEAKS: ("day", "follows", "usual", "times", "chance_below", "posts"),
    Table.SUGGESTIONS: ("username", "date_followed", "days_followed", "not_among_followers_of"),
    Table.ENGAGEMENT: ("begins", "posts", "typical_likes", "low", "high", "followers_at_least", "followers_estimated"),
    Table.POSTS: (
        "post", "date", "title", "follows", "until", "is_complete", "usual", "kept", "of", "rate", "low", "high",
        "other_posts",
    ),
    Table.MONTHS: ("month", "list", "later_list", "kept", "of", "rate", "low", "high"),
}  # fmt: skip


def render_table(table: Table, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table in chunks."""
    yield from render_rows(_HEADERS[table], rows, timezone, dialect, locale)
