"""The analysis of posts: its four tabs, each with its tables as downloads."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, request

from webapp.analytics.content.fit import Measure
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.renderers.content_csv import Table, render_table
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row
from webapp.web.accounts import current_scope
from webapp.web.content.hashtags import HashtagsPage
from webapp.web.content.heat import Shown
from webapp.web.content.listing import ListOrder, ListQuery
from webapp.web.content.performance import PerformancePage
from webapp.web.content.sounds import SoundsPage
from webapp.web.content.tables import hashtag_rows, performance_rows, sound_rows, timing_rows
from webapp.web.content.timing import TimingPage
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

performance = Blueprint("performance", __name__)
timing = Blueprint("timing", __name__)
hashtags = Blueprint("hashtags", __name__)
sounds = Blueprint("sounds", __name__)
BLUEPRINTS = (performance, timing, hashtags, sounds)

_DOWNLOAD = ("table", "dialect")


@performance.get("/content/analytics", endpoint="show")
def show_performance() -> Response:
    """Show how posts do by kind, title, hashtags and privacy."""
    scope = current_scope()
    return _empty() if scope is None else _render("content/performance.html", _performance(scope))


@performance.get("/content/analytics.csv", endpoint="download")
def download_performance() -> Response:
    """Download one of the tables of the tab."""
    scope = _known_scope()
    page = _performance(scope, *_DOWNLOAD)
    return _send(scope, None if page.is_empty else performance_rows(page, _table()))


@timing.get("/content/analytics/timing", endpoint="show")
def show_timing() -> Response:
    """Show when posts were published, and whether a time stands out."""
    scope = current_scope()
    return _empty() if scope is None else _render("content/timing.html", _timing(scope))


@timing.get("/content/analytics/timing.csv", endpoint="download")
def download_timing() -> Response:
    """Download one of the tables of the tab."""
    scope = _known_scope()
    page = _timing(scope, *_DOWNLOAD)
    return _send(scope, None if page.is_empty or page.has_job else timing_rows(page, _table()))


@hashtags.get("/content/analytics/hashtags", endpoint="show")
def show_hashtags() -> Response:
    """Show the hashtags, what their posts get, and which are used together."""
    scope = current_scope()
    if scope is None:
        return _empty()
    return _render("content/hashtags.html", HashtagsPage(scope, _list()), "tags", "tag_posts")


@hashtags.get("/content/analytics/hashtags.csv", endpoint="download")
def download_hashtags() -> Response:
    """Download one of the tables of the tab."""
    scope = _known_scope()
    page = HashtagsPage(scope, _list(*_DOWNLOAD))
    return _send(scope, None if page.is_empty else hashtag_rows(page, _table()))


@sounds.get("/content/analytics/sounds", endpoint="show")
def show_sounds() -> Response:
    """Show the sounds and what their posts get."""
    scope = current_scope()
    return _empty() if scope is None else _render("content/sounds.html", SoundsPage(scope, _sounds()), "sounds")


@sounds.get("/content/analytics/sounds.csv", endpoint="download")
def download_sounds() -> Response:
    """Download the table of the tab."""
    scope = _known_scope()
    page = SoundsPage(scope, _sounds(*_DOWNLOAD))
    return _send(scope, None if page.is_empty else sound_rows(page, _table()))


def _performance(scope: Scope, *others: str) -> PerformancePage:
    refuse_unknown(request.args, ("account", "measure", *others))
    measure = parse_choice(Measure, "measure", single(request.args, "measure"))
    return PerformancePage(scope, measure or Measure.LIKES)


def _timing(scope: Scope, *others: str) -> TimingPage:
    refuse_unknown(request.args, ("account", "show", *others))
    return TimingPage(scope, parse_choice(Shown, "show", single(request.args, "show")) or Shown.COUNTS)


def _list(*others: str) -> ListQuery:
    refuse_unknown(request.args, ("account", *ListQuery.FIELDS, *others))
    return ListQuery.parse(request.args)


def _sounds(*others: str) -> ListQuery:
    query = _list(*others)
    if query.order is ListOrder.EFFECT:
        raise Invalid(ErrorCode.FIELD_INVALID, field="sort", value=query.order.value)
    return query


def _table() -> Table:
    table = parse_choice(Table, "table", single(request.args, "table"))
    if table is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    return table


def _known_scope() -> Scope:
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _empty() -> Response:
    return render_page("content/empty.html", tabs=content_tabs("performance.show"))


def _render(template: str, page: object, *fragments: str) -> Response:
    return render_page(template, ("analysis", *fragments), page=page)


def _send(scope: Scope, rows: Iterable[Row] | None) -> Response:
    table, dialect = _table(), Dialect.parse(single(request.args, "dialect"))
    if rows is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    return send_csv(render_table(table, rows, scope.timezone, dialect, locale()), f"{table.value}.csv")
