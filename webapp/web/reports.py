"""Reports on paper: their list, asking for one, what it says in short, its PDF, making it again, deleting it."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField

from webapp.analytics.report_runs import get_report, list_reports, read_report
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.query import refuse_unknown
from webapp.domain.reports import Paper
from webapp.domain.scope import Permission, Scope
from webapp.services.reports import (
    MAX_TITLE,
    delete_report,
    read_report_file,
    request_again,
    request_report,
)
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import note_download
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import LANGUAGES, locale
from webapp.web.messages import message
from webapp.web.report_fields import ReportFieldsForm
from webapp.web.report_page import PAPER_TEXTS, ReportPage, ReportsPage
from webapp.web.report_tabs import report_tabs

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

_HERE: Final = "reports.index"
_THEN, _NOW = "then", "now"


def _papers() -> list[SelectChoice]:
    return [SelectChoice(paper.value, _(text)) for paper, text in PAPER_TEXTS.items()]


def _languages() -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in LANGUAGES.items()]


class SheetForm(FlaskForm):
    """How a report is printed."""

    language = SelectField(_l("Language"), choices=_languages, default=locale)
    paper = SelectField(_l("Paper"), choices=_papers, default=Paper.A4.value)


class ReportForm(SheetForm, ReportFieldsForm):
    """A new report."""

    title = StringField(_l("Title"), render_kw={"maxlength": MAX_TITLE, "autocomplete": "off"})


class AgainForm(SheetForm):
    """A report made again, with the numbers of then or with those of now."""

    numbers = SelectField(_l("Numbers"), choices=[SelectChoice(_THEN, ""), SelectChoice(_NOW, "")], default=_NOW)


@blueprint.get("")
def index() -> Response:
    """List the reports of the account."""
    refuse_unknown(request.args, ("account", "poll"))
    scope = current_scope(Permission.REPORT_READ)
    if scope is None:
        return render_page("reports/empty.html", tabs=report_tabs(_HERE))
    page = ReportsPage(scope, list_reports(scope))
    return render_page("reports/index.html", ("reports",), tabs=report_tabs(_HERE), page=page)


@blueprint.get("/new")
def show_new() -> Response:
    """Show the form for a new report."""
    refuse_unknown(request.args, ("account",))
    _scope(Permission.REPORT_WRITE)
    return _new_page(ReportForm())


@blueprint.post("")
def create() -> Response:
    """Have a report made."""
    scope, form = _scope(Permission.REPORT_WRITE), ReportForm()
    done = fulfil(
        form,
        lambda: request_report(
            current_actor(),
            scope,
            form.query(),
            title=form.title.data or "",
            locale=form.language.data,
            paper=Paper(form.paper.data),
        ),
    )
    if done is None:
        return _new_page(form, refused(form))
    return redirect_to(url_for("reports.show", public_id=done.result))


@blueprint.get("/<public_id>")
def show(public_id: str) -> Response:
    """Show how a report stands, and what it says in short."""
    refuse_unknown(request.args, ("account", "poll"))
    return _show_page(_scope(Permission.REPORT_READ), public_id)


@blueprint.get("/<public_id>.pdf")
def download(public_id: str) -> Response:
    """Download a report."""
    refuse_unknown(request.args, ("account",))
    scope = _scope(Permission.REPORT_READ)
    content = read_report_file(scope, public_id)
    note_download()
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_file_name(scope, public_id))}"
    return response


@blueprint.post("/<public_id>/again")
def again(public_id: str) -> Response:
    """Have a report made again: with its numbers, or with those of now."""
    scope, form = _scope(Permission.REPORT_WRITE), AgainForm()
    if not form.validate_on_submit():
        return _show_page(scope, public_id, form, refused(form))
    try:
        made = request_again(
            current_actor(),
            scope,
            public_id,
            keeps_numbers=form.numbers.data == _THEN,
            locale=form.language.data,
            paper=Paper(form.paper.data),
        )
    except (Conflict, Invalid) as error:
        flash(message(error), "info")
        return redirect_to(url_for("reports.show", public_id=public_id))
    return redirect_to(url_for("reports.show", public_id=made))


@blueprint.post("/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete a report."""
    delete_report(current_actor(), _scope(Permission.REPORT_WRITE), public_id)
    flash(_("The report was deleted."), "success")
    return redirect_to(url_for("reports.index"))


def _scope(permission: Permission) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _new_page(form: ReportForm, status: int = 200) -> Response:
    return render_page("reports/new.html", status=status, form=form, tabs=report_tabs(_HERE))


def _show_page(scope: Scope, public_id: str, form: AgainForm | None = None, status: int = 200) -> Response:
    row = get_report(scope, public_id)
    report = read_report(scope, public_id) if row.head is not None else None
    if form is None:
        form = AgainForm(formdata=None, language=row.locale, paper=row.paper.value)
    page = ReportPage(scope, row, report)
    return render_page("reports/show.html", ("report_state",), status=status, page=page, form=form)


def _file_name(scope: Scope, public_id: str) -> str:
    head = get_report(scope, public_id).head
    told = () if head is None else (head.handle, head.first, head.last)
    return "-".join(["report", *(str(part) for part in told if part)]) + ".pdf"
