"""Write the tables about forecasts as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows


class Table(StrEnum):
    """The tables of the page."""

    EXPERTS = "levels"
    SKILL = "skill"
    CALIBRATION = "calibration"
    RANGES = "ranges"
    BRACKETS = "history"
    YOUNG = "young-posts"


_HEADERS: Final[dict[Table, Row]] = {
    Table.EXPERTS: ("level", "weight"),
    Table.SKILL: ("against", "skill", "low", "high", "posts"),
    Table.CALIBRATION: ("meant", "held", "posts"),
    Table.RANGES: (
        "post", "published_at", "low", "typical", "high", "likes", "in_range", "label", "robust_z", "tail", "earlier",
    ),
    Table.BRACKETS: ("earlier_from", "earlier_to", "posts", "coverage", "skill"),
    Table.YOUNG: (
        "post", "published_at", "age_days", "likes", "low", "typical", "high", "posts", "expected_low",
        "expected_typical", "expected_high", "takes_off",
    ),
}  # fmt: skip


def render_table(table: Table, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table in chunks."""
    yield from render_rows(_HEADERS[table], rows, timezone, dialect, locale)
