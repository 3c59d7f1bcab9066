"""Settings of the person: preferences and API keys."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.domain.scope import Permission
from webapp.services import api_keys
from webapp.services.api_keys import NewKey
from webapp.web.auth import current_actor, open_without_second_factor, team_scope
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.settings_tabs import settings_tabs
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("keys", __name__)


class KeyForm(FlaskForm):
    """A new API key."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Give the key a name, so that you know later what it is for."))],
        render_kw={"maxlength": 100, "autocomplete": "off"},
    )
    reach = RadioField(
        _l("It may"),
        choices=[SelectChoice("read", _l("read")), SelectChoice("write", _l("read, import and change"))],
        default="read",
    )
    days = SelectField(
        _l("Valid for"),
        coerce=int,
        choices=[SelectChoice(30, _l("30 days")), SelectChoice(90, _l("90 days")), SelectChoice(365, _l("one year"))],
        default=90,
    )


@blueprint.get("/settings")
@open_without_second_factor
def index() -> Response:
    """Show the settings of language and appearance."""
    return make_response(render_template("keys/index.html", person=current_user, tabs=settings_tabs("keys.index")))


@blueprint.get("/settings/keys")
def show() -> Response:
    """Show the person's keys."""
    return _page(KeyForm())


@blueprint.post("/settings/keys")
@needs_sudo
def create() -> Response:
    """Make a key and show it, this once: no redirect, because nothing that is kept could show it later."""
    team = team_scope(Permission.KEY_WRITE)
    form = KeyForm()
    done = fulfil(
        form,
        lambda: api_keys.create_key(
            team, form.name.data, current_actor(), can_write=form.reach.data == "write", days=form.days.data
        ),
    )
    if done is None:
        return _page(form, status=422)
    return _page(KeyForm(formdata=None), new_key=done.result)


@blueprint.post("/settings/keys/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    """End a key."""
    api_keys.revoke_key(team_scope(Permission.ACCOUNT_READ), public_id, current_actor())
    flash(_("The key was revoked. It opens nothing any more."), "success")
    return redirect_to(url_for("keys.show"))


def _page(form: KeyForm, *, new_key: NewKey | None = None, status: int = 200) -> Response:
    team = team_scope(Permission.ACCOUNT_READ)
    return make_response(
        render_template(
            "keys/keys.html",
            tabs=settings_tabs("keys.show"),
            form=form,
            new_key=new_key,
            keys=api_keys.list_keys(team),
            may_create=team.allows(Permission.KEY_WRITE),
        ),
        status,
    )
