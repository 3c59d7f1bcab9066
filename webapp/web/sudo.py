"""Ask again who sits there before something grave is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField, StringField

from webapp.domain.errors import ErrorCode, LoginNeeded
from webapp.extensions import limiter
from webapp.services import sudo
from webapp.services.passwords import MAX_LENGTH
from webapp.web import limits, sessions
from webapp.web.auth import current_actor
from webapp.web.forms import fulfil
from webapp.web.htmx import is_fragment_request, redirect_to
from webapp.web.redirects import safe_target

blueprint = Blueprint("sudo", __name__)

P = ParamSpec("P")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SudoForm(FlaskForm):
    """The password, or a code of the authenticator app."""

    password = PasswordField(
        _l("Password"),
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH, "autofocus": True},
    )
    code = StringField(
        _l("Code of your authenticator app"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 20, "spellcheck": "false"},
    )


def needs_sudo(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
    """Let a view be reached only within half an hour of a proof of who sits there; else lead to the page that asks."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        return view(*args, **kwargs) if sessions.has_sudo() else _lead_to_proof()

    guarded.needs_sudo = True  # type: ignore[attr-defined]
    return guarded


@blueprint.get("/settings/sudo")
def show() -> Response:
    """Show the form that asks again."""
    if sessions.has_sudo():
        return redirect_to(_next_target())
    return _page(SudoForm())


@blueprint.post("/settings/sudo")
@limiter.limit(limits.SUDO_PER_PERSON, key_func=limits.person_key, deduct_when=limits.was_refused)
def enter() -> Response:
    """Check the password or the code, and open what is grave for half an hour."""
    form, opened = SudoForm(), sessions.current().opened
    if opened is None:
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    password, code = form.password.data or "", form.code.data or ""
    done = fulfil(form, lambda: sudo.enter(current_user.id, opened.id, current_actor(), password=password, code=code))
    if done is None:
        return _page(form, 422)
    sessions.adopt_secret(done.result.token, done.result.until)
    return redirect_to(_next_target())


def _page(form: SudoForm, status: int = 200) -> Response:
    opened = sessions.current().opened
    owner = opened.owner if opened is not None else None
    has_second_factor = owner is not None and owner.has_second_factor
    for field in (form.password, form.code):
        field.flags.required = True  # each stands in a form of its own
    return make_response(
        render_template(
            "security/sudo.html",
            form=form,
            fields=[form.password, form.code] if has_second_factor else [form.password],
            is_again="again" in request.values,
            next=_next_target(),
        ),
        status,
    )


def _lead_to_proof() -> Response:
    """Lead to the form; what was posted is not sent a second time, so that leads back to the page it came from."""
    if request.method in _SAFE_METHODS and not is_fragment_request():
        wanted = request.full_path if request.query_string else request.path
        return redirect_to(url_for("sudo.show", next=safe_target(wanted, "/settings/security")))
    page = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    wanted = safe_target(f"{page.path}?{page.query}" if page.query else page.path, "/settings/security")
    return redirect_to(url_for("sudo.show", next=wanted, again=1))


def _next_target() -> str:
    return safe_target(request.values.get("next"), "/settings/security")
