"""Find the planned posts among the published ones, after each switch of an account.

It follows from plans, posts and what people said alone: an undo takes back what an import made sure, and an answer of
a person holds across both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.analytics.content.table import PostTable
from webapp.analytics.planner import facts_of, identity_of, refused_of
from webapp.domain.plan_matching import PlanFacts, PlanFound, match_plans
from webapp.domain.planner import PlanMatch, PlanState
from webapp.domain.studio_matching import Identity
from webapp.models import Account, AuditAction, PlannedPost
from webapp.queue import JobKind
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job

# What the job is told: whose plans.
ACCOUNT: Final = "account_id"
# When it looks again for what is expected, while another job is at that.
RANGE_SECONDS: Final = 60
# What is dropped or only an idea becomes no post by itself.
_OPEN: Final = (PlanState.PLANNED, PlanState.PUBLISHED)


def queue_matching(session: Session, account: Account, *, rings: bool = True, delay_seconds: int = 0) -> None:
    """Add the job to the running transaction, where anything is planned."""
    planned = select(PlannedPost.id).where(PlannedPost.account_id == account.id, PlannedPost.state != PlanState.DROPPED)
    if session.scalar(planned.limit(1)) is not None:
        arguments, team_id = {ACCOUNT: account.id}, account.team_id
        add_job(
            session,
            JobKind.PLAN_MATCH,
            team_id=team_id,
            arguments=arguments,
            rings=rings,
            delay_seconds=delay_seconds,
        )


@dataclass(frozen=True, slots=True)
class Matches:
    """What the plans of an account became, by their public ids, and when each had been changed by then."""

    found: dict[str, PlanFound]
    changed_at: dict[str, datetime]


def find_matches(session: Session, account_id: int, table: PostTable | None) -> Matches:
    """Return what the plans became, before the transaction that writes it, for it may take a second."""
    plans = session.scalars(_open_plans(account_id)).all()
    facts = [
        PlanFacts(plan.public_id, plan.planned_at, plan.title, refused_of(plan), plan.experiment_id is not None)
        for plan in plans
        if plan.planned_at is not None and plan.match is not PlanMatch.CONFIRMED
    ]
    found = {} if table is None else match_plans(facts, facts_of(table), _taken(plans))
    return Matches(found, {plan.public_id: plan.changed_at for plan in plans})


def settle_plans(session: Session, account: Account, matches: Matches) -> bool:
    """Write what each plan became, as far as nobody said it, inside the running transaction; one event tells of it.

    Returns whether somebody changed a plan meanwhile: those are left as they are.
    """
    plans = session.scalars(_open_plans(account.id)).all()
    taken, told, is_stale = _taken(plans), Counter[str](), False
    for plan in plans:
        if plan.match is PlanMatch.CONFIRMED:
            continue
        found = matches.found.get(plan.public_id)
        if matches.changed_at.get(plan.public_id) != plan.changed_at or (found and found.identity in taken):
            is_stale = True
            continue
        before = (plan.match, identity_of(plan))
        _write(plan, found)
        if (plan.match, identity_of(plan)) != before:
            told[plan.match.value] += 1
            plan.sequence, plan.changed_at = plan.sequence + 1, datetime.now(UTC)
    if told:
        record(session, Actor(team_id=account.team_id), AuditAction.PLAN_MATCHED, account.public_id, **told)
    return is_stale


def _open_plans(account_id: int) -> Select[PlannedPost]:
    query = select(PlannedPost).where(PlannedPost.account_id == account_id, PlannedPost.state.in_(_OPEN))
    return query.order_by(PlannedPost.id)


def _taken(plans: Iterable[PlannedPost]) -> frozenset[Identity]:
    """Return the posts that a person gave to a plan."""
    chosen = (identity_of(plan) for plan in plans if plan.match is PlanMatch.CONFIRMED)
    return frozenset(identity for identity in chosen if identity is not None)


def _write(plan: PlannedPost, found: PlanFound | None) -> None:
    """Let a plan say what it became; one that only an export made published is planned again without it."""
    is_sure = found is not None and found.is_sure
    if found is None:
        plan.match, plan.match_published_at, plan.match_ordinal = PlanMatch.NONE, None, None
    else:
        plan.match = PlanMatch.SURE if is_sure else PlanMatch.UNSURE
        plan.match_published_at, plan.match_ordinal = found.identity
    plan.state = PlanState.PUBLISHED if is_sure or plan.said_published else PlanState.PLANNED
