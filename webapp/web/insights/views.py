"""What the lists and posts say together: the page, its tables as downloads, and marks on people who are suggested."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from webapp.analytics.insights.post_gains import GainOrder
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import parse_choice, parse_flag, refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.insights_csv import Table, render_table
from webapp.services import people
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import audience_tabs
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.follow_page import Marked
from webapp.web.htmx import render_page
from webapp.web.i18n import locale
from webapp.web.insights.page import InsightsPage
from webapp.web.insights.tables import tables_of
from webapp.web.messages import message
from webapp.web.tag_texts import read_tag, show_tag

blueprint = Blueprint("insights", __name__)

# Compares the two newest lists at any price; for long ones the page itself leaves that to a second request.
_LEFT = "left"
_ARGUMENTS = ("account", "sort", _LEFT)
# What is swapped by itself: the whole tab, who left, who does not follow back, the posts in another order.
_FRAGMENTS = ("analysis", "left", "not_back", "post_gains")
_REMOVE = "remove"


@blueprint.get("/audience/analysis/insights")
def show() -> Response:
    """Show every insight with how sure it is, or why there is none."""
    scope = current_scope()
    if scope is None:
        return render_page("analysis/empty.html", tabs=audience_tabs("analysis.show"))
    return render_page("insights/show.html", _FRAGMENTS, page=_page(scope))


@blueprint.post("/audience/analysis/insights")
def mark() -> Response:
    """Give a tag to one of the people who are suggested, or take it away, and show the same page again."""
    scope = current_scope(Permission.PERSON_WRITE)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    page, status = _page(scope), 200
    names, is_added = request.form.getlist("username"), request.form.get("action") != _REMOVE
    tag = read_tag(request.form.get("tag", ""))
    try:
        write = people.add_tag if is_added else people.remove_tag
        page.marked = Marked(show_tag(tag), write(current_actor(), scope, names, tag), is_added)
    except Invalid as error:
        page.refused, status = message(error), 422
    return render_page("insights/show.html", ("not_back",), status=status, page=page)


@blueprint.get("/audience/analysis/insights.csv")
def download() -> Response:
    """Download one of the tables of the page."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    order, dialect = _order("table", "dialect"), Dialect.parse(single(request.args, "dialect"))
    name = parse_choice(Table, "table", single(request.args, "table"))
    if name is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    rows = tables_of(InsightsPage(scope, order), name)
    if rows is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    chunks: Iterator[bytes] = render_table(name, rows, scope.timezone, dialect, locale())
    return send_csv(chunks, f"{name.value}.csv")


def _page(scope: Scope) -> InsightsPage:
    return InsightsPage(scope, _order(), compares=parse_flag(_LEFT, single(request.args, _LEFT)))


def _order(*others: str) -> GainOrder:
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    return parse_choice(GainOrder, "sort", single(request.args, "sort")) or GainOrder.DATE
