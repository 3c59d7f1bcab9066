"""How experiments of an account stand, and what they showed: by the draw, whatever was published when.

While an experiment runs nothing here compares its two ways: who looks may be tempted to end it when it suits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from math import ceil, gcd
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from webapp.analytics.content.fit import ContentFit
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.selection import SLOT_HOURS
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.content.typical import typical_of
from webapp.analytics.forecasts.fit import to_log
from webapp.analytics.statistics.power import posts_each
from webapp.analytics.statistics.randomisation import NEEDS_PAIRS, compare
from webapp.analytics.visible import Reader
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.experiments import (
    FULL_SHARE,
    LEAST_EACH,
    Arm,
    ExperimentKind,
    ExperimentState,
    Outcome,
    Stage,
    Verdict,
)
from webapp.domain.hashtags import tag_key
from webapp.domain.period import DAY_SECONDS
from webapp.domain.planner import PlanMatch, PlanState
from webapp.domain.post_query import Standing
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Experiment, PlannedPost

# The sd of log residuals of other creators, for accounts that do not know their own yet.
USUAL_SPREAD: Final = 1.1
# The present pace is that of so many days.
PACE_DAYS: Final = 56


@dataclass(frozen=True, slots=True)
class Size:
    """How many posts of either way it takes to see a difference; ``effect`` is a share: 0.5 is 50 %."""

    effect: float
    each: int

    @property
    def posts(self) -> int:
        """Return the posts of both."""
        return 2 * self.each


@dataclass(frozen=True, slots=True)
class Power:
    """What the size of an experiment is reckoned with.

    ``spread`` is the sd of log residuals, the account's own where ``is_own``; ``per_week`` how many posts were
    published in the eight weeks before the newest list, ``None`` where no export holds one.
    """

    spread: float
    is_own: bool
    per_week: float | None

    def size(self, effect: float) -> Size:
        """Return the size of an experiment that is to show an effect."""
        return Size(effect, max(LEAST_EACH, posts_each(self.spread, effect)))


@dataclass(frozen=True, slots=True)
class ExperimentPost:
    """A post of an experiment; ``plan`` is the public id of the planned one, ``post`` the published one.

    ``is_outside`` says that it was published otherwise than the draw said: at another time, or with or without the
    hashtag against it.
    """

    place: int
    arm: Arm
    plan: str
    planned_at: int | None
    stage: Stage
    post: PostRow | None
    is_outside: bool

    @property
    def block(self) -> int:
        """Return the number of its pair, from 0 on."""
        return self.place // 2


@dataclass(frozen=True)
class ExperimentView:
    """An experiment with its posts in the order of the draw; ``outcome`` is what was kept when it ended."""

    public_id: str
    kind: ExperimentKind
    state: ExperimentState
    arm_a: str
    arm_b: str
    each: int
    spread: float
    effect: float
    seed: int
    created_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    posts: tuple[ExperimentPost, ...]

    def value_of(self, arm: Arm) -> str:
        """Return the slot or the hashtag of a way."""
        return self.arm_a if arm is Arm.A else self.arm_b

    def count(self, *stages: Stage, arm: Arm | None = None) -> int:
        """Return how many posts stand at some stages, of one way or of both."""
        return sum(post.stage in stages and arm in (None, post.arm) for post in self.posts)

    @cached_property
    def pairs(self) -> tuple[tuple[ExperimentPost, ExperimentPost], ...]:
        """Return the blocks of which both posts count, the post of the first way first."""
        counted = [post for post in self.posts if post.stage is Stage.COUNTED]
        found = []
        for one, other in pairwise(counted):
            if one.block == other.block:
                found.append((one, other) if one.arm is Arm.A else (other, one))
        return tuple(found)

    @property
    def is_complete(self) -> bool:
        """Return whether nothing of it is still to come."""
        return bool(self.posts) and not any(post.stage.is_open for post in self.posts)

    def next_after(self, second: int) -> int | None:
        """Return when the next post after a Unix second is planned for."""
        times = [post.planned_at for post in self.posts if post.stage is Stage.TO_COME and post.planned_at is not None]
        return min((planned for planned in times if planned > second), default=None)

    @property
    def last_at(self) -> int | None:
        """Return when its last post is planned for."""
        return max((post.planned_at for post in self.posts if post.planned_at is not None), default=None)


def list_experiments(scope: Scope) -> tuple[ExperimentView, ...]:
    """Return the experiments of an account, the newest first."""
    rows = db.session.scalars(_mine(scope.account_id).order_by(Experiment.id.desc())).all()
    return _views(scope, scope.timezone, rows)


def find_running(scope: Scope) -> ExperimentView | None:
    """Return the experiment that runs, if one does."""
    query = _mine(scope.account_id).where(Experiment.state == ExperimentState.RUNNING)
    views = _views(scope, scope.timezone, db.session.scalars(query).all())
    return views[0] if views else None


def get_experiment(scope: Scope, public_id: str) -> ExperimentView:
    """Return one experiment; raise ``NotFound`` for any other id."""
    row = db.session.scalars(_mine(scope.account_id).where(Experiment.public_id == public_id)).first()
    if row is None:
        raise NotFound(ErrorCode.EXPERIMENT_UNKNOWN)
    return _views(scope, scope.timezone, [row])[0]


def list_complete(reader: Reader, timezone: str) -> list[ExperimentView]:
    """Return the running experiments of which nothing is still to come."""
    query = _mine(reader.account_id).where(Experiment.state == ExperimentState.RUNNING)
    views = _views(reader, timezone, db.session.scalars(query).all())
    return [view for view in views if view.is_complete]


def find_power(scope: Scope) -> Power:
    """Return what the size of an experiment of an account is reckoned with."""
    return power_of(find_fit(scope), find_posts(scope))


def power_of(fit: ContentFit | None, table: PostTable | None) -> Power:
    """Return the same of what tests say of posts, and of the posts themselves; either may be unknown."""
    own = fit.likes.spread if fit is not None else None
    per_week = None
    if table is not None:
        since = table.as_of - PACE_DAYS * DAY_SECONDS
        per_week = sum(row.published_at > since for row in table.rows) / (PACE_DAYS / 7)
    return Power(own or USUAL_SPREAD, bool(own), per_week)


def conclude(reader: Reader, view: ExperimentView) -> Outcome:
    """Return what an experiment shows by the newest list of posts."""
    table = find_posts(reader)
    return outcome_of(view, None if table is None else table.as_of)


def outcome_of(view: ExperimentView, as_of: int | None) -> Outcome:
    """Return what the posts of an experiment show, as a list of a second tells them.

    Two posts of a block are compared as the draw meant them, so that what was published otherwise takes nothing from
    the comparison but strength. Closed before its end, or with many posts missing, it shows nothing for sure.
    """
    counted = {arm: _likes(view.posts, arm) for arm in Arm}
    # Likes are told in their unit, as in forecasts: multiplying all of them changes nothing.
    scale = float(gcd(*counted[Arm.A], *counted[Arm.B])) or 1.0
    differences = [to_log(_known(a), scale) - to_log(_known(b), scale) for a, b in view.pairs]
    found = compare(differences, view.seed)
    is_early = not view.is_complete
    if found is None:
        verdict = Verdict.FEW
    elif is_early or found.pairs < ceil(FULL_SHARE * view.each):
        verdict = Verdict.INDICATIVE
    else:
        verdict = Verdict.CLEAR if found.is_clear else Verdict.UNCLEAR
    return Outcome(
        verdict=verdict,
        pairs=len(differences),
        needs=NEEDS_PAIRS,
        planned=view.each,
        is_early=is_early,
        posts_a=len(counted[Arm.A]),
        posts_b=len(counted[Arm.B]),
        outside=sum(post.is_outside for post in view.posts if post.stage is Stage.COUNTED),
        missing=2 * view.each - view.count(Stage.COUNTED),
        typical_a=typical_of(counted[Arm.A]),
        typical_b=typical_of(counted[Arm.B]),
        difference=None if found is None else round(found.difference, 6),
        low=None if found is None else round(found.low, 6),
        high=None if found is None else round(found.high, 6),
        p_value=None if found is None else found.p_value,
        as_of=as_of,
    )


def _likes(posts: Iterable[ExperimentPost], arm: Arm) -> list[int]:
    return [_known(post) for post in posts if post.arm is arm and post.stage is Stage.COUNTED]


def _known(post: ExperimentPost) -> int:
    """Return the likes of a post that counts."""
    likes = None if post.post is None else post.post.likes
    if likes is None:
        raise ValueError(post.plan)
    return likes


def _mine(account_id: int) -> Select[Experiment]:
    return select(Experiment).where(Experiment.account_id == account_id)


def _views(reader: Reader, timezone: str, rows: Sequence[Experiment]) -> tuple[ExperimentView, ...]:
    plans: defaultdict[int | None, list[PlannedPost]] = defaultdict(list)
    query = select(PlannedPost).where(PlannedPost.experiment_id.in_([row.id for row in rows]))
    for plan in db.session.scalars(query.order_by(PlannedPost.experiment_place)):
        plans[plan.experiment_id].append(plan)
    stages = _Stages(find_posts(reader), timezone)
    return tuple(
        ExperimentView(
            public_id=row.public_id,
            kind=row.kind,
            state=row.state,
            arm_a=row.arm_a,
            arm_b=row.arm_b,
            each=row.posts_each,
            spread=row.spread,
            effect=row.effect,
            seed=row.seed,
            created_at=row.created_at,
            ended_at=row.ended_at,
            outcome=None if row.result is None else Outcome.read(row.result),
            posts=tuple(stages.post_of(row, plan) for plan in plans[row.id]),
        )
        for row in rows
    )


class _Stages:
    """Tell where planned posts stand by the newest list of posts."""

    def __init__(self, table: PostTable | None, timezone: str) -> None:
        self._table = table
        self._zone = ZoneInfo(timezone)

    @cached_property
    def _rows(self) -> dict[tuple[int, int], PostRow]:
        return {} if self._table is None else {(row.published_at, row.ordinal): row for row in self._table.rows}

    def post_of(self, experiment: Experiment, plan: PlannedPost) -> ExperimentPost:
        """Return a planned post as a post of its experiment."""
        post = None
        if plan.match in (PlanMatch.SURE, PlanMatch.CONFIRMED):
            post = self._rows.get((plan.match_published_at or 0, plan.match_ordinal or 0))
        arm = plan.arm or Arm.A
        return ExperimentPost(
            place=plan.experiment_place or 0,
            arm=arm,
            plan=plan.public_id,
            planned_at=plan.planned_at,
            stage=self._stage(plan, post),
            post=post,
            is_outside=post is not None and self._is_outside(experiment, arm, post),
        )

    def _stage(self, plan: PlannedPost, post: PostRow | None) -> Stage:
        if plan.state is PlanState.DROPPED:
            return Stage.DROPPED
        if post is not None:
            return self._stage_of(post)
        if plan.match is PlanMatch.UNSURE:
            return Stage.UNSURE
        # A post that came some days late is found by its title yet.
        due = (plan.planned_at or 0) + MATURE_DAYS * DAY_SECONDS
        return Stage.TO_COME if self._table is None or due > self._table.as_of else Stage.MISSED

    def _stage_of(self, post: PostRow) -> Stage:
        table = self._table
        if table is not None and table.counts(post):
            return Stage.COUNTED
        is_shown = post.standing is Standing.LISTED and post.is_public and post.likes is not None
        return Stage.YOUNG if is_shown else Stage.UNCOUNTED

    def _is_outside(self, experiment: Experiment, arm: Arm, post: PostRow) -> bool:
        value = experiment.arm_a if arm is Arm.A else experiment.arm_b
        if experiment.kind is ExperimentKind.SLOTS:
            return datetime.fromtimestamp(post.published_at, self._zone).hour // SLOT_HOURS != int(value)
        tags = () if self._table is None else self._table.tags
        has_it = tag_key(experiment.arm_a) in {tags[place].tag for place in post.hashtags}
        return has_it is not bool(value)
