"""One handler turns every failure into a page, a fragment, or a problem document."""

from __future__ import annotations

import logging
import time
from math import ceil

from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from webapp import metrics
from webapp.domain.errors import (
    AppError,
    BadRequest,
    ErrorCode,
    Forbidden,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
from webapp.extensions import limiter
from webapp.services.database_errors import explain
from webapp.services.transaction import forget_reads
from webapp.web.access_log import UNKNOWN_ROUTE
from webapp.web.htmx import is_fragment_request
from webapp.web.i18n import file_size
from webapp.web.messages import message
from webapp.web.refusals import note_refusal
from webapp.web.requests import request_id

logger = logging.getLogger(__name__)


class MethodNotAllowed(AppError):
    """The address exists and takes other methods."""

    status = 405


class Internal(AppError):
    """A fault of ours; the log has it under the request's number."""

    status = 500


def problem(error: AppError) -> Response:
    """Return the failure as ``application/problem+json`` (RFC 9457)."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": message(error),
        "status": error.status,
        "code": error.code.value,
    }
    if "field" in error.params:
        body["field"] = error.params["field"]
    body["request_id"] = request_id()
    response = make_response(body, error.status)
    response.mimetype = "application/problem+json"
    return response


def answer(error: AppError) -> Response:
    """Return the failure in the form that the request wants; without what the database would say if it cannot."""
    if isinstance(error, Unavailable):
        g.is_bare = True
    try:
        response = _form_of(error)
    except (SQLAlchemyError, Unavailable):
        forget_reads()
        g.is_bare = True
        response = _form_of(error)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.params.get("seconds", 60))
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


def _form_of(error: AppError) -> Response:
    if request.path.startswith("/api/") and request.endpoint != "api.docs":
        response = problem(error)
    elif is_fragment_request():
        response = make_response(render_template("errors/_alert.html", error=error, text=message(error)), error.status)
        response.headers["HX-Retarget"] = "#alerts"
        response.headers["HX-Reswap"] = "innerHTML"
    else:
        response = make_response(
            render_template("errors/show.html", error=error, text=message(error), request_number=request_id()),
            error.status,
        )
    return response


def from_http(error: HTTPException) -> AppError:
    """Return Werkzeug's own failures as ours."""
    match error.code:
        case 404:
            return NotFound(ErrorCode.NOT_FOUND)
        case 405:
            return MethodNotAllowed(ErrorCode.METHOD_NOT_ALLOWED)
        case 413:
            return TooLarge(ErrorCode.BODY_TOO_LARGE, limit=file_size(request.max_content_length or 0))
        case 403:
            return Forbidden(ErrorCode.FORBIDDEN)
        case _:
            return BadRequest(ErrorCode.BAD_REQUEST)


def init_app(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(AppError)
    def handle_app_error(error: AppError) -> Response:
        note_refusal(error)
        return answer(error)

    @app.errorhandler(RateLimitExceeded)
    def handle_rate_limit(_error: RateLimitExceeded) -> Response:
        metrics.count(metrics.RATE_LIMITED, request.url_rule.rule if request.url_rule else UNKNOWN_ROUTE)
        reached = limiter.current_limit
        seconds = max(1, ceil(reached.reset_at - time.time())) if reached else 60
        return answer(TooManyRequests(ErrorCode.TOO_MANY_REQUESTS, seconds=seconds))

    @app.errorhandler(HTTPException)
    def handle_http(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        response = answer(from_http(error))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(OSError)
    @app.errorhandler(SQLAlchemyError)
    def handle_environment(error: OSError | SQLAlchemyError) -> Response:
        forget_reads()
        known = explain(error)
        if known is None:
            return handle_fault(error)
        logger.warning("the database or the disk refused: %s", error)
        return answer(known)

    @app.errorhandler(Exception)
    def handle_fault(error: Exception) -> Response:
        logger.exception("unexpected fault")
        return answer(Internal(ErrorCode.INTERNAL, request_id=request_id()))
