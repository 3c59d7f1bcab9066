"""The shapes of the answer about goals."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, UnsetType

from webapp.domain.reports import GoalMetric, GoalState
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Shape


class GoalItem(Shape, frozen=True, kw_only=True):
    """What is to be reached in a month, named by its first day, and how far it has come; unknown is null."""

    id: str
    month: date
    metric: GoalMetric
    target: float
    actual: float | None
    start: float | None
    share: float | None
    expected_share: float | None
    state: GoalState
    as_of: date | None


class GoalList(Shape, frozen=True, kw_only=True):
    """The goals of some months, oldest first."""

    count: int
    results: list[GoalItem]
    explain: list[Explanation] | UnsetType = UNSET
