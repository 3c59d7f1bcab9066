"""The second factor: setting an authenticator up, taking its codes, switching it off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain import totp
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid
from webapp.extensions import db
from webapp.models import AuditAction, RecoveryCode, User
from webapp.services import audit, recovery_codes, vault
from webapp.services.audit import Actor
from webapp.services.login_sessions import renew_secret
from webapp.services.mails import MailKind, queue_mail
from webapp.services.security import raise_version
from webapp.services.transaction import transaction

# Clocks that are off by more than this are told so while an app is set up.
_TELLING_SECONDS = totp.STEP_SECONDS * (totp.WINDOW + 1)


class Answer(StrEnum):
    """What became of a code."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Challenged:
    """A person whose password was right and who is now asked for more."""

    user_id: int
    public_id: str
    email: str
    security_version: int
    has_second_factor: bool
    allows_email_code: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app is given."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class State:
    """How a person's second factor stands."""

    enabled_at: datetime | None
    codes_left: int
    allows_email_code: bool
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Enabled:
    """The recovery codes, shown this once, and the session's new secret."""

    codes: list[str]
    token: str


def find_challenged(user_id: int) -> Challenged | None:
    """Return how the second factor of a person stands who may sign in."""
    user = db.session.get(User, user_id)
    if user is None or user.is_disabled:
        return None
    return Challenged(
        *(user.id, user.public_id, user.email, user.security_version),
        has_second_factor=user.totp_enabled_at is not None,
        allows_email_code=user.allows_email_code,
    )


def find_challenged_again(public_id: str, security_version: int) -> Challenged | None:
    """Return the person of a half log-in, unless something about how they sign in has changed since it began."""
    user_id = db.session.scalar(select(User.id).where(User.public_id == public_id))
    found = find_challenged(user_id) if user_id is not None else None
    return found if found is not None and found.security_version == security_version else None


def state_of(user_id: int) -> State:
    """Return how the person's second factor stands."""
    user = db.session.get_one(User, user_id)
    left = recovery_codes.count_left(db.session(), user_id)
    return State(user.totp_enabled_at, left, user.allows_email_code, user.verified_at is not None)


def prepare(user_id: int, actor: Actor) -> None:
    """Make a secret that waits for its first code; what is in use stays in use until then."""
    secret = totp.new_secret()
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.verified_at is None:
            raise Forbidden(ErrorCode.ADDRESS_UNVERIFIED)
        user.totp_pending_secret = vault.seal(secret, _pending_place(user_id))
        audit.record(session, actor, AuditAction.USER_SECOND_FACTOR_PREPARED, user.public_id)


def find_pending(user_id: int) -> Setup | None:
    """Return what the app is given, while its first code is awaited."""
    user = db.session.get_one(User, user_id)
    if user.totp_pending_secret is None:
        return None
    secret = vault.unseal(user.totp_pending_secret, _pending_place(user_id))
    return Setup(secret, totp.otpauth_uri(secret, user.email))


def enable(user_id: int, session_id: int, code: str, actor: Actor) -> Enabled:
    """Switch the second factor on with the first code of the new app; sign every other browser out.

    Raises ``Invalid`` for a wrong code, with by how much the clocks differ where that is the reason.
    """
    setup = find_pending(user_id)
    if setup is None:
        raise Conflict(ErrorCode.SECOND_FACTOR_NOT_PREPARED)
    step = _first_step(setup.secret, code, actor)
    with transaction() as session:
        user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
        sealed = user.totp_pending_secret
        if sealed is None or vault.unseal(sealed, _pending_place(user_id)) != setup.secret:
            raise Conflict(ErrorCode.SECOND_FACTOR_NOT_PREPARED)
        was_on = user.totp_enabled_at is not None
        user.totp_secret = vault.seal(setup.secret, _place(user_id))
        user.totp_pending_secret = None
        user.totp_enabled_at = datetime.now(UTC)
        user.totp_last_step = step
        codes = recovery_codes.renew(session, user_id)
        raise_version(session, user, session_id)
        token = renew_secret(session, session_id)
        change = {"before": {"second_factor": was_on}, "after": {"second_factor": True}}
        audit.record(session, actor, AuditAction.USER_SECOND_FACTOR_ENABLED, user.public_id, **change)
        tell(session, user, MailKind.SECOND_FACTOR_ENABLED)
    return Enabled(codes, token)


def disable(user_id: int, session_id: int, code: str, actor: Actor) -> str:
    """Switch the second factor off with a code of the app or a recovery code; return the session's new secret.

    Raises ``Invalid`` for a wrong code; the person is told by mail in any case.
    """
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.totp_enabled_at is None:
            raise Conflict(ErrorCode.SECOND_FACTOR_IS_OFF)
        answer = take_code(session, user_id, code)
        if answer is Answer.ACCEPTED:
            _switch_off(session, user, actor, session_id)
            return renew_secret(session, session_id)
    record_failure(actor, AuditAction.USER_SECOND_FACTOR_FAILED, "disable", answer)
    raise Invalid(ErrorCode.CODE_WRONG, field="code")


def disable_lost(user_id: int) -> None:
    """Switch the second factor off for somebody who lost their phone and their codes; every browser is signed out.

    For the operator at the machine alone, who must know who asks. The password stays, the person is told by mail.
    """
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.totp_enabled_at is None:
            raise Conflict(ErrorCode.SECOND_FACTOR_IS_OFF)
        _switch_off(session, user, Actor(user_id), None)


