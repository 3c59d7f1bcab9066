"""How many notifications are unread: every open page asks again and again, or is told over a connection."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, make_response, request, stream_with_context
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.notifications import count_unread
from webapp.domain.errors import AppError
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, TeamScope
from webapp.extensions import db, settings
from webapp.services import access, login_sessions
from webapp.web import sessions
from webapp.web.auth import team_scope
from webapp.web.i18n import count, locale

blueprint = Blueprint("notification_badge", __name__)

# A session that ended is noticed so soon, and so is what is new.
_LOOK_SECONDS: Final = 1.0
# Proxies close connections on which nothing was said for a minute, and a page that went away is noticed by writing.
_SILENT_SECONDS: Final = 15.0
# Then the page asks anew, and who asks is looked at from the beginning.
_CONNECTION_SECONDS: Final = 300.0
_RETRY_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class ShownBadge:
    """What the bell shows and is called; ``tag`` is another one whenever any of it, the team or the language is."""

    unread: int
    newest: str | None
    label: str
    tag: str

    def as_json(self) -> str:
        """Return it as pages read it."""
        return json.dumps({"unread": self.unread, "newest": self.newest, "label": self.label, "tag": self.tag})


class Connections:
    """The connections that this process holds: each keeps a thread of the web server, so they are few."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = 0

    def take(self, most: int) -> bool:
        """Count one more, unless there are ``most``; return whether it was counted."""
        with self._lock:
            if self._held >= most:
                return False
            self._held += 1
            return True

    def give_back(self) -> None:
        """Count one less."""
        with self._lock:
            self._held -= 1


_connections: Final = Connections()


def shown_badge(team: TeamScope) -> ShownBadge:
    """Return the badge of the open team in the reader's language."""
    badge = count_unread(team)
    if badge.unread:
        label = ngettext(
            "%(count)s unread notification", "%(count)s unread notifications", badge.unread, count=count(badge.unread)
        )
    else:
        label = _("Notifications")
    tag = sha256(f"{team.user_id} {team.team_id} {locale()} {badge.etag}".encode()).hexdigest()[:20]
    return ShownBadge(badge.unread, badge.newest, label, tag)


@blueprint.get("/notifications/badge")
def show() -> Response:
    """Return the badge as JSON; nothing but 304 to whom knows it already."""
    refuse_unknown(request.args, ())
    badge = shown_badge(team_scope(Permission.ACCOUNT_READ))
    response = make_response(badge.as_json())
    response.mimetype = "application/json"
    response.set_etag(badge.tag)
    response.make_conditional(request)
    return response


@blueprint.get("/notifications/stream")
def stream() -> Response:
    """Tell a page of every change while it listens; 204, after which browsers ask no more, where no place is free."""
    refuse_unknown(request.args, ())
    team_scope(Permission.ACCOUNT_READ)
    if not _connections.take(settings().notification_streams):
        return make_response("", 204)
    secret = request.cookies.get(sessions.cookie_name(settings()), "")
    response = Response(stream_with_context(_events(secret)), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    # Also where the page went away before the first word.
    response.call_on_close(_connections.give_back)
    return response


def _events(secret: str) -> Iterator[str]:
    """Yield what an event source reads, until the session or the time is over or the server stops."""
    yield f"retry: {_RETRY_MS}\n\n"
    known, said_at = request.headers.get("Last-Event-ID", ""), time.monotonic()
    ends_at = said_at + _CONNECTION_SECONDS
    while (now := time.monotonic()) < ends_at and not _is_stopping():
        badge = _look(secret)
        if badge is None:
            return
        if badge.tag != known:
            known, said_at = badge.tag, now
            yield f"id: {badge.tag}\ndata: {badge.as_json()}\n\n"
        elif now - said_at >= _SILENT_SECONDS:
            said_at = now
            yield ":\n\n"
        time.sleep(_LOOK_SECONDS)


def _look(secret: str) -> ShownBadge | None:
    """Return the badge of the session's person at this moment; ``None`` once the session is over."""
    try:
        opened = login_sessions.find_session(secret, sessions.idle_time(settings()))
        if opened is None:
            return None
        return shown_badge(access.get_session_scope(opened, Permission.ACCOUNT_READ))
    except AppError:
        return None
    finally:
        # The connection to the database is not kept while nothing is read.
        db.session.remove()


def _is_stopping() -> bool:
    """Return whether this process was asked to stop, which its web server knows that hears the signal."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return not getattr(server, "alive", True)
