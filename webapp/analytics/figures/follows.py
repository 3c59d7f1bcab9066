"""Where the numbers by follow date come from: the curves, the days, hours and months, and what is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from webapp.analytics.figures.changes import steps_of
from webapp.analytics.figures.explanation import Asked, Explanation, Note, list_notes
from webapp.analytics.figures.lists import find_export, whole_list, why_no_list
from webapp.analytics.figures.rows import ChangedRows, FigureRows, HourRows, PastRows, PeopleRows, list_rows
from webapp.analytics.growth import POST_DAYS, Growth
from webapp.analytics.growth_model import GrowthFit, Point, Refusal
from webapp.analytics.insights.hours import WeekHours, find_week_hours
from webapp.analytics.insights.months import MonthTable, find_month_table
from webapp.analytics.insights.post_gains import Windows
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import visible
from webapp.domain.changes import ChangeKind
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.explained import Caveat, Method, Reason
from webapp.domain.metrics import MetricKey
from webapp.domain.period import ExactPeriod, Period, Span, day_of, start_of_day
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, Post

_REFUSALS: Final = {Refusal.ONE_LIST: Reason.ONE_LIST, Refusal.FEW_LOSSES: Reason.FEW_LOSSES}


def explain_point(asked: Asked) -> Explanation:
    """Explain a point of a curve: how many are known to have been there on a day, or are estimated to."""
    scope, section = asked.scope, asked.section
    growth, timeline = asked.growth, find_timeline(scope, section)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope))
    fit = growth.fit
    if fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, timeline.exports)
    if asked.metric is MetricKey.ESTIMATE and fit.refusal is not None:
        return asked.unknown(_REFUSALS[fit.refusal], timeline.exports, n=fit.losses)
    point = _point_of(asked, growth, fit.points if section is Section.FOLLOWERS else fit.following)
    if point is None:
        day, newest = asked.query.day, timeline.exports[-1].exported_at
        is_outside = day is not None and day > day_of(newest, scope.timezone)
        return asked.unknown(Reason.OUTSIDE_LISTS if is_outside else Reason.NO_POINT, timeline.exports[-1:])
    lists = _around(timeline, point.at)
    if asked.metric is MetricKey.ESTIMATE:
        return _explain_estimate(asked, point, fit, timeline.exports)
    rows = PeopleRows(section, whole_list(scope).with_(period=ExactPeriod.of(Span(None, point.at), scope.timezone)))
    notes = [Note(Caveat.LEFT_BEFORE), *_difference(asked, rows, point.least)]
    return asked.known(
        point.least, lists, n=point.least, span=Span(None, point.at), notes=(*notes, *_uncertain(lists)), rows=rows
    )


def _point_of(asked: Asked, growth: Growth, points: Sequence[Point]) -> Point | None:
    """Return the curve's point of the day, the last of several, as the chart does; the newest point without a day."""
    wanted, timezone = asked.query.day, asked.scope.timezone
    if wanted is None:
        return points[-1] if points else None
    found = [point for point in points if day_of(point.at, timezone) == wanted]
    if found or asked.metric is not MetricKey.AT_LEAST:
        return found[-1] if found else None
    reached = [one.followers for one in growth.milestones if one.day == wanted]
    end = start_of_day(wanted + timedelta(days=1), timezone) - 1
    return Point(end, max(reached)) if reached else None


def _around(timeline: Timeline, second: int) -> list[Export]:
    """Return the list of a second, or the one before it and the next."""
    at = [export for export in timeline.exports if export.exported_at == second]
    if at:
        return at
    after = [export for export in timeline.exports if export.exported_at > second][:1]
    before = timeline.newest_at(second)
    return [*([before] if before else []), *after]


def _explain_estimate(asked: Asked, point: Point, fit: GrowthFit, lists: Sequence[Export]) -> Explanation:
    facts = {
        "n": fit.losses,
        "span": Span(None, point.at),
        "parts": (asked.part(MetricKey.AT_LEAST, point.least),),
        "notes": (Note(Caveat.DELETED_LEFT), Note(Caveat.JOINED_RENAMES), *_uncertain(lists)),
        "method": Method.HAZARD,
    }
    if point.value is None:
        return asked.unknown(Reason.OUTSIDE_LISTS, lists, **facts)
    return asked.known(point.value, lists, low=point.low, high=point.high, **facts)


def explain_staying(asked: Asked) -> Explanation:
    """Explain how many of a hundred new followers stay, from those who left between the lists."""
    scope = asked.scope
    growth, timeline = asked.growth, find_timeline(scope, Section.FOLLOWERS)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope))
    fit = growth.fit
    if fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, timeline.exports)
    steps = steps_of(growth.history, Section.FOLLOWERS, ChangeKind.LOST, timeline.exports)
    facts = {
        "n": fit.losses,
        "span": Span(timeline.exports[0].exported_at, timeline.exports[-1].exported_at),
        "notes": (Note(Caveat.DELETED_LEFT), Note(Caveat.JOINED_RENAMES), *_uncertain(timeline.exports)),
        "rows": ChangedRows(Section.FOLLOWERS, ChangeKind.LOST, steps) if steps else None,
    }
    if fit.staying is None:
        return asked.unknown(_REFUSALS[fit.refusal or Refusal.ONE_LIST], timeline.exports, **facts)
    staying = fit.staying
    return asked.known(
        staying.value, timeline.exports, low=staying.low, high=staying.high, method=Method.HAZARD, **facts
    )


def explain_days(asked: Asked) -> Explanation:
    """Explain how many followed on a day, or on the days of a period, whichever list shows them."""
    query = asked.query
    first, last = (query.day, query.day) if query.day else (query.period.first, query.period.last)
    if first is None or last is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="day", value="")
    return _explain_follows(asked, first, last, None)


