"""What changed over a period, the most telling first: each fact from the same number that its part shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from webapp.analytics.content.fit import LEAST_EFFECT
from webapp.analytics.reports.material import Material
from webapp.domain.metrics import MetricKey
from webapp.domain.reports import (
    ChangesPart,
    Figure,
    GoalsPart,
    GoalState,
    HashtagsPart,
    NewsCode,
    NewsItem,
    PostsPart,
)
from webapp.domain.sections import Section

# More days than this would be a list, not news.
_MOST_PEAKS: Final = 2
_MOST_TAGS: Final = 2


def find_news(
    material: Material,
    figures: tuple[Figure, ...],
    changes: ChangesPart,
    posts: PostsPart,
    hashtags: HashtagsPart,
    goals: GoalsPart,
) -> tuple[NewsItem, ...]:
    """Return what the parts of the whole report have that is new."""
    return (
        *_of_people(material, changes),
        *_of_days(material),
        *_of_posts(figures, posts),
        *_of_tags(hashtags),
        *_of_goals(goals),
    )


def _of_people(material: Material, changes: ChangesPart) -> Iterator[NewsItem]:
    span, history = material.growth.span, material.growth.history
    if span is not None and history and not any(row.at in span for row in history):
        yield NewsItem(NewsCode.NO_NEW_DATA, first=material.day(max(row.at for row in history)))
    if changes.section is not Section.FOLLOWERS or changes.net is None:
        return
    code = NewsCode.SAME_FOLLOWERS
    if changes.net:
        code = NewsCode.MORE_FOLLOWERS if changes.net > 0 else NewsCode.FEWER_FOLLOWERS
    yield NewsItem(code, abs(changes.net), first=changes.first, last=changes.last)
    if changes.lost:
        yield NewsItem(NewsCode.LEFT, changes.lost, first=changes.first, last=changes.last)
    if changes.returned:
        yield NewsItem(NewsCode.CAME_BACK, changes.returned, first=changes.pair_first, last=changes.pair_last)


def _of_days(material: Material) -> Iterator[NewsItem]:
    growth = material.growth
    reached = [each for each in growth.milestones if growth.holds_day(each.day)]
    if reached:
        largest = max(reached, key=lambda each: each.followers)
        yield NewsItem(NewsCode.MILESTONE, float(largest.followers), first=largest.day)
    strongest = sorted(growth.peaks or (), key=lambda peak: peak.expected - peak.gained)[:_MOST_PEAKS]
    for peak in strongest:
        yield NewsItem(NewsCode.PEAK, float(peak.gained), peak.expected, first=peak.day)


def _of_posts(figures: tuple[Figure, ...], posts: PostsPart) -> Iterator[NewsItem]:
    if posts.top:
        best = posts.top[0]
        yield NewsItem(NewsCode.BEST_POST, best.likes, best.factor, first=best.published_on, text=best.title)
    known = {figure.metric: figure for figure in figures}
    count, likes = known.get(MetricKey.POSTS), known.get(MetricKey.TYPICAL_LIKES)
    if count is not None and count.value is not None and count.before is not None and count.value != count.before:
        code = NewsCode.MORE_POSTS if count.value > count.before else NewsCode.FEWER_POSTS
        yield NewsItem(code, count.value, count.before)
    if likes is not None and likes.change is not None and abs(likes.change) >= LEAST_EFFECT:
        yield NewsItem(NewsCode.LIKES_UP if likes.change > 0 else NewsCode.LIKES_DOWN, likes.change)


def _of_tags(hashtags: HashtagsPart) -> Iterator[NewsItem]:
    for tag in [tag for tag in hashtags.tags if tag.is_rising][:_MOST_TAGS]:
        yield NewsItem(NewsCode.RISING_TAG, text=tag.tag)


def _of_goals(goals: GoalsPart) -> Iterator[NewsItem]:
    codes = {GoalState.MET: NewsCode.GOAL_MET, GoalState.MISSED: NewsCode.GOAL_MISSED}
    for goal in goals.goals:
        if goal.state in codes:
            yield NewsItem(codes[goal.state], goal.target, first=goal.month, text=goal.metric.value)
