"""Refuse changes that another site's page asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, request
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from webapp.domain.errors import ErrorCode, Forbidden
from webapp.extensions import settings
from webapp.web.htmx import is_fragment_request
from webapp.web.messages import message
from webapp.web.secret_addresses import has_secret_address

P = ParamSpec("P")
R = TypeVar("R")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def open_to_posts(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that takes a POST from anywhere: what it does is all that the secret in its address is good for."""
    view.is_open_to_posts = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Check every request that may change something, once it is known who asks."""
    app.before_request(_protect)
    app.after_request(_refresh)


def _protect() -> None:
    # A key is sent by a script on purpose, never by a browser on its own; the API refuses changes by cookie.
    if request.method in _SAFE_METHODS or request.endpoint is None or "api_key" in g:
        return
    if getattr(current_app.view_functions.get(request.endpoint), "is_open_to_posts", False):
        return
    try:
        if not _is_own_page():
            raise ValidationError("another site's page sent this")
        _check(request.headers.get("X-CSRFToken") or request.form.get("csrf_token"))
    except ValidationError as error:
        if _answers_itself() and _is_own_page():
            return
        failure = Forbidden(ErrorCode.CSRF_FAILED)
        if is_fragment_request():
            # The page is stale as a whole: it is loaded again and then says why.
            g.csrf_failed = True
            flash(message(failure), "warning")
        raise failure from error
    g.csrf_valid = True  # Flask-WTF's forms need not look again


def _check(token: str | None) -> None:
    """Take a token signed with any of the keys: a form may be open while the key is changed."""
    *earlier, last = settings().secret_keys
    for key in earlier:
        with suppress(ValidationError):
            validate_csrf(token, key)
            return
    validate_csrf(token, last)


def _answers_itself() -> bool:
    """Return whether the view's own form looks again and shows what was typed beside the failure."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "shows_csrf_failure", False)


def _is_own_page() -> bool:
    """Return whether the browser says that one of our pages sent this, or says nothing at all."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    if origin == "null" and has_secret_address():
        return True  # what a browser says of a page that hides its address, where it sends no Sec-Fetch-Site
    return urlsplit(origin).netloc in (request.host, urlsplit(settings().base_url).netloc)


def _refresh(response: Response) -> Response:
    if g.get("csrf_failed", False):
        response.headers["HX-Refresh"] = "true"
    return response