def explain_post(asked: Asked) -> Explanation:
    """Explain how many followed on the day of a post and the days after it."""
    scope = asked.scope
    published = db.session.scalar(
        select(Post.published_at).where(visible(Post, scope), Post.public_id == asked.query.post)
    )
    if published is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    first = day_of(published, scope.timezone)
    return _explain_follows(asked, first, first + timedelta(days=POST_DAYS), first)


def _explain_follows(asked: Asked, first: date, last: date, post_day: date | None) -> Explanation:
    scope = asked.scope
    growth, timeline = asked.growth, find_timeline(scope, Section.FOLLOWERS)
    days = Period(first, last, scope.timezone)
    starts_at, ends_at = days.starts_at or 0, days.ends_at or 0
    span = Span(starts_at - 1, ends_at - 1)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope), span=span)
    if growth.fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, timeline.exports, span=span)
    fit, newest = growth.fit, timeline.exports[-1].exported_at
    if starts_at > newest:
        return asked.unknown(Reason.OUTSIDE_LISTS, timeline.exports[-1:], span=span)
    if post_day is not None:
        count = Windows(fit.follows, fit.times[-1], scope.timezone).count(post_day)[0] or 0
    else:
        count = sum(each.came for each in fit.follows if first <= each.day <= last)
    rows = PeopleRows(Section.FOLLOWERS, whole_list(scope).with_(period=days))
    notes = [Note(Caveat.LEFT_BEFORE), *_difference(asked, rows, count)]
    if ends_at > newest + 1:
        notes.append(Note(Caveat.AFTER_LIST, at=newest))
    if post_day is not None:
        notes.append(Note(Caveat.COINCIDES))
    # A list made before the days cannot hold anybody who followed on them.
    lists = [export for export in timeline.exports if export.exported_at >= starts_at]
    return asked.known(count, lists, n=count, span=span, notes=tuple(notes), rows=rows)


def explain_hour(asked: Asked) -> Explanation:
    """Explain how many followed at an hour of the week."""
    scope, hour = asked.scope, asked.query.hour
    if hour is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="hour", value="")
    growth, timeline = asked.growth, find_timeline(scope, Section.FOLLOWERS)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope))
    if growth.fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, timeline.exports)
    span, hours = Span(None, timeline.exports[-1].exported_at), find_week_hours(growth.fit)
    if not isinstance(hours, WeekHours):
        return asked.unknown(Reason.FEW_FOLLOWS, timeline.exports, n=sum(growth.fit.hours), span=span)
    rows, count = HourRows(hour), hours.counts[hour]
    notes = [Note(Caveat.LEFT_BEFORE), *_difference(asked, rows, count)]
    return asked.known(count, timeline.exports, n=hours.total, span=span, notes=tuple(notes), rows=rows)


def explain_month(asked: Asked) -> Explanation:
    """Explain the share of a month's people that a later list has: the newest list, or that of an export."""
    scope, query = asked.scope, asked.query
    if query.day is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="day", value="")
    growth, timeline = asked.growth, find_timeline(scope, Section.FOLLOWERS)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope))
    if growth.fit is None:
        return asked.unknown(Reason.BEING_WORKED_OUT, timeline.exports)
    export = find_export(scope, query.export) if query.export else timeline.exports[-1]
    month = query.day.replace(day=1)
    table = find_month_table(scope, growth.fit, months=None, lists=None)
    rows = table.rows if isinstance(table, MonthTable) else ()
    lists = table.lists if isinstance(table, MonthTable) else ()
    found = next((row for row in rows if row.month == month), None)
    place = next((place for place, each in enumerate(lists) if each.export == export.public_id), None)
    cell = None if found is None or place is None else found.cells[place]
    if found is None or cell is None:
        return asked.unknown(Reason.OUTSIDE_LISTS, [export])
    days = Period(month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1), scope.timezone)
    behind = _month_rows(asked, export, days, timeline, cell.kept)
    facts = {
        "n": cell.of,
        "counted": (cell.kept, cell.of),
        "span": Span((days.starts_at or 0) - 1, export.exported_at),
        "notes": (*_difference(asked, behind, cell.kept), Note(Caveat.DELETED_LEFT), Note(Caveat.JOINED_RENAMES)),
        "method": Method.WILSON,
        "rows": behind,
    }
    sources = [each for each in timeline.exports if each.public_id in (found.first.export, export.public_id)]
    share = cell.interval
    if share is None:
        return asked.unknown(Reason.FEW_PEOPLE, sources, **facts)
    return asked.known(share.value, sources, low=share.low, high=share.high, **facts)


def _month_rows(asked: Asked, export: Export, days: Period, timeline: Timeline, kept: int) -> FigureRows:
    if export.id == timeline.exports[-1].id:
        return PeopleRows(Section.FOLLOWERS, whole_list(asked.scope).with_(period=days))
    return PastRows(Section.FOLLOWERS, export, days, kept)


def _difference(asked: Asked, rows: FigureRows, count: int) -> list[Note]:
    """Return by how much the people who can be listed differ from those who were counted, and why."""
    listed = list_rows(asked.scope, rows, 1).total
    if listed is None:
        return [Note(Caveat.WORKED_OUT_LATER)]
    if listed < count:
        return [Note(Caveat.GONE_SINCE, count - listed)]
    return [Note(Caveat.SEEN_LATER, listed - count)] if listed > count else []


def _uncertain(lists: Sequence[Export]) -> list[Note]:
    return [note for note in list_notes(lists, Section.FOLLOWERS) if note.code is Caveat.TIME_UNCERTAIN]
