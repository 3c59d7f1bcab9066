"""Show that an address belongs to the person who gave it, by a link that was mailed there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Invalid
from webapp.extensions import db
from webapp.models import AuditAction, Mail, MailedToken, TokenKind, User
from webapp.services import audit, mailed_tokens, passwords
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.own_team import ensure_team
from webapp.services.transaction import transaction

VERIFY_HOURS = 24
# Whoever signed up and never came back is forgotten after so long.
_ABANDONED = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a mailed link would confirm; who has just signed up shows the password with it."""

    email: str
    asks_password: bool


def queue_verification(session: Session, user: User) -> None:
    """Send the link to the person's address, from inside the running transaction."""
    token = mailed_tokens.make_token(session, TokenKind.VERIFY_EMAIL, user, hours=VERIFY_HOURS, key=user.email_key)
    queue_mail(
        session,
        MailKind.VERIFY_EMAIL,
        address=user.email,
        locale=user.locale,
        user_id=user.id,
        link=link_to(f"/email/verify/{token}"),
        hours=VERIFY_HOURS,
    )


def ask_verification(user_id: int, actor: Actor) -> None:
    """Send the link again to a person whose address is not confirmed yet."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.verified_at is None:
            queue_verification(session, user)
            audit.record(session, actor, AuditAction.USER_VERIFICATION_ASKED, user.public_id)


def is_verified(user_id: int) -> bool:
    """Return whether the person has shown that their address is theirs."""
    return db.session.scalar(select(User.verified_at).where(User.id == user_id)) is not None


def find_verification(text: str) -> Verification:
    """Return what the link would confirm; raise ``NotFound`` when it opens nothing."""
    token = mailed_tokens.find_token(TokenKind.VERIFY_EMAIL, text)
    user = db.session.get_one(User, token.user_id)
    return Verification(user.email, user.is_pending)


def verify_address(text: str, actor: Actor, password: str | None) -> int:
    """Confirm the address and return its person's id.

    Who has just signed up must show the password too: somebody else may have signed up with the address, and its owner
    must not confirm them by opening a link. Raises ``NotFound`` for a link that opens nothing, ``Invalid`` for a
    password that is wrong.
    """
    token = mailed_tokens.find_token(TokenKind.VERIFY_EMAIL, text)
    user = db.session.get_one(User, token.user_id)
    user_id = user.id
    if user.is_pending and not passwords.verify_password(user.password_hash, password or ""):
        with transaction() as session:
            audit.record(session, _as(user_id, actor), AuditAction.USER_LOGIN_FAILED)
        raise Invalid(ErrorCode.SIGN_UP_PASSWORD_WRONG, field="password")
    with transaction() as session:
        token = mailed_tokens.redeem(session, TokenKind.VERIFY_EMAIL, text)
        user = session.get_one(User, token.user_id)
        let_in(session, user)
        audit.record(session, _as(user.id, actor), AuditAction.USER_EMAIL_VERIFIED, user.public_id)
    return user_id


def let_in(session: Session, user: User) -> None:
    """Note in the running transaction that the address is the person's; who has just signed up gets their team."""
    user.verified_at = user.verified_at or datetime.now(UTC)
    if user.is_pending:
        user.is_pending = False
        ensure_team(session, user)


def forget_abandoned(session: Session) -> None:
    """Forget those who signed up and never came back, inside the running transaction."""
    before = datetime.now(UTC) - _ABANDONED
    for user in session.scalars(select(User).where(User.is_pending.is_(True), User.created_at < before)):
        forget_pending(session, user)


def forget_pending(session: Session, user: User) -> None:
    """Forget a person who never came in, inside the running transaction; their number is given to nobody else."""
    now = datetime.now(UTC)
    user.email = user.email_key = f"{user.public_id}@deleted.invalid"
    user.password_hash, user.locale = "", None
    user.is_pending, user.is_disabled, user.deleted_at = False, True, now
    session.execute(delete(MailedToken).where(MailedToken.user_id == user.id))
    session.execute(delete(Mail).where(Mail.user_id == user.id))
    session.flush()


def _as(user_id: int, actor: Actor) -> Actor:
    return Actor(user_id, actor.team_id, actor.ip, actor.request_id, actor.user_agent)
