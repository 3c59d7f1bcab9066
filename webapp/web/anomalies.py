"""What stands out of an account: the page, its download, and marking something as expected."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from webapp.analytics.anomalies import find_anomalies, get_anomaly, select_anomalies
from webapp.domain.anomalies import AnomalyKind, AnomalyQuery
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.renderers.anomaly_csv import render_anomalies
from webapp.renderers.csv import Dialect
from webapp.services.anomalies import mark_expected, unmark
from webapp.web.accounts import current_scope
from webapp.web.anomaly_page import AnomaliesPage, Sent
from webapp.web.auth import current_actor
from webapp.web.content_tabs import content_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.messages import message

blueprint = Blueprint("anomalies", __name__)

_ARGUMENTS = (*AnomalyQuery.FIELDS, "account")


@blueprint.get("/content/anomalies")
def show() -> Response:
    """Show what stands out, newest first."""
    scope, query = current_scope(), _query()
    if scope is None:
        return render_page("content/empty.html", tabs=content_tabs("anomalies.show"))
    return _render(AnomaliesPage(scope, query))


@blueprint.get("/content/anomalies.csv")
def download() -> Response:
    """Download what this view shows, all pages of it."""
    scope, query = _scope(Permission.ACCOUNT_READ), _query("dialect")
    dialect = Dialect.parse(single(request.args, "dialect"))
    rows = select_anomalies(scope, find_anomalies(scope), query)
    return send_csv(render_anomalies(rows, scope.timezone, dialect, locale()), "what-stands-out.csv")


@blueprint.post("/content/anomalies/<kind>/<key>/expected")
def mark(kind: str, key: str) -> Response:
    """Say that it was expected, and why."""
    scope, query, known = _scope(), _query(), _kind(kind)
    text = request.form.get("text", "")
    try:
        mark_expected(current_actor(), scope, known, key, text)
    except Invalid as error:
        return _render(AnomaliesPage(scope, query, sent=Sent(known, key, text, message(error))), 422)
    if is_fragment_request():
        return _render(AnomaliesPage(scope, query, marked=Sent(known, key, text)))
    flash(_("Marked as expected; the note stands on your charts."), "success")
    return redirect_to(AnomaliesPage(scope, query).href)


@blueprint.post("/content/anomalies/<kind>/<key>/unmark")
def take_back(kind: str, key: str) -> Response:
    """Take the mark off, and show the list with a way to set it again."""
    scope, query, known = _scope(), _query(), _kind(kind)
    before = get_anomaly(scope, known, key)
    unmark(current_actor(), scope, known, key)
    note = before.expected.note if before.expected else None
    return _render(AnomaliesPage(scope, query, undone=Sent(known, key, note or "")))


def _scope(permission: Permission = Permission.ANNOTATION_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _query(*others: str) -> AnomalyQuery:
    refuse_unknown(request.args, (*_ARGUMENTS, *others))
    return AnomalyQuery.parse(request.args)


def _kind(text: str) -> AnomalyKind:
    try:
        return AnomalyKind(text)
    except ValueError as error:
        raise NotFound(ErrorCode.NOT_FOUND) from error


def _render(page: AnomaliesPage, status: int = 200) -> Response:
    return render_page("anomalies/index.html", ("anomalies",), status=status, page=page)
