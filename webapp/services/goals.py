"""Set and remove what an account is to reach in a month."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.goals import MAX_GOALS
from webapp.domain.reports import GoalMetric
from webapp.domain.scope import Permission, Scope
from webapp.models import Account, AuditAction, Goal
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction


def set_goal(actor: Actor, scope: Scope, month: date, metric: GoalMetric, target: float) -> str:
    """Set a goal, or give the one of this month and metric another target; return its public id.

    ``month`` is a first day. Raises ``Invalid`` for one goal too many.
    """
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        goal = session.scalars(_mine(scope).where(Goal.month == month, Goal.metric == metric)).first()
        if goal is None:
            count = session.scalar(select(func.count()).select_from(_mine(scope).subquery())) or 0
            if count >= MAX_GOALS:
                raise Invalid(ErrorCode.GOALS_FULL, field="target", maximum=MAX_GOALS)
            goal = Goal(account_id=scope.account_id, month=month, metric=metric, target=target)
            _write(session, scope, goal)
            record(session, actor, AuditAction.GOAL_SET, goal.public_id, **_shape_of(goal))
        elif goal.target != target:
            before = _shape_of(goal)
            goal.target = target
            _write(session, scope, goal)
            record(session, actor, AuditAction.GOAL_SET, goal.public_id, before=before, after=_shape_of(goal))
        return goal.public_id


def delete_goal(actor: Actor, scope: Scope, public_id: str) -> None:
    """Remove a goal; raise ``NotFound`` for an unknown id."""
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        goal = session.scalars(_mine(scope).where(Goal.public_id == public_id)).first()
        if goal is None:
            raise NotFound(ErrorCode.GOAL_UNKNOWN)
        record(session, actor, AuditAction.GOAL_DELETED, goal.public_id, **_shape_of(goal))
        session.delete(goal)


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.GOAL_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who write come one after another, so that what they look for and count holds."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _mine(scope: Scope) -> Select[Goal]:
    return select(Goal).where(Goal.account_id == scope.account_id)


def _write(session: Session, scope: Scope, goal: Goal) -> None:
    goal.created_by, goal.changed_at = scope.user_id, datetime.now(UTC)
    session.add(goal)
    session.flush()


def _shape_of(goal: Goal) -> dict[str, object]:
    return {"month": f"{goal.month:%Y-%m}", "metric": goal.metric.value, "goal": goal.target}
