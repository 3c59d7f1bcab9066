"""The component page, for those who build pages."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.web.auth import public
from webapp.web.htmx import render_page

blueprint = Blueprint("styleguide", __name__)


@blueprint.get("/styleguide")
@public
def index() -> Response:
    """Show every component with all its states."""
    return render_page("styleguide/index.html")
