"""What a person says of a planned post: which published one it became, or that it is not the one that fits best.

An answer outlives imports and undos.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.content.covers import get_identity
from webapp.analytics.content.posts import find_posts
from webapp.analytics.planner import find_identity_row, identity_of
from webapp.domain.errors import Conflict, ErrorCode, NotFound
from webapp.domain.planner import PlanMatch, PlanState
from webapp.domain.scope import Scope
from webapp.domain.studio_matching import Identity
from webapp.models import AuditAction, PlannedPost
from webapp.services.audit import Actor, record
from webapp.services.plan_matching import queue_matching
from webapp.services.planner import MATCHED, lock_account, require_planner
from webapp.services.transaction import transaction


def confirm_match(actor: Actor, scope: Scope, public_id: str, post: str | None = None) -> None:
    """Say that a planned post became the one that is suggested, or the post of a public id.

    Raises ``NotFound`` for unknown ids, ``Conflict`` where nothing is suggested or another plan has the post by a
    person's word.
    """
    require_planner(scope)
    chosen = None if post is None else get_identity(scope, post)
    with transaction() as session:
        account = lock_account(session, scope)
        plan = _get(session, scope, public_id)
        identity = identity_of(plan) if chosen is None else (chosen.published_at, chosen.ordinal)
        if identity is None:
            raise Conflict(ErrorCode.PLAN_CHANGED)
        if plan.match is PlanMatch.CONFIRMED and identity_of(plan) == identity:
            return
        _free(session, scope, plan, identity)
        plan.match, plan.state = PlanMatch.CONFIRMED, PlanState.PUBLISHED
        plan.match_published_at, plan.match_ordinal = identity
        plan.refused = [each for each in plan.refused if tuple(each) != identity]
        _note(plan)
        record(session, actor, AuditAction.PLAN_MATCHED, public_id, state=plan.match.value, post=post)
        # Others may have had that post, or may have the one that this plan had.
        queue_matching(session, account)


def refuse_match(actor: Actor, scope: Scope, public_id: str) -> None:
    """Say that a planned post did not become the one that is shown with it; another one that fits may follow.

    Raises ``NotFound`` for an unknown id, ``Conflict`` where no post is shown with it.
    """
    require_planner(scope)
    with transaction() as session:
        account = lock_account(session, scope)
        plan = _get(session, scope, public_id)
        identity = identity_of(plan)
        if identity is None:
            raise Conflict(ErrorCode.PLAN_CHANGED)
        if plan.match in MATCHED and not plan.said_published:
            plan.state = PlanState.PLANNED
        plan.refused = [*(each for each in plan.refused if tuple(each) != identity), list(identity)]
        plan.match, plan.match_published_at, plan.match_ordinal = PlanMatch.NONE, None, None
        _note(plan)
        post = find_identity_row(find_posts(scope), identity)
        shown = None if post is None else post.public_id
        record(session, actor, AuditAction.PLAN_MATCHED, public_id, state=plan.match.value, post=shown)
        queue_matching(session, account)


def _get(session: Session, scope: Scope, public_id: str) -> PlannedPost:
    query = select(PlannedPost).where(PlannedPost.account_id == scope.account_id, PlannedPost.public_id == public_id)
    plan = session.scalars(query).first()
    if plan is None:
        raise NotFound(ErrorCode.PLAN_UNKNOWN)
    return plan


def _free(session: Session, scope: Scope, plan: PlannedPost, identity: Identity) -> None:
    """Take a post from the plan that has it without a person's word; raise ``Conflict`` where a person said so."""
    others = select(PlannedPost).where(
        PlannedPost.account_id == scope.account_id,
        PlannedPost.id != plan.id,
        PlannedPost.match_published_at == identity[0],
        PlannedPost.match_ordinal == identity[1],
    )
    for other in session.scalars(others):
        if other.match is PlanMatch.CONFIRMED:
            raise Conflict(ErrorCode.PLAN_POST_TAKEN)
        if other.match is PlanMatch.SURE and not other.said_published:
            other.state = PlanState.PLANNED
        other.match, other.match_published_at, other.match_ordinal = PlanMatch.NONE, None, None
        _note(other)


def _note(plan: PlannedPost) -> None:
    plan.sequence, plan.changed_at = plan.sequence + 1, datetime.now(UTC)
