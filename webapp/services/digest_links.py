"""Links that end mails: signed instead of stored, so that one works for as long as there is something to end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

from webapp.extensions import settings
from webapp.services.mails import link_to

# 128 bits of the signature; the public id before it has 80 bits of its own.
_BYTES: Final = 16
_SHAPE: Final = re.compile(r"([0-9a-f]{20})([A-Za-z0-9_-]{22})")


# What a link is good for; one that ends a digest ends nothing else.
_DIGEST: Final = "unsubscribe"
_NOTIFICATIONS: Final = "notifications"


def unsubscribe_link(public_id: str) -> str:
    """Return the address at which a digest is ended."""
    return link_to(f"/u/{_token(_DIGEST, public_id)}")


def read_unsubscribe(token: str) -> str | None:
    """Return the public id of the digest that a token ends; ``None`` for what none of the keys signed."""
    return _read(_DIGEST, token)


def stop_link(public_id: str) -> str:
    """Return the address at which a person ends the mails of their notifications."""
    return link_to(f"/notifications/stop/{_token(_NOTIFICATIONS, public_id)}")


def read_stop(token: str) -> str | None:
    """Return the public id of the person whose mails a token ends; ``None`` for what none of the keys signed."""
    return _read(_NOTIFICATIONS, token)


def _token(purpose: str, public_id: str) -> str:
    return f"{public_id}{_sign(purpose, public_id, settings().secret_key)}"


def _read(purpose: str, token: str) -> str | None:
    found = _SHAPE.fullmatch(token)
    public_id, shown = found.groups() if found is not None else ("0" * 20, "")
    # Every key is tried, so that how long it takes tells nothing.
    matches = [hmac.compare_digest(_sign(purpose, public_id, key), shown) for key in settings().secret_keys]
    return public_id if any(matches) else None


def _sign(purpose: str, public_id: str, key: str) -> str:
    signature = hmac.new(key.encode(), f"{purpose}:{public_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(signature[:_BYTES]).decode().rstrip("=")
