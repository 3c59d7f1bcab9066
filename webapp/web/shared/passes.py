"""The cookie of a browser that a public link has let in: signed, for one link and one password of it, for hours."""

from __future__ import annotations

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from webapp.domain.shares import PASS_SECONDS
from webapp.extensions import settings
from webapp.services.share_door import Door

_LONGEST = 300


def holds(door: Door) -> bool:
    """Return whether the browser was let in by this door, and not too long ago."""
    cookies = request.cookies.getlist(_name_of(door))
    if len(cookies) != 1 or len(cookies[0]) > _LONGEST:
        return False
    try:
        return bool(_signer().loads(cookies[0], max_age=PASS_SECONDS) == _said_of(door))
    except BadSignature:
        return False


def give(response: Response, door: Door) -> None:
    """Let the browser keep that it was let in."""
    signed = _signer().dumps(_said_of(door))
    response.set_cookie(
        _name_of(door),
        signed if isinstance(signed, str) else signed.decode(),
        max_age=PASS_SECONDS,
        path="/",
        secure=settings().https,
        httponly=True,
        samesite="Lax",
    )


def _name_of(door: Door) -> str:
    # Browsers take the prefix only over https.
    return f"__Host-v-{door.public_id}" if settings().https else f"v-{door.public_id}"


def _said_of(door: Door) -> list[object]:
    """Return what is signed: another link, and this one with another password, says something else."""
    return [door.public_id, door.password_version]


def _signer() -> URLSafeTimedSerializer:
    # The last key signs; each is taken.
    return URLSafeTimedSerializer(list(reversed(settings().secret_keys)), salt="share-pass")
