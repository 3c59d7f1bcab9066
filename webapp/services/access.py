"""Who may see what: the only place that makes a scope."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Scope, TeamScope
from webapp.extensions import db
from webapp.models import Account, Membership
from webapp.services.login_sessions import OpenSession

# Made once, because every page asks them.
_ACCOUNTS = (
    select(Account.id, Account.revision, Account.timezone)
    .where(Account.team_id == bindparam("team_id"), Account.deleted_at.is_(None), Account.awaits_import.is_(False))
    .limit(1)
)
_NAMED = _ACCOUNTS.where(Account.public_id == bindparam("public_id"))
_DEFAULT = _ACCOUNTS.order_by(Account.is_default.desc(), Account.id)


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
    return _allowed(TeamScope(user_id, membership.team_id, membership.role), permission)


def get_session_scope(opened: OpenSession, permission: Permission) -> TeamScope:
    """Return the scope of a session's person in their own team, as it was read with the session a moment ago.

    Raises ``NotFound`` for a person without a team, ``Forbidden`` for a role that is too low.
    """
    owner = opened.owner
    if owner is None:
        return get_team_scope(opened.user_id, permission)
    if owner.team_id is None or owner.role is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _allowed(TeamScope(opened.user_id, owner.team_id, owner.role), permission)


def _allowed(scope: TeamScope, permission: Permission) -> TeamScope:
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return scope


def find_account_scope(team: TeamScope, public_id: str | None = None) -> Scope | None:
    """Return the scope of an account of the team, of its default one without an id, or ``None``."""
    if public_id:
        asked, values = _NAMED, {"team_id": team.team_id, "public_id": public_id}
    else:
        asked, values = _DEFAULT, {"team_id": team.team_id}
    account = db.session.connection().execute(asked, values).first()
    if account is None:
        return None
    return Scope(team.user_id, team.team_id, team.role, account.id, account.revision, account.timezone, team.redaction)


def get_account_scope(team: TeamScope, public_id: str) -> Scope:
    """Return the scope of an account of the team; raise ``NotFound`` for any other id."""
    scope = find_account_scope(team, public_id)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope
