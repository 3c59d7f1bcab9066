"""Prove again who sits there: half an hour in which what is grave may be done (SECURITY 24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.domain.errors import ErrorCode, Invalid, LoginNeeded
from webapp.extensions import db
from webapp.models import AuditAction, User
from webapp.services import audit, passwords, second_factor
from webapp.services.audit import Actor
from webapp.services.login_sessions import SUDO, renew_secret
from webapp.services.second_factor import Answer
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Proved:
    """The session's new secret, and until when it is enough."""

    token: str
    until: datetime


def enter(user_id: int, session_id: int, actor: Actor, *, password: str, code: str) -> Proved:
    """Open what is grave for this session, by the person's own password or a code of their authenticator.

    Raises ``Invalid`` naming the field that was wrong. A recovery code is no proof: it may lie in a drawer.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    by_code = bool(code) and not password
    if not by_code and not passwords.verify_password(user.password_hash, password):
        second_factor.record_failure(actor, AuditAction.USER_SUDO_FAILED, "password")
        raise Invalid(ErrorCode.PASSWORD_WRONG, field="password")
    answer = Answer.ACCEPTED
    with transaction() as session:
        if by_code:
            answer = second_factor.take_totp(session, user_id, code)
        if answer is Answer.ACCEPTED:
            until = datetime.now(UTC) + SUDO
            token = renew_secret(session, session_id, has_sudo=True)
            method = "totp" if by_code else "password"
            audit.record(session, actor, AuditAction.USER_SUDO_ENTERED, user.public_id, method=method)
            return Proved(token, until)
    second_factor.record_failure(actor, AuditAction.USER_SUDO_FAILED, "totp", answer)
    raise Invalid(ErrorCode.CODE_WRONG, field="code")
