"""Round the numbers of a report, or turn them into an index: then no count of anything is left in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from webapp.domain.metrics import METRICS, MetricKey, Unit
from webapp.domain.redaction import NumberDisplay, Redaction
from webapp.domain.reports import (
    ChangesPart,
    Curve,
    Figure,
    Flow,
    GoalMetric,
    GoalProgress,
    GrowthPart,
    HashtagsPart,
    NewsCode,
    NewsItem,
    PostsPart,
    Report,
    Scale,
    TimingPart,
    Untold,
)
from webapp.domain.sections import Section

# Of shares and factors so many decimals are kept: a share to sixteen digits tells what it was divided by.
_DIGITS: Final = 3
_EFFECT_DIGITS: Final = 2
_FLOWS: Final = (
    MetricKey.GAINED,
    MetricKey.LOST,
    MetricKey.FOLLOWING_GAINED,
    MetricKey.FOLLOWING_LOST,
    MetricKey.POSTS,
)
# The ratio among them: of somebody who follows one person it is the number of followers.
_SIZES: Final = (MetricKey.FOLLOWERS, MetricKey.FOLLOWING, MetricKey.MUTUALS, MetricKey.FOLLOWER_RATIO)
_COUNTED_NEWS: Final = (NewsCode.LEFT, NewsCode.CAME_BACK, NewsCode.MILESTONE)
_FOLLOWER_NEWS: Final = (NewsCode.MORE_FOLLOWERS, NewsCode.FEWER_FOLLOWERS)


@dataclass(frozen=True, slots=True)
class Usual:
    """What 100 is: how long the lists were when the period began, and what the account's posts typically get.

    ``None`` is unknown, as is a list that is not among ``lists``.
    """

    lists: Mapping[Section, float] = field(default_factory=dict)
    likes: float | None = None
    views: float | None = None


def scaled(report: Report, redaction: Redaction, usual: Usual) -> Report:
    """Return a report with numbers as a redaction shows them: rounded, or as an index of what was usual."""
    scales = _Scales(redaction, usual)
    goals = report.goals
    return replace(
        report,
        figures=None if report.figures is None else tuple(scales.figure(figure) for figure in report.figures),
        news=None if report.news is None else tuple(item for each in report.news for item in scales.news(each)),
        growth=None if report.growth is None else scales.growth(report.growth),
        changes=None if report.changes is None else scales.changes(report.changes),
        posts=None if report.posts is None else scales.posts(report.posts),
        hashtags=None if report.hashtags is None else scales.hashtags(report.hashtags),
        timing=None if report.timing is None else scales.timing(report.timing),
        goals=None if goals is None else replace(goals, goals=tuple(scales.goal(goal) for goal in goals.goals)),
    )


class _Scales:
    """One way to show numbers."""

    def __init__(self, redaction: Redaction, usual: Usual) -> None:
        self._redaction = redaction
        self._usual = usual
        self._is_index = redaction.numbers is NumberDisplay.INDEXED
        self._scale = Scale.INDEX if self._is_index else Scale.ROUNDED
        # An index has whole per cents, and so has what it changed by.
        self._digits = 2 if self._is_index else _DIGITS

    def _number(self, value: float | None, base: float | None = None) -> float | None:
        found = None if value is None else self._redaction.number(value, base)
        return None if found is None else float(found)

    def _sure(self, value: float, base: float | None) -> float:
        return self._number(value, base) or 0.0

    def _n(self, count: int | None) -> int | None:
        found = None if count is None or self._is_index else self._number(float(count))
        return None if found is None else round(found)

    def figure(self, figure: Figure) -> Figure:
        if figure.value is None:
            return figure
        if METRICS[figure.metric].unit is Unit.SHARE:
            return replace(
                figure,
                value=_short(figure.value),
                before=_short(figure.before),
                change=_short(figure.change),
                net=_short(figure.net),
                n=self._n(figure.n),
                spark=tuple(round(value, _DIGITS) for value in figure.spark),
            )
        if not self._is_index:
            return replace(
                figure,
                value=self._number(figure.value),
                before=self._number(figure.before),
                change=_short(figure.change),
                net=self._number(figure.net),
                n=self._n(figure.n),
                scale=self._scale,
                spark=tuple(self._sure(value, None) for value in figure.spark),
            )
        return self._indexed(figure, figure.value)

    def _indexed(self, figure: Figure, exact: float) -> Figure:
        change = _short(figure.change, self._digits)
        if figure.metric in _FLOWS:
            # Per day, as two periods may be of different length.
            value = None if change is None else float(round(100 * (1 + change)))
            before: float | None = 100.0
        elif figure.metric in _SIZES:
            value, before = self._number(exact, figure.before), 100.0
        else:
            usual = self._usual.likes if figure.metric is MetricKey.TYPICAL_LIKES else None
            value, before = self._number(exact, usual), self._number(figure.before, usual)
        if value is None:
            return Figure(figure.metric, None, Untold.HIDDEN)
        return replace(
            figure,
            value=value,
            before=before,
            change=change,
            net=None if figure.net is None or before is None else value - before,
            n=None,
            scale=Scale.INDEX,
            spark=tuple(self._sure(each, figure.before) for each in figure.spark),
        )

    def growth(self, part: GrowthPart) -> GrowthPart:
        base = next((size for each in Section if (size := self._usual.lists.get(each))), None)
        flows = () if self._is_index and base is None else part.flows
        return replace(
            part,
            curves=tuple(self._curve(curve) for curve in part.curves),
            flows=tuple(self._flow(flow, base) for flow in flows),
            flow_scale=self._scale,
        )

    def _curve(self, curve: Curve) -> Curve:
        known = ((point.exact, point.estimate, point.at_least) for point in curve.points)
        first = next((value for values in known for value in values if value), None)
        base = self._usual.lists.get(curve.section) or first
        points = tuple(
            replace(
                point,
                exact=self._number(point.exact, base),
                at_least=self._number(point.at_least, base),
                estimate=self._number(point.estimate, base),
                low=self._number(point.low, base),
                high=self._number(point.high, base),
            )
            for point in curve.points
        )
        return Curve(curve.section, points, self._scale)

    def _flow(self, flow: Flow, base: float | None) -> Flow:
        """Return what came and went in the points of the curve: 2 of 100 came."""
        if self._is_index and base is not None:
            return replace(flow, gained=round(100 * flow.gained / base, 1), lost=round(100 * flow.lost / base, 1))
        return replace(flow, gained=self._sure(flow.gained, None), lost=self._sure(flow.lost, None))

    def changes(self, part: ChangesPart) -> ChangesPart:
        hidden = self._is_index and part.gained is not None
        return replace(
            part,
            gained=self._number(part.gained),
            lost=self._number(part.lost),
            net=self._number(part.net),
            renamed=self._number(part.renamed),
            returned=self._number(part.returned),
            deleted=self._number(part.deleted),
            kept_share=_short(part.kept_share, self._digits),
            # The width of the interval tells how many people it is made of.
            kept_low=None if self._is_index else _short(part.kept_low),
            kept_high=None if self._is_index else _short(part.kept_high),
            scale=self._scale,
            untold=Untold.HIDDEN if hidden else part.untold,
        )

    def posts(self, part: PostsPart) -> PostsPart:
        top = tuple(
            replace(
                post,
                likes=self._number(post.likes, self._usual.likes),
                views=self._number(post.views, self._usual.views),
                comments=self._number(post.comments),
                shares=self._number(post.shares),
                rate=_short(post.rate),
                factor=None if post.factor is None else round(post.factor, 1),
            )
            for post in part.top
        )
        return replace(
            part,
            top=top,
            public=self._number(part.public),
            without_likes=self._number(part.without_likes),
            private=self._number(part.private),
            scale=self._scale,
        )

    def hashtags(self, part: HashtagsPart) -> HashtagsPart:
        tags = tuple(
            replace(
                tag,
                posts=self._number(tag.posts),
                typical=self._number(tag.typical, self._usual.likes),
                effect=_short(tag.effect, _EFFECT_DIGITS),
                low=_short(tag.low, _EFFECT_DIGITS),
                high=_short(tag.high, _EFFECT_DIGITS),
            )
            for tag in part.tags
        )
        needs = None if self._is_index else part.needs
        return replace(part, tags=tags, posts=self._number(part.posts), scale=self._scale, needs=needs)

    def timing(self, part: TimingPart) -> TimingPart:
        total = sum(part.cells)
        claims = tuple(
            replace(
                claim,
                at_least=round(claim.at_least, _EFFECT_DIGITS),
                posts=self._number(claim.posts),
            )
            for claim in part.claims
        )
        return replace(
            part,
            cells=tuple(self._sure(cell, total) for cell in part.cells),
            claims=claims,
            posts=self._number(part.posts),
            scale=self._scale,
            needs=None if self._is_index else part.needs,
        )

    def goal(self, goal: GoalProgress) -> GoalProgress:
        told = replace(goal, share=_short(goal.share, 2), expected=_short(goal.expected, 2))
        if goal.metric is GoalMetric.ENGAGEMENT_RATE:
            return replace(told, actual=_short(goal.actual), start=_short(goal.start))
        return replace(
            told,
            target=self._sure(goal.target, goal.target),
            actual=self._number(goal.actual, goal.target),
            start=self._number(goal.start, goal.target),
            scale=self._scale,
        )

    def news(self, item: NewsItem) -> tuple[NewsItem, ...]:
        if item.code in (NewsCode.LIKES_UP, NewsCode.LIKES_DOWN):
            return (replace(item, value=_short(item.value, self._digits)),)
        if not self._is_index:
            value, other = self._number(item.value), item.other
            other = _short(other, 1) if item.code is NewsCode.BEST_POST else self._number(other)
            return (replace(item, value=value, other=other, scale=self._scale),)
        if item.code in _COUNTED_NEWS:
            return ()
        value = None
        if item.code in _FOLLOWER_NEWS:
            begun, net = self._usual.lists.get(Section.FOLLOWERS), item.value or 0.0
            net = -net if item.code is NewsCode.FEWER_FOLLOWERS else net
            value = None if begun is None else self._number(begun + net, begun)
            if value is None:
                return ()
        other = _short(item.other, 1) if item.code is NewsCode.BEST_POST else None
        return (replace(item, value=value, other=other, scale=Scale.INDEX),)


def _short(value: float | None, digits: int = _DIGITS) -> float | None:
    return None if value is None else round(value, digits)
