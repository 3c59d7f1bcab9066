"""The accounts page, and which account the other pages speak of."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, Response, flash, g, has_request_context, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from webapp.analytics.accounts import AccountRow, get_account, list_accounts, list_former_handles
from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.query import single
from webapp.domain.reminders import REMINDER_DAYS
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import PLATFORM_NAMES, Platform
from webapp.services import access, accounts, reminders
from webapp.services.accounts import MAX_DISPLAY_NAME, MAX_HOLD_PERCENT
from webapp.web import sessions
from webapp.web.auth import current_actor, team_scope
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.redirects import safe_target
from webapp.web.secret_addresses import has_secret_address

blueprint = Blueprint("accounts", __name__)

# Where the session notes which account its person looks at.
_CHOSEN = "account"
# The blueprints whose pages speak of one account.
_ACCOUNT_ROOMS = (
    "account_comparison",
    "dashboard",
    "audience",
    "changes",
    "comparison",
    "covers",
    "analysis",
    "annotations",
    "anomalies",
    "cards",
    "data_exports",
    "digests",
    "experiments",
    "figures",
    "forecasts",
    "goals",
    "hashtags",
    "ideas",
    "insights",
    "notice_rules",
    "people",
    "performance",
    "planner",
    "planner_feeds",
    "post",
    "posts",
    "reports",
    "shares",
    "sounds",
    "studio",
    "timing",
    "trends",
)


def timezone_choices() -> list[SelectChoice]:
    """Return every time zone that names a place, UTC first."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [SelectChoice(name, name.replace("_", " ")) for name in ("UTC", *names)]


class AccountForm(FlaskForm):
    """A new account."""

    platform = SelectField(
        _l("Platform"), choices=[SelectChoice(key.value, name) for key, name in PLATFORM_NAMES.items()]
    )
    handle = StringField(
        _l("Name on the platform"),
        [InputRequired(_l("Enter the name of the account, such as @ada.lovelace."))],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )
    timezone = SelectField(_l("Time zone"), choices=timezone_choices, default="UTC")


def reminder_choices() -> list[SelectChoice]:
    """Return how old the data may grow before the app reminds."""
    return [
        SelectChoice(days, ngettext("after %(num)s day", "after %(num)s days", days) if days else _("never"))
        for days in REMINDER_DAYS
    ]


class DetailsForm(FlaskForm):
    """What can be changed of an account."""

    display_name = StringField(_l("Display name"), render_kw={"maxlength": MAX_DISPLAY_NAME})
    timezone = SelectField(_l("Time zone"), choices=timezone_choices)
    hold_percent = IntegerField(
        _l("Ask me when more than this share of a list is absent, in per cent"),
        [
            InputRequired(_l("Enter a whole number from 1 to 100.")),
            NumberRange(1, MAX_HOLD_PERCENT, _l("Enter a whole number from 1 to 100.")),
        ],
        render_kw={"min": 1, "max": MAX_HOLD_PERCENT, "inputmode": "numeric"},
    )
    reminder_days = SelectField(_l("Remind me of a new export"), choices=reminder_choices, coerce=int)


