"""Both follow lists together: their figures, who is on both, and who is on one only."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Response, request
from flask_babel import gettext as _
from msgspec import UNSET, UnsetType

from webapp.analytics.audience import Arrivals as ArrivalCounts
from webapp.analytics.audience import AudienceStats as Figures
from webapp.analytics.audience import summarise_audience
from webapp.analytics.audience_parts import PartRow, list_part
from webapp.domain.audience import AudiencePart
from webapp.domain.metrics import MetricKey
from webapp.domain.query import FollowQuery, refuse_unknown
from webapp.domain.text import N_
from webapp.web.api.arguments import cursor_url, find_scope
from webapp.web.api.audience_shapes import AcquisitionDay, Arrivals, AudienceStats, Relationship, RelationshipList
from webapp.web.api.explain import explained
from webapp.web.api.follows import REASONS, unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, RELATIONSHIP_LIST, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc

_GROUP = N_("Followers and following")
_REASONS: dict[UnknownCode, str] = {
    **REASONS,
    UnknownCode.NOT_IN_EXPORTS: N_(
        "This takes both lists, and no export of this account holds one of them whole. Ask the platform for an export "
        "with all data."
    ),
}
_METRICS = (
    MetricKey.FOLLOWERS,
    MetricKey.FOLLOWING,
    MetricKey.MUTUALS,
    MetricKey.FOLLOWERS_ONLY,
    MetricKey.FOLLOWING_ONLY,
    MetricKey.FOLLOWER_RATIO,
    MetricKey.WEEK_FOLLOWERS,
    MetricKey.WEEK_FOLLOWING,
    MetricKey.MONTH_FOLLOWERS,
    MetricKey.MONTH_FOLLOWING,
)
_MARCH = datetime(2026, 3, 29, 18, 4, 11, tzinfo=UTC)
_STATS_EXAMPLE = AudienceStats(
    as_of=datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC),
    total_followers=12_480,
    total_following=412,
    mutuals_count=301,
    followers_only_count=12_179,
    following_only_count=111,
    follower_ratio=30.29,
    weekly_growth=Arrivals(followers=96, following=3),
    monthly_growth=Arrivals(followers=402, following=9),
    top_acquisition_dates=[AcquisitionDay(date=date(2026, 5, 17), followers_gained=88)],
)


def _example(followed: datetime | None, following: datetime | None) -> RelationshipList:
    row = Relationship(
        username="ada.lovelace",
        date_followed=followed,
        date_following=following,
        is_mutual=followed is not None and following is not None,
    )
    return RelationshipList(count=1, next=None, previous=None, results=[row])


@blueprint.get("/followers/stats/")
@limited
@describe(
    Operation(
        N_("Show the figures of both lists"),
        _GROUP,
        AudienceStats,
        _STATS_EXAMPLE,
        parameters=(ACCOUNT, EXPLAIN),
        errors=(404, 422),
    )
)
def follower_stats() -> Response:
    """Answer the figures of the newest complete lists."""
    refuse_unknown(request.args, (ACCOUNT.name, EXPLAIN.name))
    scope = find_scope()
    if scope is None:
        return answer(explained(_no_stats(UnknownCode.NO_ACCOUNT), None))
    figures = summarise_audience(scope)
    body = _no_stats(unknown_code(scope)) if figures.as_of is None else _stats(figures)
    return answer(explained(body, scope, *_METRICS))


@blueprint.get("/followers/common/")
@limited
@describe(
    Operation(
        N_("List the people who are on both lists; days and orders go by the later of the two dates"),
        _GROUP,
        RelationshipList,
        _example(_MARCH, datetime(2026, 3, 30, 7, 30, 2, tzinfo=UTC)),
        parameters=RELATIONSHIP_LIST,
        errors=(404, 422),
        sample="?search=ada",
    )
)
def common_followers() -> Response:
    """Answer one page of the mutuals."""
    return _list(AudiencePart.MUTUALS)


@blueprint.get("/followers/followers-only/")
@limited
@describe(
    Operation(
        N_("List the people who follow the account and whom it does not follow"),
        _GROUP,
        RelationshipList,
        _example(_MARCH, None),
        parameters=RELATIONSHIP_LIST,
        errors=(404, 422),
        sample="?ordering=username",
    )
)
def followers_only() -> Response:
    """Answer one page of the followers who are not followed."""
    return _list(AudiencePart.FOLLOWERS_ONLY)


@blueprint.get("/followers/following-only/")
@limited
@describe(
    Operation(
        N_("List the people whom the account follows and who do not follow it"),
        _GROUP,
        RelationshipList,
        _example(None, _MARCH),
        parameters=RELATIONSHIP_LIST,
        errors=(404, 422),
        sample="?ordering=date_followed&ignored=hide",
    )
)
def following_only() -> Response:
    """Answer one page of the people whom the account follows and who do not follow back."""
    return _list(AudiencePart.FOLLOWING_ONLY)


def _list(part: AudiencePart) -> Response:
    refuse_unknown(request.args, [parameter.name for parameter in RELATIONSHIP_LIST])
    scope = find_scope()
    query = FollowQuery.parse(request.args, scope.timezone if scope else "UTC")
    if scope is None:
        return answer(explained(_no_list(UnknownCode.NO_ACCOUNT), None))
    page = list_part(scope, part, query)
    if page.is_unknown:
        body = _no_list(unknown_code(scope))
    else:
        body = RelationshipList(
            count=page.total,
            next=cursor_url(query, page.next),
            previous=cursor_url(query, page.previous),
            results=[_item(row) for row in page.rows],
        )
    return answer(explained(body, scope, part.metric, is_narrowed=query.is_filtered))


def _item(row: PartRow) -> Relationship:
    return Relationship(
        username=row.username,
        date_followed=None if row.followed_at is None else utc(row.followed_at),
        date_following=None if row.following_at is None else utc(row.following_at),
        is_mutual=row.followed_at is not None and row.following_at is not None,
    )


def _stats(figures: Figures) -> AudienceStats:
    is_whole = figures.followers is not None and figures.following is not None
    return AudienceStats(
        as_of=None if figures.as_of is None else utc(figures.as_of),
        total_followers=figures.followers,
        total_following=figures.following,
        mutuals_count=figures.mutuals,
        followers_only_count=figures.followers_only,
        following_only_count=figures.following_only,
        follower_ratio=None if figures.follower_ratio is None else float(figures.follower_ratio),
        weekly_growth=_arrivals(figures.week),
        monthly_growth=_arrivals(figures.month),
        top_acquisition_dates=None
        if figures.top_days is None
        else [AcquisitionDay(date=day, followers_gained=gained) for day, gained in figures.top_days],
        unknown=UNSET if is_whole else _unknown(UnknownCode.NOT_IN_EXPORTS),
    )


def _arrivals(counts: ArrivalCounts) -> Arrivals:
    return Arrivals(followers=counts.followers, following=counts.following)


def _no_stats(code: UnknownCode) -> AudienceStats:
    nothing = Arrivals(followers=None, following=None)
    return AudienceStats(
        as_of=None,
        total_followers=None,
        total_following=None,
        mutuals_count=None,
        followers_only_count=None,
        following_only_count=None,
        follower_ratio=None,
        weekly_growth=nothing,
        monthly_growth=nothing,
        top_acquisition_dates=None,
        unknown=_unknown(code),
    )


def _no_list(code: UnknownCode) -> RelationshipList:
    return RelationshipList(count=None, next=None, previous=None, results=[], unknown=_unknown(code))


def _unknown(code: UnknownCode) -> Unknown | UnsetType:
    return Unknown(code=code, text=_(_REASONS[code]))
