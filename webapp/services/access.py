"""Who may see what: the only place that makes a scope."""

from __future__ import annotations

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Role, Scope, TeamScope
from webapp.extensions import db
from webapp.models import Account, AccountRole, Membership, Team, User
from webapp.services.login_sessions import OpenSession
from webapp.services.redaction import redaction_of

# Made once, because every page asks them.
_ACCOUNTS = select(Account.id, Account.revision, Account.timezone).where(
    Account.team_id == bindparam("team_id"), Account.deleted_at.is_(None), Account.awaits_import.is_(False)
)
_OF_ACCOUNT = select(Account.team_id, Account.revision, Account.timezone).where(
    Account.id == bindparam("account_id"), Account.deleted_at.is_(None), Account.awaits_import.is_(False)
)
_NAMED = _ACCOUNTS.where(Account.public_id == bindparam("public_id")).limit(1)
_DEFAULT = _ACCOUNTS.order_by(Account.is_default.desc(), Account.id)
_FIRST = _DEFAULT.limit(1)
_MEMBERSHIPS = (
    select(Membership)
    .join(Team, Team.id == Membership.team_id)
    .join(User, User.id == Membership.user_id)
    .where(Team.deletes_at.is_(None), User.is_disabled.is_(False))
    .order_by(case((Membership.team_id == User.last_team_id, 0), else_=1), Membership.id)
    .limit(1)
)


def get_team_scope(user_id: int, permission: Permission, team_id: int | None = None) -> TeamScope:
    """Return the person's scope in the team, in the one chosen last or their own by default.

    Raises ``NotFound`` for a team the person is not in, ``Forbidden`` for a role that is too low.
    """
    scope = find_team_scope(db.session(), user_id, team_id)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _allowed(scope, permission)


def find_team_scope(session: Session, user_id: int, team_id: int | None = None) -> TeamScope | None:
    """Return what the person may do in a team at this moment, also inside a running transaction; ``None`` outside."""
    query = _MEMBERSHIPS.where(Membership.user_id == user_id)
    if team_id is not None:
        query = query.where(Membership.team_id == team_id)
    membership = session.scalars(query).first()
    if membership is None:
        return None
    return TeamScope(
        *(membership.user_id, membership.team_id, membership.role),
        redaction_of(membership.user_id, membership.hides_names),
        membership.sees_all_accounts,
        _account_roles(session, membership.id),
    )


def get_session_scope(opened: OpenSession, permission: Permission) -> TeamScope:
    """Return the scope of a session's person in the team it is in, as it was read with the session a moment ago.

    Raises ``NotFound`` for a person without a team, ``Forbidden`` for a role that is too low.
    """
    owner = opened.owner
    if owner is None:
        return get_team_scope(opened.user_id, permission)
    if owner.team_id is None or owner.role is None or owner.membership_id is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    roles = _account_roles(db.session(), owner.membership_id) if owner.has_account_roles else ()
    redaction = redaction_of(opened.user_id, owner.hides_names)
    scope = TeamScope(opened.user_id, owner.team_id, owner.role, redaction, owner.sees_all_accounts, roles)
    return _allowed(scope, permission)


def find_account_scope(team: TeamScope, public_id: str | None = None) -> Scope | None:
    """Return the scope of an account of the team, of the member's first one without an id, or ``None``."""
    connection = db.session.connection()
    values = {"team_id": team.team_id}
    if public_id:
        found = connection.execute(_NAMED, values | {"public_id": public_id}).first()
    elif not team.is_narrowed:
        found = connection.execute(_FIRST, values).first()
    else:
        rows = connection.execute(_DEFAULT, values)
        found = next((row for row in rows if team.role_in(row.id) is not None), None)
    role = team.role_in(found.id) if found is not None else None
    if found is None or role is None:
        return None
    return Scope(team.user_id, team.team_id, role, found.id, found.revision, found.timezone, team.redaction)


def get_account_scope(team: TeamScope, public_id: str) -> Scope:
    """Return the scope of an account of the team; raise ``NotFound`` for any other id."""
    scope = find_account_scope(team, public_id)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def find_team_of(user_id: int, public_id: str) -> Team | None:
    """Return the team of an account that the person sees, whichever of theirs is open; ``None`` for any other id."""
    session = db.session()
    query = select(Account.id, Account.team_id).where(
        Account.public_id == public_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False)
    )
    found = session.execute(query).first()
    scope = find_team_scope(session, user_id, found.team_id) if found is not None else None
    if found is None or scope is None or scope.role_in(found.id) is None:
        return None
    return session.get_one(Team, scope.team_id)


def find_scope_of(session: Session, user_id: int, account_id: int, permission: Permission) -> Scope | None:
    """Return the scope of a person in an account for a job, at its newest data version; ``None`` where they may not.

    What is kept from the person is kept from what the job makes for them; ``dataclasses.replace`` lays more over it.
    """
    found = session.execute(_OF_ACCOUNT, {"account_id": account_id}).first()
    team = find_team_scope(session, user_id, found.team_id) if found is not None else None
    role = team.role_in(account_id) if team is not None else None
    if found is None or team is None or role is None:
        return None
    scope = Scope(user_id, found.team_id, role, account_id, found.revision, found.timezone, team.redaction)
    return scope if scope.allows(permission) else None


def _account_roles(session: Session, membership_id: int) -> tuple[tuple[int, Role | None], ...]:
    query = select(AccountRole.account_id, AccountRole.role).where(AccountRole.membership_id == membership_id)
    return tuple((row.account_id, row.role) for row in session.execute(query))


def _allowed(scope: TeamScope, permission: Permission) -> TeamScope:
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return scope
