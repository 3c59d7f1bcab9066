"""Give an account to another team."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.analytics.accounts import AccountRow, get_account
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.names import name_key
from webapp.domain.scope import Permission, Role
from webapp.services import account_transfer, teams
from webapp.web.auth import current_actor, team_scope
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("account_transfer", __name__)


class TransferForm(FlaskForm):
    """The team that gets the account, and the account's name to confirm."""

    team = SelectField(_l("New team"), choices=[])
    typed_name = StringField(
        _l("Name of the account"),
        [InputRequired(_l("Type the name of the account."))],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


@blueprint.get("/accounts/<public_id>/transfer")
@needs_sudo
def show(public_id: str) -> Response:
    """Ask which team gets the account."""
    return _page(_account(public_id), _form())


@blueprint.post("/accounts/<public_id>/transfer")
@needs_sudo
def transfer(public_id: str) -> Response:
    """Give the account away."""
    team, account, form = team_scope(Permission.ACCOUNT_WRITE), _account(public_id), _form()

    def give_away() -> None:
        if name_key(form.typed_name.data.strip()) != name_key(account.handle):
            raise Invalid(ErrorCode.ACCOUNT_NAME_DIFFERS, field="typed_name", handle=account.handle)
        account_transfer.transfer_account(team, public_id, form.team.data, current_actor())

    if fulfil(form, give_away) is None:
        return _page(account, form, 422)
    flash(_("@%(handle)s belongs to the other team now.", handle=account.handle), "success")
    return redirect_to(url_for("accounts.index"))


def _account(public_id: str) -> AccountRow:
    return get_account(team_scope(Permission.ACCOUNT_WRITE), public_id)


def _form() -> TransferForm:
    form, here = TransferForm(), team_scope(Permission.ACCOUNT_WRITE).team_id
    rows = (row for row in teams.list_teams(current_user.id) if row.deletes_at is None)
    form.team.choices = [
        SelectChoice(row.public_id, row.name) for row in rows if row.role is Role.ADMIN and row.id != here
    ]
    return form


def _page(account: AccountRow, form: TransferForm, status: int = 200) -> Response:
    return make_response(render_template("accounts/transfer.html", account=account, form=form), status)
