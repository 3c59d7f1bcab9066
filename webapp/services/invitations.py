"""Places in a team that are offered by mail: for one address, one place, seven days, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Role, TeamScope
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db
from webapp.models import Account, AuditAction, Invitation, LoginSession, Membership, Team, User
from webapp.services import access, audit, passwords
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.members import Place, lock_team, set_account_roles
from webapp.services.own_team import ensure_team
from webapp.services.transaction import transaction
from webapp.services.users import add_verified_user, find_by_key, normalise_email, take_turns

DAYS = 7
MAX_OPEN = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """An open invitation as the person sees it who was sent its link."""

    team_name: str
    inviter: str
    email: str
    role: Role
    hides_names: bool
    expires_at: datetime
    # Whether somebody signs in with the address already.
    is_known: bool


def invite(
    team: TeamScope, email: str, place: Place, actor: Actor, *, account_ids: tuple[str, ...] = (), locale: str
) -> str:
    """Mail an address the offer of a place and return its link; an earlier one for it opens nothing any more.

    ``account_ids`` are the accounts that alone are shown, none means all. What is answered does not tell whether
    somebody has the address. Raises ``Invalid`` naming the field of a refused value.
    """
    address, place, now = normalise_email(email), place.settled, datetime.now(UTC)
    shown = () if place.role is Role.ADMIN else account_ids
    text = new_secret()
    link = link_to(f"/invitations/{text}")
    with transaction() as session:
        found = lock_team(session, team, Permission.MEMBER_WRITE)
        inviter, invited = session.get_one(User, team.user_id), find_by_key(session, address.key)
        if invited is not None and _is_member(session, team.team_id, invited.id):
            raise Invalid(ErrorCode.MEMBER_ALREADY, field="email")
        _require_accounts(session, team.team_id, shown)
        _revoke(session, Invitation.team_id == team.team_id, Invitation.email_key == address.key)
        if _count_open(session, team.team_id, now) >= MAX_OPEN:
            raise Invalid(ErrorCode.INVITATIONS_TOO_MANY, field="email", maximum=MAX_OPEN)
        row = Invitation(
            token_hash=digest_of(text),
            team_id=team.team_id,
            email=address.email,
            email_key=address.key,
            role=place.role,
            hides_names=place.hides_names,
            accounts=list(shown),
            invited_by=team.user_id,
            created_at=now,
            expires_at=now + timedelta(days=DAYS),
        )
        session.add(row)
        session.flush()
        queue_mail(
            *(session, MailKind.INVITATION),
            address=address.email,
            locale=(invited.locale if invited is not None else None) or locale,
            user_id=invited.id if invited is not None else None,
            inviter=inviter.email,
            team=found.name,
            role=place.role.value,
            link=link,
            days=DAYS,
        )
        audit.record(
            *(session, actor, AuditAction.MEMBER_INVITED, row.public_id),
            role=place.role.value,
            hides_names=place.hides_names,
            accounts=list(shown),
        )
    return link


def list_invitations(team: TeamScope) -> list[Invitation]:
    """Return the team's open invitations, the newest first."""
    query = select(Invitation).where(Invitation.team_id == team.team_id, _is_open(datetime.now(UTC)))
    return list(db.session.scalars(query.order_by(Invitation.created_at.desc(), Invitation.id.desc())))


def revoke_invitation(team: TeamScope, public_id: str, actor: Actor) -> None:
    """Withdraw an open invitation; raise ``NotFound`` for any other."""
    with transaction() as session:
        lock_team(session, team, Permission.MEMBER_WRITE)
        is_meant = (Invitation.team_id == team.team_id, Invitation.public_id == public_id)
        if not _revoke(session, *is_meant):
            raise NotFound(ErrorCode.NOT_FOUND)
        audit.record(session, actor, AuditAction.INVITATION_REVOKED, public_id)


def find_offer(text: str) -> Offer:
    """Return what a mailed link offers; raise ``NotFound`` with one and the same sentence for all that are over."""
    session = db.session()
    row = _find_open(session, text)
    team, inviter = session.get_one(Team, row.team_id), session.get_one(User, row.invited_by)
    known = find_by_key(session, row.email_key)
    is_known = known is not None and not known.is_pending
    return Offer(team.name, inviter.email, row.email, row.role, row.hides_names, row.expires_at, is_known)


