"""Who may see what: the only place that makes a scope."""

from __future__ import annotations

from sqlalchemy import select

from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Scope, TeamScope
from webapp.extensions import db
from webapp.models import Account, Membership


def get_team_scope(user_id: int, permission: Permission, team_id: int | None = None) -> TeamScope:
    """Return the person's scope in the team, the personal one by default.

    Raises ``NotFound`` for a team the person is not in, ``Forbidden`` for a role that is too low.
    """
    query = select(Membership).where(Membership.user_id == user_id).order_by(Membership.id)
    if team_id is not None:
        query = query.where(Membership.team_id == team_id)
    membership = db.session.scalars(query.limit(1)).first()
    if membership is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    scope = TeamScope(user_id, membership.team_id, membership.role)
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return scope


def find_account_scope(team: TeamScope, public_id: str | None = None) -> Scope | None:
    """Return the scope of an account of the team, of its default one without an id, or ``None``."""
    query = select(Account).where(
        Account.team_id == team.team_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False)
    )
    if public_id:
        query = query.where(Account.public_id == public_id)
    else:
        query = query.order_by(Account.is_default.desc(), Account.id)
    account = db.session.scalars(query.limit(1)).first()
    if account is None:
        return None
    return Scope(team.user_id, team.team_id, team.role, account.id, account.revision, account.timezone)


def get_account_scope(team: TeamScope, public_id: str) -> Scope:
    """Return the scope of an account of the team; raise ``NotFound`` for any other id."""
    scope = find_account_scope(team, public_id)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope
