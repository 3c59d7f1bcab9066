"""The accounts of one team beside each other: the page and its download."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.analytics.accounts import list_accounts
from webapp.domain.accounts_query import AccountsQuery
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission
from webapp.renderers.account_csv import render_accounts
from webapp.renderers.csv import Dialect
from webapp.web.account_comparison.choice import find_chosen
from webapp.web.account_comparison.page import AccountComparisonPage
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import audience_tabs
from webapp.web.auth import team_scope
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("account_comparison", __name__)

_ARGUMENTS = (*AccountsQuery.FIELDS, "account")


@blueprint.get("/audience/analysis/accounts")
def show() -> Response:
    """Show the chosen accounts on one axis and in one table."""
    scope = current_scope()
    if scope is None:
        return render_page("analysis/empty.html", tabs=audience_tabs("analysis.show"))
    query = _query()
    team = team_scope(Permission.ACCOUNT_READ)
    page = AccountComparisonPage(find_chosen(team, query, scope), list_accounts(team), query)
    return render_page("account_comparison/show.html", ("analysis",), page=page)


@blueprint.get("/audience/analysis/accounts.csv")
def download() -> Response:
    """Download the table of this view, one row an account."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    query, dialect = _query("dialect"), Dialect.parse(request.args.get("dialect", ""))
    page = AccountComparisonPage(find_chosen(team_scope(Permission.ACCOUNT_READ), query, scope), (), query)
    if page.comparison.span is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    named = [(each.row.handle, each.scope.timezone) for each in page.chosen]
    return send_csv(render_accounts(page.comparison, named, dialect, locale()), "accounts.csv")


def _query(*others: str) -> AccountsQuery:
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    return AccountsQuery.parse(request.args)
