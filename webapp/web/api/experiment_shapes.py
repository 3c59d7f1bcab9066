"""The shapes of the answer about experiments."""

from __future__ import annotations

from webapp.domain.experiments import ExperimentKind, ExperimentState, Verdict
from webapp.web.api.shapes import Id, Instant, Shape


class ExperimentOutcome(Shape, frozen=True, kw_only=True):
    """What an experiment showed when it ended; a difference is a share of likes, the first way over the second."""

    verdict: Verdict
    text: str
    pairs: int
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    posts_a: int
    posts_b: int
    typical_a: float | None
    typical_b: float | None
    as_drawn: int
    missing: int


class ExperimentItem(Shape, frozen=True, kw_only=True):
    """An experiment; a way is a slot of three hours, "0" to "7", or a hashtag, empty for none."""

    id: Id
    kind: ExperimentKind
    state: ExperimentState
    title: str
    arm_a: str
    arm_b: str
    effect: float
    spread: float
    posts_each: int
    begun_at: Instant
    ended_at: Instant | None
    counted: int
    open: int
    pairs: int
    outcome: ExperimentOutcome | None


class ExperimentList(Shape, frozen=True, kw_only=True):
    """The experiments of the account, newest first."""

    count: int
    results: list[ExperimentItem]
