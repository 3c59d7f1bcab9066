"""The end of a log-in: a second factor is taken, a session opened, the browser remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete

from webapp.domain.errors import ErrorCode, Invalid
from webapp.models import AuditAction, LoginSession, User
from webapp.services import audit, devices, email_codes, login_sessions, second_factor, throttle
from webapp.services.audit import Actor
from webapp.services.login_sessions import OpenSession
from webapp.services.second_factor import Answer
from webapp.services.transaction import transaction


class Factor(StrEnum):
    """What the person shows beside the password."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    EMAIL_CODE = "email_code"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person wants of a session that begins."""

    is_remembered: bool = False
    trusts_device: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that was opened, the secret of its cookie, and that of the device's where it has none."""

    opened: OpenSession
    token: str
    device_token: str | None


_TAKE = {
    Factor.TOTP: second_factor.take_totp,
    Factor.RECOVERY_CODE: second_factor.take_recovery_code,
    Factor.EMAIL_CODE: email_codes.take,
}


def check_second_factor(user_id: int, factor: Factor, text: str, actor: Actor) -> None:
    """Take a code of a half log-in; raise ``Invalid`` for one that is wrong or was taken before."""
    with transaction() as session:
        answer = _TAKE[factor](session, user_id, text)
        if answer is Answer.ACCEPTED:
            if factor is Factor.RECOVERY_CODE:
                user = session.get_one(User, user_id)
                audit.record(session, actor, AuditAction.RECOVERY_CODE_USED, user.public_id)
            return
    second_factor.record_failure(actor, AuditAction.USER_SECOND_FACTOR_FAILED, factor.value, answer)
    raise Invalid(ErrorCode.CODE_WRONG, field="code")


def enter(
    user_id: int,
    actor: Actor,
    *,
    wishes: Wishes,
    data: Mapping[str, Any],
    device_tokens: Sequence[str],
    absolute: timedelta,
    replaced_id: int | None = None,
) -> Entered:
    """Sign the browser in, and end the session that it held before."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        if replaced_id is not None:
            session.execute(delete(LoginSession).where(LoginSession.id == replaced_id))
        throttle.forget_failures(session, user_id)
        device = devices.note_device(session, user, actor, device_tokens, is_trusted=wishes.trusts_device)
        token, opened = login_sessions.open_session(
            session,
            user_id,
            actor,
            user_agent=actor.user_agent or "",
            data=data,
            absolute=absolute,
            has_sudo=True,
            is_remembered=wishes.is_remembered,
            device_id=device.id,
        )
        return Entered(opened, token, device.new_token)
