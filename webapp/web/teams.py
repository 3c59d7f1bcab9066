"""The teams of a person: going over to one, making one, its settings, its end."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.domain.errors import BadRequest, ErrorCode, Invalid
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.text import N_
from webapp.services import logos, teams
from webapp.services.covers import MAX_BYTES, MAX_MB
from webapp.services.teams import AUDIT_DAYS, HUES, MAX_NAME, TeamSettings
from webapp.web import sessions
from webapp.web.auth import current_actor, open_without_second_factor, team_scope
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.logo_images import logo_address
from webapp.web.messages import message
from webapp.web.post_page.views import sent_image
from webapp.web.redirects import safe_target
from webapp.web.sudo import needs_sudo
from webapp.web.team_tabs import ROLE_NAMES, team_tabs

blueprint = Blueprint("teams", __name__)

_HUE_NAMES: dict[int, str] = {
    270: N_("indigo"),
    235: N_("blue"),
    185: N_("teal"),
    150: N_("green"),
    90: N_("ochre"),
    50: N_("orange"),
    350: N_("pink"),
    300: N_("violet"),
}


def audit_choices() -> list[SelectChoice]:
    """Return how long the record of actions may be kept."""
    return [
        SelectChoice(days, ngettext("for %(num)s day", "for %(num)s days", days) if days else _("for good"))
        for days in AUDIT_DAYS
    ]


class TeamForm(FlaskForm):
    """A new team."""

    name = StringField(
        _l("Name of the team"),
        [InputRequired(_l("Give the team a name."))],
        render_kw={"maxlength": MAX_NAME, "autocomplete": "off"},
    )


class SettingsForm(TeamForm):
    """What the admins decide for the team."""

    hue = RadioField(
        _l("Colour"), choices=[SelectChoice(hue, _l(_HUE_NAMES[hue])) for hue in HUES], coerce=int, default=HUES[0]
    )
    requires_second_factor = BooleanField(_l("Everybody needs a second factor"))
    audit_days = SelectField(_l("Keep the record of actions"), choices=audit_choices, coerce=int)


class DeleteForm(FlaskForm):
    """The team's name, typed by the person who deletes it."""

    typed_name = StringField(
        _l("Name of the team"),
        [InputRequired(_l("Type the name of the team."))],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@blueprint.get("/teams")
@open_without_second_factor
def index() -> Response:
    """List the person's teams, and those that will be deleted."""
    return _index_page(TeamForm())


@blueprint.post("/teams")
@open_without_second_factor
def create() -> Response:
    """Make a team and go over to it."""
    form = TeamForm()
    if fulfil(form, lambda: teams.create_team(current_user.id, form.name.data, _session_id(), current_actor())) is None:
        return _index_page(form, 422)
    flash(_("The team is there, and you are in it. Invite the people you work with."), "success")
    return redirect_to(url_for("team.index"))


@blueprint.post("/teams/select")
@open_without_second_factor
def select() -> Response:
    """Go over to another team, at its dashboard or where the person was on their way to."""
    named = request.form.getlist("team")
    if len(named) != 1 or not named[0].isalnum():
        raise BadRequest(ErrorCode.BAD_REQUEST)
    teams.select_team(current_user.id, named[0], _session_id(), current_actor())
    return redirect_to(safe_target(request.form.get("next"), url_for("dashboard.show")))


@blueprint.post("/teams/<public_id>/restore")
@open_without_second_factor
def restore(public_id: str) -> Response:
    """Take the deletion of a team back."""
    teams.stop_deletion(current_user.id, public_id, current_actor())
    flash(_("The team is back, with everything in it."), "success")
    return redirect_to(url_for("teams.index"))


@blueprint.get("/team/settings")
def show_settings() -> Response:
    """Show what the admins have decided for the team."""
    return _settings_page(_current_settings(team_scope(Permission.TEAM_WRITE)))


@blueprint.post("/team/settings")
@needs_sudo
def change() -> Response:
    """Change the settings of the team."""
    team, form = team_scope(Permission.TEAM_WRITE), SettingsForm()
    wanted = TeamSettings(form.name.data, form.hue.data, form.requires_second_factor.data, form.audit_days.data)
    if fulfil(form, lambda: teams.change_settings(team, current_actor(), wanted)) is None:
        return _settings_page(form, 422)
    flash(_("The settings of the team were changed."), "success")
    return redirect_to(url_for("teams.show_settings"))


@blueprint.post("/team/logo")
def set_logo() -> Response:
    """Take an image as the logo of the team."""
    team = team_scope(Permission.TEAM_WRITE)
    files = [file for file in request.files.getlist("logo") if file.filename]
    try:
        if not files:
            raise Invalid(ErrorCode.COVER_MISSING, field="logo")
        logos.set_logo(team, current_actor(), sent_image(files[0]))
    except Invalid as error:
        return _settings_page(_current_settings(team), 422, logo_error=message(error))
    flash(_("The logo was saved."), "success")
    return redirect_to(url_for("teams.show_settings"))


@blueprint.post("/team/logo/delete")
def remove_logo() -> Response:
    """Take the logo away."""
    if logos.remove_logo(team_scope(Permission.TEAM_WRITE), current_actor()):
        flash(_("The logo was removed."), "success")
    return redirect_to(url_for("teams.show_settings"))


@blueprint.get("/team/delete")
@needs_sudo
def show_delete() -> Response:
    """Ask for the name of the team before it is deleted."""
    return _delete_page(DeleteForm())


@blueprint.post("/team/delete")
@needs_sudo
def delete() -> Response:
    """Close the team whose name was typed, and delete it after seven days."""
    team, form = team_scope(Permission.TEAM_WRITE), DeleteForm()
    if fulfil(form, lambda: teams.ask_deletion(team, form.typed_name.data, current_actor())) is None:
        return _delete_page(form, 422)
    flash(_("The team is closed. It is deleted in 7 days; until then an admin can take this back here."), "success")
    return redirect_to(url_for("teams.index"))


def _session_id() -> int | None:
    opened = sessions.current().opened
    return opened.id if opened is not None else None


def _index_page(form: TeamForm, status: int = 200) -> Response:
    team = team_scope(Permission.ACCOUNT_READ)
    rows = teams.list_teams(current_user.id)
    return make_response(
        render_template(
            "team/list.html",
            teams=[row for row in rows if row.deletes_at is None],
            ending=[row for row in rows if row.deletes_at is not None],
            current_id=team.team_id,
            form=form,
            role_names=ROLE_NAMES,
        ),
        status,
    )


def _current_settings(team: TeamScope) -> SettingsForm:
    current = teams.get_settings(team)
    return SettingsForm(
        formdata=None,
        name=current.name,
        hue=current.hue,
        requires_second_factor=current.requires_second_factor,
        audit_days=current.audit_days,
    )


def _settings_page(form: SettingsForm, status: int = 200, *, logo_error: str = "") -> Response:
    team = team_scope(Permission.TEAM_WRITE)
    page = render_template(
        "team/settings.html",
        tabs=team_tabs(team, "teams.show_settings"),
        form=form,
        team_logo=logo_address(logos.find_logo(team)),
        logo_error=logo_error,
        max_bytes=MAX_BYTES,
        max_mb=MAX_MB,
    )
    return make_response(page, status)


def _delete_page(form: DeleteForm, status: int = 200) -> Response:
    team = team_scope(Permission.TEAM_WRITE)
    name = teams.get_settings(team).name
    return make_response(render_template("team/delete.html", name=name, form=form), status)
