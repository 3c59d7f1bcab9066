"""A person's own address: moving to another one, and the way back from a move that somebody else made."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.extensions import db
from webapp.models import AuditAction, MailedToken, TokenKind, User
from webapp.services import audit, mailed_tokens
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, link_to, queue_mail, queue_nobodys
from webapp.services.own_password import RESET_MINUTES
from webapp.services.security import raise_version
from webapp.services.transaction import transaction
from webapp.services.users import Address, find_by_key, normalise_email
from webapp.services.verification import forget_pending

CHANGE_HOURS = 24
REVERT_DAYS = 7


def ask_change(user_id: int, email: str, actor: Actor) -> None:
    """Mail a link to the new address; until it is opened the old one stays. A taken address is answered alike.

    Raises ``Invalid`` for what is no address, and for the person's own.
    """
    address = normalise_email(email)
    with transaction() as session:
        user = session.get_one(User, user_id)
        if address.key == user.email_key:
            raise Invalid(ErrorCode.ADDRESS_SAME, field="email")
        mailed_tokens.kill(session, user.id, TokenKind.CHANGE_EMAIL)
        other = find_by_key(session, address.key)
        if mailed_tokens.is_reserved(session, address.key, user.id) or (other is not None and other.is_disabled):
            queue_nobodys(session)
        elif other is not None and not other.is_pending:
            queue_mail(session, MailKind.EMAIL_IN_USE, address=other.email, locale=other.locale, user_id=other.id)
        else:
            _queue_change(session, user, address)
        audit.record(session, actor, AuditAction.USER_EMAIL_CHANGE_ASKED, user.public_id)


def find_change(text: str) -> str:
    """Return the address that a mailed link would set; raise ``NotFound`` when it opens nothing."""
    return str(mailed_tokens.find_token(TokenKind.CHANGE_EMAIL, text).data["email"])


def confirm_change(text: str, actor: Actor, *, session_id: int | None) -> bool:
    """Move the person to the new address and end all sessions but one, if that is theirs; return whether it is.

    The old address gets a way back for some days. Raises ``NotFound`` for a link that opens nothing, or whose address
    has become somebody else's meanwhile.
    """
    with transaction() as session:
        token = mailed_tokens.redeem(session, TokenKind.CHANGE_EMAIL, text)
        user = session.get_one(User, token.user_id)
        old, was_verified = Address(user.email, user.email_key), user.verified_at is not None
        new = Address(token.data["email"], token.data["key"])
        _move(session, user, new)
        raise_version(session, user, session_id)
        now = datetime.now(UTC)
        if was_verified:
            back = mailed_tokens.make_token(
                session, TokenKind.REVERT_EMAIL, user, hours=24 * REVERT_DAYS, email=old.email, key=old.key
            )
            queue_mail(
                session,
                MailKind.EMAIL_CHANGED,
                address=old.email,
                locale=user.locale,
                user_id=user.id,
                new_address=new.email,
                at=now,
                ip=actor.ip or "",
                link=link_to(f"/email/revert/{back}"),
                days=REVERT_DAYS,
            )
        change = {"before": {"email": _masked(old)}, "after": {"email": _masked(new)}}
        audit.record(session, _as(user, actor), AuditAction.USER_EMAIL_CHANGED, user.public_id, **change)
        return actor.user_id == user.id and session_id is not None


def find_revert(text: str) -> str:
    """Return the address that a mailed link would restore; raise ``NotFound`` when it opens nothing."""
    return str(mailed_tokens.find_token(TokenKind.REVERT_EMAIL, text).data["email"])


def revert_change(text: str, actor: Actor) -> int:
    """Give the person their old address back, end every session, mail a link to a new password; return their id.

    Ways back that were mailed to later addresses end too. Raises ``NotFound`` for a link that opens nothing.
    """
    with transaction() as session:
        token = mailed_tokens.redeem(session, TokenKind.REVERT_EMAIL, text)
        user = session.get_one(User, token.user_id)
        new, old = Address(user.email, user.email_key), Address(token.data["email"], token.data["key"])
        _move(session, user, old)
        later = (MailedToken.user_id == user.id, MailedToken.kind == TokenKind.REVERT_EMAIL, MailedToken.id > token.id)
        session.execute(update(MailedToken).where(*later).values(expires_at=datetime.now(UTC)))
        raise_version(session, user)
        reset = mailed_tokens.make_token(session, TokenKind.RESET_PASSWORD, user, minutes=RESET_MINUTES)
        queue_mail(
            session,
            MailKind.EMAIL_REVERTED,
            address=user.email,
            locale=user.locale,
            user_id=user.id,
            link=link_to(f"/password/reset/{reset}"),
            minutes=RESET_MINUTES,
        )
        change = {"before": {"email": _masked(new)}, "after": {"email": _masked(old)}}
        audit.record(session, _as(user, actor), AuditAction.USER_EMAIL_REVERTED, user.public_id, **change)
        return user.id


def get_address(user_id: int) -> str:
    """Return the person's address."""
    return db.session.get_one(User, user_id).email


def _queue_change(session: Session, user: User, address: Address) -> None:
    token = mailed_tokens.make_token(
        session, TokenKind.CHANGE_EMAIL, user, hours=CHANGE_HOURS, email=address.email, key=address.key
    )
    queue_mail(
        session,
        MailKind.CHANGE_EMAIL,
        address=address.email,
        locale=user.locale,
        user_id=user.id,
        link=link_to(f"/email/change/{token}"),
        hours=CHANGE_HOURS,
    )


def _move(session: Session, user: User, address: Address) -> None:
    """Set the address; somebody who only began to sign up with it gives way."""
    other = find_by_key(session, address.key)
    if other is not None and other.id != user.id:
        if not other.is_pending:
            raise NotFound(ErrorCode.LINK_INVALID)
        forget_pending(session, other)
    user.email, user.email_key, user.verified_at = address.email, address.key, datetime.now(UTC)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else was quicker by a moment
        raise NotFound(ErrorCode.LINK_INVALID) from error


def _masked(address: Address) -> str:
    """Return what the record of actions keeps of an address: the record outlives the person."""
    return f"{address.email[:1]}…@{address.key.rpartition('@')[2]}"


def _as(user: User, actor: Actor) -> Actor:
    return Actor(user.id, actor.team_id, actor.ip, actor.request_id, actor.user_agent)
