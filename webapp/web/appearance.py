"""Language, theme and the team's colour; all of it works before signing in too."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from flask_login import current_user

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.services import users
from webapp.services.users import THEMES
from webapp.web import sessions
from webapp.web.auth import current_actor, public
from webapp.web.htmx import redirect_to
from webapp.web.i18n import LANGUAGES
from webapp.web.redirects import safe_target

blueprint = Blueprint("appearance", __name__)

_YEAR_SECONDS = 365 * 24 * 3600


@blueprint.post("/settings/language")
@public
def choose_language() -> Response:
    """Speak the chosen language from now on."""
    locale = request.form.get("locale", "")
    if locale not in LANGUAGES:
        raise Invalid(ErrorCode.FIELD_INVALID, field="locale", value=locale[:40])
    sessions.current()["locale"] = locale
    if current_user.is_authenticated:
        users.set_preferences(current_user.id, current_actor(), locale=locale)
    return redirect_to(safe_target(request.form.get("next")))


@blueprint.post("/settings/appearance")
@public
def choose_theme() -> Response:
    """Show light, dark, or what the system shows."""
    theme = request.form.get("theme", "")
    if theme not in THEMES:
        raise Invalid(ErrorCode.FIELD_INVALID, field="theme", value=theme[:40])
    sessions.current()["theme"] = theme
    if current_user.is_authenticated:
        users.set_preferences(current_user.id, current_actor(), theme=theme)
    return redirect_to(safe_target(request.form.get("next")))


@blueprint.get("/brand-<int:hue>.css")
@public
def brand(hue: int) -> Response:
    """Return the stylesheet that sets the one hue, because the policy allows no inline style."""
    if hue >= 360:
        raise NotFound(ErrorCode.NOT_FOUND)
    response = make_response(f":root {{ --hue: {hue}; }}\n")
    response.mimetype = "text/css"
    response.cache_control.public = True
    response.cache_control.max_age = _YEAR_SECONDS
    response.cache_control.immutable = True
    return response