def allow_email_code(user_id: int, actor: Actor, *, is_allowed: bool) -> None:
    """Let a code by e-mail stand in for the app, or no longer."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.totp_enabled_at is None:
            raise Conflict(ErrorCode.SECOND_FACTOR_IS_OFF)
        before, user.allows_email_code = user.allows_email_code, is_allowed
        change = {"before": {"email_code": before}, "after": {"email_code": is_allowed}}
        audit.record(session, actor, AuditAction.USER_EMAIL_CODE_ALLOWED, user.public_id, **change)


def renew_codes(user_id: int, actor: Actor) -> list[str]:
    """Make new recovery codes, which end the old ones, and return them, this once."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.totp_enabled_at is None:
            raise Conflict(ErrorCode.SECOND_FACTOR_IS_OFF)
        codes = recovery_codes.renew(session, user_id)
        audit.record(session, actor, AuditAction.RECOVERY_CODES_MADE, user.public_id, codes=len(codes))
        tell(session, user, MailKind.RECOVERY_CODES_MADE)
    return codes


def check_own_codes(user_id: int, codes: list[str], actor: Actor) -> None:
    """Note that the person keeps their codes in a file; raise ``Invalid`` for codes that are not theirs and unused."""
    with transaction() as session:
        if not recovery_codes.are_valid(session, user_id, codes):
            raise Invalid(ErrorCode.CODE_WRONG, field="code")
        audit.record(session, actor, AuditAction.DATA_DOWNLOADED, what="recovery_codes")


def take_totp(session: Session, user_id: int, text: str) -> Answer:
    """Take a code of the person's app inside the running transaction; every time step is taken once (SECURITY 9)."""
    code, user = totp.read_code(text), session.get(User, user_id)
    if code is None or user is None or user.totp_secret is None:
        return Answer.WRONG
    step = totp.find_step(vault.unseal(user.totp_secret, _place(user_id)), code, time.time())
    if step is None:
        return Answer.WRONG
    taken = session.scalars(
        update(User)
        .where(User.id == user_id, User.totp_secret == user.totp_secret, User.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(User.id)
    ).all()
    return Answer.ACCEPTED if taken else Answer.REUSED


def take_recovery_code(session: Session, user_id: int, text: str) -> Answer:
    """Take a recovery code inside the running transaction, once; the person is told by mail how many are left."""
    digest = recovery_codes.digest_of(text)
    if digest is None:
        return Answer.WRONG
    taken = session.scalars(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == digest, RecoveryCode.used_at.is_(None))
        .values(used_at=datetime.now(UTC))
        .returning(RecoveryCode.id)
    ).all()
    if taken:
        user, left = session.get_one(User, user_id), recovery_codes.count_left(session, user_id)
        tell(session, user, MailKind.RECOVERY_CODE_USED, left=left)
        return Answer.ACCEPTED
    known = select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == digest)
    return Answer.WRONG if session.scalar(known) is None else Answer.REUSED


def take_code(session: Session, user_id: int, text: str) -> Answer:
    """Take a code of the app or a recovery code, whichever its form says."""
    take = take_recovery_code if recovery_codes.digest_of(text) is not None else take_totp
    return take(session, user_id, text)


def record_failure(actor: Actor, action: AuditAction, method: str, answer: Answer = Answer.WRONG) -> None:
    """Write down that a proof was refused, and apart from it that a code was shown twice."""
    with transaction() as session:
        audit.record(session, actor, action, method=method)
        if answer is Answer.REUSED:
            audit.record(session, actor, AuditAction.TOKEN_REUSED, method=method)


def tell(session: Session, user: User, kind: MailKind, **values: object) -> None:
    """Write to the person about their own sign-in, in their language."""
    queue_mail(session, kind, address=user.email, locale=user.locale, user_id=user.id, **values)


def _switch_off(session: Session, user: User, actor: Actor, keep_session_id: int | None) -> None:
    user.totp_secret = user.totp_pending_secret = user.totp_enabled_at = None
    user.allows_email_code = False
    recovery_codes.forget(session, user.id)
    raise_version(session, user, keep_session_id)
    change = {"before": {"second_factor": True}, "after": {"second_factor": False}}
    audit.record(session, actor, AuditAction.USER_SECOND_FACTOR_DISABLED, user.public_id, **change)
    tell(session, user, MailKind.SECOND_FACTOR_DISABLED)


def _first_step(secret: str, code: str, actor: Actor) -> int:
    typed, now = totp.read_code(code), time.time()
    step = totp.find_step(secret, typed, now) if typed is not None else None
    if step is not None:
        return step
    record_failure(actor, AuditAction.USER_SECOND_FACTOR_FAILED, "enable")
    off = totp.clock_difference(secret, typed, now) if typed is not None else None
    if off is not None and abs(off) >= _TELLING_SECONDS:
        raise Invalid(ErrorCode.CLOCK_AHEAD if off > 0 else ErrorCode.CLOCK_BEHIND, field="code", minutes=_minutes(off))
    raise Invalid(ErrorCode.CODE_WRONG, field="code")


def _minutes(seconds: int) -> str:
    """Return how far a clock is off, in minutes with one decimal where they are few."""
    minutes = abs(seconds) / 60
    return f"{minutes:.1f}".removesuffix(".0")


def _place(user_id: int) -> str:
    return f"user:{user_id}:totp_secret"


def _pending_place(user_id: int) -> str:
    return f"user:{user_id}:totp_pending_secret"
