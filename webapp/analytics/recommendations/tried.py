"""What was tried of what is recommended: posts that were planned so, and experiments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.experiments import ExperimentView, list_experiments
from webapp.analytics.planner import PlanRow, list_matched
from webapp.domain.experiments import ExperimentKind, ExperimentState, Verdict
from webapp.domain.hashtags import tag_key
from webapp.domain.planner import PlanMatch, PlanScore
from webapp.domain.post_query import PostFilter
from webapp.domain.recommendations import AdviceKind
from webapp.domain.scope import Scope

# How a planned post is known to be a published one.
_FOUND: Final = (PlanMatch.SURE, PlanMatch.CONFIRMED)


@dataclass(frozen=True, slots=True)
class TriedPlans:
    """Planned posts that were published so: how many did as was expected of them, more, or less.

    ``waiting`` are those that are too young to say, or of which nothing was expected.
    """

    above: int = 0
    inside: int = 0
    below: int = 0
    waiting: int = 0

    @property
    def scored(self) -> int:
        """Return of how many it can be said."""
        return self.above + self.inside + self.below


@dataclass(frozen=True, slots=True)
class TriedExperiment:
    """An experiment about the same thing; ``difference`` is for it where above 0, a logarithm with its interval."""

    public_id: str
    state: ExperimentState
    begun_at: datetime
    verdict: Verdict | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def contradicts(self) -> bool:
        """Return whether it ended and did not show what the posts before seemed to."""
        if self.verdict not in (Verdict.CLEAR, Verdict.UNCLEAR) or self.difference is None:
            return False
        return self.verdict is Verdict.UNCLEAR or self.difference < 0


@dataclass(frozen=True, slots=True)
class Tried:
    """Everything that was tried in an account."""

    plans: tuple[PlanRow, ...] = ()
    experiments: tuple[TriedPair, ...] = ()

    @property
    def running(self) -> str | None:
        """Return the public id of the experiment that runs."""
        seen = (each.seen for each in self.experiments)
        return next((each.public_id for each in seen if each.state is ExperimentState.RUNNING), None)

    def plans_of(self, table: PostTable, wanted: PostFilter) -> TriedPlans:
        """Return how those did that a filter of posts keeps, whether they count already or not."""
        published = [(plan.post, plan.score) for plan in self.plans if plan.match in _FOUND and plan.post is not None]
        if not published:
            return TriedPlans()
        kept = {row.public_id for row in select_posts(table, wanted.with_(counted=False))}
        scores = Counter(score for post, score in published if post.public_id in kept)
        above, inside, below = (scores[score] for score in (PlanScore.ABOVE, PlanScore.INSIDE, PlanScore.BELOW))
        return TriedPlans(above, inside, below, scores.total() - above - inside - below)

    def experiments_of(self, kind: AdviceKind, key: str) -> tuple[TriedExperiment, ...]:
        """Return the experiments about a group, newest first, each seen from its side."""
        wanted = {AdviceKind.SLOT: ExperimentKind.SLOTS, AdviceKind.HASHTAG: ExperimentKind.HASHTAG}.get(kind)
        return tuple(each.seen_from(key) for each in self.experiments if each.kind is wanted and key in each.arms)


@dataclass(frozen=True, slots=True)
class TriedPair:
    """An experiment with its two ways; ``seen`` is how its first way stands."""

    kind: ExperimentKind
    arms: tuple[str, str]
    seen: TriedExperiment

    def seen_from(self, key: str) -> TriedExperiment:
        """Return the experiment as one of its ways stands."""
        seen = self.seen
        if key == self.arms[0] or seen.difference is None or seen.low is None or seen.high is None:
            return seen
        return replace(seen, difference=-seen.difference, low=-seen.high, high=-seen.low)


def find_tried(scope: Scope) -> Tried:
    """Return what was tried in the account of a scope."""
    return Tried(list_matched(scope), tuple(map(_pair, list_experiments(scope))))


def _pair(view: ExperimentView) -> TriedPair:
    outcome, arms = view.outcome, (view.arm_a, view.arm_b)
    if view.kind is ExperimentKind.HASHTAG:
        arms = (tag_key(view.arm_a), "")
    seen = TriedExperiment(view.public_id, view.state, view.created_at)
    if outcome is not None:
        told = outcome.verdict, outcome.difference, outcome.low, outcome.high
        seen = TriedExperiment(view.public_id, view.state, view.created_at, *told)
    return TriedPair(view.kind, arms, seen)
