"""Write what stands out as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.anomalies import Anomaly, ChangeEvidence, DropEvidence, PeakEvidence, PostEvidence
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Cell, Moment, Row, render_rows

ANOMALY_HEAD: Final = (
    "day", "kind", "key", "value", "usual", "low", "high", "factor", "chance", "n", "begins_at", "ends_at", "expected",
    "note",
)  # fmt: skip


def render_anomalies(rows: Iterable[Anomaly], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield the rows in the order given.

    ``value`` against ``usual`` are likes of a post, followers of a day, or people who left; ``factor`` is what posts
    get since a lasting change over what they got before. ``chance`` is the share of the ``n`` earlier posts that lay as
    far out, or the chance of so many among ``n`` days or intervals.
    """
    return render_rows(ANOMALY_HEAD, (_row(row) for row in rows), timezone, dialect, locale)


def _row(row: Anomaly) -> Row:
    mark = row.expected
    return (row.day, row.kind.value, row.key, *_cells(row), mark is not None, None if mark is None else mark.note)


def _cells(row: Anomaly) -> tuple[Cell, ...]:
    """Return value, usual, low, high, factor, chance, n, and the seconds between which it lies."""
    found = row.evidence
    match found:
        case PostEvidence():
            expected = (found.typical, found.low, found.high)
            return (found.likes, *expected, None, found.tail, found.earlier, Moment(found.published_at), None)
        case ChangeEvidence():
            between = (Moment(found.started_at), Moment(found.found_at))
            return (None, None, None, None, found.factor, None, found.posts, *between)
        case PeakEvidence():
            return (found.came, found.usual, None, None, None, found.chance, found.days, None, None)
        case DropEvidence():
            between = (Moment(found.begins_at), Moment(found.ends_at))
            return (found.lost, found.usual, None, None, None, found.chance, found.intervals, *between)
