"""Write the growth of an account as CSV: one row an export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.growth import GrowthRow, Retention
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Cell, Moment, Row, render_rows

GROWTH_HEAD: Final = (
    "date", "at", "follower_count", "following_count", "follower_ratio", "profile_follower_count", "followers_gained",
    "followers_lost", "net_follower_growth", "following_gained", "following_lost", "net_following_growth", "kept", "of",
    "rate", "low", "high",
)  # fmt: skip


def render_growth(
    rows: Iterable[GrowthRow], retention: Iterable[Retention], timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield the table; the last five columns are of those on the list before. What is unknown is an empty cell."""
    return render_rows(GROWTH_HEAD, growth_rows(rows, retention), timezone, dialect, locale)


def growth_rows(rows: Iterable[GrowthRow], retention: Iterable[Retention]) -> Iterator[Row]:
    """Yield the rows of the table."""
    kept = {found.to_export: found for found in retention}
    for row in rows:
        yield (row.day, Moment(row.at), *_counts(row), *_share(kept.get(row.export)))


def _counts(row: GrowthRow) -> Iterator[Cell]:
    yield from (row.followers, row.following, None if row.ratio is None else float(row.ratio), row.profile_followers)
    for change in (row.follower_change, row.following_change):
        yield from (None, None, None) if change is None else (change.gained, change.lost, change.net)


def _share(found: Retention | None) -> Iterator[Cell]:
    share = found.share if found else None
    yield from (None, None) if found is None else (found.kept, found.of)
    yield from (None, None, None) if share is None else (share.value, share.low, share.high)
