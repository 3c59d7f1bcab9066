"""The members of a team: who they are, whom to invite, who may do what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from webapp.analytics.accounts import AccountRow, list_accounts
from webapp.domain.scope import PERMISSION_ROLES, Permission, Role
from webapp.extensions import settings
from webapp.services import invitations, members
from webapp.services.members import MemberRow, Place
from webapp.web import limits
from webapp.web.auth import current_actor, open_without_second_factor, team_scope
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.i18n import locale
from webapp.web.sudo import needs_sudo
from webapp.web.team_tabs import PERMISSION_TEXTS, ROLE_LEADS, ROLE_NAMES, role_choices, team_tabs
from webapp.web.verified import needs_verified

blueprint = Blueprint("team", __name__)

# Beside a role, what a form may say of an account: nothing of its own, or not to be seen at all.
_AS_IN_TEAM, _NOTHING = "team", "none"
_ACCOUNT = "account_"


class PlaceForm(FlaskForm):
    """What a member may do in the team; the fields of its accounts are added to it."""

    role = SelectField(_l("Role in the team"), choices=role_choices)
    hides_names = BooleanField(_l("Numbers without names"))
    other_accounts = SelectField(
        _l("All other accounts, and those added later"),
        choices=[SelectChoice(_AS_IN_TEAM, _l("as in the team")), SelectChoice(_NOTHING, _l("not to be seen"))],
    )


class InviteForm(FlaskForm):
    """Whom to invite, and to what."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter the address of the person to invite."))],
        render_kw={"autocomplete": "off", "maxlength": 320},
    )
    role = SelectField(_l("Role in the team"), choices=role_choices)
    hides_names = BooleanField(_l("Numbers without names"))
    accounts = SelectMultipleField(_l("Only these accounts"), choices=[])


@blueprint.get("/team")
@open_without_second_factor
def index() -> Response:
    """Show who is in the team, and whom it waits for."""
    return _index_page(_invite_form(is_empty=True))


@blueprint.get("/team/roles")
def roles() -> Response:
    """Say in words who may do what."""
    team = team_scope(Permission.MEMBER_READ)
    rows = [
        (text, [role.includes(PERMISSION_ROLES[permission]) for role in Role])
        for permission, text in PERMISSION_TEXTS.items()
    ]
    return make_response(
        render_template(
            "team/roles.html",
            tabs=team_tabs(team, "team.roles"),
            rows=rows,
            roles=list(Role),
            own_role=team.role,
            role_names=ROLE_NAMES,
            role_leads=ROLE_LEADS,
        )
    )


@blueprint.post("/team/invitations")
@needs_sudo
@needs_verified
@limits.mails_counted
def invite() -> Response:
    """Mail somebody the offer of a place."""
    team, form = team_scope(Permission.MEMBER_WRITE), _invite_form()

    def invite_person() -> str:
        place, accounts = Place(Role(form.role.data), form.hides_names.data), tuple(form.accounts.data or ())
        return invitations.invite(team, form.email.data, place, current_actor(), account_ids=accounts, locale=locale())

    done = fulfil(form, invite_person)
    if done is None:
        return _index_page(form, 422)
    if settings().mail_server is None:
        # No redirect, because nothing that is kept could show the link later.
        return _index_page(_invite_form(is_empty=True), new_link=done.result, new_email=form.email.data)
    flash(_("The invitation is on its way. Its link is valid for 7 days and works once."), "success")
    return redirect_to(url_for("team.index"))


