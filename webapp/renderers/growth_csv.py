"""Write the growth of an account as CSV: one row an export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from babel.numbers import format_decimal

from webapp.analytics.growth import GrowthRow, Retention
from webapp.domain.period import instant
from webapp.renderers.csv import Dialect

_HEADERS: Final = (
    "date", "at", "follower_count", "following_count", "follower_ratio", "profile_follower_count", "followers_gained",
    "followers_lost", "net_follower_growth", "following_gained", "following_lost", "net_following_growth", "kept", "of",
    "rate", "low", "high",
)  # fmt: skip
_Cell = str | int | float | None


def render_growth(
    rows: Iterable[GrowthRow], retention: Iterable[Retention], timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield the table; the last five columns are of those on the list before. What is unknown is an empty cell."""
    is_excel = dialect is Dialect.EXCEL
    kept = {found.to_export: found for found in retention}
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    buffer.write("\ufeff" if is_excel else "")
    writer.writerow(_HEADERS)
    for row in rows:
        written = _written(row.at, timezone if is_excel else "")
        cells = (row.day.isoformat(), written, *_counts(row), *_share(kept.get(row.export)))
        writer.writerow(_cell(cell, locale if is_excel else "") for cell in cells)
    yield buffer.getvalue().encode()


def _counts(row: GrowthRow) -> Iterator[_Cell]:
    yield from (row.followers, row.following, None if row.ratio is None else float(row.ratio), row.profile_followers)
    for change in (row.follower_change, row.following_change):
        yield from (None, None, None) if change is None else (change.gained, change.lost, change.net)


def _share(found: Retention | None) -> Iterator[_Cell]:
    share = found.share if found else None
    yield from (None, None) if found is None else (found.kept, found.of)
    yield from (None, None, None) if share is None else (share.value, share.low, share.high)


def _written(second: int, timezone: str) -> str:
    if timezone:
        return instant(second, timezone).strftime("%Y-%m-%d %H:%M:%S")
    return instant(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: _Cell, locale: str) -> str:
    """Return a cell; a spreadsheet reads fractions with the comma of its reader's language."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format_decimal(value, format="0.######", locale=locale) if locale else f"{round(value, 6)}"
    return str(value)
