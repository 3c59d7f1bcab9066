"""The blueprint, how often a caller may ask, and what the answers have in common."""

from __future__ import annotations

from typing import Final

import msgspec
from flask import Blueprint, Response, g
from flask_login import current_user

from webapp.extensions import limiter
from webapp.web.limits import network_key

blueprint = Blueprint("api", __name__, url_prefix="/api")

CALLS: Final = "600 per hour"

_encoder = msgspec.json.Encoder()


def caller_key() -> str:
    """Return whom the limit counts: the key, the person, or the network of somebody unknown."""
    if "api_key" in g:
        return f"key:{g.api_key.id}"
    return f"user:{current_user.id}" if current_user.is_authenticated else f"network:{network_key()}"


# One count for all operations together.
limited = limiter.shared_limit(CALLS, scope="api", key_func=caller_key)


def answer(body: msgspec.Struct, status: int = 200) -> Response:
    """Return a body as JSON; aware UTC times are written with ``Z``."""
    return Response(_encoder.encode(body), status, mimetype="application/json")


@blueprint.after_request
def name_scheme(response: Response) -> Response:
    """Tell a caller without a valid key which kind is expected."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