class DeleteForm(FlaskForm):
    """The account's name, typed by the person who deletes it."""

    typed_name = StringField(
        _l("Name of the account"),
        [InputRequired(_l("Type the name of the account."))],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


def current_scope(permission: Permission = Permission.ACCOUNT_READ) -> Scope | None:
    """Return the scope of the account this request speaks of: the named one, the chosen one or the default one.

    An address that names an account of others was refused before; the page that says so shows the person's own.
    """
    team = team_scope(permission)
    if "account_scope" not in g:
        wanted = (request.args.get("account"), sessions.current().get(_CHOSEN))
        scopes = (access.find_account_scope(team, name) for name in wanted if isinstance(name, str) and name.isalnum())
        g.account_scope = next((found for found in scopes if found), None) or access.find_account_scope(team)
    scope: Scope | None = g.account_scope
    if scope is not None and not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return scope


@blueprint.before_app_request
def refuse_foreign_account() -> None:
    """Raise ``NotFound`` for an address that names an account which is not the team's, whatever the page.

    Mails, messages and bookmarks lead to accounts of any team of the person: of those the error names the team.
    """
    if has_secret_address():  # of nobody's account
        return
    named = single(request.args, "account")
    if named and current_user.is_authenticated:
        try:
            access.get_account_scope(team_scope(Permission.ACCOUNT_READ), named)
        except NotFound:
            team = access.find_team_of(current_user.id, named)
            if team is None:
                raise
            raise NotFound(ErrorCode.OTHER_TEAM, team=team.name, team_id=team.public_id) from None


@blueprint.app_url_defaults
def keep_account(endpoint: str, values: dict[str, Any]) -> None:
    """Keep the account that the address names on every way from here to another of its pages, parts and files."""
    named = request.args.get("account") if has_request_context() else None
    if named and endpoint.partition(".")[0] in _ACCOUNT_ROOMS:
        values.setdefault("account", named)


@blueprint.get("/accounts")
def index() -> Response:
    """List the accounts of the team."""
    return _index_page(AccountForm())


@blueprint.post("/accounts")
def create() -> Response:
    """Add an account."""
    team = team_scope(Permission.ACCOUNT_WRITE)
    form = AccountForm()
    done = fulfil(
        form,
        lambda: accounts.create_account(
            team, Platform(form.platform.data), form.handle.data, form.timezone.data, current_actor()
        ),
    )
    if done is None:
        return _index_page(form, 422)
    sessions.current()[_CHOSEN] = done.result
    flash(_("The account was added. Import an export to fill it."), "success")
    return redirect_to(url_for("accounts.index"))


@blueprint.get("/accounts/<public_id>")
def show(public_id: str) -> Response:
    """Show what can be changed of an account."""
    account = _account(public_id)
    return _account_page(account, _details_of(account), DeleteForm(formdata=None))


@blueprint.post("/accounts/<public_id>")
def change(public_id: str) -> Response:
    """Change the display name, the time zone, and when to ask and to remind."""
    team, account = team_scope(Permission.ACCOUNT_WRITE), _account(public_id)
    form = DetailsForm()

    def change_both() -> None:
        accounts.change_account(
            team,
            public_id,
            current_actor(),
            timezone=form.timezone.data,
            display_name=form.display_name.data,
            hold_percent=form.hold_percent.data,
        )
        reminders.set_reminder_days(team, public_id, current_actor(), form.reminder_days.data)

    if fulfil(form, change_both) is None:
        return _account_page(account, form, DeleteForm(formdata=None), 422)
    flash(_("The account was changed."), "success")
    return redirect_to(url_for("accounts.index"))


@blueprint.post("/accounts/<public_id>/default")
def make_default(public_id: str) -> Response:
    """Make the account the one that opens first."""
    accounts.set_default_account(team_scope(Permission.ACCOUNT_WRITE), public_id, current_actor())
    flash(_("This account now opens first."), "success")
    return redirect_to(url_for("accounts.index"))


@blueprint.post("/accounts/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete the account whose name was typed."""
    team, account = team_scope(Permission.ACCOUNT_WRITE), _account(public_id)
    form = DeleteForm()
    if fulfil(form, lambda: accounts.delete_account(team, public_id, form.typed_name.data, current_actor())) is None:
        return _delete_refused(account, form)
    flash(_("@%(handle)s was deleted, with everything imported for it.", handle=account.handle), "success")
    return redirect_to(url_for("accounts.index"))


@blueprint.post("/accounts/<public_id>/select")
def select_account(public_id: str) -> Response:
    """Let this browser's pages speak of the account from now on."""
    access.get_account_scope(team_scope(Permission.ACCOUNT_READ), public_id)
    sessions.current()[_CHOSEN] = public_id
    return redirect_to(safe_target(request.form.get("next"), url_for("accounts.index")))


def _account(public_id: str) -> AccountRow:
    return get_account(team_scope(Permission.ACCOUNT_READ), public_id)


def _may_write() -> bool:
    return team_scope(Permission.ACCOUNT_READ).allows(Permission.ACCOUNT_WRITE)


def _index_page(form: AccountForm, status: int = 200) -> Response:
    rows = list_accounts(team_scope(Permission.ACCOUNT_READ))
    return _page("accounts/index.html", status, accounts=rows, form=form)


def _delete_refused(account: AccountRow, form: DeleteForm) -> Response:
    return _account_page(account, _details_of(account), form, 422)


def _details_of(account: AccountRow) -> DetailsForm:
    return DetailsForm(
        formdata=None,
        display_name=account.display_name,
        timezone=account.timezone,
        hold_percent=account.hold_percent,
        reminder_days=account.reminder_days,
    )


def _account_page(account: AccountRow, form: DetailsForm, delete_form: DeleteForm, status: int = 200) -> Response:
    former = list_former_handles(account)
    return _page("accounts/show.html", status, account=account, form=form, delete_form=delete_form, former=former)


def _page(template: str, status: int, **context: Any) -> Response:
    return make_response(
        render_template(template, may_write=_may_write(), platform_names=PLATFORM_NAMES, **context), status
    )
