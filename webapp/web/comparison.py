"""The comparison of both follow lists: how they overlap, who is on both or on one only, and its download."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.analytics.audience_parts import is_part_known, stream_part
from webapp.domain.audience import AudiencePart
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.query import FollowQuery, parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.renderers.csv import Dialect, render_audience
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import audience_tabs
from webapp.web.compared_people import LIST, VIEW, View
from webapp.web.comparison_page import ComparisonPage
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page

blueprint = Blueprint("comparison", __name__)

# A part says by itself how its people stand to the account.
_ARGUMENTS = (*(name for name in FollowQuery.FIELDS if name not in ("mutual", "relation")), "account", LIST, VIEW)


@blueprint.get("/audience/analysis/comparison")
def show() -> Response:
    """Show how the lists overlap, and the people of one part."""
    scope = current_scope()
    if scope is None:
        return render_page("analysis/empty.html", tabs=audience_tabs("analysis.show"))
    refuse_unknown(request.args, _ARGUMENTS)
    view = parse_choice(View, VIEW, single(request.args, VIEW)) or View.VENN
    page = ComparisonPage(scope, _part(), _query(scope), view)
    return render_page("comparison/show.html", ("analysis", "people"), page=page)


@blueprint.get("/audience/analysis/comparison.csv")
def download() -> Response:
    """Download the people of the part that is shown, all its pages."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    refuse_unknown(request.args, (*_ARGUMENTS, "dialect"))
    part, query, dialect = _part(), _query(scope), Dialect.parse(request.args.get("dialect", ""))
    if not is_part_known(scope, part, query):
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    chunks = render_audience(stream_part(scope, part, query), scope.timezone, dialect)
    return send_csv(chunks, f"{part.value.replace('_', '-')}.csv")


def _part() -> AudiencePart:
    return parse_choice(AudiencePart, LIST, single(request.args, LIST)) or AudiencePart.MUTUALS


def _query(scope: Scope) -> FollowQuery:
    return FollowQuery.parse(request.args, scope.timezone)
