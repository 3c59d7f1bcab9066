"""The addresses at which calendars read what is planned: making, showing and ending them, and what they answer."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, request, url_for
from flask_babel import gettext as _

from webapp.analytics.planner import list_plans
from webapp.domain.errors import AppError, ErrorCode, NotFound
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.extensions import limiter, settings
from webapp.renderers.planner_calendar import PlannerCalendar
from webapp.services.planner_feeds import (
    MAX_FEEDS,
    FeedDoor,
    NewFeed,
    create_feed,
    list_feeds,
    note_use,
    open_feed,
    revoke_feed,
)
from webapp.web import limits
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor, public
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import LANGUAGES, locale
from webapp.web.messages import message
from webapp.web.planner_tabs import planner_tabs
from webapp.web.secret_addresses import secret_address
from webapp.web.sudo import needs_sudo
from webapp.web.verified import needs_verified

blueprint = Blueprint("planner_feeds", __name__)


@blueprint.get("/planner/feeds")
def index() -> Response:
    """Show the person's own addresses of the account, without their secrets."""
    refuse_unknown(request.args, ("account",))
    scope = current_scope()
    if scope is None:
        return render_page("planner/empty.html", tabs=planner_tabs("planner_feeds.index"))
    return _page(scope)


@blueprint.post("/planner/feeds")
@needs_sudo
@needs_verified
def create() -> Response:
    """Make an address and show it, this once: no redirect, because nothing that is kept could show it later."""
    scope = _scope()
    try:
        new = create_feed(current_actor(), scope, locale())
    except AppError as error:
        return _page(scope, refusal=message(error), status=error.status)
    return _page(scope, new=new)


@blueprint.post("/planner/feeds/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    """End an address."""
    revoke_feed(current_actor(), _scope(), public_id)
    flash(_("The address was withdrawn. Calendars that use it get nothing any more."), "success")
    return redirect_to(url_for("planner_feeds.index"))


@blueprint.get("/planner/feed/<token>.ics")
@public
@secret_address
@limiter.limit(limits.FEED_PER_NETWORK, key_func=limits.network_key)
def feed(token: str) -> Response:
    """Answer a calendar with what is planned; one that has it already gets no body."""
    door = open_feed(token)
    body = _calendar(door).render(list_plans(door.scope))
    note_use(door)
    response = make_response(body)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'inline; filename="planner.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _calendar(door: FeedDoor) -> PlannerCalendar:
    base = settings().base_url.rstrip("/")
    return PlannerCalendar(
        locale=door.locale,
        handle=door.handle,
        timezone=door.scope.timezone,
        redaction=door.scope.redaction,
        link=lambda plan: base + url_for("planner.show", public_id=plan, account=door.account),
        host=base.partition("://")[2].partition("/")[0],
    )


def _scope() -> Scope:
    scope = current_scope(Permission.ACCOUNT_READ)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _page(scope: Scope, *, new: NewFeed | None = None, refusal: str = "", status: int = 200) -> Response:
    return render_page(
        "planner_feeds/index.html",
        status=status,
        tabs=planner_tabs("planner_feeds.index"),
        feeds=list_feeds(scope),
        language_names=LANGUAGES,
        maximum=MAX_FEEDS,
        address=None if new is None else _address(new),
        refusal=refusal,
    )


def _address(new: NewFeed) -> str:
    path = url_for("planner_feeds.feed", token=new.token, account=None)
    return settings().base_url.rstrip("/") + path
