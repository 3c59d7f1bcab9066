"""Forecasts: the page, the answer to its form, and its tables as downloads."""

from __future__ import annotations

import time

from flask import Blueprint, Response, request

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.forecast_query import ForecastQuery
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.forecast_csv import Table, render_table
from webapp.web.accounts import current_scope
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.forecasts.asking import ask_forecast
from webapp.web.forecasts.form import ForecastForm
from webapp.web.forecasts.page import ForecastPage
from webapp.web.forecasts.tables import tables_of
from webapp.web.forms import answered
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("forecasts", __name__)

_ARGUMENTS = (*ForecastQuery.FIELDS, "account")


@blueprint.get("/content/forecast")
def show() -> Response:
    """Show what the next post may get, what such forecasts were worth, and what one post may get."""
    refuse_unknown(request.args, _ARGUMENTS)
    scope, query = current_scope(), ForecastQuery.parse(request.args)
    if scope is None:
        return render_page("content/empty.html", tabs=content_tabs("forecasts.show"))
    return _page(scope, query)


@blueprint.get("/content/forecast.csv")
def download() -> Response:
    """Download one of the tables of the page."""
    refuse_unknown(request.args, (*_ARGUMENTS, "table", "dialect"))
    scope, dialect = current_scope(), Dialect.parse(single(request.args, "dialect"))
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    table = parse_choice(Table, "table", single(request.args, "table"))
    if table is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    rows = tables_of(ForecastPage(scope, ForecastQuery()), table)
    if rows is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    return send_csv(render_table(table, rows, scope.timezone, dialect, locale()), f"{table.value}.csv")


def _page(scope: Scope, query: ForecastQuery) -> Response:
    page, status = ForecastPage(scope, query), 200
    if not page.is_empty and not page.has_job and not page.is_refused:
        page.form = ForecastForm(page.table, query, int(time.time()), scope.timezone)
        if not query.is_open:
            done = answered(page.form, lambda: ask_forecast(scope, query.to_draft(scope.timezone)))
            page.asked, status = (None, 422) if done is None else (done.result, 200)
    fragments = ("analysis", "asked") if page.form else ("analysis",)
    return render_page("forecasts/show.html", fragments, status=status, page=page)
