"""Cut a page out of rows that were read from a place in a list, and find the ways on from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain.query import Cursor, FollowQuery
from webapp.domain.redaction import NOTHING_HIDDEN, Redaction


@dataclass(frozen=True, slots=True)
class Cut:
    """The rows of a page in the order of the list; ``start`` is how many rows stand before it."""

    rows: tuple[Any, ...]
    start: int
    next: Cursor | None
    previous: Cursor | None


def cut_page(found: Sequence[Any], query: FollowQuery, redaction: Redaction = NOTHING_HIDDEN) -> Cut:
    """Return the page of a query from its rows and one more, as they were read: backwards where its cursor points back.

    Every row has ``followed_at``, the second it is ordered by, and ``username_key``, the compared name.
    The cursors hold what stands for a name.
    """
    has_more = len(found) > query.page_size
    rows = tuple(found[: query.page_size])
    cursor = query.cursor
    if cursor and cursor.backwards:
        rows = rows[::-1]
        start = max(0, cursor.position - len(rows))
        has_next, has_previous = True, has_more
    else:
        start = cursor.position if cursor else (query.page - 1) * query.page_size
        has_next, has_previous = has_more, start > 0
    return Cut(
        rows=rows,
        start=start,
        next=_cursor(rows[-1], redaction, start + len(rows)) if has_next and rows else None,
        previous=_cursor(rows[0], redaction, start, backwards=True) if has_previous and rows else None,
    )


def _cursor(row: Any, redaction: Redaction, position: int, *, backwards: bool = False) -> Cursor:
    return Cursor(row.followed_at, redaction.name(row.username_key), position, backwards)
