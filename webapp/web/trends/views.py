"""Posts over time: the page and its tables as downloads."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.period_query import PeriodQuery
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.domain.steps import Step
from webapp.renderers.csv import Dialect
from webapp.renderers.trend_csv import Table, render_table
from webapp.web.accounts import current_scope
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale
from webapp.web.trends.page import DEFAULT_PERIOD, TrendsPage
from webapp.web.trends.tables import tables_of

blueprint = Blueprint("trends", __name__)

_ARGUMENTS = (*PeriodQuery.FIELDS, "account", "by")


@blueprint.get("/content/analytics/trends")
def show() -> Response:
    """Show posts over time, how regularly was published, how likes spread, and the words of titles."""
    scope = current_scope()
    if scope is None:
        refuse_unknown(request.args, _ARGUMENTS)
        return render_page("content/empty.html", tabs=content_tabs("performance.show"))
    return render_page("content/trends.html", ("analysis",), page=_page(scope))


@blueprint.get("/content/analytics/trends.csv")
def download() -> Response:
    """Download one of the tables of the page."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    page, dialect = _page(scope, "table", "dialect"), Dialect.parse(single(request.args, "dialect"))
    table = parse_choice(Table, "table", single(request.args, "table"))
    if table is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    rows = tables_of(page, table)
    if rows is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    return send_csv(render_table(table, rows, scope.timezone, dialect, locale()), f"{table.value}.csv")


def _page(scope: Scope, *others: str) -> TrendsPage:
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    period = PeriodQuery.parse(request.args, DEFAULT_PERIOD)
    return TrendsPage(scope, period, parse_choice(Step, "by", single(request.args, "by")))
