"""Notes on days: their list, its download, and writing, changing and deleting them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.analytics.annotations import (
    AnnotationPage,
    DayNote,
    get_annotation,
    list_annotation_page,
    list_annotations,
)
from webapp.domain.annotations import (
    FIRST_DAY,
    LAST_DAY,
    MAX_ANNOTATION,
    AnnotationQuery,
    parse_annotation_day,
)
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import day_of
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.renderers.annotation_csv import render_annotations
from webapp.renderers.csv import Dialect
from webapp.services.annotations import add_annotation, change_annotation, delete_annotation
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.messages import message
from webapp.web.paging_texts import shown_text

blueprint = Blueprint("annotations", __name__)

_ARGUMENTS = (*AnnotationQuery.FIELDS, "account")
_FRAGMENTS = ("annotations",)


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What the form of a note holds, and what is wrong with it."""

    day: str
    text: str
    error: str | None = None
    field: str = ""

    def error_of(self, field: str) -> tuple[str, ...]:
        """Return the sentence about a field, if there is one."""
        return (self.error,) if self.error and self.field == field else ()


@blueprint.get("/audience/annotations")
def index() -> Response:
    """List the notes, with a form for a new one or for the one that is to be changed."""
    scope = current_scope()
    if scope is None:
        return render_page("annotations/empty.html")
    return _page(AnnotationsPage(scope, _query()))


@blueprint.get("/audience/annotations.csv")
def download() -> Response:
    """Download all notes."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "dialect"))
    dialect = Dialect.parse(request.args.get("dialect", ""))
    return send_csv(
        render_annotations(list_annotations(scope, None), scope.timezone, dialect, locale()), "notes-on-days.csv"
    )


@blueprint.post("/audience/annotations")
def add() -> Response:
    """Write a note."""
    scope = _scope()
    try:
        add_annotation(current_actor(), scope, _sent_day(), request.form.get("text", ""))
    except Invalid as error:
        return _refused(scope, AnnotationQuery(), error)
    flash(_("The note was saved."), "success")
    return redirect_to(url_for("annotations.index"))


@blueprint.post("/audience/annotations/<public_id>")
def change(public_id: str) -> Response:
    """Give a note another day or another text."""
    scope = _scope()
    get_annotation(scope, public_id)
    try:
        change_annotation(current_actor(), scope, public_id, _sent_day(), request.form.get("text", ""))
    except Invalid as error:
        return _refused(scope, AnnotationQuery(edit=public_id), error)
    flash(_("The note was saved."), "success")
    return redirect_to(url_for("annotations.index"))


@blueprint.post("/audience/annotations/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete a note, and show the list with a way to write it again."""
    scope = _scope()
    note = get_annotation(scope, public_id)
    delete_annotation(current_actor(), scope, public_id)
    return _page(AnnotationsPage(scope, AnnotationQuery(), deleted=note))


def _scope(permission: Permission = Permission.ANNOTATION_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _query() -> AnnotationQuery:
    refuse_unknown(request.args, _ARGUMENTS)
    return AnnotationQuery.parse(request.args)


def _sent_day() -> date:
    return parse_annotation_day(request.form.get("day", ""))


def _refused(scope: Scope, query: AnnotationQuery, error: Invalid) -> Response:
    sent = NoteForm(
        request.form.get("day", ""),
        request.form.get("text", ""),
        message(error),
        str(error.params.get("field", "text")),
    )
    return _page(AnnotationsPage(scope, query, sent=sent), 422)


def _page(page: AnnotationsPage, status: int = 200) -> Response:
    return render_page("annotations/index.html", _FRAGMENTS, status=status, page=page)


class AnnotationsPage:
    """The parts of the page, each computed when the template asks for it."""

    first_day = FIRST_DAY
    last_day = LAST_DAY
    max_text = MAX_ANNOTATION

    def __init__(
        self, scope: Scope, query: AnnotationQuery, *, sent: NoteForm | None = None, deleted: DayNote | None = None
    ) -> None:
        self.scope = scope
        self.query = query
        self.deleted = deleted
        self.reader = current_user.email
        # Notes lack the names that the reader does not see: what was changed so would be lost.
        self.may_write = scope.allows(Permission.ANNOTATION_WRITE) and not scope.redaction.hides_names
        self._sent = sent

    @cached_property
    def result(self) -> AnnotationPage:
        """Return the page of the list."""
        return list_annotation_page(self.scope, self.query)

    @cached_property
    def edited(self) -> DayNote | None:
        """Return the note that is to be changed."""
        return get_annotation(self.scope, self.query.edit) if self.query.edit else None

    @cached_property
    def form(self) -> NoteForm:
        """Return what the form holds: what was sent, the note to change, or the day that was asked for."""
        if self._sent is not None:
            return self._sent
        if self.edited is not None:
            return NoteForm(self.edited.day.isoformat(), self.edited.text)
        day = self.query.day or day_of(int(time.time()), self.scope.timezone)
        return NoteForm(day.isoformat(), "")

    @property
    def form_href(self) -> str:
        """Return where the form is sent."""
        if self.edited is not None:
            return url_for("annotations.change", public_id=self.edited.public_id)
        return url_for("annotations.add")

    @property
    def total_text(self) -> str:
        """Return how many notes there are, in words."""
        total = self.result.total
        return str(ngettext("%(count)s note", "%(count)s notes", total, count=format_count(total, locale())))

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self.result.start, len(self.result.rows), self.result.total)

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._href(self.query.with_(page=self.query.page + 1)) if self.result.has_next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.query.with_(page=self.query.page - 1)) if self.query.page > 1 else None

    def edit_href(self, note: DayNote) -> str:
        """Return the address of the form for a note."""
        return f"{self._href(AnnotationQuery(edit=note.public_id))}#note-form"

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download."""
        return url_for("annotations.download", dialect=dialect or None)

    def day_text(self, day: date) -> str:
        """Return a day in the reader's form."""
        return format_day(day, locale())

    def _href(self, query: AnnotationQuery) -> str:
        arguments: dict[str, Any] = query.to_args()
        return url_for("annotations.index", **arguments)
