"""Who left between the two newest lists, how long they had followed, and how many were mutual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from webapp.analytics.change_pages import ChangePage, list_changes, select_rows
from webapp.analytics.changes import ExportPair, find_changes
from webapp.analytics.comparison import ChangeRow
from webapp.domain.changes import ChangeQuery
from webapp.domain.period import DAY_SECONDS
from webapp.domain.scope import Scope

MOST_ROWS: Final = 6
# Below that many the typical length of a follow is not stated.
LEAST_LEFT: Final = 10


@dataclass(frozen=True, slots=True)
class Left:
    """The newest interval's lost. ``page`` holds the first of them, or says why nothing can be compared.

    ``mutual`` counts those who were followed back, of the ``known`` for whom that is known. ``typical_days`` is the
    median of how long they had followed at least; ``None`` for fewer than ``LEAST_LEFT`` people.
    """

    page: ChangePage
    total: int
    mutual: int
    known: int
    typical_days: int | None


def find_left(scope: Scope) -> Left:
    """Return who no longer follows since the list before the newest."""
    query = ChangeQuery()
    page = list_changes(scope, query)
    if not isinstance(page.chosen, ExportPair):
        return Left(page, 0, 0, 0, None)
    changes = find_changes(scope, query.section, page.chosen.from_export, page.chosen.to_export)
    rows = [row for row in select_rows(changes, query) if isinstance(row, ChangeRow)]
    days = [max(0, row.between[0] - row.date_followed) // DAY_SECONDS for row in rows]
    return Left(
        page=replace(page, rows=page.rows[:MOST_ROWS]),
        total=len(rows),
        mutual=sum(row.was_mutual is True for row in rows),
        known=sum(row.was_mutual is not None for row in rows),
        typical_days=int(median(days)) if len(days) >= LEAST_LEFT else None,
    )
