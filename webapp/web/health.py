"""Say whether the process lives and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from webapp.services.readiness import check_readiness
from webapp.web.auth import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def live() -> Response:
    """Answer that the process is alive; nothing else is asked."""
    return make_response({"status": "ok"})


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """Answer whether this process can serve, and where it cannot, which check failed."""
    found = check_readiness()
    body = {
        "status": "ok" if found.is_ready else "failed",
        "checks": {"database": found.database, "uploads": found.uploads, "queue": found.queue},
    }
    return make_response(body, 200 if found.is_ready else 503)
