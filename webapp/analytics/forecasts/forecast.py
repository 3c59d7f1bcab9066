"""Say what one post may get, from what is kept of the posts before it."""

from __future__ import annotations

from math import floor, log10
from typing import Final
from zoneinfo import ZoneInfo

from webapp.analytics.forecasts.features import describe_post
from webapp.analytics.forecasts.fit import ForecastFit, Forest, to_likes
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.statistics.experts import FOREST
from webapp.domain.forecasts import (
    FULL_POSTS,
    NEEDS_POSTS,
    Baseline,
    Coverage,
    Expert,
    Forecast,
    ForecastMethod,
    ForecastRefusal,
    PostDraft,
    Skill,
)
from webapp.domain.scope import Scope

_DIGITS: Final = 4
_SHOWN_DIGITS: Final = 2
# The next post, of which nothing is known yet.
_NEXT: Final = PostDraft()


def find_forecast(scope: Scope, draft: PostDraft = _NEXT) -> Forecast:
    """Return what a post is expected to get; without anything said of it, what the next one usually gets."""
    return forecast_of(find_forecast_fit(scope), draft, scope.timezone, scope.revision)


def forecast_of(fit: ForecastFit | None, draft: PostDraft, timezone: str, revision: int) -> Forecast:
    """Return what a post is expected to get by what is kept at a revision; ``None`` is kept while a job is at it."""
    refused = _refuse(fit)
    if fit is None or refused is not None:
        return Forecast(revision=revision, posts=0 if fit is None else fit.posts, refused=refused)
    experts, level = _mix(fit, _deviation(fit.forest, draft, timezone))
    has_forest = any(expert.name == FOREST for expert in experts)
    low, high = (level + (more or 0.0) for more in (fit.low, fit.high))
    return Forecast(
        revision=revision,
        posts=fit.posts,
        typical=_shown(level, fit.scale),
        low=_shown(low, fit.scale),
        high=_shown(high, fit.scale),
        indicative=fit.posts < FULL_POSTS,
        skill=_skill(fit),
        coverage=None if fit.coverage is None else Coverage(fit.coverage, fit.coverage_posts),
        method=ForecastMethod.LEVELS_AND_FOREST if has_forest else ForecastMethod.LEVELS,
        experts=experts,
    )


def _refuse(fit: ForecastFit | None) -> ForecastRefusal | None:
    if fit is None:
        return ForecastRefusal.NOT_READY
    if fit.as_of is None:
        return ForecastRefusal.NO_POSTS
    if not fit.has_likes:
        return ForecastRefusal.NO_LIKES
    return ForecastRefusal.FEW_POSTS if fit.posts < NEEDS_POSTS or not fit.levels else None


def _deviation(forest: Forest | None, draft: PostDraft, timezone: str) -> float | None:
    """Return how far the forest says a post will lie from the usual level; nothing of one whose time is unknown."""
    if forest is None or draft.published_at is None:
        return None
    gap = draft.published_at - forest.last_at
    has_words = bool(draft.title or draft.hashtags)
    features = describe_post(
        draft.published_at,
        ZoneInfo(timezone),
        # Of posts in between nobody knows yet.
        min(gap, forest.usual_gap) if gap > 0 else forest.usual_gap,
        len(draft.hashtags) if has_words else forest.usual_tags,
        len(draft.title) if has_words else forest.usual_title,
        [forest.tags.get(tag, 0.0) for tag in draft.hashtags],
        forest.sounds.get(draft.sound, 0.0),
    )
    return forest.nodes.answer(features)


def _mix(fit: ForecastFit, deviation: float | None) -> tuple[tuple[Expert, ...], float]:
    """Return the experts that speak with their weights, and the level that they give together."""
    total = sum(level.weight for level in fit.levels)
    level = sum(own.weight * own.value for own in fit.levels) / total
    opinions = [(own.name, own.weight) for own in fit.levels]
    if deviation is not None:
        opinions.append((FOREST, fit.forest_weight))
        level += fit.forest_weight / (total + fit.forest_weight) * deviation
    total = sum(weight for _, weight in opinions)
    return tuple(Expert(name, round(weight / total, _DIGITS)) for name, weight in opinions), level


def _skill(fit: ForecastFit) -> Skill | None:
    """Return the skill that is told first: against the rolling median."""
    kept = next((one for one in fit.skills if one.against is Baseline.MEDIAN_10), None)
    return None if kept is None else Skill(kept.against, kept.value, kept.low, kept.high, kept.posts)


def rounded_likes(likes: float) -> int:
    """Return likes rounded to two significant digits: more would say what nobody knows."""
    if likes < 1:
        return round(likes)
    place = _SHOWN_DIGITS - 1 - floor(log10(likes))
    return round(round(likes, min(place, 0)))


def _shown(value: float, scale: float) -> int:
    return rounded_likes(to_likes(value, scale))
