"""A person's e-mail address: confirming it, moving to another one, taking a move back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from webapp.extensions import limiter
from webapp.services import own_address, verification
from webapp.services.passwords import MAX_LENGTH
from webapp.web import limits, sessions, sign_in
from webapp.web.auth import current_actor, open_without_second_factor, public, shows_csrf_failure
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to
from webapp.web.secret_addresses import secret_address
from webapp.web.settings_tabs import settings_tabs
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("address", __name__)


class ConfirmForm(FlaskForm):
    """Nothing but the wish."""


class FinishForm(FlaskForm):
    """The password that was chosen when signing up."""

    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH},
    )


class AddressForm(FlaskForm):
    """The address to move to."""

    email = EmailField(
        _l("New e-mail address"),
        [InputRequired(_l("Enter the new e-mail address."))],
        render_kw={"autocomplete": "email"},
    )


@blueprint.get("/email/verify/<token>")
@public
@secret_address
def show_verify(token: str) -> Response:
    """Show what a mailed link would confirm; looking at it does not use the link up."""
    return _verify_page(token)


@blueprint.post("/email/verify/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.LOGIN_PER_NETWORK, key_func=limits.network_key)
@limiter.limit(limits.LOGIN_PER_ACCOUNT, key_func=limits.link_key)
def verify(token: str) -> Response:
    """Confirm the address; who has just signed up is in then."""
    asks_password = verification.find_verification(token).asks_password
    form = FinishForm() if asks_password else ConfirmForm()
    password = form.password.data if isinstance(form, FinishForm) else None
    done = fulfil(form, lambda: verification.verify_address(token, current_actor(), password))
    if done is None:
        return _verify_page(token, form, refused(form))
    flash(_("Your e-mail address is confirmed."), "success")
    return sign_in.proceed(done.result) if asks_password else redirect_to("/")


@blueprint.post("/settings/email/verify")
@open_without_second_factor
@open_without_second_factor
@limiter.shared_limit(limits.MAIL_PER_ADDRESS, scope="mail-address", key_func=limits.own_address_key)
def ask_verification() -> Response:
    """Have the link sent once more."""
    verification.ask_verification(current_user.id, current_actor())
    flash(_("The link is on its way to %(address)s. Look into your mailbox.", address=current_user.email), "success")
    return redirect_to(url_for("security.index"))


@blueprint.get("/settings/email")
@open_without_second_factor
@needs_sudo
def show_change() -> Response:
    """Show the form for another address."""
    return _change_page(AddressForm())


@blueprint.post("/settings/email")
@open_without_second_factor
@needs_sudo
@limiter.limit(limits.ADDRESS_PER_PERSON, key_func=limits.person_key)
@limits.mails_counted
def ask_change() -> Response:
    """Have a link sent to the new address; what is answered does not tell whether somebody has it."""
    form = AddressForm()
    if fulfil(form, lambda: own_address.ask_change(current_user.id, form.email.data, current_actor())) is None:
        return _change_page(form, 422)
    flash(_("Open the link in the mail that we have sent to the new address. Until then nothing changes."), "success")
    return redirect_to(url_for("security.index"))


@blueprint.get("/email/change/<token>")
@public
@secret_address
def show_confirm(token: str) -> Response:
    """Show which address a mailed link would set; looking at it does not use the link up."""
    return _confirm_page(token, ConfirmForm())


@blueprint.post("/email/change/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def confirm(token: str) -> Response:
    """Move to the new address."""
    form, opened = ConfirmForm(), sessions.current().opened
    if not form.validate_on_submit():
        return _confirm_page(token, form, refused(form))
    stays = own_address.confirm_change(token, current_actor(), session_id=opened.id if opened else None)
    if stays:
        sessions.rotate()
    flash(_("Your account has its new e-mail address. Sign in with it from now on."), "success")
    return redirect_to(url_for("security.index" if opened is not None else "auth.login"))


@blueprint.get("/email/revert/<token>")
@public
@secret_address
def show_revert(token: str) -> Response:
    """Show which address a mailed link would restore; looking at it does not use the link up."""
    return _revert_page(token, ConfirmForm())


@blueprint.post("/email/revert/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def revert(token: str) -> Response:
    """Take a change of address back and sign every browser out."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _revert_page(token, form, refused(form))
    sessions.forget_person(own_address.revert_change(token, current_actor()))
    told = _("Your address is back, and every browser is signed out. We have sent you a link to a new password.")
    flash(told, "success")
    return redirect_to(url_for("password.sent"))


def _verify_page(token: str, form: FlaskForm | None = None, status: int = 200) -> Response:
    found = verification.find_verification(token)
    form = form or (FinishForm() if found.asks_password else ConfirmForm())
    return make_response(render_template("address/verify.html", form=form, token=token, found=found), status)


def _change_page(form: AddressForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "address/change.html",
            form=form,
            tabs=settings_tabs("security.index"),
            address=own_address.get_address(current_user.id),
            is_verified=verification.is_verified(current_user.id),
            revert_days=own_address.REVERT_DAYS,
        ),
        status,
    )


def _confirm_page(token: str, form: ConfirmForm, status: int = 200) -> Response:
    address = own_address.find_change(token)
    return make_response(render_template("address/confirm.html", form=form, token=token, address=address), status)


def _revert_page(token: str, form: ConfirmForm, status: int = 200) -> Response:
    address = own_address.find_revert(token)
    return make_response(render_template("address/revert.html", form=form, token=token, address=address), status)
