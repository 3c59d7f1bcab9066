"""Where the numbers of the two lists come from: how long they are, who is on both, who came lately."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from webapp.analytics.audience import MONTH_DAYS, WEEK_DAYS, summarise_audience
from webapp.analytics.figures.explanation import Asked, Explanation, Note, Number, Part, list_notes
from webapp.analytics.figures.rows import FigureRows, MutualRows, PastRows, PeopleRows
from webapp.analytics.growth import GrowthRow, list_growth_rows
from webapp.analytics.imports import list_exports
from webapp.analytics.relationships import summarise_relationships
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import find_newest_lists
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.explained import Caveat, Reason
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, ExactPeriod, Period, Span
from webapp.domain.query import FollowQuery, Ignored, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, Export

_COUNT: Final = {Section.FOLLOWERS: MetricKey.FOLLOWERS, Section.FOLLOWING: MetricKey.FOLLOWING}
_DAYS: Final[Mapping[MetricKey, int]] = {
    MetricKey.WEEK_FOLLOWERS: WEEK_DAYS,
    MetricKey.WEEK_FOLLOWING: WEEK_DAYS,
    MetricKey.MONTH_FOLLOWERS: MONTH_DAYS,
    MetricKey.MONTH_FOLLOWING: MONTH_DAYS,
}


def why_no_list(scope: Scope) -> Reason:
    """Return why no export holds a list."""
    return Reason.NOT_IN_EXPORTS if list_exports(scope) else Reason.NO_EXPORT


def find_export(scope: Scope, public_id: str) -> Export:
    """Return an export of the account; raise ``NotFound`` for any other id."""
    export = next((each for each in list_exports(scope) if each.public_id == public_id), None)
    if export is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return export


def find_row(scope: Scope, public_id: str) -> GrowthRow | None:
    """Return what an export counted; ``None`` for one without a list. Raises ``NotFound`` for an unknown id."""
    find_export(scope, public_id)
    return next((row for row in list_growth_rows(scope) if row.export == public_id), None)


def whole_list(scope: Scope) -> FollowQuery:
    """Return the query that everybody on a list fits."""
    return FollowQuery(Period(None, None, scope.timezone))


def explain_length(asked: Asked) -> Explanation:
    """Explain how many names a list holds: the newest one, or that of an export."""
    scope, section = asked.scope, asked.section
    timeline = find_timeline(scope, section)
    newest = timeline.exports[-1] if timeline.exports else None
    if not asked.query.export:
        if newest is None:
            return asked.unknown(why_no_list(scope))
        summary = summarise_relationships(scope)
        count = summary.followers if section is Section.FOLLOWERS else summary.following
        return _length(asked, newest, count, PeopleRows(section, whole_list(scope)))
    export = find_export(scope, asked.query.export)
    row = find_row(scope, export.public_id)
    count = None if row is None else row.count(section)
    if count is None or newest is None:
        return asked.unknown(Reason.NOT_IN_THIS_EXPORT, [export])
    if export.id == newest.id:
        return _length(asked, export, count, PeopleRows(section, whole_list(scope)))
    past = PastRows(section, export, Period(None, None, scope.timezone), count)
    return _length(asked, export, count, past)


def _length(asked: Asked, export: Export, count: int | None, rows: FigureRows) -> Explanation:
    if count is None:
        return asked.unknown(Reason.NOT_IN_THIS_EXPORT, [export])
    notes = (*list_notes([export], asked.section), Note(Caveat.AFTER_LIST, at=export.exported_at))
    span = Span(None, export.exported_at)
    return asked.known(count, [export], n=count, span=span, notes=notes, rows=rows)


def explain_both(asked: Asked) -> Explanation:
    """Explain a number that takes both lists: mutuals, the ratio, and who is on one list only."""
    scope, metric = asked.scope, asked.metric
    if asked.query.export:
        return _both_of_export(asked)
    newest = find_newest_lists(scope)
    exports = [export for export in newest.values() if export is not None]
    if not exports:
        return asked.unknown(why_no_list(scope))
    if len(exports) < len(DIRECTIONS):
        return asked.unknown(Reason.OTHER_LIST_MISSING, exports)
    figures = summarise_audience(scope)
    values: dict[MetricKey, Number | None] = {
        MetricKey.FOLLOWERS: figures.followers,
        MetricKey.FOLLOWING: figures.following,
        MetricKey.MUTUALS: figures.mutuals,
        MetricKey.FOLLOWER_RATIO: figures.follower_ratio,
        MetricKey.FOLLOWERS_ONLY: figures.followers_only,
        MetricKey.FOLLOWING_ONLY: figures.following_only,
    }
    return _both(asked, exports, values, _rows_of_both(scope, metric))


def _both_of_export(asked: Asked) -> Explanation:
    export = find_export(asked.scope, asked.query.export)
    row = find_row(asked.scope, export.public_id)
    if row is None or row.followers is None or row.following is None:
        return asked.unknown(Reason.NOT_IN_THIS_EXPORT, [export])
    values: dict[MetricKey, Number | None] = {
        MetricKey.FOLLOWERS: row.followers,
        MetricKey.FOLLOWING: row.following,
        MetricKey.MUTUALS: row.mutuals,
        MetricKey.FOLLOWER_RATIO: row.ratio,
        MetricKey.FOLLOWERS_ONLY: None if row.mutuals is None else row.followers - row.mutuals,
        MetricKey.FOLLOWING_ONLY: None if row.mutuals is None else row.following - row.mutuals,
    }
    newest = find_newest_lists(asked.scope)
    is_newest = all(each is not None and each.id == export.id for each in newest.values())
    rows = _rows_of_both(asked.scope, asked.metric) if is_newest else None
    return _both(asked, [export], values, rows)


def _both(
    asked: Asked, exports: list[Export], values: Mapping[MetricKey, Number | None], rows: FigureRows | None
) -> Explanation:
    metric, value = asked.metric, values[asked.metric]
    names = sum(int(values[each] or 0) for each in _COUNT.values())
    parts = tuple(asked.part(each, values[each]) for each in _PARTS[metric])
    times = [export.exported_at for export in exports]
    notes = [note for section in DIRECTIONS for note in list_notes(exports, section)]
    notes = list(dict.fromkeys(notes))
    if len(set(times)) > 1:
        notes.append(Note(Caveat.TWO_DAYS, at=min(times)))
    if rows is None and metric is not MetricKey.FOLLOWER_RATIO:
        notes.append(Note(Caveat.NOT_LISTED))
    facts = {"n": names, "span": Span(None, max(times)), "notes": tuple(notes), "parts": parts}
    if value is None:
        reason = Reason.NOBODY_FOLLOWED if metric is MetricKey.FOLLOWER_RATIO else Reason.NOT_IN_THIS_EXPORT
        return asked.unknown(reason, exports, **facts)
    return asked.known(value, exports, rows=rows, **facts)


_PARTS: Final[Mapping[MetricKey, tuple[MetricKey, ...]]] = {
    MetricKey.MUTUALS: (MetricKey.FOLLOWERS, MetricKey.FOLLOWING),
    MetricKey.FOLLOWER_RATIO: (MetricKey.FOLLOWERS, MetricKey.FOLLOWING),
    MetricKey.FOLLOWERS_ONLY: (MetricKey.FOLLOWERS, MetricKey.MUTUALS),
    MetricKey.FOLLOWING_ONLY: (MetricKey.FOLLOWING, MetricKey.MUTUALS),
}


def _rows_of_both(scope: Scope, metric: MetricKey) -> FigureRows | None:
    whole = whole_list(scope)
    if metric is MetricKey.MUTUALS:
        return MutualRows(whole)
    # Marks leave nobody out: the number counts everybody.
    only = whole.with_(relation=Relation.NOT_MUTUAL, ignored=Ignored.SHOW)
    if metric is MetricKey.FOLLOWERS_ONLY:
        return PeopleRows(Section.FOLLOWERS, only)
    return PeopleRows(Section.FOLLOWING, only) if metric is MetricKey.FOLLOWING_ONLY else None


def explain_arrivals(asked: Asked) -> Explanation:
    """Explain how many of a list were followed in the days before it."""
    scope, section, days = asked.scope, asked.section, _DAYS[asked.metric]
    newest = find_newest_lists(scope)[section]
    if newest is None:
        return asked.unknown(why_no_list(scope))
    figures = summarise_audience(scope)
    arrivals = figures.week if days == WEEK_DAYS else figures.month
    count = arrivals.followers if section is Section.FOLLOWERS else arrivals.following
    if count is None:
        return asked.unknown(Reason.NOT_IN_THIS_EXPORT, [newest])
    span = Span(newest.exported_at - days * DAY_SECONDS, newest.exported_at)
    query = whole_list(scope).with_(period=ExactPeriod.of(span, scope.timezone))
    notes = (*list_notes([newest], section), Note(Caveat.LEFT_AGAIN))
    length = figures.followers if section is Section.FOLLOWERS else figures.following
    return asked.known(
        count,
        [newest],
        n=count,
        span=span,
        notes=notes,
        parts=(asked.part(_COUNT[section], length),),
        rows=PeopleRows(section, query),
    )


def explain_profile(asked: Asked) -> Explanation:
    """Explain the count that the profile itself shows, beside the list of the same export."""
    scope = asked.scope
    if asked.query.export:
        row = find_row(scope, asked.query.export)
    else:
        row = next((each for each in reversed(list_growth_rows(scope)) if each.followers is not None), None)
        if row is None:
            return asked.unknown(why_no_list(scope))
    export = find_export(scope, asked.query.export if row is None else row.export)
    if row is None or row.profile_followers is None:
        return asked.unknown(Reason.NOT_NOTED, [export])
    of_export = asked.query.with_(metric=MetricKey.FOLLOWERS, export=export.public_id)
    return asked.known(
        row.profile_followers,
        [export],
        n=row.profile_followers,
        span=Span(None, export.exported_at),
        notes=(Note(Caveat.OTHER_MOMENT),),
        parts=(Part(of_export, row.followers),),
    )
