"""How the audience grew: the page and its download."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.analytics.growth import find_growth
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period_query import PeriodQuery
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.steps import Step
from webapp.renderers.csv import Dialect
from webapp.renderers.growth_csv import render_growth
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import audience_tabs
from webapp.web.downloads import send_csv
from webapp.web.growth.page import GrowthPage
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("analysis", __name__)

_ARGUMENTS = (*PeriodQuery.FIELDS, "account")


@blueprint.get("/audience/analysis")
def show() -> Response:
    """Show how the followers grew."""
    period, scope = _period("by"), current_scope()
    step = parse_choice(Step, "by", single(request.args, "by"))
    if scope is None:
        return render_page("analysis/empty.html", tabs=audience_tabs("analysis.show"))
    return render_page("analysis/show.html", ("analysis",), page=GrowthPage(scope, period, step))


@blueprint.get("/audience/analysis.csv")
def download() -> Response:
    """Download the growth of this period, one row an export."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    period, dialect = _period("dialect"), Dialect.parse(request.args.get("dialect", ""))
    growth = find_growth(scope, period)
    if growth.as_of is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    chunks = render_growth(growth.rows, growth.retention, scope.timezone, dialect, locale())
    return send_csv(chunks, f"growth-{period.preset.value}.csv")


def _period(*others: str) -> PeriodQuery:
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    return PeriodQuery.parse(request.args)
