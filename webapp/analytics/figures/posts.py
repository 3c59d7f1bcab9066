"""Where the numbers of posts come from: of a selection, and of one post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from webapp.analytics.content.figures import figure_of, rows_behind, value_of
from webapp.analytics.content.percentile import LEAST_OTHERS, percentile_of
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.standing import Uncounted, why_uncounted
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.figures.explanation import Asked, Explanation, Note, Part, list_notes
from webapp.analytics.figures.lists import why_no_list
from webapp.analytics.figures.rows import PostRows
from webapp.analytics.visible import find_newest_complete, visible
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.explained import Caveat, Reason
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, Span
from webapp.domain.post_query import PostFilter, Standing
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, PostReading

# What comes from the source of views, read at a moment of its own.
_OF_VIEWS: Final = frozenset(
    {
        MetricKey.TYPICAL_VIEWS,
        MetricKey.VIEWS_TOTAL,
        MetricKey.ENGAGEMENT_RATE,
        MetricKey.POST_VIEWS,
        MetricKey.POST_COMMENTS,
        MetricKey.POST_SHARES,
        MetricKey.POST_RATE,
    }
)
_OF_BOTH: Final = frozenset({MetricKey.TYPICAL_ENGAGEMENT, MetricKey.POST_ENGAGEMENT})
_LEFT_OUT: Final[Mapping[Uncounted, Caveat]] = {
    Uncounted.HIDDEN: Caveat.HIDDEN_LEFT_OUT,
    Uncounted.DELETED: Caveat.GONE_LEFT_OUT,
    Uncounted.GONE: Caveat.GONE_LEFT_OUT,
    Uncounted.UNKNOWN: Caveat.UNKNOWN_POSTS,
    Uncounted.YOUNG: Caveat.YOUNG_LEFT_OUT,
}
_ADDED: Final = (MetricKey.POST_LIKES, MetricKey.POST_COMMENTS, MetricKey.POST_SHARES)


def explain_posts(asked: Asked) -> Explanation:
    """Explain how many posts a selection holds, or what they got."""
    scope, metric = asked.scope, asked.metric
    table, newest = find_posts(scope), find_newest_complete(scope, Section.POSTS)
    if table is None or newest is None:
        return asked.unknown(why_no_list(scope))
    wanted = asked.query.posts or PostFilter(Period(None, None, scope.timezone))
    span = _span(wanted, table)
    if wanted.asks_about_words and not table.has_titles:
        return asked.unknown(Reason.NO_TITLES, [newest], span=span)
    selected = select_posts(table, wanted)
    figure, behind = figure_of(selected, metric), rows_behind(selected, metric)
    exports = list(_exports(scope, metric, newest, behind))
    facts = {
        "n": figure.n,
        "span": span,
        "notes": (
            *_notes(asked, table, wanted, selected),
            *_read(metric, behind),
            *list_notes([newest], Section.POSTS),
        ),
        "parts": () if metric is MetricKey.POSTS else (asked.part(MetricKey.POSTS, len(selected)),),
        "rows": PostRows(table, behind[::-1], wanted),
    }
    if figure.value is None:
        return asked.unknown(_why_unknown(metric, selected), exports, **facts)
    return asked.known(figure.value, exports, **facts)


def explain_one_post(asked: Asked) -> Explanation:
    """Explain a figure of one post."""
    scope, metric = asked.scope, asked.metric
    table, row = _find_post(asked)
    value = value_of(row, metric)
    behind = () if value is None else (row,)
    exports = list(_exports(scope, metric, _last_list(scope, row), behind))
    parts: tuple[Part, ...] = ()
    if metric is MetricKey.POST_ENGAGEMENT:
        parts = tuple(asked.part(each, value_of(row, each)) for each in _ADDED)
    elif metric is MetricKey.POST_RATE:
        parts = (asked.part(MetricKey.POST_VIEWS, row.views),)
    at = max((export.exported_at for export in exports), default=table.as_of)
    facts = {
        "n": len(behind),
        "span": Span(None, at),
        "notes": (*_own_notes(table, [row]), *_read(metric, behind)),
        "parts": parts,
        "rows": PostRows(table, (row,), None),
    }
    if value is None:
        return asked.unknown(_why_unknown(metric, [row]), exports, **facts)
    return asked.known(value, exports, **facts)


def explain_percentile(asked: Asked) -> Explanation:
    """Explain where a post stands among the others by its likes."""
    table, row = _find_post(asked)
    newest = find_newest_complete(asked.scope, Section.POSTS)
    exports = [newest] if newest else []
    wanted = PostFilter(Period(None, None, asked.scope.timezone), counted=True)
    others = tuple(other for other in reversed(table.counted) if other.id != row.id)
    facts = {
        "n": len(others),
        "span": Span(None, table.as_of),
        "parts": (
            asked.part(MetricKey.POST_LIKES, row.likes),
            Part(FigureQuery(MetricKey.POSTS, posts=wanted), len(table.counted)),
        ),
        "notes": tuple(_left_out(table, select_posts(table, wanted.with_(counted=False)))),
        "rows": PostRows(table, others, wanted),
    }
    place = percentile_of(table, row)
    if place is None:
        is_few = table.counts(row) and len(others) < LEAST_OTHERS
        return asked.unknown(Reason.FEW_POSTS if is_few else Reason.NOT_COMPARED, exports, **facts)
    return asked.known(place.share, exports, **facts)


def _find_post(asked: Asked) -> tuple[PostTable, PostRow]:
    table = find_posts(asked.scope)
    row = None if table is None else table.by_id.get(asked.query.post)
    if table is None or row is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return table, row


def _span(wanted: PostFilter, table: PostTable) -> Span:
    """Return the seconds in which the posts of a selection were published, as far as the newest list reaches."""
    starts, ends = wanted.period.starts_at, wanted.period.ends_at
    since = None if starts is None else starts - 1
    until = max(table.as_of, starts or table.as_of)
    return Span(since, until if ends is None else min(until, ends - 1))


def _exports(scope: Scope, metric: MetricKey, newest: Export | None, behind: Iterable[PostRow]) -> Iterator[Export]:
    """Yield where a figure comes from: the list of posts, and the sources of views that it takes."""
    if newest is not None:
        yield newest
    if metric not in _OF_VIEWS | _OF_BOTH:
        return
    times = {row.viewed_at for row in behind if row.viewed_at is not None}
    if newest is not None:
        times -= {newest.exported_at}
    if times:
        yield from db.session.scalars(select(Export).where(visible(Export, scope), Export.exported_at.in_(times)))


def _last_list(scope: Scope, row: PostRow) -> Export | None:
    """Return the newest list of posts that a post is on."""
    return db.session.scalars(
        select(Export)
        .join(PostReading, PostReading.export_id == Export.id)
        .where(visible(Export, scope), visible(PostReading, scope), PostReading.post_id == row.id)
        .order_by(Export.exported_at.desc(), Export.id.desc())
        .limit(1)
    ).first()


def _why_unknown(metric: MetricKey, selected: Sequence[PostRow]) -> Reason:
    if not selected:
        return Reason.NO_SUCH_POSTS
    return Reason.NO_VIEWS if metric in _OF_VIEWS else Reason.NO_LIKES


def _notes(asked: Asked, table: PostTable, wanted: PostFilter, selected: Sequence[PostRow]) -> Iterator[Note]:
    if wanted.counted:
        yield from _left_out(table, select_posts(table, wanted.with_(counted=False)))
    else:
        own = _own_notes(table, selected)
        yield from (note for note in own if asked.metric is not MetricKey.POSTS or note.code is not Caveat.YOUNG_POSTS)
    if asked.metric is MetricKey.POSTS:
        return
    unknown = len(selected) - len(rows_behind(selected, asked.metric))
    if unknown and selected:
        yield Note(Caveat.UNKNOWN_POSTS, unknown)


def _left_out(table: PostTable, fitting: Iterable[PostRow]) -> Iterator[Note]:
    """Yield why posts that fit are not counted, each by the first reason that holds."""
    counts = Counter(_LEFT_OUT[why] for row in fitting if (why := why_uncounted(table, row)) is not None)
    yield from (Note(code, counts[code]) for code in Caveat if code in counts)


def _own_notes(table: PostTable, selected: Sequence[PostRow]) -> list[Note]:
    """Return what is to be known about the posts themselves."""
    young = sum(1 for row in selected if row.standing is Standing.LISTED and table.age_days(row) < MATURE_DAYS)
    hidden = sum(1 for row in selected if not row.is_public)
    gone = sum(1 for row in selected if row.standing is not Standing.LISTED)
    found = ((Caveat.YOUNG_POSTS, young), (Caveat.HIDDEN_POSTS, hidden), (Caveat.GONE_POSTS, gone))
    return [Note(code, count) for code, count in found if count]


def _read(metric: MetricKey, behind: Iterable[PostRow]) -> Iterator[Note]:
    """Yield when the views were read, which is not when the list of posts was made."""
    if metric in _OF_VIEWS | _OF_BOTH:
        times = [row.viewed_at for row in behind if row.viewed_at is not None]
        if times:
            yield Note(Caveat.VIEWS_READ, at=max(times))
