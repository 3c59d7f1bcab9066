"""The notifications of a person in the open team: the list, opening one, and what is read."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from webapp.analytics.notifications import get_told
from webapp.domain.notification_query import NotificationQuery, moment_number, parse_moment
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Permission, TeamScope
from webapp.renderers.notice_paths import evidence_path
from webapp.services import notification_marks
from webapp.web.auth import team_scope
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.notification_page import NotificationsPage

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")

_FRAGMENTS = ("notifications",)


@blueprint.get("")
def index() -> Response:
    """Show what the reader was told, the newest first."""
    refuse_unknown(request.args, (*NotificationQuery.FIELDS, "done"))
    team, query, done = _team(), NotificationQuery.parse(request.args), single(request.args, "done")
    return _list(NotificationsPage(team, query, parse_moment("done", done) if done else None))


@blueprint.post("/read")
def mark_all() -> Response:
    """Mark everything unread of a view as read, on all of its pages."""
    team, query = _team(), _view()
    marked = notification_marks.mark_all(team, query)
    return _marked(team, query.with_(), marked.moment if marked.count else None)


@blueprint.post("/undo")
def undo() -> Response:
    """Make unread again what was marked as read at one moment."""
    team, query = _team(), _view()
    count = notification_marks.undo(team, parse_moment("moment", request.form.get("moment", "")))
    return _marked(team, query, None, _("They are unread again.") if count else "")


@blueprint.post("/<public_id>/read")
def mark_read(public_id: str) -> Response:
    """Mark one as read."""
    team, query = _team(), _view()
    marked = notification_marks.mark(team, public_id, is_read=True)
    return _marked(team, query, marked.moment if marked.count else None)


@blueprint.post("/<public_id>/unread")
def mark_unread(public_id: str) -> Response:
    """Mark one as unread."""
    team, query = _team(), _view()
    notification_marks.mark(team, public_id, is_read=False)
    return _marked(team, query, None, _("It is unread again."))


@blueprint.post("/<public_id>/open")
def open_one(public_id: str) -> Response:
    """Go to what one tells of, which is read with that."""
    team = _team()
    target = evidence_path(get_told(team, public_id))
    notification_marks.mark(team, public_id, is_read=True)
    return redirect_to(target)


def _team() -> TeamScope:
    return team_scope(Permission.ACCOUNT_READ)


def _view() -> NotificationQuery:
    """Return the view that a button stands in."""
    refuse_unknown(request.args, NotificationQuery.FIELDS)
    return NotificationQuery.parse(request.args)


def _marked(team: TeamScope, query: NotificationQuery, marked_at: datetime | None, said: str = "") -> Response:
    """Show the view as it is now, with what was done."""
    if not is_fragment_request():
        done = None if marked_at is None else moment_number(marked_at)
        return redirect_to(url_for("notifications.index", **query.to_args(), done=done))  # type: ignore[arg-type]
    page = NotificationsPage(team, query, marked_at)
    page.said = said
    return _list(page)


def _list(page: NotificationsPage) -> Response:
    return render_page("notifications/index.html", _FRAGMENTS, page=page)
