"""Which posts lead: the order of posts by a figure, and the ten that lead of all time or of some days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Final

from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.period import Period, day_of
from webapp.domain.post_query import PostFilter, PostOrder

TOP: Final = 10

Known = list[tuple[float, PostRow]]
"""Posts with the figure they are ordered by, those without left out."""


class TopSpan(StrEnum):
    """Of which posts the ten are: of all, or of those published in so many days."""

    ALL = "all"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def days(self) -> int | None:
        """Return how many days of publication it looks at; ``None`` for all."""
        return {"day": 1, "week": 7, "month": 30}.get(self.value)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A post with its place; posts with the same value share a place, and the next one skips as many."""

    place: int
    is_tied: bool
    value: float
    row: PostRow


@dataclass(frozen=True, slots=True)
class TopPosts:
    """The posts that lead.

    ``window`` are their days of publication, ``None`` of all time. ``of`` posts were published in it and fit the
    filter, ``unknown`` of them lack the figure. ``left_out`` have the value of the last one shown and are not shown.
    ``before`` and ``after`` are the last days of the windows next to this one, ``None`` where no post lies that way;
    ``nearest`` is the last day of an earlier window with posts, where this one has none.
    """

    span: TopSpan
    window: Period | None
    shown: tuple[Ranked, ...]
    of: int
    unknown: int
    left_out: int
    before: date | None = None
    after: date | None = None
    nearest: date | None = None


def values_of_posts(table: PostTable, rows: Iterable[PostRow], measure: str) -> Known:
    """Return the posts whose figure is known, with it, in the order they came; ``measure`` as `PostOrder` has it."""
    if measure == "likes_per_day":
        return [(value, row) for row in rows if (value := table.likes_per_day(row)) is not None]
    figure = attrgetter(measure)
    return [(value, row) for row in rows if (value := figure(row)) is not None]


def in_order(table: PostTable, rows: Sequence[PostRow], ordering: PostOrder) -> list[PostRow]:
    """Return posts, which come oldest first, in an order: of equal ones the newest first, unknown ones last."""
    if ordering is PostOrder.PUBLISHED:
        return list(rows)
    newest_first = rows[::-1]
    if ordering is PostOrder.PUBLISHED_DESC:
        return list(newest_first)
    known = values_of_posts(table, newest_first, ordering.measure)
    ordered = [row for _, row in sorted(known, key=_value, reverse=ordering.is_descending)]
    if len(known) < len(rows):
        found = {row.id for row in ordered}
        ordered += [row for row in newest_first if row.id not in found]
    return ordered


def find_top(
    table: PostTable, wanted: PostFilter, span: TopSpan, measure: str, *, until: date | None = None
) -> TopPosts:
    """Return the ten posts with the largest figure of those published in a span that ends with a day.

    Without ``until`` the span ends with the day of the newest list of posts. Days are those of the account's zone.
    """
    rows = select_posts(table, wanted)
    if span.days is None:
        return _top(table, span, None, rows, measure)
    zone = wanted.period.timezone
    newest = day_of(table.as_of, zone)
    last = min(until or newest, newest)
    window = Period(last - timedelta(days=span.days - 1), last, zone)
    starts, ends = window.starts_at or 0, window.ends_at or 0
    inside = [row for row in rows if starts <= row.published_at < ends]
    earlier = next((row for row in reversed(rows) if row.published_at < starts), None)
    return _top(
        table,
        span,
        window,
        inside,
        measure,
        before=last - timedelta(days=span.days) if earlier else None,
        after=min(last + timedelta(days=span.days), newest) if last < newest else None,
        nearest=day_of(earlier.published_at, zone) if earlier and not inside else None,
    )


def _top(
    table: PostTable,
    span: TopSpan,
    window: Period | None,
    rows: Sequence[PostRow],
    measure: str,
    *,
    before: date | None = None,
    after: date | None = None,
    nearest: date | None = None,
) -> TopPosts:
    known = sorted(values_of_posts(table, rows[::-1], measure), key=_value, reverse=True)
    alike = Counter(value for value, _ in known)
    shown: list[Ranked] = []
    for number, (value, row) in enumerate(known[:TOP], 1):
        place = shown[-1].place if shown and shown[-1].value == value else number
        shown.append(Ranked(place, alike[value] > 1, value, row))
    left_out = sum(value == shown[-1].value for value, _ in known[TOP:]) if shown else 0
    return TopPosts(span, window, tuple(shown), len(rows), len(rows) - len(known), left_out, before, after, nearest)


def _value(found: tuple[float, PostRow]) -> float:
    return found[0]
