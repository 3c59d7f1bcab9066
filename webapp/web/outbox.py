"""The outbox: mails of an installation without a mail server, for its admins to read while it is being developed."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_login import current_user

from config import AppEnv
from webapp.domain.errors import ErrorCode, NotFound
from webapp.extensions import settings
from webapp.integrations.outbox import find_kept, list_kept

blueprint = Blueprint("outbox", __name__, url_prefix="/admin/outbox")


@blueprint.get("")
def index() -> Response:
    """List the newest mails."""
    _require_admin()
    return make_response(render_template("outbox/index.html", mails=list_kept(settings().outbox_directory)))


@blueprint.get("/<name>")
def show(name: str) -> Response:
    """Show the text of a mail."""
    _require_admin()
    mail = find_kept(settings().outbox_directory, name)
    if mail is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return make_response(render_template("outbox/show.html", mail=mail))


def is_shown() -> bool:
    """Return whether mails are to be read here: in production, links to other people's accounts are nobody's to see."""
    return settings().mail_server is None and settings().app_env is not AppEnv.PRODUCTION


def _require_admin() -> None:
    # To others the page does not exist.
    if not current_user.is_admin or not is_shown():
        raise NotFound(ErrorCode.NOT_FOUND)
