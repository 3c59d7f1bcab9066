"""From the right password to a session: straight on, or by way of the second factor."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user

from webapp.domain.errors import ErrorCode, LoginNeeded
from webapp.domain.scope import Permission
from webapp.extensions import settings
from webapp.services import access, devices, second_factor, sign_in
from webapp.services.audit import Actor
from webapp.services.second_factor import Challenged
from webapp.services.sign_in import Wishes
from webapp.web import device_cookie, sessions
from webapp.web.htmx import redirect_to
from webapp.web.redirects import safe_target
from webapp.web.requests import request_id

# How long a half log-in waits for the second factor (SECURITY 12).
STAGE_SECONDS = 300
_STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Stage:
    """A half log-in: the password was right in this browser a moment ago."""

    person: Challenged
    is_remembered: bool


def proceed(user_id: int, *, is_remembered: bool = False) -> Response:
    """Sign the browser in, or ask for the second factor first where it is on and the browser is not trusted."""
    person = second_factor.find_challenged(user_id)
    if person is None:
        raise LoginNeeded(ErrorCode.LOGIN_FAILED)
    if person.has_second_factor and not _is_trusted(user_id):
        _begin_stage(person, is_remembered=is_remembered)
        return redirect_to(second_factor_href())
    return enter(user_id, Wishes(is_remembered=is_remembered))


def enter(user_id: int, wishes: Wishes) -> Response:
    """Sign the browser in and lead it to where it wanted to go."""
    before = sessions.current().opened
    data = sessions.fresh_data()
    entered = sign_in.enter(
        user_id,
        actor_of(user_id),
        wishes=wishes,
        data=data,
        device_tokens=device_cookie.tokens(),
        absolute=timedelta(hours=settings().session_absolute_hours),
        replaced_id=before.id if before is not None else None,
    )
    sessions.adopt(data, entered.opened, entered.token)
    response = redirect_to(next_target())
    if entered.device_token is not None:
        device_cookie.add(response, entered.device_token)
    return response


def actor_of(user_id: int) -> Actor:
    """Return a person who is not signed in yet as somebody who acts."""
    team = access.get_team_scope(user_id, Permission.ACCOUNT_READ)
    return Actor(user_id, team.team_id, request.remote_addr, request_id(), request.user_agent.string)


def find_stage() -> Stage | None:
    """Return the half log-in of this browser, unless it is over or what it rests on has changed."""
    notes = sessions.current().get(_STAGE)
    if current_user.is_authenticated or not isinstance(notes, dict):
        return None
    age = time.time() - float(notes["at"])
    if not 0 <= age <= STAGE_SECONDS or notes["agent"] != _agent():
        return None
    person = second_factor.find_challenged_again(str(notes["person"]), int(notes["version"]))
    if person is None or not person.has_second_factor:
        return None
    return Stage(person, bool(notes["remembered"]))


def second_factor_href(**arguments: str) -> str:
    """Return the address of the page that asks for the second factor, which knows where to go afterwards."""
    target = next_target()
    values: dict[str, Any] = {**arguments, "next": target} if target != "/" else {**arguments}
    return url_for("second_factor.show", **values)


def end_stage() -> None:
    """Forget the half log-in."""
    sessions.start_anew()


def next_target() -> str:
    """Return where the browser wanted to go."""
    return safe_target(request.values.get("next"))


def _begin_stage(person: Challenged, *, is_remembered: bool) -> None:
    before = sessions.current().opened
    if before is not None:
        sessions.end(actor_of(before.user_id))
    sessions.start_anew(
        **{
            _STAGE: {
                "person": person.public_id,
                "version": person.security_version,
                "at": int(time.time()),
                "agent": _agent(),
                "remembered": is_remembered,
            }
        }
    )


def _agent() -> str:
    """Return what the cookie keeps of the browser's name: in another browser it opens nothing."""
    return hashlib.sha256(request.user_agent.string.encode("utf-8", "replace")).hexdigest()[:16]


def _is_trusted(user_id: int) -> bool:
    device = devices.find_device(user_id, device_cookie.tokens())
    return device is not None and device.trusted_until is not None
