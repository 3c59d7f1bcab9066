"""The browser's session: a signed cookie for visitors, a row in the database for people who are signed in."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, g, session
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin, session_json_serializer
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError

from webapp.domain.errors import OutOfSpace, Unavailable
from webapp.domain.secret_texts import is_secret
from webapp.services import login_sessions
from webapp.services.audit import Actor
from webapp.services.login_sessions import OpenSession

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)

# A browser keeps 4096 bytes; more than this never came from here.
_LONGEST_COOKIE = 4000
# What a visitor chose stays when they sign in or out; everything else, the CSRF token above all, is made anew.
_KEPT = ("locale", "theme")
# Asked by machines, also while the database is away.
_NOBODYS = ("/healthz", "/readyz", "/manifest.webmanifest", "/sw.js", "/offline")
# Asked by open pages without anybody at them: no sign that somebody is still there.
_POLLED = ("/notifications/badge", "/notifications/stream")
# Flask-Login's own notes; the row says who is signed in.
_NOT_STORED = ("_user_id", "_fresh", "_id")


class BrowserSession(SecureCookieSession):
    """What is known of one browser; ``opened`` is its row while somebody is signed in."""

    def __init__(self, initial: dict[str, Any] | None = None) -> None:
        super().__init__(initial)
        self.opened: OpenSession | None = None
        self.new_token: str | None = None
        # The database could not be asked: who this is cannot be known, and the cookie must stay as it is.
        self.is_unreadable = False
        self.is_kept = True


class BrowserSessions(SessionInterface):
    """Open and save sessions; a cookie that makes no sense is a visitor without one."""

    def __init__(self, settings: Settings) -> None:
        self.name = cookie_name(settings)
        self.is_secure = settings.https
        self.idle = idle_time(settings)
        self.absolute = timedelta(hours=settings.session_absolute_hours)
        # The last key signs; each is taken.
        self._signer = URLSafeTimedSerializer(
            list(reversed(settings.secret_keys)), salt="visitor-session", serializer=session_json_serializer
        )

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return the browser's session, its person's when the cookie opens a row."""
        if _has_none(app, request):
            found = BrowserSession()
            found.is_kept = False
            return found
        cookies = request.cookies.getlist(self.name)
        cookie = cookies[0] if len(cookies) == 1 else ""
        if not is_secret(cookie):
            return BrowserSession(self._read_visitor(cookie))
        try:
            return self._open_signed_in(cookie, is_poll="poll" in request.args or request.path in _POLLED)
        except (SQLAlchemyError, Unavailable):
            logger.exception("the session could not be read")
            unreadable = BrowserSession()
            unreadable.is_unreadable = True
            return unreadable

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where it changed, and write what the pages noted to where this session lives."""
        if not isinstance(session, BrowserSession) or session.is_unreadable or not session.is_kept:
            return
        if session.new_token is not None:
            is_remembered = session.opened is not None and session.opened.is_remembered
            self._set_cookie(response, session.new_token, login_sessions.REMEMBERED if is_remembered else self.absolute)
        if session.opened is not None:
            if session.modified:
                _save(session.opened, {key: value for key, value in session.items() if key not in _NOT_STORED})
        elif session.modified and session:
            self._set_cookie(response, self._write_visitor(session), None)
        elif session.modified:
            response.delete_cookie(self.name, path="/", secure=self.is_secure, httponly=True, samesite="Lax")

    def _open_signed_in(self, token: str, *, is_poll: bool) -> BrowserSession:
        opened = login_sessions.find_session(token, self.idle)
        if opened is None:
            return BrowserSession()
        if not is_poll and datetime.now(UTC) - opened.last_seen_at >= login_sessions.SEEN_EVERY:
            try:
                login_sessions.touch_session(opened.id)
            except (Unavailable, OutOfSpace):
                logger.warning("the database was busy, last seen was not noted")
        found = BrowserSession({**opened.data, "_user_id": str(opened.user_id)})
        found.opened = opened
        return found

    def _read_visitor(self, cookie: str) -> dict[str, Any]:
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return {}
        try:
            data = self._signer.loads(cookie)
        except BadSignature:
            return {}
        return data if isinstance(data, dict) and "_user_id" not in data else {}

    def _write_visitor(self, session: BrowserSession) -> str:
        text = self._signer.dumps(dict(session))
        if len(text) > _LONGEST_COOKIE:
            text = self._signer.dumps({key: session[key] for key in (*_KEPT, "csrf_token") if key in session})
        return text if isinstance(text, str) else text.decode()

    def _set_cookie(self, response: Response, value: str, max_age: timedelta | None) -> None:
        response.set_cookie(
            self.name, value, max_age=max_age, path="/", secure=self.is_secure, httponly=True, samesite="Lax"
        )


def cookie_name(settings: Settings) -> str:
    """Return the name of the session's cookie; browsers take the prefix only over https."""
    return "__Host-s" if settings.https else "s"


