"""A person deletes their account: what goes with it, what stays with their teams, and what must be settled first.

The row of the person stays without anything of theirs. Its number is in the record of actions and in the imports of
teams that stay, and a number that is free again would be given to the next person who signs up.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Invalid
from webapp.domain.scope import Role
from webapp.extensions import db, settings
from webapp.integrations import outbox
from webapp.models import AuditAction, Base, DigestSubscription, ImportRun, Invitation, Mail, Membership, Team, User
from webapp.queue import JobKind
from webapp.services import passwords, person_files, users
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.mails import MailKind, queue_mail
from webapp.services.transaction import after_commit, transaction

_USER = User.__table__


@dataclass(frozen=True, slots=True)
class Consequences:
    """The names of the teams of a person who goes, by what becomes of them.

    ``blocked`` are those that would be left without an admin: the account cannot be deleted before that is settled.
    """

    deleted: tuple[str, ...]
    left: tuple[str, ...]
    blocked: tuple[str, ...]
    is_last_admin: bool

    @property
    def are_clear(self) -> bool:
        """Return whether nothing stands in the way."""
        return not self.blocked and not self.is_last_admin


@dataclass(frozen=True, slots=True)
class _Teams:
    deleted: list[Team]
    left: list[Team]
    blocked: list[Team]


def foresee(user_id: int) -> Consequences:
    """Return what would become of the person's teams."""
    session = db.session()
    teams = _sort(session, session.scalars(_teams_of(user_id)).all(), user_id)
    deleted, left, blocked = (
        tuple(team.name for team in found) for found in (teams.deleted, teams.left, teams.blocked)
    )
    return Consequences(deleted, left, blocked, _is_last_admin(session, session.get_one(User, user_id)))


def delete_person(actor: Actor, user_id: int, typed_email: str) -> None:
    """Delete a person and everything that is theirs alone, at once.

    Raises ``Invalid`` when the typed address is another one, ``Conflict`` while a team or the installation would be
    left without an admin.
    """
    # Made before the transaction, because it takes a while; nobody knows what it is the hash of.
    nobodys = passwords.hash_password(secrets.token_urlsafe(32))
    with transaction() as session:
        # Locked in one order, so that two who leave at the same moment take turns.
        found = session.scalars(_teams_of(user_id).with_for_update()).all()
        user = session.get_one(User, user_id, with_for_update=True)
        _check_email(user, typed_email)
        teams = _sort(session, found, user_id)
        if teams.blocked:
            raise Conflict(ErrorCode.TEAM_WITHOUT_ADMIN, teams=", ".join(team.name for team in teams.blocked))
        users.take_turns(session)
        if _is_last_admin(session, user):
            raise Conflict(ErrorCode.INSTALLATION_WITHOUT_ADMIN)
        public_id, email, locale = user.public_id, user.email, user.locale
        for team in teams.deleted:
            _delete_team(session, actor, team)
        for team in teams.left:
            record(session, replace(actor, team_id=team.id), AuditAction.MEMBER_LEFT, public_id)
        counts = {"teams_deleted": len(teams.deleted), "teams_left": len(teams.left)}
        record(session, replace(actor, team_id=None), AuditAction.USER_DELETED, public_id, **counts)
        _delete_rows(session, user)
        _empty(user, nobodys)
        queue_mail(session, MailKind.PERSON_DELETED, address=email, locale=locale)
        after_commit(session, lambda: _delete_files(public_id, email))


def _check_email(user: User, typed: str) -> None:
    try:
        key = users.normalise_email(typed).key
    except Invalid:
        key = ""
    if not hmac.compare_digest(key.encode(), user.email_key.encode()):
        raise Invalid(ErrorCode.EMAIL_DIFFERS, field="typed_email")


def _teams_of(user_id: int) -> Select[Team]:
    is_theirs = Team.id.in_(select(Membership.team_id).where(Membership.user_id == user_id))
    return select(Team).where(is_theirs).order_by(Team.id)


def _sort(session: Session, teams: Sequence[Team], user_id: int) -> _Teams:
    """Tell the teams apart by who is left in them; a team that its admins are deleting already holds nobody back."""
    sorted_teams = _Teams([], [], [])
    for team in teams:
        query = select(Membership.user_id, Membership.role).where(Membership.team_id == team.id)
        roles = {row.user_id: row.role for row in session.execute(query)}
        own = roles.pop(user_id)
        if not roles:
            sorted_teams.deleted.append(team)
        elif own is Role.ADMIN and Role.ADMIN not in roles.values():
            sorted_teams.blocked.append(team)
        else:
            sorted_teams.left.append(team)
    return sorted_teams


def _is_last_admin(session: Session, user: User) -> bool:
    """Return whether others use the installation and none of them could run it."""
    if not user.is_admin:
        return False
    others = select(func.count()).where(User.id != user.id, User.deleted_at.is_(None))
    return bool(session.scalar(others)) and not session.scalar(
        others.where(User.is_admin.is_(True), User.is_disabled.is_(False))
    )


def _delete_team(session: Session, actor: Actor, team: Team) -> None:
    # A personal team is called after its person's address.
    team.name, team.deletes_at = "", datetime.now(UTC)
    add_job(session, JobKind.TEAM_PURGE, arguments={"team_id": team.id})
    record(session, replace(actor, team_id=team.id), AuditAction.TEAM_DELETION_ASKED, team.public_id)


def _delete_rows(session: Session, user: User) -> None:
    """Delete what refers to the person and is theirs; what they did for a team stays, without their name."""
    session.execute(delete(Mail).where(Mail.address == user.email))
    session.execute(delete(Invitation).where(Invitation.email_key == user.email_key))
    session.execute(delete(DigestSubscription).where(DigestSubscription.address_key == user.email_key))
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table is not _USER or table is ImportRun.__table__:
                continue
            is_theirs = key.parent == user.id
            if key.ondelete == "SET NULL":
                session.execute(update(table).where(is_theirs).values({key.parent.name: None}))
            else:
                session.execute(delete(table).where(is_theirs))


def _empty(user: User, password_hash: str) -> None:
    address = f"{user.public_id}@deleted.invalid"
    user.email, user.email_key, user.password_hash = address, address, password_hash
    user.is_admin, user.is_disabled, user.deleted_at = False, True, datetime.now(UTC)
    user.locale = user.theme = user.post_layout = user.verified_at = user.last_team_id = None
    user.totp_secret = user.totp_pending_secret = user.totp_enabled_at = None
    user.allows_email_code, user.failed_logins = False, 0
    user.security_version = user.security_version + 1


def _delete_files(public_id: str, email: str) -> None:
    person_files.discard(public_id)
    folder = settings().outbox_directory
    for kept in outbox.list_kept(folder):
        if kept.address == email:
            (folder / kept.name).unlink(missing_ok=True)
