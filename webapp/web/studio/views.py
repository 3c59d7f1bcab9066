"""What TikTok Studio counted: the page, its downloads, and what a person says of a video."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.models import AudienceTrait
from webapp.renderers.csv import Dialect
from webapp.renderers.studio_csv import HEADS, StudioTable, day_rows, hour_rows, share_rows, video_rows
from webapp.renderers.table_csv import render_rows
from webapp.services.studio_choices import choose_post, forget_choice
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.studio.page import StudioPage
from webapp.web.studio.videos import FORGET, NONE_OF_THEM

blueprint = Blueprint("studio", __name__)

_PAGE = "studio/show.html"
_FRAGMENTS = ("videos",)


@blueprint.get("/content/studio")
def show() -> Response:
    """Show what the downloads of TikTok Studio say."""
    refuse_unknown(request.args, ("account", "poll"))
    scope = current_scope()
    if scope is None:
        return render_page("content/empty.html", tabs=content_tabs("studio.show"))
    return render_page(_PAGE, _FRAGMENTS, page=StudioPage(scope))


@blueprint.get("/content/studio.csv")
def download() -> Response:
    """Download one of the tables of the page."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "table", "dialect"))
    dialect = Dialect.parse(single(request.args, "dialect"))
    table = parse_choice(StudioTable, "table", single(request.args, "table"))
    if table is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="table", value="")
    page = StudioPage(scope)
    rows = {
        StudioTable.DAYS: lambda: day_rows(page.days),
        StudioTable.HOURS: lambda: hour_rows(page.hours.found),
        StudioTable.SHARES: lambda: share_rows(
            ((AudienceTrait.GENDER, page.gender.found), (AudienceTrait.TERRITORY, page.territories.found))
        ),
        StudioTable.VIDEOS: lambda: video_rows(page.videos.found, page.scope.redaction),
    }[table]()
    return send_csv(render_rows(HEADS[table], rows, scope.timezone, dialect, locale()), f"studio-{table.value}.csv")


@blueprint.post("/content/studio/videos/<platform_post_id>")
def choose(platform_post_id: str) -> Response:
    """Say which post a video is, that it is none of them, or leave it to day, title and likes again."""
    scope = _scope(Permission.POST_WRITE)
    chosen = single(request.form, "post")
    if not chosen:
        raise Invalid(ErrorCode.FIELD_INVALID, field="post", value="")
    if chosen == FORGET:
        forget_choice(current_actor(), scope, platform_post_id)
    else:
        choose_post(current_actor(), scope, platform_post_id, None if chosen == NONE_OF_THEM else chosen)
    if is_fragment_request():
        return render_page(_PAGE, _FRAGMENTS, page=StudioPage(scope))
    return redirect_to(url_for("studio.show"))


def _scope(permission: Permission) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope
