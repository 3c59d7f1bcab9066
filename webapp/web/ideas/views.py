"""Ideas: the page and its tables as downloads."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.renderers.csv import Dialect
from webapp.renderers.ideas_csv import Table, proposal_rows, recommendation_rows, render_table
from webapp.web.accounts import current_scope
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale
from webapp.web.ideas.page import IdeasPage
from webapp.web.planner_tabs import planner_tabs

blueprint = Blueprint("ideas", __name__)


@blueprint.get("/planner/ideas")
def index() -> Response:
    """Show what the posts suggest, and which experiment would tell more."""
    refuse_unknown(request.args, ("account",))
    scope = current_scope()
    if scope is None:
        return render_page("planner/empty.html", tabs=planner_tabs("ideas.index"))
    return render_page("ideas/index.html", ("ideas",), page=IdeasPage(scope))


@blueprint.get("/planner/ideas.csv")
def download() -> Response:
    """Download one of the tables of the page."""
    refuse_unknown(request.args, ("account", "table", "dialect"))
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    dialect, page = Dialect.parse(single(request.args, "dialect")), IdeasPage(scope)
    table = parse_choice(Table, "table", single(request.args, "table"))
    if table is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    if page.is_empty or page.has_job:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    advice = page.advice
    if table is Table.EXPERIMENTS:
        rows = proposal_rows(advice.proposals)
    else:
        rows = recommendation_rows(advice.recommendations)
    return send_csv(render_table(table, rows, scope.timezone, dialect, locale()), f"{table.value}.csv")
