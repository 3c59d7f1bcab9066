"""A person's own password: changing it, and a new one for who has forgotten theirs."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.extensions import db
from webapp.models import AuditAction, TokenKind, User
from webapp.services import audit, mailed_tokens, passwords
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, link_to, queue_mail, queue_nobodys
from webapp.services.security import raise_version
from webapp.services.transaction import transaction
from webapp.services.users import find_by_key, normalise_email
from webapp.services.verification import let_in

RESET_MINUTES = 30


def least_length(user_id: int) -> int:
    """Return how long the person's password must be."""
    return _least(db.session.get_one(User, user_id))


def change_password(user_id: int, password: str, actor: Actor, *, keep_session_id: int | None) -> None:
    """Give the person another password and end all other sessions; raise ``Invalid`` for one that is refused."""
    stored = _checked_hash(db.session.get_one(User, user_id), password)
    with transaction() as session:
        _set(session, session.get_one(User, user_id), stored, actor, keep_session_id, reason="changed")


def ask_reset(email: str, actor: Actor) -> None:
    """Mail the person with this address a link to a new password; for an unknown one as much is done, for nobody.

    Raises ``Invalid`` for what is no address at all.
    """
    key = normalise_email(email).key
    with transaction() as session:
        user = find_by_key(session, key)
        if user is not None and not user.is_disabled:
            token = mailed_tokens.make_token(session, TokenKind.RESET_PASSWORD, user, minutes=RESET_MINUTES)
            queue_mail(
                session,
                MailKind.RESET_PASSWORD,
                address=user.email,
                locale=user.locale,
                user_id=user.id,
                link=link_to(f"/password/reset/{token}"),
                minutes=RESET_MINUTES,
            )
        else:
            queue_nobodys(session)
        user_id = user.id if user is not None else None
        who = Actor(user_id, None, actor.ip, actor.request_id, actor.user_agent)
        audit.record(session, who, AuditAction.USER_PASSWORD_RESET_ASKED)


def least_length_of_reset(text: str) -> int:
    """Return how long the new password must be; raise ``NotFound`` for a link that opens nothing."""
    return least_length(mailed_tokens.find_token(TokenKind.RESET_PASSWORD, text).user_id)


def reset_password(text: str, password: str, actor: Actor) -> int:
    """Give the person of a mailed link another password, end every session and return their id; it signs nobody in.

    The second factor stays as it is. Raises ``NotFound`` for a link that opens nothing, ``Invalid`` for a password
    that is refused; then the link still works.
    """
    try:
        user_id = mailed_tokens.find_token(TokenKind.RESET_PASSWORD, text).user_id
        stored = _checked_hash(db.session.get_one(User, user_id), password)
        with transaction() as session:
            token = mailed_tokens.redeem(session, TokenKind.RESET_PASSWORD, text)
            user = session.get_one(User, token.user_id)
            # Who reads the mails of the address is its owner.
            let_in(session, user)
            who = Actor(user.id, None, actor.ip, actor.request_id, actor.user_agent)
            _set(session, user, stored, who, None, reason="reset")
    except NotFound:
        mailed_tokens.note_reuse(TokenKind.RESET_PASSWORD, text, actor)
        raise
    return user_id


def _checked_hash(user: User, password: str) -> str:
    return passwords.hash_password(passwords.check_password(password, user.email, minimum=_least(user)))


def _least(user: User) -> int:
    return passwords.least_length(has_second_factor=user.totp_enabled_at is not None)


def _set(session: Session, user: User, stored: str, actor: Actor, keep_session_id: int | None, *, reason: str) -> None:
    user.password_hash, user.failed_logins = stored, 0
    raise_version(session, user, keep_session_id)
    audit.record(session, actor, AuditAction.USER_PASSWORD_CHANGED, user.public_id, how=reason)
    queue_mail(
        session,
        MailKind.PASSWORD_CHANGED,
        address=user.email,
        locale=user.locale,
        user_id=user.id,
        at=datetime.now(UTC),
        ip=actor.ip or "",
    )
