"""Turn the period that is asked for into seconds, counted back from the newest list of the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from webapp.analytics.timeline import Timeline, find_timeline
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import DAY_SECONDS, Period, Span, day_of, last_of_month, start_of_day
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS

_YEAR_SECONDS: Final = 365 * DAY_SECONDS


def find_span(scope: Scope, query: PeriodQuery, sections: Iterable[Section] = DIRECTIONS) -> Span | None:
    """Return the seconds of a period; ``None`` where no export holds a list to count it from.

    It is counted back from the newest list of the first of ``sections`` that there is any of, which is the follower
    list by default, and reaches to the newest of all. "Since the last import" is all time while there is one list.
    Raises ``NotFound`` for an export that does not hold the list.
    """
    timelines = [find_timeline(scope, section) for section in sections]
    timeline = next((each for each in timelines if each.exports), None)
    if timeline is None:
        return None
    newest = timeline.exports[-1]
    until = max(each.exports[-1].exported_at for each in timelines if each.exports)
    if query.preset.days is not None:
        return Span(newest.exported_at - query.preset.days * DAY_SECONDS, until)
    if query.preset is Preset.LAST_IMPORT:
        before = timeline.before(newest)
        return Span(None if before is None else before.exported_at, until)
    if query.preset is Preset.EXPORTS:
        since = _second(timeline, query.from_id) if query.from_id else None
        until = _second(timeline, query.to_id) if query.to_id else until
        return Span(since, until) if since is None or since <= until else Span(until, since)
    if query.preset is Preset.CUSTOM:
        return _days(query.first, query.last, scope.timezone, until)
    return Span(None, until)


def find_base(query: PeriodQuery, span: Span | None, timezone: str) -> Span | None:
    """Return the seconds that a period is compared with; ``None`` where it is compared with nothing.

    A calendar month is compared with the whole month before it, or with the same one of the year before.
    """
    if span is None or span.since is None or query.comparison is Comparison.NONE:
        return None
    if query.is_month and query.first is not None:
        months = 1 if query.comparison is Comparison.PREVIOUS else 12
        first = query.first
        for _ in range(months):
            first = (first - timedelta(days=1)).replace(day=1)
        return _days(first, last_of_month(first), timezone, 0)
    back = span.until - span.since if query.comparison is Comparison.PREVIOUS else _YEAR_SECONDS
    return replace(span, since=span.since - back, until=span.until - back)


def find_post_span(scope: Scope, query: PeriodQuery) -> Span | None:
    """Return a period counted back from the newest list of posts, in whole days of the account's zone.

    Posts are selected by days, so a period that began in the midst of one would count others than its own link shows.
    """
    span = find_span(scope, query, (Section.POSTS,))
    if span is None or span.since is None:
        return span
    first = day_of(span.since + 1, scope.timezone)
    if query.preset.days is not None:
        first = day_of(span.until, scope.timezone) - timedelta(days=query.preset.days - 1)
    return replace(span, since=start_of_day(first, scope.timezone) - 1)


def _second(timeline: Timeline, public_id: str) -> int:
    export = timeline.find(public_id)
    if export is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return export.exported_at


def _days(first: date | None, last: date | None, timezone: str, newest: int) -> Span:
    period = Period(first, last, timezone)
    since = None if period.starts_at is None else period.starts_at - 1
    until = newest if period.ends_at is None else period.ends_at - 1
    return Span(since, max(until, since or until))
