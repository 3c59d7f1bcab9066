"""Downloads: tables at once as CSV, and files that a job puts together and that can be fetched for some days."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, flash, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from webapp.analytics.data_exports import list_exports
from webapp.domain.data_exports import ExportContent, ExportForm, ExportTable, ExportWishes
from webapp.domain.errors import Conflict, ErrorCode, NotFound
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.export_readme import CONTENT_TEXTS
from webapp.renderers.export_tables import open_table
from webapp.renderers.table_csv import render_rows
from webapp.services.data_exports import delete_data_export, fetch_data_export, request_data_export
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.data_export_page import FORM_TEXTS, STREAMED, DownloadsPage
from webapp.web.downloads import send_csv
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.messages import message
from webapp.web.report_tabs import report_tabs

blueprint = Blueprint("data_exports", __name__, url_prefix="/reports/downloads")

_HERE: Final = "data_exports.index"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def _contents() -> list[SelectChoice]:
    return [SelectChoice(content.value, _(text)) for content, text in CONTENT_TEXTS.items()]


def _forms() -> list[SelectChoice]:
    return [SelectChoice(form.value, _(text)) for form, text in FORM_TEXTS.items()]


class DataExportForm(FlaskForm):
    """A file to put together."""

    content = SelectField(_l("What is in it"), choices=_contents, default=ExportContent.EVERYTHING.value)
    kind = SelectField(_l("Kind of file"), choices=_forms, default=ExportForm.XLSX.value)


@blueprint.get("")
def index() -> Response:
    """Show what can be downloaded, and the files that were put together."""
    refuse_unknown(request.args, ("account", "poll"))
    scope = current_scope()
    if scope is None:
        return render_page("data_exports/empty.html", tabs=report_tabs(_HERE))
    return _page(scope, DataExportForm())


@blueprint.post("")
def create() -> Response:
    """Have a file put together."""
    scope, form = _scope(), DataExportForm()

    def ask() -> str:
        wishes = ExportWishes(ExportContent(form.content.data), ExportForm(form.kind.data))
        return request_data_export(current_actor(), scope, wishes, locale())

    try:
        done = fulfil(form, ask)
    except Conflict as error:
        flash(message(error), "info")
        return redirect_to(url_for(_HERE))
    if done is None:
        return _page(scope, form, refused(form))
    flash(_("Your file is being put together. It shows below once it is ready."), "success")
    return redirect_to(url_for(_HERE))


@blueprint.get("/<public_id>")
def fetch(public_id: str) -> Response:
    """Download a file."""
    refuse_unknown(request.args, ("account",))
    file = fetch_data_export(current_actor(), _scope(), public_id)
    kind = _TYPES[file.path.suffix.removeprefix(".")]
    response = send_file(file.path, kind, as_attachment=True, download_name=file.name, conditional=False, etag=False)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete a file before its time."""
    delete_data_export(current_actor(), _scope(), public_id)
    flash(_("The file is deleted."), "success")
    return redirect_to(url_for(_HERE))


@blueprint.get("/tables/<name>.csv")
def table_csv(name: str) -> Response:
    """Download one of the tables that have no page of their own."""
    refuse_unknown(request.args, ("account", "dialect"))
    scope, dialect = _scope(), Dialect.parse(single(request.args, "dialect"))
    if name not in STREAMED:
        raise NotFound(ErrorCode.NOT_FOUND)
    opened = open_table(scope, ExportTable(name), locale())
    if opened is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    return send_csv(render_rows(opened.head, opened.rows, scope.timezone, dialect, locale()), f"{name}.csv")


def _scope() -> Scope:
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _page(scope: Scope, form: DataExportForm, status: int = 200) -> Response:
    page = DownloadsPage(scope, list_exports(scope))
    return render_page(
        "data_exports/index.html", ("downloads",), status=status, tabs=report_tabs(_HERE), page=page, form=form
    )
