"""Members of a team: who they are, what they may do, how they come to leave.

Whoever changes a place locks the row of the team first and is asked for their own place after that: two admins who
demote each other come one after the other, and the second is no admin any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Role, TeamScope
from webapp.extensions import db
from webapp.models import (
    Account,
    AccountRole,
    ApiKey,
    AuditAction,
    Invitation,
    Job,
    JobState,
    LoginSession,
    Membership,
    Team,
    User,
)
from webapp.services import access, audit, rights
from webapp.services.audit import Actor
from webapp.services.data_exports import discard_exports_of
from webapp.services.mails import MailKind, queue_mail
from webapp.services.notice_messages import tell_role
from webapp.services.notifications import forget_member
from webapp.services.own_team import ensure_team
from webapp.services.planner_feeds import revoke_feeds_of
from webapp.services.shares import revoke_shares_of
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Place:
    """What a member may do: in the team, and in the accounts, by public id, where it is less; ``None`` is nothing."""

    role: Role
    hides_names: bool = False
    sees_all_accounts: bool = True
    accounts: Mapping[str, Role | None] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Return whether some account is shown less of than the team, or not at all."""
        return not self.sees_all_accounts or bool(self.accounts)

    @property
    def settled(self) -> Place:
        """Return the place without what its role does not have: admins see all, and who changes things sees names."""
        if self.role is Role.ADMIN:
            return Place(Role.ADMIN)
        hides_names = self.hides_names and self.role is Role.VIEWER
        return Place(self.role, hides_names, self.sees_all_accounts, self.accounts)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the team's page shows them."""

    public_id: str
    user_id: int
    email: str
    place: Place
    joined_at: datetime
    has_second_factor: bool


def list_members(team: TeamScope) -> list[MemberRow]:
    """Return the members of the team, admins first."""
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.team_id == team.team_id)
        .order_by(User.email_key)
    )
    rows = [_row(db.session(), membership, user) for membership, user in db.session.execute(query)]
    return sorted(rows, key=lambda row: list(Role).index(row.place.role), reverse=True)


def get_member(team: TeamScope, public_id: str) -> MemberRow:
    """Return one member of the team; raise ``NotFound`` for anybody else."""
    return _row(db.session(), *_find(db.session(), team.team_id, public_id))


def change_member(team: TeamScope, public_id: str, actor: Actor, place: Place) -> None:
    """Give a member another place; raise ``Forbidden`` for one's own.

    A narrower place counts from the next request and the next step of a job on, for browsers and keys alike.
    """
    place = place.settled
    with transaction() as session:
        found = lock_team(session, team, Permission.MEMBER_WRITE)
        membership, user = _find(session, team.team_id, public_id)
        if user.id == team.user_id:
            raise Forbidden(ErrorCode.MEMBER_SELF)
        before = _place_of(session, membership)
        membership.role, membership.hides_names = place.role, place.hides_names
        membership.sees_all_accounts = place.sees_all_accounts
        set_account_roles(session, membership, place.accounts or {})
        if before.role is Role.ADMIN and place.role is not Role.ADMIN:
            _require_admin(session, team.team_id)
            revoke_invitations(session, team.team_id, invited_by=user.id)
        after = _place_of(session, membership)
        audit.record(*(session, actor, AuditAction.MEMBER_CHANGED, public_id), before=_told(before), after=_told(after))
        if before != after:
            tell_role(session, user.id, found, after.role)


def remove_member(team: TeamScope, public_id: str, actor: Actor) -> None:
    """Take a member out of the team, at once and everywhere; raise ``Forbidden`` for oneself."""
    with transaction() as session:
        found = lock_team(session, team, Permission.MEMBER_WRITE)
        membership, user = _find(session, team.team_id, public_id)
        if user.id == team.user_id:
            raise Forbidden(ErrorCode.MEMBER_SELF)
        _cut_off(session, membership, user)
        audit.record(session, actor, AuditAction.MEMBER_REMOVED, public_id, role=membership.role.value)
        queue_mail(
            *(session, MailKind.MEMBER_REMOVED),
            address=user.email,
            locale=user.locale,
            user_id=user.id,
            team=found.name,
        )


def leave_team(team: TeamScope, actor: Actor) -> None:
    """Leave the team; raise ``Conflict`` for its only admin."""
    with transaction() as session:
        lock_team(session, team, Permission.MEMBER_READ)
        user = session.get_one(User, team.user_id)
        membership, _user = _find(session, team.team_id, user.public_id)
        _cut_off(session, membership, user)
        audit.record(session, actor, AuditAction.MEMBER_LEFT, user.public_id, role=membership.role.value)


