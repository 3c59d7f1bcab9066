"""How an account stands to what it is to reach in a month, by the same numbers that its pages show.

What is told goes by the data alone, never by the clock: a month is over once a list was made after it. So a report
says the same of a data version whenever it is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from sqlalchemy import select

from webapp.analytics.content.listing import selection_figure
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import MATURE_DAYS, PostTable
from webapp.analytics.growth import GrowthRow, list_growth_rows
from webapp.analytics.visible import ZonedReader
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, Period, day_of, last_of_month
from webapp.domain.post_query import PostFilter
from webapp.domain.reports import GoalMetric, GoalProgress, GoalState
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Goal

_OF_POSTS: Final = {
    GoalMetric.POSTS: MetricKey.POSTS,
    GoalMetric.LIKES: MetricKey.LIKES_TOTAL,
    GoalMetric.ENGAGEMENT_RATE: MetricKey.ENGAGEMENT_RATE,
}
_ORDER: Final = list(GoalMetric)


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal with its progress; ``figure`` asks for what is behind the number, ``None`` where there is none."""

    public_id: str
    progress: GoalProgress
    figure: FigureQuery | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal that was met or missed, by its public id; ``at`` is the Unix second of the export that decides it."""

    goal: str
    metric: GoalMetric
    month: date
    target: float
    state: GoalState
    actual: float
    at: int


def find_goals(scope: Scope, first: date | None, last: date | None) -> tuple[GoalProgress, ...]:
    """Return the goals of the months that some days touch, oldest first; an open side reaches to the end."""
    return tuple(row.progress for row in list_goals(scope, first, last))


def list_goals(scope: Scope, first: date | None = None, last: date | None = None) -> tuple[GoalRow, ...]:
    """Return the same with their public ids; the goals of a month are in the order of `GoalMetric`."""
    query = select(Goal).where(Goal.account_id == scope.account_id)
    if first is not None:
        query = query.where(Goal.month >= first.replace(day=1))
    if last is not None:
        query = query.where(Goal.month <= last)
    goals = sorted(db.session.scalars(query), key=lambda goal: (goal.month, _ORDER.index(goal.metric)))
    return tuple(_rows(scope, goals))


def list_verdicts(reader: ZonedReader, posts_at: Sequence[int]) -> Iterator[Verdict]:
    """Yield what has become of the goals of an account; one that was met before its month was over may be missed yet.

    ``posts_at`` are the Unix seconds of the exports that hold the list of posts, oldest first.
    """
    data = _Data(reader)
    for goal in db.session.scalars(select(Goal).where(Goal.account_id == reader.account_id).order_by(Goal.id)):
        told: set[GoalState] = set()
        for found in data.in_time(goal, posts_at):
            state = _progress(goal, found, reader.timezone).state
            if state in (GoalState.MET, GoalState.MISSED) and state not in told:
                told.add(state)
                yield _verdict(goal, found, state)


def list_months(scope: Scope) -> list[date]:
    """Return the first days of the months that have a goal, newest first."""
    query = select(Goal.month).where(Goal.account_id == scope.account_id).distinct().order_by(Goal.month.desc())
    return list(db.session.scalars(query))


def get_goal(scope: Scope, public_id: str) -> Goal:
    """Return one goal; raise ``NotFound`` for any other id."""
    query = select(Goal).where(Goal.account_id == scope.account_id, Goal.public_id == public_id)
    goal = db.session.scalars(query).first()
    if goal is None:
        raise NotFound(ErrorCode.GOAL_UNKNOWN)
    return goal


def month_filter(month: date, metric: GoalMetric, timezone: str) -> PostFilter:
    """Return the posts that a goal of posts is about: all of the month, or those of them that statistics count."""
    wanted = PostFilter(Period(month, last_of_month(month), timezone))
    return wanted if metric is GoalMetric.POSTS else wanted.with_(counted=True)


def _rows(scope: Scope, goals: list[Goal]) -> Iterator[GoalRow]:
    data = _Data(scope)
    for goal in goals:
        found = data.followers(goal.month) if goal.metric is GoalMetric.FOLLOWERS else data.posts(goal)
        yield GoalRow(goal.public_id, _progress(goal, found, scope.timezone), found.figure)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the data say of a goal's month.

    ``at`` is the Unix second up to which they tell of it, ``elapsed`` how much of the month has passed by then, from 0
    to 1. ``holds`` is whether the number is to be held at any time instead of to be reached by the end.
    """

    actual: float | None = None
    at: int | None = None
    elapsed: float = 0.0
    start: float | None = None
    holds: bool = False
    figure: FigureQuery | None = None