def idle_time(settings: Settings) -> timedelta:
    """Return how long a session lives without a request."""
    return timedelta(hours=settings.session_idle_hours)


def current() -> BrowserSession:
    """Return the session of the request being answered."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (werkzeug's documented way)
    if not isinstance(found, BrowserSession):
        raise TypeError("the application runs with another session interface")
    return found


def fresh_data() -> dict[str, Any]:
    """Return what a new session begins with: the visitor's choices and a token of its own for forms."""
    here = current()
    # The token for forms is made with the session: reading a page afterwards writes nothing.
    return {key: here[key] for key in _KEPT if key in here} | {"csrf_token": secrets.token_hex(20)}


def adopt(data: Mapping[str, Any], opened: OpenSession, token: str) -> None:
    """Let the browser have a session that was just opened; what it held before is worth nothing afterwards."""
    here = current()
    g.pop("csrf_token", None)
    here.clear()
    here.update(data)
    here.opened, here.new_token = opened, token


def start_anew(**notes: Any) -> None:
    """Give a visitor a session with nothing of the old one but language and theme, and these notes."""
    here = current()
    data = fresh_data() | notes
    g.pop("csrf_token", None)
    here.opened = None
    here.clear()
    here.update(data)


def adopt_secret(token: str, sudo_until: datetime | None = None) -> None:
    """Let the browser have the secret that its session was just given, and know how long what is grave is open."""
    here = current()
    here.new_token = token
    if here.opened is not None and sudo_until is not None:
        here.opened = replace(here.opened, sudo_until=sudo_until)


def rotate() -> None:
    """Give the browser's session another secret, because what its person may do has changed."""
    opened = current().opened
    if opened is not None:
        adopt_secret(login_sessions.renew_session(opened.id))


def has_sudo() -> bool:
    """Return whether who sits there was proved a moment ago."""
    opened = current().opened
    return opened is not None and opened.sudo_until is not None and opened.sudo_until > datetime.now(UTC)


def end(actor: Actor) -> None:
    """Sign the browser out; its row is gone when this returns."""
    here = current()
    if here.opened is not None:
        login_sessions.end_session(here.opened.user_id, here.opened.public_id, actor)
    forget()


def forget_person(user_id: int) -> None:
    """Make a visitor of the browser if it was signed in as this person, whose sessions have all ended."""
    opened = current().opened
    if opened is not None and opened.user_id == user_id:
        start_anew()


def forget() -> None:
    """Make a visitor of the browser, whose row is gone."""
    here = current()
    kept = {key: here[key] for key in _KEPT if key in here}
    here.opened = None
    here.clear()
    here.update(kept)


def init_app(app: Flask, settings: Settings) -> None:
    """Let the application keep its sessions here."""
    app.session_interface = BrowserSessions(settings)


def _has_none(app: Flask, request: Request) -> bool:
    """Return whether the request is answered alike for everybody, or carries a key instead of a cookie."""
    if request.path.startswith((f"{app.static_url_path}/", "/media/")) or request.path in _NOBODYS:
        return True
    return request.path.startswith("/api/") and "Authorization" in request.headers


def _save(opened: OpenSession, data: dict[str, Any]) -> None:
    try:
        login_sessions.save_session_data(opened.id, data)
    except (Unavailable, OutOfSpace):
        # The answer is already made; a lost notice is better than a failure page after a success.
        logger.warning("the database was busy, the session's notes were not kept")
