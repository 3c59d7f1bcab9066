"""The shapes of the answers about planned posts."""

from __future__ import annotations

from webapp.domain.experiments import Arm
from webapp.domain.forecasts import ForecastRefusal
from webapp.domain.planner import PlanMatch, PlanScore, PlanState
from webapp.domain.post_query import PostKind
from webapp.web.api.shapes import Id, Instant, Shape


class PlannedRange(Shape, frozen=True, kw_only=True):
    """What was expected of a planned post when it was last written, in likes; null where "refused" says why."""

    typical: int | None
    low: int | None
    high: int | None
    level: float
    posts: int
    indicative: bool
    refused: ForecastRefusal | None


class PlannedMatch(Shape, frozen=True, kw_only=True):
    """The published post that a planned one became; with "unsure" a person is asked."""

    state: PlanMatch
    post: Id
    published_at: Instant


class PlannedItem(Shape, frozen=True, kw_only=True):
    """A planned post; an idea may have no time. "likes" are counted once the post is mature."""

    id: Id
    state: PlanState
    planned_at: Instant | None
    title: str | None
    hashtags: list[str]
    sound: str | None
    kind: PostKind
    notes: str | None
    expected: PlannedRange | None
    match: PlannedMatch | None
    score: PlanScore
    likes: int | None
    experiment: Id | None
    arm: Arm | None
    changed_at: Instant


class PlannedScores(Shape, frozen=True, kw_only=True):
    """How the planned posts that were published did against the range that was expected of each."""

    scored: int
    inside: int
    above: int
    below: int
    waiting: int
    unscored: int


class PlannedList(Shape, frozen=True, kw_only=True):
    """Planned posts by time, those without one last, and how all that were published did."""

    count: int
    results: list[PlannedItem]
    scores: PlannedScores
