"""A code by e-mail that stands in for the authenticator, where the person allows it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, TooManyRequests
from webapp.extensions import settings
from webapp.models import AuditAction, MailedToken, TokenKind, User
from webapp.services import audit, second_factor
from webapp.services.audit import Actor
from webapp.services.mails import MailKind
from webapp.services.second_factor import Answer
from webapp.services.transaction import transaction

VALID = timedelta(minutes=10)
# Every code may be guessed at this often; then only another one helps.
MAX_TRIES = 5
# How many are sent to one address in a while (SECURITY 5).
MAX_MAILS = 3
MAILS_WITHIN = timedelta(hours=6)

# Eight digits, so that it is not taken for one of the app.
_CODE = re.compile(r"[0-9]{8}")
_GAPS = re.compile(r"[\s-]+")
_LONGEST = 40


def send(user_id: int, actor: Actor) -> None:
    """Mail the person a code; the one before it is worth nothing any more."""
    now, code, nonce = datetime.now(UTC), f"{secrets.randbelow(10**8):08}", secrets.token_hex(16)
    with transaction() as session:
        user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
        if not user.allows_email_code or user.totp_enabled_at is None:
            raise Forbidden(ErrorCode.FORBIDDEN)
        _check_number(session, user_id, now)
        session.execute(
            update(MailedToken)
            .where(MailedToken.kind == TokenKind.EMAIL_CODE, MailedToken.user_id == user_id)
            .where(MailedToken.expires_at > now)
            .values(expires_at=now)
        )
        session.add(
            MailedToken(
                kind=TokenKind.EMAIL_CODE,
                token_hash=_digest(nonce, code),
                user_id=user_id,
                security_version=user.security_version,
                data={"nonce": nonce},
                created_at=now,
                expires_at=now + VALID,
            )
        )
        audit.record(session, actor, AuditAction.USER_EMAIL_CODE_SENT, user.public_id)
        second_factor.tell(session, user, MailKind.EMAIL_CODE, code=code, minutes=int(VALID.total_seconds()) // 60)


def take(session: Session, user_id: int, text: str) -> Answer:
    """Take a code inside the running transaction, once; every try at it counts, whether or not it was right."""
    now, user = datetime.now(UTC), session.get_one(User, user_id)
    typed = _GAPS.sub("", text) if len(text) <= _LONGEST else ""
    if not user.allows_email_code:
        return Answer.WRONG
    token = session.scalars(
        select(MailedToken)
        .where(
            MailedToken.kind == TokenKind.EMAIL_CODE,
            MailedToken.user_id == user_id,
            MailedToken.security_version == user.security_version,
            MailedToken.expires_at > now,
            MailedToken.tries < MAX_TRIES,
        )
        .order_by(MailedToken.id.desc())
        .limit(1)
        .with_for_update()
    ).first()
    if token is None:
        return Answer.WRONG
    token.tries += 1
    matches = _CODE.fullmatch(typed) and hmac.compare_digest(_digest(str(token.data["nonce"]), typed), token.token_hash)
    if not matches:
        return Answer.WRONG
    if token.used_at is not None:
        return Answer.REUSED
    token.used_at = now
    return Answer.ACCEPTED


def _check_number(session: Session, user_id: int, now: datetime) -> None:
    earliest, count = session.execute(
        select(func.min(MailedToken.created_at), func.count()).where(
            MailedToken.kind == TokenKind.EMAIL_CODE,
            MailedToken.user_id == user_id,
            MailedToken.created_at > now - MAILS_WITHIN,
        )
    ).one()
    if count >= MAX_MAILS:
        seconds = int((earliest + MAILS_WITHIN - now).total_seconds())
        raise TooManyRequests(ErrorCode.TOO_MANY_REQUESTS, seconds=max(seconds, 1))


def _digest(nonce: str, code: str) -> str:
    """Return what is kept of a code: eight digits alone could be found from a plain hash."""
    return hmac.new(settings().secret_key.encode(), f"email-code:{nonce}:{code}".encode(), hashlib.sha256).hexdigest()
