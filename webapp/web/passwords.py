"""A person's password: a new one for who has forgotten theirs, and another one from the settings."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from webapp.extensions import limiter, settings
from webapp.services import own_password
from webapp.services.passwords import MAX_LENGTH
from webapp.web import limits, sessions
from webapp.web.auth import current_actor, open_without_second_factor, public, shows_csrf_failure
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to
from webapp.web.secret_addresses import secret_address
from webapp.web.settings_tabs import settings_tabs
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("password", __name__)


class ForgotForm(FlaskForm):
    """Whose password is forgotten."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))], render_kw={"autocomplete": "username"}
    )


class NewPasswordForm(FlaskForm):
    """The password to have from now on."""

    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Choose a password."))],
        render_kw={"autocomplete": "new-password", "maxlength": MAX_LENGTH},
    )


@blueprint.get("/password/forgot")
@public
def forgot() -> Response:
    """Ask for the address of somebody who has forgotten their password."""
    return _forgot_page(ForgotForm())


@blueprint.post("/password/forgot")
@public
@shows_csrf_failure
@limiter.limit(limits.RESET_PER_NETWORK, key_func=limits.network_key)
@limiter.limit(limits.RESET_PER_ACCOUNT, key_func=limits.account_key)
@limits.mails_counted
def ask_reset() -> Response:
    """Have a link sent to the address, if somebody has it; what is answered does not tell."""
    form = ForgotForm()
    if fulfil(form, lambda: own_password.ask_reset(form.email.data, current_actor())) is None:
        return _forgot_page(form, refused(form))
    return redirect_to(url_for("password.sent"))


@blueprint.get("/password/forgot/sent")
@public
def sent() -> Response:
    """Say that a mail is on its way if the address is known."""
    return make_response(
        render_template(
            "password/sent.html", minutes=own_password.RESET_MINUTES, sends_no_mail=settings().mail_server is None
        )
    )


@blueprint.get("/password/reset/<token>")
@public
@secret_address
def show_reset(token: str) -> Response:
    """Show the form behind a mailed link; looking at it does not use the link up."""
    return _reset_page(NewPasswordForm(), token)


@blueprint.post("/password/reset/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def reset(token: str) -> Response:
    """Set the new password and lead to the log-in."""
    form = NewPasswordForm()
    done = fulfil(form, lambda: own_password.reset_password(token, form.password.data, current_actor()))
    if done is None:
        return _reset_page(form, token, refused(form))
    sessions.forget_person(done.result)
    flash(_("Your new password counts from now on. Sign in with it."), "success")
    return redirect_to(url_for("auth.login"))


@blueprint.get("/settings/password")
@open_without_second_factor
@needs_sudo
def show_change() -> Response:
    """Show the form for another password."""
    return _change_page(NewPasswordForm())


@blueprint.post("/settings/password")
@open_without_second_factor
@needs_sudo
def change() -> Response:
    """Set another password and sign every other browser out."""
    form, opened = NewPasswordForm(), sessions.current().opened
    kept = opened.id if opened else None
    done = fulfil(
        form,
        lambda: own_password.change_password(
            current_user.id, form.password.data, current_actor(), keep_session_id=kept
        ),
    )
    if done is None:
        return _change_page(form, 422)
    sessions.rotate()
    flash(_("Your password is changed, and every other browser is signed out."), "success")
    return redirect_to(url_for("security.index"))


def _forgot_page(form: ForgotForm, status: int = 200) -> Response:
    return make_response(render_template("password/forgot.html", form=form), status)


def _reset_page(form: NewPasswordForm, token: str, status: int = 200) -> Response:
    least = own_password.least_length_of_reset(token)
    return make_response(render_template("password/reset.html", form=form, token=token, min_length=least), status)


def _change_page(form: NewPasswordForm, status: int = 200) -> Response:
    least = own_password.least_length(current_user.id)
    return make_response(
        render_template("password/change.html", form=form, tabs=settings_tabs("security.index"), min_length=least),
        status,
    )
