"""How the follow lists of the account grew."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Response, request
from flask_babel import gettext as _
from msgspec import UNSET, UnsetType

from webapp.analytics.growth import GrossChange, Growth, GrowthRow, Retention, find_growth
from webapp.analytics.imports import list_exports
from webapp.domain.metrics import MetricKey
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.explain import explained
from webapp.web.api.growth_shapes import AcquisitionPeak, GrowthAnswer, GrowthPeriod, GrowthPoint, RetentionShare
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, Parameter, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc

_REASONS: dict[UnknownCode, str] = {
    UnknownCode.NO_ACCOUNT: N_("There is no account yet. Import an export to begin."),
    UnknownCode.NO_EXPORT: N_("Nothing was imported for this account yet. Import an export to see how it grows."),
    UnknownCode.NOT_IN_EXPORTS: N_(
        "No export of this account holds this list whole. Ask the platform for an export with all data."
    ),
    UnknownCode.TOO_FEW_DAYS: N_(
        "Days with unusually many new followers can be told from others after 56 days with a follower."
    ),
    UnknownCode.BEING_WORKED_OUT: N_("This is being worked out. Ask again in a moment."),
}
_PARAMETERS = (
    ACCOUNT,
    Parameter(
        "period",
        N_("How far back, counted from the newest list: 7, 30 or 365 days, or everything."),
        {"type": "string", "enum": [period.value for period in GrowthPeriod], "default": GrowthPeriod.ALL.value},
    ),
    EXPLAIN,
)
_METRICS = (
    MetricKey.GAINED,
    MetricKey.LOST,
    MetricKey.NET,
    MetricKey.FOLLOWING_GAINED,
    MetricKey.FOLLOWING_LOST,
    MetricKey.STAYED,
    MetricKey.STAYING,
)
_MAY, _JUNE = datetime(2026, 5, 3, 9, 15, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_EXAMPLE = GrowthAnswer(
    period=GrowthPeriod.YEAR,
    data_points=2,
    growth=[
        GrowthPoint(
            date=date(2026, 5, 3),
            at=_MAY,
            follower_count=12_266,
            following_count=410,
            follower_ratio=29.92,
            followers_gained=None,
            followers_lost=None,
            following_gained=None,
            following_lost=None,
            net_follower_growth=None,
            net_following_growth=None,
        ),
        GrowthPoint(
            date=date(2026, 6, 2),
            at=_JUNE,
            follower_count=12_480,
            following_count=412,
            follower_ratio=30.29,
            followers_gained=281,
            followers_lost=67,
            following_gained=5,
            following_lost=3,
            net_follower_growth=214,
            net_following_growth=2,
        ),
    ],
    retention=[
        RetentionShare(from_=_MAY, to=_JUNE, kept=12_199, of=12_266, rate=0.994538, low=0.993068, high=0.995697)
    ],
    peaks=[AcquisitionPeak(date=date(2026, 5, 17), followers_gained=96, expected=8.4, p_value=3.1e-12)],
)


@blueprint.get("/followers/growth/")
@limited
@describe(
    Operation(
        N_("Show how the lists grew from export to export"),
        N_("Followers and following"),
        GrowthAnswer,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?period=year",
    )
)
def growth() -> Response:
    """Answer how the lists grew over a period that ends with the newest one."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    period = parse_choice(GrowthPeriod, "period", single(request.args, "period")) or GrowthPeriod.ALL
    scope = find_scope()
    if scope is None:
        return answer(explained(_empty(period, UnknownCode.NO_ACCOUNT), None))
    query = PeriodQuery(Preset(period.value))
    found = find_growth(scope, query)
    if found.as_of is None:
        has_exports = bool(list_exports(scope))
        body = _empty(period, UnknownCode.NOT_IN_EXPORTS if has_exports else UnknownCode.NO_EXPORT)
    else:
        body = _answer(period, found)
    return answer(explained(body, scope, *_METRICS, period=query))


def _answer(period: GrowthPeriod, found: Growth) -> GrowthAnswer:
    return GrowthAnswer(
        period=period,
        data_points=len(found.rows),
        growth=[_point(row) for row in found.rows],
        retention=[_share(kept) for kept in found.retention],
        peaks=[
            AcquisitionPeak(date=peak.day, followers_gained=peak.gained, expected=peak.expected, p_value=peak.p_value)
            for peak in found.peaks or ()
        ],
        peaks_unknown=_peaks_unknown(found),
    )


def _point(row: GrowthRow) -> GrowthPoint:
    gained, lost, net = _figures(row.follower_change)
    begun, ended, difference = _figures(row.following_change)
    return GrowthPoint(
        date=row.day,
        at=utc(row.at),
        follower_count=row.followers,
        following_count=row.following,
        follower_ratio=None if row.ratio is None else float(row.ratio),
        followers_gained=gained,
        followers_lost=lost,
        following_gained=begun,
        following_lost=ended,
        net_follower_growth=net,
        net_following_growth=difference,
    )


def _figures(change: GrossChange | None) -> tuple[int | None, int | None, int | None]:
    return (None, None, None) if change is None else (change.gained, change.lost, change.net)


def _share(kept: Retention) -> RetentionShare:
    share = kept.share
    return RetentionShare(
        from_=utc(kept.begins_at),
        to=utc(kept.ends_at),
        kept=kept.kept,
        of=kept.of,
        rate=None if share is None else round(share.value, 6),
        low=None if share is None else round(share.low, 6),
        high=None if share is None else round(share.high, 6),
    )


def _peaks_unknown(found: Growth) -> Unknown | UnsetType:
    if found.peaks is not None:
        return UNSET
    if found.fit is None:
        return _unknown(UnknownCode.BEING_WORKED_OUT)
    return _unknown(UnknownCode.TOO_FEW_DAYS if found.fit.lists else UnknownCode.NOT_IN_EXPORTS)


def _empty(period: GrowthPeriod, code: UnknownCode) -> GrowthAnswer:
    return GrowthAnswer(period=period, data_points=0, growth=[], retention=[], peaks=[], unknown=_unknown(code))


def _unknown(code: UnknownCode) -> Unknown:
    return Unknown(code=code, text=_(_REASONS[code]))
