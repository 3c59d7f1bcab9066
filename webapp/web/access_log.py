"""Around every request: its number, one line in the log, and its share in the figures."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from webapp import logs, metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

# Asked for all the time and told of only where something is being looked for.
QUIET_ENDPOINTS: Final = frozenset({"static", "health.live", "health.ready", "notification_badge.show"})
UNKNOWN_ROUTE: Final = "unknown"
ROUTE: Final = "app.route"
IS_QUIET: Final = "app.is_quiet"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_NUMBER: Final = re.compile(r"[0-9A-Za-z_-]{8,32}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class AccessLog:
    """The application with its log around it."""

    def __init__(self, app: WSGIApplication, *, trusts_proxy: bool) -> None:
        self._app = app
        self._trusts_proxy = trusts_proxy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number = _given_number(environ) if self._trusts_proxy else None
        logs.begin(request_id=number or secrets.token_hex(8))
        visit = _Visit(environ)

        def note_status(status: str, *rest: Any) -> Callable[[bytes], object]:
            visit.status = int(status[:3])
            return start_response(status, *rest)

        try:
            answer = self._app(environ, note_status)
        except BaseException:
            visit.end()
            raise
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(file_wrapper, type) and isinstance(answer, file_wrapper):
            visit.end()  # the server sends it without us
            return answer
        return _Answer(answer, visit)


class _Visit:
    """One request from its arrival to the last byte of its answer."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.status = 500
        self._environ = environ
        self._started = time.perf_counter()
        self._is_over = False

    def end(self) -> None:
        """Log and count it, once."""
        if self._is_over:
            return
        self._is_over = True
        seconds = time.perf_counter() - self._started
        method = self._environ.get("REQUEST_METHOD", "")
        method = method if method in _METHODS else "other"
        route = self._environ.get(ROUTE, UNKNOWN_ROUTE)
        metrics.count(metrics.REQUESTS, method, route, f"{self.status // 100}xx")
        metrics.observe(metrics.REQUEST_SECONDS, seconds, route)
        level = logging.DEBUG if self._environ.get(IS_QUIET) else logging.INFO
        if logger.isEnabledFor(level):
            logs.note(method=method, route=route, status=self.status, duration_ms=round(seconds * 1000, 1))
            logger.log(level, "answered")
        logs.end()


class _Answer:
    """An answer that tells when it has been sent."""

    def __init__(self, parts: Iterable[bytes], visit: _Visit) -> None:
        self._parts = parts
        self._visit = visit

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """Close what was sent, then end the visit."""
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            self._visit.end()


def _given_number(environ: WSGIEnvironment) -> str | None:
    """Return the number that the proxy gave the request, if it is one that we could have given."""
    text = environ.get("HTTP_X_REQUEST_ID", "")
    if _UUID.fullmatch(text):
        return UUID(text).hex
    return text if _NUMBER.fullmatch(text) else None