def lock_team(session: Session, team: TeamScope, permission: Permission) -> Team:
    """Return the team, locked until the transaction ends, while the person who asks still has the permission in it."""
    found = session.scalars(select(Team).where(Team.id == team.team_id).with_for_update()).one_or_none()
    scope = access.find_team_scope(session, team.user_id, team.team_id)
    if found is None or scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return found


def revoke_invitations(session: Session, team_id: int, *, invited_by: int) -> None:
    """Withdraw what a person offered whose word counts no more, inside the running transaction."""
    session.execute(
        update(Invitation)
        .where(Invitation.team_id == team_id, Invitation.invited_by == invited_by)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


def set_account_roles(session: Session, membership: Membership, accounts: Mapping[str, Role | None]) -> None:
    """Write a member's roles in single accounts anew; ids that are not of the team's accounts raise ``NotFound``."""
    ids = {
        row.public_id: row.id
        for row in session.execute(
            select(Account.public_id, Account.id).where(
                Account.team_id == membership.team_id, Account.public_id.in_(accounts), Account.deleted_at.is_(None)
            )
        )
    }
    if len(ids) < len(accounts):
        raise NotFound(ErrorCode.NOT_FOUND)
    session.execute(delete(AccountRole).where(AccountRole.membership_id == membership.id))
    session.add_all(
        AccountRole(membership_id=membership.id, account_id=ids[public_id], role=role)
        for public_id, role in accounts.items()
    )
    session.flush()


def _cut_off(session: Session, membership: Membership, user: User) -> None:
    """End everything a person has in a team: place, keys, links, invitations, work under way, pages that are open."""
    now, team_id = datetime.now(UTC), membership.team_id
    session.delete(membership)
    session.flush()
    _require_admin(session, team_id)
    session.execute(
        update(ApiKey)
        .where(ApiKey.team_id == team_id, ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    revoke_invitations(session, team_id, invited_by=user.id)
    revoke_shares_of(session, team_id, user.id)
    revoke_feeds_of(session, team_id, user.id)
    discard_exports_of(session, team_id, user.id)
    forget_member(session, user.id, team_id)
    session.execute(
        update(Invitation)
        .where(Invitation.team_id == team_id, Invitation.email_key == user.email_key)
        .where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user.id, LoginSession.team_id == team_id)
        .values(team_id=None)
    )
    if user.last_team_id == team_id:
        user.last_team_id = None
    _stop_work(session, team_id, user.id)
    ensure_team(session, user)


def _stop_work(session: Session, team_id: int, user_id: int) -> None:
    """Stop at its next step what a person had begun; what waits is refused when its turn comes (`rights`)."""
    running = session.scalars(select(Job).where(Job.team_id == team_id, Job.state == JobState.RUNNING))
    for job in running:
        if rights.asker_of(session, job) == user_id:
            job.is_cancel_wanted = True


def _require_admin(session: Session, team_id: int) -> None:
    """Raise ``Conflict`` when nobody is left who may manage the team (SECURITY 36)."""
    session.flush()
    count = select(func.count()).where(Membership.team_id == team_id, Membership.role == Role.ADMIN)
    if not session.scalar(count):
        raise Conflict(ErrorCode.LAST_ADMIN)


def _find(session: Session, team_id: int, public_id: str) -> tuple[Membership, User]:
    query = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.team_id == team_id, User.public_id == public_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return found[0], found[1]


def _row(session: Session, membership: Membership, user: User) -> MemberRow:
    place = _place_of(session, membership)
    joined_at, has_second_factor = membership.created_at, user.totp_enabled_at is not None
    return MemberRow(user.public_id, user.id, user.email, place, joined_at, has_second_factor)


def _place_of(session: Session, membership: Membership) -> Place:
    query = (
        select(Account.public_id, AccountRole.role)
        .join(Account, Account.id == AccountRole.account_id)
        .where(AccountRole.membership_id == membership.id, Account.deleted_at.is_(None))
        .order_by(Account.public_id)
    )
    accounts = {row.public_id: row.role for row in session.execute(query)}
    return Place(membership.role, membership.hides_names, membership.sees_all_accounts, accounts)


def _told(place: Place) -> dict[str, object]:
    """Return a place as the record of actions keeps it."""
    return {
        "role": place.role.value,
        "hides_names": place.hides_names,
        "sees_all_accounts": place.sees_all_accounts,
        "accounts": {key: role.value if role is not None else None for key, role in (place.accounts or {}).items()},
    }
