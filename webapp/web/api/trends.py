"""Posts over time, and the words of their titles."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Response, request
from flask_babel import gettext as _
from msgspec import UNSET

from webapp.analytics.content.ages import AgeClass, Ages, TooFewReadings, find_ages
from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.kept import keep
from webapp.analytics.content.like_spread import find_spread
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.rhythm import Rhythm
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.trends import Trends, TrendStep, days_of, find_trends
from webapp.analytics.content.word_counts import WordUse, count_words
from webapp.analytics.spans import find_post_span
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.domain.steps import Step
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope, neighbours, page_query
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.growth_shapes import GrowthPeriod
from webapp.web.api.operations import ACCOUNT, EXPLAIN, PAGES, Operation, Parameter, describe
from webapp.web.api.posts import REASONS, TAG
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.api.trend_shapes import (
    AgeReadings,
    Keyword,
    KeywordList,
    LikesClass,
    PostRhythm,
    TrendPoint,
    TrendsAnswer,
)
from webapp.web.trends.shapes import ages_refusal

_PERIOD = Parameter(
    "period",
    N_("How far back, counted from the newest list of posts: 7, 30 or 365 days, or everything."),
    {"type": "string", "enum": [period.value for period in GrowthPeriod], "default": GrowthPeriod.ALL.value},
)
_STEP = Parameter(
    "step",
    N_(
        "How long one point lasts; without it the shortest with which at least half of the points rest on three posts "
        "or more. Weeks begin on Monday."
    ),
    {"type": "string", "enum": [step.value for step in Step]},
)
_TRENDS = (ACCOUNT, _PERIOD, _STEP, EXPLAIN)
_KEYWORDS = (ACCOUNT, _PERIOD, *PAGES, EXPLAIN)
_JUNE = datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_EXAMPLE = TrendsAnswer(
    as_of=_JUNE,
    timezone="Europe/Paris",
    period=GrowthPeriod.MONTH,
    date_from=date(2026, 5, 4),
    date_to=date(2026, 6, 2),
    step=Step.MONTH,
    posts=15,
    counted=12,
    typical_likes=348.2,
    likes_total=7204,
    engagement_rate=None,
    trend=[
        TrendPoint(
            date_from=date(2026, 5, 1),
            date_to=date(2026, 5, 31),
            posts=14,
            counted=12,
            typical_likes=348.2,
            low=180.5,
            high=702.0,
            engagement_rate=None,
            young=2,
            is_over=True,
        )
    ],
    rhythm=PostRhythm(
        posts_a_week=3.5,
        days_with_posts=13,
        days_between=2.0,
        longest_pause=4,
        longest_pause_from=date(2026, 5, 9),
        longest_pause_to=date(2026, 5, 12),
        most_weeks_in_a_row=4,
    ),
    likes_spread=[LikesClass(from_=100, to=299, posts=5), LikesClass(from_=300, to=999, posts=7)],
    ages=[AgeReadings(days_from=7, days_below=14, readings=9, likes_a_day=31.4, share_of_newest=0.92)],
)
_WORDS = KeywordList(
    count=1,
    next=None,
    previous=None,
    as_of=_JUNE,
    results=[Keyword(word="bread", posts=22, counted=21, typical_likes=402.7)],
)


@blueprint.get("/posts/trends/")
@limited
@describe(
    Operation(
        N_("Show posts over time"),
        TAG,
        TrendsAnswer,
        _EXAMPLE,
        parameters=_TRENDS,
        errors=(404, 422),
        sample="?period=year&step=month",
    )
)
def post_trends() -> Response:
    """Answer how many posts were published over a period, what they typically got, and how regularly they came."""
    refuse_unknown(request.args, [parameter.name for parameter in _TRENDS])
    period, step = _period(), parse_choice(Step, "step", single(request.args, "step"))
    scope = find_scope()
    if scope is None:
        return answer(explained(_no_trends(period, UnknownCode.NO_ACCOUNT), None))
    table, wanted = find_posts(scope), _filter(scope, period)
    if table is None:
        body = _no_trends(period, unknown_code(scope))
    else:
        span = _span(scope, period, table)
        key = ("trends", span, None, scope.timezone, step, 0)
        trends = keep(table, key, lambda: find_trends(table, span, None, scope.timezone, step))
        body = _trends(scope, period, trends)
    counted = wanted.with_(counted=True)
    metrics = (MetricKey.TYPICAL_LIKES, MetricKey.LIKES_TOTAL, MetricKey.ENGAGEMENT_RATE)
    queries = (FigureQuery(metric, posts=counted) for metric in metrics)
    return answer(explained(body, scope, FigureQuery(MetricKey.POSTS, posts=wanted), *queries))


@blueprint.get("/posts/keywords/")
@limited
@describe(
    Operation(
        N_("List the words of titles"),
        TAG,
        KeywordList,
        _WORDS,
        parameters=_KEYWORDS,
        errors=(404, 422),
        sample="?period=year",
    )
)
def post_keywords() -> Response:
    """Answer one page of the words of titles, those of most posts first."""
    page = page_query(ACCOUNT.name, _PERIOD.name, EXPLAIN.name)
    period, scope = _period(), find_scope()
    if scope is None:
        return answer(explained(_no_words(UnknownCode.NO_ACCOUNT), None))
    table, wanted = find_posts(scope), _filter(scope, period)
    found = None if table is None else _words(scope, table, wanted)
    if table is None or found is None:
        body = _no_words(unknown_code(scope) if table is None else UnknownCode.NO_TITLES)
    else:
        others = {} if period is GrowthPeriod.ALL else {_PERIOD.name: period.value}
        around = neighbours(page, len(found), **others)
        body = KeywordList(
            count=len(found),
            next=around["next"],
            previous=around["previous"],
            as_of=utc(table.as_of),
            results=[_keyword(use) for use in found[page.offset : page.offset + page.page_size]],
        )
    return answer(explained(body, scope, MetricKey.POSTS, posts=wanted))


def _period() -> GrowthPeriod:
    return parse_choice(GrowthPeriod, "period", single(request.args, "period")) or GrowthPeriod.ALL


def _span(scope: Scope, period: GrowthPeriod, table: PostTable) -> Span:
    return find_post_span(scope, PeriodQuery(Preset(period.value))) or Span(None, table.as_of)


def _filter(scope: Scope, period: GrowthPeriod) -> PostFilter:
    """Return the filter of the posts of a period; of all time that of all posts."""
    span = find_post_span(scope, PeriodQuery(Preset(period.value)))
    return PostFilter(days_of(span or Span(None, 0), scope.timezone))


def _words(scope: Scope, table: PostTable, wanted: PostFilter) -> list[WordUse] | None:
    if scope.redaction.hides_captions:
        return []
    return keep(table, ("words", wanted), lambda: count_words(table, wanted))


def _trends(scope: Scope, period: GrowthPeriod, trends: Trends) -> TrendsAnswer:
    table, days = trends.table, trends.wanted.period
    spread, ages = find_spread(trends.counted), keep(table, "ages", lambda: find_ages(scope, table))
    likes = figure_of(trends.counted, MetricKey.TYPICAL_LIKES)
    total = figure_of(trends.counted, MetricKey.LIKES_TOTAL).value
    return TrendsAnswer(
        as_of=utc(trends.as_of),
        timezone=scope.timezone,
        period=period,
        date_from=days.first,
        date_to=days.last,
        step=trends.step,
        posts=len(trends.posts),
        counted=likes.n,
        typical_likes=_rounded(likes.value),
        likes_total=None if total is None else int(total),
        engagement_rate=_rounded(figure_of(trends.counted, MetricKey.ENGAGEMENT_RATE).value),
        trend=[_point(each) for each in trends.steps],
        rhythm=None if trends.rhythm is None else _rhythm(trends.rhythm),
        likes_spread=[LikesClass(from_=each.low, to=each.high, posts=each.posts) for each in spread.classes]
        if spread
        else [],
        ages=[_age(each) for each in ages.classes] if isinstance(ages, Ages) else [],
        ages_unknown=_ages_unknown(ages) if isinstance(ages, TooFewReadings) else UNSET,
    )


def _point(each: TrendStep) -> TrendPoint:
    return TrendPoint(
        date_from=each.bucket.first,
        date_to=each.bucket.last,
        posts=each.posts,
        counted=each.likes.n,
        typical_likes=_rounded(each.likes.value),
        low=_rounded(each.low),
        high=_rounded(each.high),
        engagement_rate=_rounded(each.rate.value),
        young=each.young,
        is_over=each.is_over,
    )


def _rhythm(found: Rhythm) -> PostRhythm:
    return PostRhythm(
        posts_a_week=_rounded(found.per_week),
        days_with_posts=found.active_days,
        days_between=found.between,
        longest_pause=found.pause.days if found.pause else None,
        longest_pause_from=found.pause.first if found.pause else None,
        longest_pause_to=found.pause.last if found.pause else None,
        most_weeks_in_a_row=found.run.weeks if found.run else 0,
    )


def _age(each: AgeClass) -> AgeReadings:
    return AgeReadings(
        days_from=each.first,
        days_below=each.last,
        readings=each.readings,
        likes_a_day=_rounded(each.per_day),
        share_of_newest=_rounded(each.share),
    )


def _keyword(use: WordUse) -> Keyword:
    return Keyword(word=use.word, posts=use.posts, counted=use.likes.n, typical_likes=_rounded(use.likes.value))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)


def _ages_unknown(found: TooFewReadings) -> Unknown:
    code = UnknownCode.NO_EARLIER_LIST if found.exports < 2 else UnknownCode.FEW_POSTS
    return Unknown(code=code, text=ages_refusal(found))


def _no_trends(period: GrowthPeriod, code: UnknownCode) -> TrendsAnswer:
    return TrendsAnswer(
        as_of=None,
        timezone=None,
        period=period,
        date_from=None,
        date_to=None,
        step=None,
        posts=None,
        counted=None,
        typical_likes=None,
        likes_total=None,
        engagement_rate=None,
        trend=[],
        rhythm=None,
        likes_spread=[],
        ages=[],
        unknown=_unknown(code),
    )


def _no_words(code: UnknownCode) -> KeywordList:
    return KeywordList(count=None, next=None, previous=None, as_of=None, results=[], unknown=_unknown(code))


def _unknown(code: UnknownCode) -> Unknown:
    return Unknown(code=code, text=_(REASONS[code]))