class _Data:
    """What an account's exports hold, read when the first goal asks for it."""

    def __init__(self, scope: ZonedReader) -> None:
        self._scope = scope

    @cached_property
    def _lists(self) -> list[GrowthRow]:
        return [row for row in list_growth_rows(self._scope) if row.followers is not None]

    @cached_property
    def _table(self) -> PostTable | None:
        return find_posts(self._scope)

    def followers(self, month: date) -> _Found:
        """Return how many names the last list of a month holds, and how many there were when it began."""
        return _of_lists(self._lists, month, self._scope.timezone)

    def posts(self, goal: Goal) -> _Found:
        """Return a figure of the posts of a goal's month; ``None`` as long as no list of posts was made in it."""
        table, (starts, ends) = self._table, _seconds(goal.month, self._scope.timezone)
        if table is None or table.as_of < starts:
            return _Found()
        wanted, metric = month_filter(goal.month, goal.metric, self._scope.timezone), _OF_POSTS[goal.metric]
        # Younger posts are not counted, so the month is not told of beyond them.
        reached = table.as_of - MATURE_DAYS * DAY_SECONDS if wanted.counted else table.as_of
        return _Found(
            actual=selection_figure(table, wanted, metric).value,
            at=table.as_of,
            elapsed=min(max((reached + 1 - starts) / (ends - starts), 0.0), 1.0),
            holds=goal.metric is GoalMetric.ENGAGEMENT_RATE,
            figure=FigureQuery(metric, posts=wanted),
        )

    def in_time(self, goal: Goal, posts_at: Sequence[int]) -> Iterator[_Found]:
        """Yield what was known of a goal's month, list after list; of posts what is known now, since it is known."""
        starts, ends = _seconds(goal.month, self._scope.timezone)
        if goal.metric is not GoalMetric.FOLLOWERS:
            found = self.posts(goal)
            if found.elapsed >= 1:
                wanted = month_filter(goal.month, goal.metric, self._scope.timezone)
                over = ends - 1 + (MATURE_DAYS * DAY_SECONDS if wanted.counted else 0)
                found = replace(found, at=next((at for at in posts_at if at >= over), found.at))
            yield found
            return
        for count, row in enumerate(self._lists, 1):
            if row.at >= starts:
                yield replace(_of_lists(self._lists[:count], goal.month, self._scope.timezone), at=row.at)
            if row.at >= ends:
                return


def _of_lists(lists: Sequence[GrowthRow], month: date, timezone: str) -> _Found:
    starts, ends = _seconds(month, timezone)
    before = [row for row in lists if row.at < starts]
    inside = [row for row in lists if starts <= row.at < ends]
    if not inside:
        return _Found()
    newest = inside[-1]
    # Without a list from before the month, it is told of from its first one on.
    begin = before[-1] if before else inside[0]
    since = max(begin.at, starts)
    # Once a list was made after the month nothing is to come, though its own last one counts.
    is_over = lists[-1].at >= ends
    return _Found(
        actual=newest.followers,
        at=newest.at,
        elapsed=1.0 if is_over else (newest.at - since) / (ends - since),
        start=None if begin is newest else begin.followers,
        figure=FigureQuery(MetricKey.FOLLOWERS, export=newest.export),
    )


def _verdict(goal: Goal, found: _Found, state: GoalState) -> Verdict:
    if found.actual is None or found.at is None:
        raise ValueError(goal.public_id)
    return Verdict(goal.public_id, goal.metric, goal.month, goal.target, state, found.actual, found.at)


def _progress(goal: Goal, found: _Found, timezone: str) -> GoalProgress:
    share, expected = _shares(goal, found)
    return GoalProgress(
        metric=goal.metric,
        month=goal.month,
        target=goal.target,
        actual=found.actual,
        start=found.start,
        share=share,
        expected=expected,
        state=_state(goal, found, share, expected),
        as_of=None if found.at is None else day_of(found.at, timezone),
    )


def _shares(goal: Goal, found: _Found) -> tuple[float | None, float | None]:
    """Return how far a goal has come and how far it would be at an even pace; ``None`` is unknown."""
    if found.actual is None:
        return None, None
    whole = max(found.actual / goal.target, 0.0)
    if goal.metric is GoalMetric.FOLLOWERS:
        if found.start is None:
            return whole, None
        if goal.target > found.start:
            return max((found.actual - found.start) / (goal.target - found.start), 0.0), found.elapsed
        return whole, 1.0
    return whole, 1.0 if found.holds else found.elapsed


def _state(goal: Goal, found: _Found, share: float | None, expected: float | None) -> GoalState:
    if found.actual is None or share is None:
        return GoalState.UNKNOWN
    is_over = found.elapsed >= 1
    if found.actual >= goal.target:
        # What can fall again is met at the end alone.
        return GoalState.ON_PACE if found.holds and not is_over else GoalState.MET
    if is_over:
        return GoalState.MISSED
    if expected is None:
        return GoalState.UNKNOWN
    return GoalState.ON_PACE if share >= expected else GoalState.BEHIND


def _seconds(month: date, timezone: str) -> tuple[int, int]:
    period = Period(month, last_of_month(month), timezone)
    starts, ends = period.starts_at, period.ends_at
    if starts is None or ends is None:
        raise ValueError(month)
    return starts, ends
