"""Experiments whose posts were published, for tests of what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import select, update

from tests.factories import Member, account_scope, export_json, import_done, many
from webapp.analytics.experiments import ExperimentPost, get_experiment
from webapp.domain.experiments import Arm, ExperimentDraft, ExperimentKind
from webapp.domain.period import DAY_SECONDS
from webapp.models import Experiment, PlannedPost
from webapp.services import experiments
from webapp.services.experiments import start_experiment
from webapp.services.transaction import transaction

SLOTS: Final = ExperimentDraft(
    ExperimentKind.SLOTS, "6", "4", effect=1.0, first=datetime.now(UTC).date(), every=1, at=time(18)
)
# How far the plans of a test are put into the past.
_YEAR: Final = 364


def always_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every experiment have the same order: one of twenty finds a difference that is none."""
    monkeypatch.setattr(experiments, "_SEED_BITS", 0)


def begin(member: Member, draft: ExperimentDraft = SLOTS) -> str:
    """Start an experiment whose posts were planned for a year ago; return its public id."""
    scope = account_scope(member)
    public_id = start_experiment(member.actor, scope, draft)
    with transaction() as session:
        mine = select(Experiment.id).where(Experiment.public_id == public_id).scalar_subquery()
        earlier = PlannedPost.planned_at - _YEAR * DAY_SECONDS
        session.execute(update(PlannedPost).where(PlannedPost.experiment_id == mine).values(planned_at=earlier))
    return public_id


def published(
    posts: tuple[ExperimentPost, ...],
    factors: Mapping[Arm, float],
    change: Callable[[int, dict[str, Any]], dict[str, Any] | None] = lambda _place, post: post,
) -> list[dict[str, Any]]:
    """Return posts as an export lists them, each at its planned time, with likes of a sd of 1.1 times its factor."""
    random, found = Random(3), []
    for post in posts:
        likes = 200 * random.lognormvariate(0, 1.1) * factors[post.arm]
        at = datetime.fromtimestamp(post.planned_at or 0, UTC)
        row = {"Date": f"{at:%Y-%m-%d %H:%M:%S}", "Link": "", "Title": f"post {post.place}", "Likes": str(int(likes))}
        changed = change(post.place, row)
        found += [] if changed is None else [changed]
    return found


def bring(member: Member, public_id: str, rows: list[dict[str, Any]], days_after: int = 30) -> None:
    """Import the posts of an experiment by an export of so many days after its last one."""
    last = get_experiment(account_scope(member), public_id).last_at or 0
    import_done(member, export_json(many(3), posts=rows), exported_at=last + days_after * DAY_SECONDS)