@blueprint.post("/team/invitations/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    """Withdraw an invitation."""
    invitations.revoke_invitation(team_scope(Permission.MEMBER_WRITE), public_id, current_actor())
    flash(_("The invitation was withdrawn. Its link opens nothing any more."), "success")
    return redirect_to(url_for("team.index"))


@blueprint.get("/team/members/<public_id>")
def show(public_id: str) -> Response:
    """Show what a member may do."""
    member = members.get_member(team_scope(Permission.MEMBER_WRITE), public_id)
    return _member_page(member, _place_form(member))


@blueprint.post("/team/members/<public_id>")
@needs_sudo
def change(public_id: str) -> Response:
    """Change what a member may do."""
    team = team_scope(Permission.MEMBER_WRITE)
    member = members.get_member(team, public_id)
    form = _place_form()
    if not form.validate_on_submit():
        return _member_page(member, form, 422)
    members.change_member(team, public_id, current_actor(), _place_of(form))
    flash(_("What this member may do was changed. It holds from now on."), "success")
    return redirect_to(url_for("team.index"))


@blueprint.post("/team/members/<public_id>/remove")
@needs_sudo
def remove(public_id: str) -> Response:
    """Take a member out of the team."""
    members.remove_member(team_scope(Permission.MEMBER_WRITE), public_id, current_actor())
    flash(_("The member was removed. Their API keys of this team and what they had begun ended with it."), "success")
    return redirect_to(url_for("team.index"))


@blueprint.post("/team/leave")
@open_without_second_factor
def leave() -> Response:
    """Leave the team."""
    members.leave_team(team_scope(Permission.MEMBER_READ), current_actor())
    flash(_("You have left the team."), "success")
    return redirect_to(url_for("teams.index"))


def _index_page(form: InviteForm, status: int = 200, *, new_link: str = "", new_email: str = "") -> Response:
    team = team_scope(Permission.MEMBER_READ)
    may_write = team.allows(Permission.MEMBER_WRITE)
    return make_response(
        render_template(
            "team/index.html",
            tabs=team_tabs(team, "team.index"),
            members=members.list_members(team),
            own_id=current_user.public_id,
            invitations=invitations.list_invitations(team) if may_write else [],
            form=form,
            new_link=new_link,
            new_email=new_email,
            may_write=may_write,
            role_names=ROLE_NAMES,
        ),
        status,
    )


def _member_page(member: MemberRow, form: PlaceForm, status: int = 200) -> Response:
    team = team_scope(Permission.MEMBER_WRITE)
    return make_response(
        render_template(
            "team/member.html",
            tabs=team_tabs(team, ""),
            member=member,
            form=form,
            account_fields=[field for field in form if field.name.startswith(_ACCOUNT)],
            is_own=member.user_id == team.user_id,
            role_names=ROLE_NAMES,
        ),
        status,
    )


def _invite_form(*, is_empty: bool = False) -> InviteForm:
    form = InviteForm(formdata=None) if is_empty else InviteForm()
    accounts = list_accounts(team_scope(Permission.MEMBER_READ))
    form.accounts.choices = [SelectChoice(account.public_id, f"@{account.handle}") for account in accounts]
    return form


def _place_form(member: MemberRow | None = None) -> PlaceForm:
    """Return the form of a place, with a field for each account; that of a member is filled."""
    rows = list_accounts(team_scope(Permission.MEMBER_WRITE))
    fields: dict[str, Any] = {f"{_ACCOUNT}{row.public_id}": _account_field(row) for row in rows}
    form_class: type[PlaceForm] = type("MemberForm", (PlaceForm,), fields)
    if member is None:
        return form_class()
    place = member.place
    named = {
        f"{_ACCOUNT}{public_id}": role.value if role is not None else _NOTHING
        for public_id, role in (place.accounts or {}).items()
    }
    return form_class(
        formdata=None,
        role=place.role.value,
        hides_names=place.hides_names,
        other_accounts=_AS_IN_TEAM if place.sees_all_accounts else _NOTHING,
        **named,
    )


def _account_field(row: AccountRow) -> SelectField:
    choices = [
        SelectChoice(_AS_IN_TEAM, _l("as all other accounts")),
        SelectChoice(Role.VIEWER.value, _l("Viewer")),
        SelectChoice(Role.EDITOR.value, _l("Editor")),
        SelectChoice(_NOTHING, _l("not to be seen")),
    ]
    return SelectField(f"@{row.handle}", choices=choices, default=_AS_IN_TEAM)


def _place_of(form: PlaceForm) -> Place:
    chosen = {
        field.name.removeprefix(_ACCOUNT): None if field.data == _NOTHING else Role(field.data)
        for field in form
        if field.name.startswith(_ACCOUNT) and field.data != _AS_IN_TEAM
    }
    return Place(Role(form.role.data), form.hides_names.data, form.other_accounts.data == _AS_IN_TEAM, chosen)
