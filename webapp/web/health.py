"""Say whether the process lives and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, make_response
from sqlalchemy import text

from webapp.extensions import db
from webapp.web.auth import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def live() -> Response:
    """Answer that the process is alive."""
    return make_response({"status": "ok"})


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """Answer that the database can be read; the queue may be away, pages work without it."""
    db.session.execute(text("SELECT 1"))
    return make_response({"status": "ok"})
