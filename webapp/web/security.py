"""Security settings: the second factor, recovery codes, browsers that are signed in or known."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from webapp.domain import totp
from webapp.domain.errors import ErrorCode, LoginNeeded
from webapp.extensions import limiter, settings
from webapp.renderers.qr import qr_path
from webapp.services import devices, login_sessions, recovery_codes, second_factor
from webapp.services.login_sessions import OpenSession
from webapp.web import device_cookie, limits, sessions
from webapp.web.auth import current_actor, open_without_second_factor
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.settings_tabs import settings_tabs
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("security", __name__)


class CodeForm(FlaskForm):
    """A code that proves that the app, or a recovery code, is at hand."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code."))],
        render_kw={"autocomplete": "one-time-code", "maxlength": 60, "spellcheck": "false"},
    )


@blueprint.get("/settings/security")
@open_without_second_factor
def index() -> Response:
    """Show how the person's sign-in is guarded, and where they are signed in."""
    opened, here = _opened(), devices.find_device(current_user.id, device_cookie.tokens())
    return make_response(
        render_template(
            "security/index.html",
            tabs=settings_tabs("security.index"),
            state=second_factor.state_of(current_user.id),
            is_asked_by_team=opened.owner is not None and opened.owner.needs_second_factor,
            codes_count=recovery_codes.COUNT,
            sessions=login_sessions.list_sessions(current_user.id, sessions.idle_time(settings())),
            session_id=opened.public_id,
            devices=devices.list_devices(current_user.id),
            device_id=here.public_id if here is not None else None,
        )
    )


@blueprint.post("/settings/security/authenticator")
@open_without_second_factor
@needs_sudo
def prepare() -> Response:
    """Begin to set an authenticator up; the one in use stays in use."""
    second_factor.prepare(current_user.id, current_actor())
    return redirect_to(url_for("security.show_setup"))


@blueprint.get("/settings/security/authenticator")
@open_without_second_factor
@needs_sudo
def show_setup() -> Response:
    """Show what the app needs, until its first code was entered."""
    return _setup_page(CodeForm())


@blueprint.post("/settings/security/authenticator/confirm")
@open_without_second_factor
@needs_sudo
@limiter.limit(limits.SECOND_FACTOR_PER_PERSON, key_func=limits.person_key)
def enable() -> Response:
    """Check the first code, switch the second factor on and show the recovery codes, this once."""
    form, opened = CodeForm(), _opened()
    done = fulfil(form, lambda: second_factor.enable(current_user.id, opened.id, form.code.data, current_actor()))
    if done is None:
        return _setup_page(form, 422)
    sessions.adopt_secret(done.result.token)
    return _codes_page(done.result.codes, is_first=True)


@blueprint.get("/settings/security/authenticator/confirm")
@open_without_second_factor
def lead_to_setup() -> Response:
    """Lead those back who reload the answer to the first code, or choose another language there."""
    return redirect_to(url_for("security.show_setup"))


@blueprint.get("/settings/security/codes")
def lead_to_index() -> Response:
    """Lead those back who reload codes that are shown once."""
    return redirect_to(url_for("security.index"))


@blueprint.get("/settings/security/authenticator/disable")
@needs_sudo
def show_disable() -> Response:
    """Ask for a code before the second factor is switched off."""
    return _disable_page(CodeForm())


@blueprint.post("/settings/security/authenticator/disable")
@needs_sudo
@limiter.limit(limits.SECOND_FACTOR_PER_PERSON, key_func=limits.person_key)
def disable() -> Response:
    """Switch the second factor off."""
    form, opened = CodeForm(), _opened()
    done = fulfil(form, lambda: second_factor.disable(current_user.id, opened.id, form.code.data, current_actor()))
    if done is None:
        return _disable_page(form, 422)
    sessions.adopt_secret(done.result)
    flash(_("Your second factor is off, and every other browser is signed out."), "success")
    return redirect_to(url_for("security.index"))


@blueprint.post("/settings/security/codes")
@needs_sudo
def renew_codes() -> Response:
    """Make new recovery codes and show them, this once: nothing that is kept could show them later."""
    return _codes_page(second_factor.renew_codes(current_user.id, current_actor()), is_first=False)


@blueprint.post("/settings/security/codes.txt")
@needs_sudo
def download_codes() -> Response:
    """Give the codes that were just shown back as a file."""
    codes = request.form.getlist("code")[: recovery_codes.COUNT]
    second_factor.check_own_codes(current_user.id, codes, current_actor())
    head = _("Recovery codes of TikTok Analytics for %(email)s. Each works once.", email=current_user.email)
    response = make_response("\n".join([head, "", *codes, ""]))
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


@blueprint.post("/settings/security/email-code")
@needs_sudo
def choose_email_code() -> Response:
    """Let a code by e-mail stand in for the app, or no longer."""
    is_allowed = request.form.get("is_allowed") == "1"
    second_factor.allow_email_code(current_user.id, current_actor(), is_allowed=is_allowed)
    text = _("A code by e-mail may stand in for your app.") if is_allowed else _("Codes by e-mail are off.")
    flash(text, "success")
    return redirect_to(url_for("security.index"))


@blueprint.post("/settings/sessions/<public_id>/end")
@open_without_second_factor
def end_session(public_id: str) -> Response:
    """Sign another browser out."""
    login_sessions.end_session(current_user.id, public_id, current_actor())
    flash(_("That browser is signed out."), "success")
    return redirect_to(url_for("security.index"))


@blueprint.post("/settings/sessions/end")
@open_without_second_factor
def end_sessions() -> Response:
    """Sign every other browser out, or this one too."""
    ends_all = request.form.get("reach") == "all"
    login_sessions.end_other_sessions(current_user.id, None if ends_all else _opened().id, current_actor())
    if not ends_all:
        flash(_("Every other browser is signed out."), "success")
        return redirect_to(url_for("security.index"))
    sessions.forget()
    logout_user()
    response = redirect_to(url_for("auth.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/settings/devices/<public_id>/forget")
@open_without_second_factor
def forget_device(public_id: str) -> Response:
    """Forget a browser: it counts as new at its next log-in."""
    devices.forget_device(current_user.id, public_id, current_actor())
    flash(_("That device is forgotten. A second factor is asked for there again."), "success")
    return redirect_to(url_for("security.index"))


def _opened() -> OpenSession:
    opened = sessions.current().opened
    if opened is None:
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    return opened


def _setup_page(form: CodeForm, status: int = 200) -> Response:
    setup = second_factor.find_pending(current_user.id)
    if setup is None:
        return redirect_to(url_for("security.index"))
    return make_response(
        render_template(
            "security/setup.html",
            form=form,
            qr=qr_path(setup.uri),
            uri=setup.uri,
            secret=totp.in_groups(setup.secret),
        ),
        status,
    )


def _disable_page(form: CodeForm, status: int = 200) -> Response:
    return make_response(render_template("security/disable.html", form=form), status)


def _codes_page(codes: list[str], *, is_first: bool) -> Response:
    return make_response(render_template("security/codes.html", codes=codes, is_first=is_first))
