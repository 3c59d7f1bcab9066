"""The record of actions of a team: its page, its exports, and what looked suspicious."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.analytics.audit import (
    AlertRow,
    AuditPage,
    AuditRow,
    list_alerts,
    list_audit_people,
    list_events,
    stream_events,
)
from webapp.domain.audit_query import INSTALLATION, NOBODY, AuditQuery
from webapp.domain.browser_names import name_browser
from webapp.domain.errors import ErrorCode, Forbidden, Invalid
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, TeamScope
from webapp.models import AuditAction
from webapp.renderers.audit_export import render_audit_csv, render_audit_json
from webapp.renderers.csv import Dialect
from webapp.services import alerts
from webapp.services.alert_rules import RULE_TEXTS, AlertRule
from webapp.web.audience_tabs import Tab
from webapp.web.audit_details import DetailLine, describe_detail
from webapp.web.audit_texts import ACTION_GROUPS, action_text, actions_of
from webapp.web.auth import current_actor, team_scope
from webapp.web.downloads import send_file_of
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.masking import shown_address
from webapp.web.people_list import Option
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("audit", __name__)

# Done by nobody who has an account here.
_OF_VISITORS: Final = frozenset({AuditAction.SHARE_OPENED, AuditAction.SHARE_REFUSED})

# The chain of what belongs to no team.
NO_TEAM = 0


@blueprint.get("/audit")
def index() -> Response:
    """Show a page of the record."""
    team = team_scope(Permission.AUDIT_READ)
    refuse_unknown(request.args, AuditQuery.FIELDS)
    query = AuditQuery.parse(request.args)
    page = RecordPage(team, chain_of(team, query), query)
    return render_page("audit/index.html", ("events",), page=page)


@blueprint.get("/audit.csv")
@needs_sudo
def download() -> Response:
    """Download exactly this view as CSV."""
    team = team_scope(Permission.AUDIT_READ)
    refuse_unknown(request.args, (*AuditQuery.FIELDS, "dialect"))
    query, dialect = AuditQuery.parse(request.args), Dialect.parse(request.args.get("dialect", ""))
    rows = stream_events(chain_of(team, query), query, actions_for(query))
    chunks = render_audit_csv(rows, shown_address, dialect, locale())
    return send_file_of(chunks, "audit.csv", "text/csv; charset=utf-8", AuditAction.AUDIT_EXPORTED)


@blueprint.get("/audit.json")
@needs_sudo
def download_json() -> Response:
    """Download exactly this view as JSON, with all that the digests are made of."""
    team = team_scope(Permission.AUDIT_READ)
    refuse_unknown(request.args, AuditQuery.FIELDS)
    query = AuditQuery.parse(request.args)
    rows = stream_events(chain_of(team, query), query, actions_for(query))
    chunks = render_audit_json(rows, shown_address)
    return send_file_of(chunks, "audit.json", "application/json", AuditAction.AUDIT_EXPORTED)


@blueprint.post("/audit/alerts/<public_id>/seen")
def mark_seen(public_id: str) -> Response:
    """Note that an alert was read."""
    alerts.mark_seen(current_actor(), team_scope(Permission.AUDIT_READ), public_id)
    flash(_("The alert is marked as read."), "success")
    return redirect_to(url_for("audit.index"))


def chain_of(team: TeamScope, query: AuditQuery) -> int:
    """Return the chain that a query is about; what belongs to no team is for admins of the installation."""
    if query.of != INSTALLATION:
        return team.team_id
    if not current_user.is_admin:
        raise Forbidden(ErrorCode.FORBIDDEN)
    return NO_TEAM


def actions_for(query: AuditQuery) -> tuple[AuditAction, ...] | None:
    """Return the actions that a query is about, all of them where it names none; raise ``Invalid`` for unknown ones."""
    if not query.what:
        return None
    if query.what in {action.value for action in AuditAction}:
        return (AuditAction(query.what),)
    if query.what not in {group.key for group in ACTION_GROUPS}:
        raise Invalid(ErrorCode.FIELD_INVALID, field="what", value=query.what[:40])
    return actions_of(query.what)


class RecordPage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, team: TeamScope, chain: int, query: AuditQuery) -> None:
        self.query = query
        self._team, self._chain = team, chain
        self._actions = actions_for(query)

    @cached_property
    def result(self) -> AuditPage:
        """Return the page of the record."""
        return list_events(self._chain, self.query, self._actions)

    @cached_property
    def alerts(self) -> tuple[AlertRow, ...]:
        """Return what looked suspicious, what nobody has read first."""
        return list_alerts(self._team) if self._chain != NO_TEAM else ()

    @property
    def tabs(self) -> list[Tab]:
        """Return the two records, for those who may see both."""
        if not current_user.is_admin:
            return []
        is_installation = self._chain == NO_TEAM
        return [
            Tab(_("This team"), url_for("audit.index"), not is_installation),
            Tab(_("The installation"), url_for("audit.index", of=INSTALLATION), is_installation),
        ]

    @property
    def people(self) -> list[Option]:
        """Return who can be chosen."""
        found = [Option(person.public_id, shown_address(person.email)) for person in list_audit_people(self._chain)]
        return [Option("", _("Everybody")), *found, Option(NOBODY, _("The app by itself"))]

    @property
    def groups(self) -> list[tuple[str, str, list[Option]]]:
        """Return what can be chosen: each group with its actions."""
        return [
            (group.key, _(group.label), [Option(action.value, action_text(action)) for action in actions_of(group.key)])
            for group in ACTION_GROUPS
        ]

    @property
    def clear_href(self) -> str:
        """Return the address of the whole record."""
        return url_for("audit.index", of=self.query.of or None)

    @property
    def newer_href(self) -> str | None:
        """Return the address of the page with newer events."""
        return self._href(place=self.result.newer) if self.result.newer else None

    @property
    def older_href(self) -> str | None:
        """Return the address of the page with older events."""
        return self._href(place=self.result.older) if self.result.older else None

    @property
    def range_text(self) -> str:
        """Return which events of the chain this page shows."""
        rows = self.result.rows
        return str(_("Events %(first)s to %(last)s", first=rows[0].sequence, last=rows[-1].sequence))

    def export_href(self, endpoint: str, dialect: str = "") -> str:
        """Return the address of a download of exactly this view."""
        arguments: dict[str, Any] = self.query.with_().to_args()
        return url_for(endpoint, **arguments, dialect=dialect or None)

    def what(self, row: AuditRow) -> str:
        """Return what was done."""
        return action_text(row.action)

    def who(self, row: AuditRow) -> str:
        """Return who did it."""
        if row.email:
            return shown_address(row.email)
        if row.action in _OF_VISITORS:
            return str(_("A visitor"))
        return str(_("The app by itself")) if row.user_id is None else str(_("A deleted person"))

    def browser(self, row: AuditRow) -> str:
        """Return the browser it was done with."""
        return name_browser(row.user_agent or "")

    def lines(self, row: AuditRow) -> tuple[DetailLine, ...]:
        """Return what the event tells."""
        return describe_detail(row.detail)

    def alert_text(self, alert: AlertRow) -> str:
        """Return what looked suspicious."""
        return str(_(RULE_TEXTS[AlertRule(alert.rule)], **alert.detail))

    def _href(self, **changes: object) -> str:
        arguments: dict[str, Any] = self.query.with_(**changes).to_args()
        return url_for("audit.index", **arguments)
