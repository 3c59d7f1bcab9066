"""The page behind the link of an invitation."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from webapp.domain.errors import ErrorCode, Forbidden
from webapp.extensions import limiter
from webapp.services import invitations
from webapp.services.invitations import Offer
from webapp.services.passwords import MAX_LENGTH, MIN_LENGTH
from webapp.services.users import normalise_email
from webapp.web import limits, sessions, sign_in
from webapp.web.auth import current_actor, open_without_second_factor, public, shows_csrf_failure
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to
from webapp.web.i18n import locale
from webapp.web.secret_addresses import secret_address
from webapp.web.team_tabs import ROLE_LEADS, ROLE_NAMES

blueprint = Blueprint("invitations", __name__)


class JoinForm(FlaskForm):
    """The password of somebody who is new here; the address is that of the invitation."""

    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password."))],
        render_kw={"autocomplete": "new-password", "minlength": MIN_LENGTH, "maxlength": MAX_LENGTH},
    )


@blueprint.get("/invitations/<token>")
@public
@secret_address
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def show(token: str) -> Response:
    """Show what the link offers to whom."""
    return _page(token, _offer(token), JoinForm(formdata=None))


@blueprint.post("/invitations/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.REGISTER_PER_NETWORK, key_func=limits.network_key)
def sign_up(token: str) -> Response:
    """Sign the invited person up, whose address the mail has proved, and let them in."""
    offer, form = _offer(token), JoinForm()
    if current_user.is_authenticated or offer.is_known:
        raise Forbidden(ErrorCode.INVITATION_OTHER_PERSON)
    done = fulfil(form, lambda: invitations.accept_anew(token, form.password.data, current_actor(), locale=locale()))
    if done is None:
        return _page(token, offer, form, refused(form))
    return sign_in.proceed(done.result)


@blueprint.post("/invitations/<token>/join")
@secret_address
@open_without_second_factor
@limiter.limit(limits.LINK_PER_NETWORK, key_func=limits.network_key)
def join(token: str) -> Response:
    """Take the offered place as the person who is signed in."""
    opened = sessions.current().opened
    team_name = _offer(token).team_name
    session_id = opened.id if opened is not None else None
    invitations.accept(token, current_user.id, current_actor(), session_id=session_id)
    flash(_("Welcome to the team %(team)s.", team=team_name), "success")
    return redirect_to(url_for("dashboard.show"))


def _offer(token: str) -> Offer:
    """Return the offer; raise ``Forbidden`` for somebody else who is signed in (SECURITY 18)."""
    offer = invitations.find_offer(token)
    if current_user.is_authenticated and normalise_email(current_user.email).key != normalise_email(offer.email).key:
        raise Forbidden(ErrorCode.INVITATION_OTHER_PERSON)
    return offer


def _page(token: str, offer: Offer, form: JoinForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "invitations/show.html",
            offer=offer,
            form=form,
            token=token,
            is_signed_in=current_user.is_authenticated,
            role_name=ROLE_NAMES[offer.role],
            role_lead=ROLE_LEADS[offer.role],
            min_length=MIN_LENGTH,
        ),
        status,
    )
