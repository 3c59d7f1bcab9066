"""The account's posts, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.kept import keep
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter, PostKind, Privacy, Standing
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, describe
from webapp.web.api.post_arguments import POST_FILTER
from webapp.web.api.post_stats_shapes import KindStats, PostStats, PrivacyStats, StandingStats
from webapp.web.api.posts import REASONS, TAG
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc

_ARGUMENTS = (ACCOUNT, *POST_FILTER, EXPLAIN)
_METRICS = (
    MetricKey.POSTS,
    MetricKey.LIKES_TOTAL,
    MetricKey.TYPICAL_LIKES,
    MetricKey.VIEWS_TOTAL,
    MetricKey.TYPICAL_VIEWS,
    MetricKey.ENGAGEMENT_RATE,
)
_EXAMPLE = PostStats(
    as_of=datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC),
    timezone="Europe/Paris",
    posts=214,
    counted=184,
    first_published_at=datetime(2024, 2, 11, 18, 3, 40, tzinfo=UTC),
    last_published_at=datetime(2026, 5, 31, 17, 22, 5, tzinfo=UTC),
    by_kind=[KindStats(kind=PostKind.VIDEO, posts=190, likes_total=91_480, typical_likes=352.1)],
    by_standing=[StandingStats(standing=Standing.LISTED, posts=209), StandingStats(standing=Standing.DELETED, posts=5)],
    by_privacy=[PrivacyStats(privacy="everyone", posts=205), PrivacyStats(privacy="only_you", posts=9)],
    likes_total=98_310,
    typical_likes=341.6,
    likes_unknown=0,
    views_total=61_207,
    typical_views=4103.0,
    views_unknown=201,
    engagement_rate=0.083,
    hashtags=64,
    sounds=38,
    titles_unknown=12,
)


@blueprint.get("/posts/stats/")
@limited
@describe(
    Operation(
        N_("Add the posts of the account up"),
        TAG,
        PostStats,
        _EXAMPLE,
        parameters=_ARGUMENTS,
        errors=(404, 422),
        sample="?kind=video",
    )
)
def post_stats() -> Response:
    """Answer how many posts there are, of which kind and standing, and what they got."""
    refuse_unknown(request.args, [parameter.name for parameter in _ARGUMENTS])
    scope = find_scope()
    wanted = PostFilter.parse(request.args, scope.timezone if scope else "UTC")
    if scope is None:
        return answer(explained(_unknown(UnknownCode.NO_ACCOUNT), None))
    table = find_posts(scope)
    if table is None:
        body = _unknown(unknown_code(scope))
    elif wanted.asks_about_words and not table.has_titles:
        body = _unknown(UnknownCode.NO_TITLES)
    else:
        body = keep(table, ("stats", wanted), lambda: _stats(scope, table, select_posts(table, wanted)))
    return answer(explained(body, scope, *_METRICS, posts=wanted))


def _stats(scope: Scope, table: PostTable, rows: Sequence[PostRow]) -> PostStats:
    standings = Counter(row.standing for row in rows)
    privacies = Counter(row.privacy for row in rows)
    likes, views = figure_of(rows, MetricKey.TYPICAL_LIKES), figure_of(rows, MetricKey.TYPICAL_VIEWS)
    return PostStats(
        as_of=utc(table.as_of),
        timezone=scope.timezone,
        posts=len(rows),
        counted=sum(table.counts(row) for row in rows),
        first_published_at=utc(rows[0].published_at) if rows else None,
        last_published_at=utc(rows[-1].published_at) if rows else None,
        by_kind=[_kind(kind, [row for row in rows if row.kind is kind]) for kind in PostKind],
        by_standing=[StandingStats(standing=standing, posts=standings[standing]) for standing in Standing],
        by_privacy=[
            PrivacyStats(privacy=None if privacy == Privacy.UNSTATED else privacy, posts=posts)
            for privacy, posts in privacies.most_common()
        ],
        likes_total=_total(rows, MetricKey.LIKES_TOTAL),
        typical_likes=_rounded(likes.value),
        likes_unknown=len(rows) - likes.n,
        views_total=_total(rows, MetricKey.VIEWS_TOTAL),
        typical_views=_rounded(views.value),
        views_unknown=len(rows) - views.n,
        engagement_rate=_rounded(figure_of(rows, MetricKey.ENGAGEMENT_RATE).value),
        hashtags=len({place for row in rows for place in row.hashtags}) if table.has_titles else None,
        sounds=len({row.sound for row in rows if row.sound is not None}) if table.sounds else None,
        titles_unknown=sum(not row.title for row in rows),
    )


def _kind(kind: PostKind, rows: Sequence[PostRow]) -> KindStats:
    return KindStats(
        kind=kind,
        posts=len(rows),
        likes_total=_total(rows, MetricKey.LIKES_TOTAL),
        typical_likes=_rounded(figure_of(rows, MetricKey.TYPICAL_LIKES).value),
    )


def _total(rows: Sequence[PostRow], metric: MetricKey) -> int | None:
    value = figure_of(rows, metric).value
    return None if value is None else int(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _unknown(code: UnknownCode) -> PostStats:
    return PostStats(
        as_of=None,
        timezone=None,
        posts=None,
        counted=None,
        first_published_at=None,
        last_published_at=None,
        by_kind=[],
        by_standing=[],
        by_privacy=[],
        likes_total=None,
        typical_likes=None,
        likes_unknown=None,
        views_total=None,
        typical_views=None,
        views_unknown=None,
        engagement_rate=None,
        hashtags=None,
        sounds=None,
        titles_unknown=None,
        unknown=Unknown(code=code, text=_(REASONS[code])),
    )
