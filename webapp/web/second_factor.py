"""The second step of a log-in: a code of the app, a recovery code, or a code by e-mail."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from webapp.extensions import limiter
from webapp.services import email_codes, second_factor, sign_in
from webapp.services.sign_in import Factor, Wishes
from webapp.web import limits
from webapp.web.auth import public
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.sign_in import Stage, actor_of, end_stage, enter, find_stage, next_target, second_factor_href

blueprint = Blueprint("second_factor", __name__)


class CodeForm(FlaskForm):
    """A code, and whether this browser is to be trusted from now on."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code."))],
        render_kw={"autocomplete": "one-time-code", "maxlength": 60, "spellcheck": "false", "autofocus": True},
    )
    trusts = BooleanField(_l("Do not ask for a code on this device for 30 days"))


def stage_key() -> str:
    """Return whose second factor is tried; a browser the person is known in counts apart from all others."""
    stage = find_stage()
    if stage is None:
        return limits.network_key()
    return f"{stage.person.public_id} {limits.device_key_of(stage.person.user_id) or ''}"


@blueprint.get("/login/second-factor")
@public
def show() -> Response:
    """Show the form for the code."""
    stage = find_stage()
    if stage is None:
        return _lead_back()
    return _page(CodeForm(), stage, _factor(stage))


@blueprint.post("/login/second-factor")
@public
@limiter.limit(limits.SECOND_FACTOR_PER_PERSON, key_func=stage_key)
def check() -> Response:
    """Check the code and sign the person in."""
    stage = find_stage()
    if stage is None:
        return _lead_back()
    form, factor, user_id = CodeForm(), _factor(stage), stage.person.user_id
    if fulfil(form, lambda: sign_in.check_second_factor(user_id, factor, form.code.data, actor_of(user_id))) is None:
        return _page(form, stage, factor, 422)
    response = enter(user_id, Wishes(stage.is_remembered, form.trusts.data))
    if factor is Factor.RECOVERY_CODE:
        _say_how_many_are_left(user_id)
    return response


@blueprint.post("/login/second-factor/email")
@public
def send_email() -> Response:
    """Mail a code to the person, where they allow it."""
    stage = find_stage()
    if stage is None:
        return _lead_back()
    email_codes.send(stage.person.user_id, actor_of(stage.person.user_id))
    flash(_("A code is on its way to your e-mail address. It is valid for 10 minutes."), "success")
    return redirect_to(second_factor_href(by=Factor.EMAIL_CODE.value))


@blueprint.post("/login/second-factor/cancel")
@public
def cancel() -> Response:
    """Forget the half log-in."""
    if not current_user.is_authenticated:
        end_stage()
    return redirect_to(url_for("auth.login"))


def _factor(stage: Stage) -> Factor:
    """Return what the form asks for: the app's code unless the address says something else that is open."""
    wanted = request.values.get("by", "")
    if wanted == Factor.EMAIL_CODE.value and not stage.person.allows_email_code:
        return Factor.TOTP
    return Factor(wanted) if wanted in set(Factor) else Factor.TOTP


def _lead_back() -> Response:
    """Lead those to the log-in whose first step is over or was never made."""
    if not current_user.is_authenticated:
        flash(_("Begin again: the first step of signing in is valid for five minutes."), "info")
    return redirect_to(url_for("auth.login"))


def _say_how_many_are_left(user_id: int) -> None:
    left = second_factor.state_of(user_id).codes_left
    text = ngettext(
        "That recovery code is used up. %(num)s is left; make new ones in your security settings.",
        "That recovery code is used up. %(num)s are left; make new ones in your security settings.",
        left,
    )
    flash(text, "warning")


def _page(form: CodeForm, stage: Stage, factor: Factor, status: int = 200) -> Response:
    others = [other for other in Factor if other is not factor]
    return make_response(
        render_template(
            "auth/second_factor.html",
            form=form,
            factor=factor.value,
            others={
                other.value: second_factor_href(by=other.value) for other in others if other is not Factor.EMAIL_CODE
            },
            sends_email=stage.person.allows_email_code,
            next=next_target(),
        ),
        status,
    )
