"""A goal as pages show it: a bar, what it says, and the way to what is behind its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for

from webapp.analytics.goals import GoalRow, list_goals
from webapp.domain.reports import GoalMetric, GoalState
from webapp.domain.scope import Permission, Scope
from webapp.renderers.goal_texts import GoalTexts
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale

# Of which kind the badge of a state is.
_BADGES: Final = {
    GoalState.MET: "good",
    GoalState.MISSED: "bad",
    GoalState.ON_PACE: "accent",
    GoalState.BEHIND: "warn",
    GoalState.UNKNOWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class GoalCard:
    """A goal in words; ``actual`` is ``None`` where nobody knows it.

    ``filled`` is how much of the bar is full and ``pace`` where an even pace would be, both from 0 to 100; ``pace`` is
    ``None`` where there is none to tell.
    """

    public_id: str
    metric: GoalMetric
    month: date
    label: str
    month_label: str
    state: str
    badge: str
    sentence: str
    actual: str | None
    target: str
    filled: float
    pace: float | None
    open_href: str | None
    edit_href: str


@dataclass(frozen=True, slots=True)
class GoalMonth:
    """The goals of one month."""

    first: date
    label: str
    goals: tuple[GoalCard, ...]


def goal_card(row: GoalRow) -> GoalCard:
    """Return a goal in words."""
    goal, texts = row.progress, GoalTexts(locale())
    is_open = goal.state in (GoalState.ON_PACE, GoalState.BEHIND)
    return GoalCard(
        public_id=row.public_id,
        metric=goal.metric,
        month=goal.month,
        label=texts.goal_label(goal.metric),
        month_label=texts.goal_month(goal),
        state=texts.goal_state(goal.state),
        badge=_BADGES[goal.state],
        sentence=texts.goal_sentence(goal),
        actual=None if goal.actual is None else texts.goal_value(goal, goal.actual),
        target=texts.goal_value(goal, goal.target),
        filled=round(100 * min(goal.share or 0.0, 1.0), 1),
        pace=round(100 * goal.expected, 1) if is_open and goal.expected is not None and goal.expected < 1 else None,
        open_href=None if row.figure is None else figure_href(row.figure),
        edit_href=f"{url_for('goals.index', edit=row.public_id)}#goal-form",
    )


def in_months(rows: tuple[GoalRow, ...]) -> list[GoalMonth]:
    """Return goals by their months, in the order of the months' first ones."""
    months: dict[date, list[GoalCard]] = {}
    for row in rows:
        months.setdefault(row.progress.month, []).append(goal_card(row))
    return [GoalMonth(first, cards[0].month_label, tuple(cards)) for first, cards in months.items()]


@dataclass(frozen=True, slots=True)
class GoalsPanel:
    """The goals of one month in brief; ``may_write`` is whether the reader may set some."""

    goals: tuple[GoalCard, ...]
    may_write: bool


def goals_panel(scope: Scope, today: date) -> GoalsPanel | None:
    """Return the goals of the month of a day; ``None`` where there are none and the reader may not set any."""
    goals = tuple(goal_card(row) for row in list_goals(scope, today, today))
    may_write = scope.allows(Permission.GOAL_WRITE)
    return GoalsPanel(goals, may_write) if goals or may_write else None
