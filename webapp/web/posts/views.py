"""The posts of an account: the list in its layouts, the ten that lead, and the download of what is shown."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_login import current_user

from webapp.analytics.content.ranking import TopSpan
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.post_query import PostLayout, PostQuery
from webapp.domain.query import parse_choice, parse_day, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.post_csv import render_posts
from webapp.services import users
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.posts.page import PostsPage, View

blueprint = Blueprint("posts", __name__)

_ARGUMENTS = (*PostQuery.FIELDS, "account", "layout", "top", "until")


@blueprint.get("/content/posts")
def index() -> Response:
    """Show the posts of this view."""
    scope = current_scope()
    if scope is None:
        return render_page("posts/empty.html", tabs=content_tabs("posts.index"))
    return render_page("posts/index.html", ("posts",), page=_page(scope))


@blueprint.post("/content/posts")
def choose_layout() -> Response:
    """Lay posts out in this way from now on, and show the same view so."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    given = request.form.get("layout", "")
    layout = parse_choice(PostLayout, "layout", given)
    if layout is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="layout", value=given)
    page = _page(scope, layout)
    users.set_preferences(current_user.id, current_actor(), post_layout=layout)
    if not is_fragment_request():
        return redirect_to(page.here_href)
    return render_page("posts/index.html", ("posts",), page=page)


@blueprint.get("/content/posts.csv")
def download() -> Response:
    """Download the posts of this view, all pages of it."""
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    page, dialect = _page(scope, None, "dialect"), Dialect.parse(single(request.args, "dialect"))
    if page.table is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    return send_csv(render_posts(scope, page.table, page.rows, scope.timezone, dialect, locale()), "posts.csv")


def _page(scope: Scope, chosen: PostLayout | None = None, *others: str) -> PostsPage:
    """Return the page of the view that the address names; a layout that was just chosen goes before all others."""
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    view = View(
        layout=chosen or parse_choice(PostLayout, "layout", single(request.args, "layout")),
        top=parse_choice(TopSpan, "top", single(request.args, "top")),
        until=parse_day("until", single(request.args, "until")),
    )
    query = PostQuery.parse(request.args, scope.timezone)
    return PostsPage(scope, query, view)
