"""The cookie by which a browser is known: the secrets of the people who sign in with it, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from webapp.domain.secret_texts import is_secret
from webapp.extensions import settings
from webapp.services import devices

if TYPE_CHECKING:
    from config import Settings

# A browser is shared by a household, not by more.
_MAX_PEOPLE = 4
_LONGEST = 400


def name_of(config: Settings) -> str:
    """Return the name of the cookie; browsers take the prefix only over https."""
    return "__Host-d" if config.https else "d"


def tokens() -> list[str]:
    """Return the secrets that the browser shows; none for a cookie that makes no sense."""
    cookies = request.cookies.getlist(name_of(settings()))
    if len(cookies) != 1 or len(cookies[0]) > _LONGEST:
        return []
    return [part for part in cookies[0].split(".") if is_secret(part)][:_MAX_PEOPLE]


def add(response: Response, token: str) -> None:
    """Let the browser keep one more secret for a year."""
    config = settings()
    response.set_cookie(
        name_of(config),
        ".".join([token, *tokens()][:_MAX_PEOPLE]),
        max_age=devices.KNOWN,
        path="/",
        secure=config.https,
        httponly=True,
        samesite="Lax",
    )
