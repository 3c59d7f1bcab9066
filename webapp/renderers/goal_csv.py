"""Write goals with their progress as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.domain.reports import GoalMetric, GoalProgress
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Cell, Row, render_rows

GOAL_HEAD: Final = ("month", "metric", "target", "actual", "start", "share", "expected_share", "state", "as_of")


def render_goals(goals: Iterable[GoalProgress], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield the goals in the order given, a month as its first day and a rate as a fraction of 1."""
    return render_rows(GOAL_HEAD, goal_rows(goals), timezone, dialect, locale)


def goal_rows(goals: Iterable[GoalProgress]) -> Iterator[Row]:
    """Yield the rows of the table."""
    return (_row(goal) for goal in goals)


def _row(goal: GoalProgress) -> Row:
    def number(value: float | None) -> Cell:
        is_whole = goal.metric is not GoalMetric.ENGAGEMENT_RATE
        return int(value) if is_whole and value is not None else value

    shares = (goal.share, goal.expected)
    values = (number(goal.target), number(goal.actual), number(goal.start))
    return (goal.month, goal.metric.value, *values, *shares, goal.state.value, goal.as_of)
