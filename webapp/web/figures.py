"""What is behind a number: its page, which is also the fragment of the drawer, and its rows as a download."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from webapp.analytics.figures.explain import explain
from webapp.analytics.figures.rows import (
    ChangedRows,
    FigureRows,
    MutualRows,
    PeopleRows,
    PostRows,
    stream_both,
    stream_changed,
    stream_dated,
    stream_people,
)
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Scope
from webapp.renderers.change_csv import render_changes
from webapp.renderers.csv import Dialect, render_follows
from webapp.renderers.figure_csv import render_dated, render_mutual_dates
from webapp.renderers.post_csv import render_posts
from webapp.web.accounts import current_scope
from webapp.web.downloads import send_csv
from webapp.web.figures_page import FigurePage
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("figures", __name__)


@blueprint.get("/figures/<metric>")
def show(metric: str) -> Response:
    """Show what a number means, where it comes from, what is unknown about it, and the rows behind it."""
    query, scope = _asked(metric)
    return render_page("figures/show.html", ("figure",), page=FigurePage(scope, query))


@blueprint.get("/figures/<metric>.csv")
def download(metric: str) -> Response:
    """Download the rows behind a number, all its pages."""
    query, scope = _asked(metric, "dialect")
    dialect = Dialect.parse(request.args.get("dialect", ""))
    rows = explain(scope, query, lists_rows=False).rows
    if rows is None:
        raise NotFound(ErrorCode.ROWS_UNKNOWN)
    return send_csv(_rendered(scope, rows, dialect), f"{query.metric.value}.csv")


def _rendered(scope: Scope, rows: FigureRows, dialect: Dialect) -> Iterator[bytes]:
    if isinstance(rows, PeopleRows):
        return render_follows(stream_people(scope, rows), scope.timezone, dialect, locale())
    if isinstance(rows, ChangedRows):
        return render_changes(rows.kind, stream_changed(scope, rows), scope.timezone, dialect, locale())
    if isinstance(rows, PostRows):
        return render_posts(scope, rows.table, rows.posts, scope.timezone, dialect, locale())
    if isinstance(rows, MutualRows):
        return render_mutual_dates(stream_both(scope, rows), scope.timezone, dialect)
    return render_dated(stream_dated(scope, rows), scope.timezone, dialect)


def _asked(metric: str, *others: str) -> tuple[FigureQuery, Scope]:
    """Return the question and who asks it; raise ``NotFound`` for a metric that is none, and without an account."""
    try:
        key = MetricKey(metric)
    except ValueError as error:
        raise NotFound(ErrorCode.FIGURE_UNKNOWN) from error
    refuse_unknown(request.args, (*FigureQuery.fields_of(key), "account", *others))
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return FigureQuery.parse(key, request.args, scope.timezone), scope