def accept(text: str, user_id: int, actor: Actor, *, session_id: int | None) -> None:
    """Take the offered place; raise ``Forbidden`` for another person than the one whom it was mailed to.

    The browser goes on in the new team.
    """
    with transaction() as session:
        row = _take(session, text)
        user = session.get_one(User, user_id)
        if user.email_key != row.email_key or user.is_disabled:
            raise Forbidden(ErrorCode.INVITATION_OTHER_PERSON)
        _join(session, row, user, actor)
        if session_id is not None:
            opened = session.get(LoginSession, session_id)
            if opened is not None:
                opened.team_id = row.team_id


def accept_anew(text: str, password: str, actor: Actor, *, locale: str) -> int:
    """Sign the invited person up, whose address the mail has proved, and take the place; return their id.

    Raises ``Invalid`` for a password that is refused, ``Conflict`` when somebody signs in with the address already.
    """
    email = find_offer(text).email
    password_hash = passwords.hash_password(passwords.check_password(password, email))
    with transaction() as session:
        take_turns(session)
        row = _take(session, text)
        user = add_verified_user(session, normalise_email(row.email), password_hash, actor, locale)
        ensure_team(session, user)
        _join(session, row, user, actor)
        return user.id


def _join(session: Session, row: Invitation, user: User, actor: Actor) -> None:
    if _is_member(session, row.team_id, user.id):
        raise Conflict(ErrorCode.MEMBER_ALREADY)
    membership = Membership(
        team_id=row.team_id,
        user_id=user.id,
        role=row.role,
        hides_names=row.hides_names,
        sees_all_accounts=not row.accounts,
        created_at=datetime.now(UTC),
    )
    session.add(membership)
    session.flush()
    living = session.scalars(
        select(Account.public_id).where(
            Account.public_id.in_(row.accounts), Account.team_id == row.team_id, Account.deleted_at.is_(None)
        )
    )
    set_account_roles(session, membership, dict.fromkeys(living, row.role))
    user.last_team_id = row.team_id
    user.verified_at = user.verified_at or datetime.now(UTC)
    actor = Actor(user.id, row.team_id, actor.ip, actor.request_id, actor.user_agent)
    audit.record(
        *(session, actor, AuditAction.MEMBER_JOINED, user.public_id), invitation=row.public_id, role=row.role.value
    )


def _take(session: Session, text: str) -> Invitation:
    """Use an open invitation up; of many who try at once one gets it (SECURITY 18)."""
    row = _find_open(session, text)
    session.scalars(select(Team).where(Team.id == row.team_id).with_for_update()).one()
    taken = session.scalars(
        update(Invitation)
        .where(Invitation.id == row.id, _is_open(datetime.now(UTC)))
        .values(accepted_at=datetime.now(UTC))
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken or not _is_backed(session, row):
        raise NotFound(ErrorCode.INVITATION_INVALID)
    return row


def _find_open(session: Session, text: str) -> Invitation:
    if not is_secret(text):
        raise NotFound(ErrorCode.INVITATION_INVALID)
    query = select(Invitation).where(Invitation.token_hash == digest_of(text), _is_open(datetime.now(UTC)))
    row = session.scalars(query).one_or_none()
    if row is None or not _is_backed(session, row):
        raise NotFound(ErrorCode.INVITATION_INVALID)
    return row


def _is_backed(session: Session, row: Invitation) -> bool:
    """Return whether the person who invited may still do so, in a team that is not about to go."""
    scope = access.find_team_scope(session, row.invited_by, row.team_id)
    return scope is not None and scope.allows(Permission.MEMBER_WRITE)


def _require_accounts(session: Session, team_id: int, account_ids: tuple[str, ...]) -> None:
    query = select(func.count()).where(
        Account.team_id == team_id, Account.public_id.in_(account_ids), Account.deleted_at.is_(None)
    )
    if len(set(account_ids)) != len(account_ids) or session.scalar(query) != len(account_ids):
        raise NotFound(ErrorCode.NOT_FOUND)


def _revoke(session: Session, *conditions: ColumnElement[bool]) -> int:
    return len(
        session.scalars(
            update(Invitation)
            .where(*conditions, _is_open(datetime.now(UTC)))
            .values(revoked_at=datetime.now(UTC))
            .returning(Invitation.id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def _count_open(session: Session, team_id: int, now: datetime) -> int:
    return session.scalar(select(func.count()).where(Invitation.team_id == team_id, _is_open(now))) or 0


def _is_member(session: Session, team_id: int, user_id: int) -> bool:
    query = select(Membership.id).where(Membership.team_id == team_id, Membership.user_id == user_id)
    return session.scalar(query) is not None


def _is_open(now: datetime) -> ColumnElement[bool]:
    return Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None) & (Invitation.expires_at > now)
