"""One page of the list of posts, read from the table in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from math import isnan

from webapp.analytics.content.figures import PostFigure, figure_of
from webapp.analytics.content.kept import keep
from webapp.analytics.content.ranking import in_order
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of, start_of_day
from webapp.domain.post_query import PostFilter, PostOrder, PostQuery
from webapp.domain.query import Cursor

_Key = tuple[bool, float, int, int]


@dataclass(frozen=True, slots=True)
class PostPage:
    """One page of the posts of a query; ``start`` of ``total`` rows stand before it."""

    query: PostQuery
    rows: tuple[PostRow, ...]
    total: int
    start: int
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True, slots=True)
class Month:
    """The posts of a page that were published in a month of the account's zone; ``total`` counts all of them."""

    first: date
    rows: tuple[PostRow, ...]
    total: int


def ordered_posts(table: PostTable, wanted: PostFilter, ordering: PostOrder) -> list[PostRow]:
    """Return all posts of a filter in an order; nobody may change the list."""

    def order() -> list[PostRow]:
        return in_order(table, select_posts(table, wanted), ordering)

    return keep(table, (wanted, ordering), order)


def selection_figure(table: PostTable, wanted: PostFilter, metric: MetricKey) -> PostFigure:
    """Return a figure of all posts of a filter, as `figures.figure_of` reckons it."""
    return keep(table, (wanted, metric), lambda: figure_of(ordered_posts(table, wanted, PostOrder.PUBLISHED), metric))


def list_posts(table: PostTable, query: PostQuery) -> PostPage:
    """Return the page of a query; raise ``Invalid`` for a cursor of another order or list."""
    rows = ordered_posts(table, query.filter, query.ordering)
    start = (query.page - 1) * query.page_size
    end = start + query.page_size
    if query.cursor is not None:
        key = _read_cursor(query.cursor, query.ordering)
        if query.cursor.backwards:
            end = bisect_left(rows, key, key=lambda row: _key(table, row, query.ordering))
            start = max(0, end - query.page_size)
        else:
            start = bisect_right(rows, key, key=lambda row: _key(table, row, query.ordering))
            end = start + query.page_size
    shown = tuple(rows[start:end])
    return PostPage(
        query=query,
        rows=shown,
        total=len(rows),
        start=min(start, len(rows)),
        next=_cursor(table, shown[-1], query.ordering, start + len(shown)) if shown and end < len(rows) else None,
        previous=_cursor(table, shown[0], query.ordering, start, backwards=True) if shown and start else None,
    )


def in_months(table: PostTable, page: PostPage) -> list[Month]:
    """Return the posts of a page that is ordered by time in groups of months of the account's zone."""
    timezone = page.query.filter.period.timezone
    groups: dict[date, list[PostRow]] = {}
    for row in page.rows:
        groups.setdefault(day_of(row.published_at, timezone).replace(day=1), []).append(row)
    oldest_first = ordered_posts(table, page.query.filter, PostOrder.PUBLISHED)
    return [Month(first, tuple(rows), _count(oldest_first, first, timezone)) for first, rows in groups.items()]


def _count(oldest_first: list[PostRow], first: date, timezone: str) -> int:
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    low, high = (
        bisect_left(oldest_first, start_of_day(day, timezone), key=lambda row: row.published_at)
        for day in (first, after)
    )
    return high - low


def _key(table: PostTable, row: PostRow, ordering: PostOrder) -> _Key:
    """Return what a row is ordered by, ascending in every order: what is unknown is last, of equal ones the oldest."""
    if ordering is PostOrder.PUBLISHED:
        return False, 0.0, row.published_at, row.ordinal
    value = _value(table, row, ordering)
    signed = 0.0 if value is None else -value if ordering.is_descending else value
    return value is None, signed, -row.published_at, -row.ordinal


def _value(table: PostTable, row: PostRow, ordering: PostOrder) -> float | None:
    if ordering.measure == "published_at":
        return 0.0
    if ordering.measure == "likes_per_day":
        return table.likes_per_day(row)
    found: int | None = getattr(row, ordering.measure)
    return found


def _cursor(table: PostTable, row: PostRow, ordering: PostOrder, position: int, *, backwards: bool = False) -> Cursor:
    is_unknown, value, second, ordinal = _key(table, row, ordering)
    name = f"{ordering.value} {ordinal} {'' if is_unknown else repr(float(value))}"
    return Cursor(second, name, position, backwards)


def _read_cursor(cursor: Cursor, ordering: PostOrder) -> _Key:
    named, _space, rest = cursor.name.partition(" ")
    ordinal, _space, value = rest.partition(" ")
    try:
        key = (not value, float(value or 0), cursor.second, int(ordinal))
        # What is no number lies neither before nor after any post.
        if named != ordering or isnan(key[1]):
            raise ValueError
    except ValueError as error:
        raise Invalid(ErrorCode.CURSOR_INVALID, field="cursor") from error
    return key
