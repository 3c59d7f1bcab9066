"""The first page after signing in: what changed, how large the audience is, and what to do next."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.analytics.accounts import list_accounts
from webapp.domain.period_query import PeriodQuery
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission
from webapp.web.accounts import current_scope
from webapp.web.auth import team_scope
from webapp.web.dashboard_page import DashboardPage
from webapp.web.htmx import redirect_to, render_page
from webapp.web.onboarding import OnboardingPage

blueprint = Blueprint("dashboard", __name__)

_ARGUMENTS = (*PeriodQuery.FIELDS, "account")


@blueprint.get("/")
def home() -> Response:
    """Lead to the dashboard."""
    return redirect_to(url_for("dashboard.show"))


@blueprint.get("/dashboard")
def show() -> Response:
    """Show the figures of the account over a period, or the first steps where nothing was imported yet."""
    refuse_unknown(request.args, _ARGUMENTS)
    query = PeriodQuery.parse(request.args)
    scope, team = current_scope(), team_scope(Permission.ACCOUNT_READ)
    accounts = list_accounts(team)
    account = next((row for row in accounts if scope is not None and row.id == scope.account_id), None)
    if scope is None or account is None or account.exported_at is None:
        return render_page("dashboard/empty.html", page=OnboardingPage(team, account, accounts))
    page = DashboardPage(scope, team, account, query)
    return render_page("dashboard/show.html", ("dashboard",), page=page)
