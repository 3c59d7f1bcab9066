"""Masked mode: names, captions and addresses are covered in this browser, for screenshots and streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from flask import Flask, g

from webapp.domain import formatting
from webapp.domain.errors import ErrorCode
from webapp.domain.redaction import NOTHING_HIDDEN, Redaction, called, is_stand_in, rounded
from webapp.domain.scope import NAMED_PERMISSIONS, Permission, TeamScope
from webapp.services.redaction import mask
from webapp.web import sessions

# What of a series of a chart is numbers.
_NUMBERS: Final = ("values", "low", "high")
# Where the session notes what is covered.
KEPT = "masked"


class Mask(StrEnum):
    """How much is covered."""

    OFF = "off"
    NAMES = "names"
    NUMBERS = "numbers"


def current_mask() -> Mask:
    """Return how much this browser covers; a program with a key covers nothing."""
    here = sessions.current()
    return Mask(here.get(KEPT, Mask.OFF)) if here.opened is not None else Mask.OFF


def covered(scope: TeamScope) -> TeamScope:
    """Return the scope as masked mode leaves it."""
    g.own_redaction = scope.redaction
    return replace(scope, redaction=redaction_with(current_mask(), scope.user_id, scope.redaction))


def own_redaction() -> Redaction:
    """Return what is kept from the person whatever this browser covers, once their scope was asked for."""
    own: Redaction = g.own_redaction
    return own


def redaction_with(chosen: Mask, user_id: int, redaction: Redaction) -> Redaction:
    """Return what is left to see of what a person may see when they cover so much."""
    if chosen is Mask.OFF:
        return redaction
    return mask(user_id, redaction, rounds_numbers=chosen is Mask.NUMBERS)


def current_redaction() -> Redaction:
    """Return what is kept from whoever gets this answer."""
    scope: TeamScope | None = g.get("team_scope")
    if scope is not None:
        return scope.redaction
    opened = sessions.current().opened
    return NOTHING_HIDDEN if opened is None else redaction_with(current_mask(), opened.user_id, NOTHING_HIDDEN)


def refusal(permission: Permission) -> ErrorCode:
    """Return why a permission is refused: by the role, or only because names are covered."""
    return (
        ErrorCode.MASKED if permission in NAMED_PERMISSIONS and current_mask() is not Mask.OFF else ErrorCode.FORBIDDEN
    )


def shown_caption(text: str) -> str:
    """Return the words of a post as the reader may see them."""
    return current_redaction().caption(text)


def shown_remark(text: str) -> str:
    """Return what somebody of the team wrote, as the reader may see it."""
    return current_redaction().remark(text)


def shown_address(text: str) -> str:
    """Return an e-mail address as the reader may see it."""
    return current_redaction().address(text)


def shown_chart(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a chart draws with numbers as this browser asks for them; days and times stay."""
    if not formatting.ROUNDS.get():
        return data
    series = [
        {key: [_rounded(value) for value in given] if key in _NUMBERS else given for key, given in each.items()}
        for each in data.get("series", ())
    ]
    return {**data, "series": series}


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def init_app(app: Flask) -> None:
    """Let templates show names, captions and addresses as the reader may see them."""
    app.before_request(_choose_numbers)
    app.teardown_request(_write_exactly)
    app.jinja_env.filters.update(
        called=called, shown_chart=shown_chart, shown_address=shown_address, remark=shown_remark
    )
    app.jinja_env.tests["stand_in"] = is_stand_in


def _choose_numbers() -> None:
    """Let every number of this answer be written as the browser asks for it; threads answer many browsers."""
    formatting.ROUNDS.set(current_mask() is Mask.NUMBERS)


def _write_exactly(_error: BaseException | None) -> None:
    """Let what this thread writes outside of answers, such as mails and reports, have its exact numbers again."""
    formatting.ROUNDS.set(False)
