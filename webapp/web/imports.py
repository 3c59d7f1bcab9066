"""Imports: send files, watch them being read, decide, and look back at those before."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from webapp.analytics.imports import ImportView, get_import_view
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound, OutOfSpace
from webapp.domain.formatting import format_count
from webapp.domain.query import parse_flag, parse_number, single
from webapp.domain.scope import Permission
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, ImportOrigin, ListAnswer, OwnerAnswer
from webapp.renderers.csv import Dialect, render_follows
from webapp.services import accounts, moves, sample, undo
from webapp.services.imports import ReceivedFile, cancel_import, commit_import, correct_import, create_import
from webapp.web.auth import current_actor, team_scope
from webapp.web.downloads import send_csv
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.import_list import ImportsPage, import_row
from webapp.web.import_moves import MovePage, UndoPage
from webapp.web.import_names import NamesPage
from webapp.web.import_page import ImportPage
from webapp.web.messages import message
from webapp.web.requests import UploadStream

blueprint = Blueprint("imports", __name__)

# The answer that leaves a held import as it is.
_LATER = "later"
_NEW_ACCOUNT = "new"


@blueprint.get("/imports")
def index() -> Response:
    """Show where to drop files, what waits for a person, and the imports so far."""
    team = team_scope(Permission.ACCOUNT_READ)
    page = ImportsPage(team, parse_number("page", single(request.args, "page"), 1, 1, 100_000))
    return render_page("imports/index.html", ("queue_note", "waiting", "history"), page=page)


@blueprint.post("/imports")
def create() -> Response:
    """Take files in; one that is refused does not stop the others."""
    scope = team_scope(Permission.IMPORT_WRITE)
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise Invalid(ErrorCode.UPLOAD_MISSING, field="file")
    if len(files) == 1:
        public_id = create_import(current_actor(), scope, received(files[0]), ImportOrigin.WEB)
        return redirect_to(url_for("imports.show", public_id=public_id))
    taken = 0
    for file in files:
        try:
            create_import(current_actor(), scope, received(file), ImportOrigin.WEB)
            taken += 1
        except (Invalid, OutOfSpace) as error:
            flash(f"{file.filename}: {message(error)}", "danger")
    if taken:
        shown = format_count(taken, locale())
        flash(ngettext("%(count)s file was received.", "%(count)s files were received.", taken, count=shown), "success")
    return redirect_to(url_for("imports.index"))


@blueprint.get("/imports/<public_id>")
def show(public_id: str) -> Response:
    """Show one import as it stands."""
    return render_page("imports/show.html", ("import_run",), page=ImportPage(_view(public_id)))


@blueprint.get("/imports/<public_id>/row")
def row(public_id: str) -> Response:
    """Show one import as the list of files that were just sent does."""
    return _row_or(public_id, url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>/names")
def names(public_id: str) -> Response:
    """Show the names behind one count of the comparison."""
    return render_page("imports/names.html", ("names",), page=_names_page(public_id))


@blueprint.get("/imports/<public_id>/names.csv")
def names_csv(public_id: str) -> Response:
    """Download the names behind one count of the comparison."""
    page = _names_page(public_id)
    dialect = Dialect.parse(single(request.args, "dialect"))
    return send_csv(render_follows(page.stream(), page.timezone, dialect, locale()), page.file_name)


@blueprint.post("/imports/<public_id>/correct")
def correct(public_id: str) -> Response:
    """Change the export time or the account, or say whose file it is, and compare anew."""
    scope = team_scope(Permission.IMPORT_WRITE)
    view = get_import_view(scope, public_id)
    typed, handle = single(request.form, "exported_at"), single(request.form, "handle")
    owner = single(request.form, "owner")
    renamed = _renamed_handle(view, owner) if owner and owner != _NEW_ACCOUNT else None
    answer = None if not owner else OwnerAnswer.RENAMED if renamed else OwnerAnswer.NEW_ACCOUNT
    correct_import(
        current_actor(),
        scope,
        public_id,
        exported_at=_parse_local(typed, _zone(view)) if typed else None,
        handle=renamed or (accounts.normalise_handle(handle) if handle else None),
        owner_answer=answer,
    )
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/<public_id>/commit")
def commit(public_id: str) -> Response:
    """Write what was recognised, with an answer for every list that was held, or leave the decision for later."""
    scope = team_scope(Permission.IMPORT_WRITE)
    texts = {section: single(request.form, f"answer_{section.value}") for section in DIRECTIONS}
    if _LATER in texts.values():
        get_import_view(scope, public_id)
        flash(_("Nothing was changed. The import waits here until you decide."), "info")
        return redirect_to(url_for("imports.index"))
    answers = {section: _parse_answer(section, text) for section, text in texts.items() if text}
    commit_import(current_actor(), scope, public_id, answers=answers or None)
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/ready")
def commit_ready() -> Response:
    """Write every import that the page showed as ready, in the order in which they were sent."""
    scope = team_scope(Permission.IMPORT_WRITE)
    begun = 0
    for public_id in reversed(request.form.getlist("import")):
        try:
            commit_import(current_actor(), scope, public_id)
            begun += 1
        except (Conflict, Invalid, NotFound) as error:
            flash(message(error), "warning")
    if begun:
        shown = format_count(begun, locale())
        flash(
            ngettext("%(count)s file is being imported.", "%(count)s files are being imported.", begun, count=shown),
            "success",
        )
    return redirect_to(url_for("imports.index"))


@blueprint.post("/imports/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """Stop an import and forget its file; asked from a list, its row stands there as it is then."""
    cancel_import(current_actor(), team_scope(Permission.IMPORT_WRITE), public_id)
    if parse_flag("row", single(request.args, "row")):
        return _row_or(public_id, url_for("imports.index"))
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>/move")
def confirm_move(public_id: str) -> Response:
    """Show what another export time does to the order of exports."""
    page = ImportPage(get_import_view(team_scope(Permission.IMPORT_WRITE), public_id))
    typed = single(request.args, "exported_at")
    moved = MovePage(page, _parse_local(typed, page.timezone) if typed else None)
    return render_page("imports/move.html", page=moved)


@blueprint.post("/imports/<public_id>/move")
def move(public_id: str) -> Response:
    """Give a stored export another time."""
    scope = team_scope(Permission.IMPORT_WRITE)
    zone = _zone(get_import_view(scope, public_id))
    moves.move_export(current_actor(), scope, public_id, _parse_local(single(request.form, "exported_at"), zone))
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>/undo")
def confirm_undo(public_id: str) -> Response:
    """Show what taking an import back does."""
    page = ImportPage(get_import_view(team_scope(Permission.IMPORT_WRITE), public_id))
    return render_page("imports/undo.html", page=UndoPage(page))


@blueprint.post("/imports/<public_id>/undo")
def undo_import(public_id: str) -> Response:
    """Take an import back."""
    undo.undo_import(current_actor(), team_scope(Permission.IMPORT_WRITE), public_id)
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.get("/imports/<public_id>/shape.json")
def shape(public_id: str) -> Response:
    """Download keys, types and lengths of a file that was not recognised; no value of it."""
    report = (_view(public_id).run.summary or {}).get("shape")
    if report is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    response = make_response(report)
    response.headers["Content-Disposition"] = f'attachment; filename="shape-{public_id}.json"'
    return response


@blueprint.post("/imports/sample")
def load_sample() -> Response:
    """Load the made-up account through the real import."""
    public_id = sample.load_sample(current_actor(), team_scope(Permission.ACCOUNT_WRITE))
    return redirect_to(url_for("imports.show", public_id=public_id))


@blueprint.post("/imports/sample/remove")
def remove_sample() -> Response:
    """Take the made-up account away."""
    sample.remove_sample(current_actor(), team_scope(Permission.ACCOUNT_WRITE))
    flash(_("The sample account is gone."), "success")
    return redirect_to(url_for("dashboard.show"))


def received(file: FileStorage) -> ReceivedFile:
    """Return a file of this request, which is on disk already; raise ``OutOfSpace`` when it did not fit there."""
    stream = file.stream
    if not isinstance(stream, UploadStream):
        raise TypeError("an upload did not come through the stream of this application")
    stream.finish()
    return ReceivedFile(stream.path, file.filename or "", stream.size, stream.sha256)


def _view(public_id: str) -> ImportView:
    return get_import_view(team_scope(Permission.ACCOUNT_READ), public_id)


def _row_or(public_id: str, page: str) -> Response:
    """Return the row of an import for a list of them; whoever wants a whole page goes to that one."""
    view = _view(public_id)
    if not is_fragment_request():
        return redirect_to(page)
    return make_response(
        render_template("imports/_row.html", row=import_row(view, team_scope(Permission.ACCOUNT_READ)))
    )


def _names_page(public_id: str) -> NamesPage:
    number = parse_number("page", single(request.args, "page"), 1, 1, 100_000)
    return NamesPage(_view(public_id), single(request.args, "list"), single(request.args, "show"), number)


def _zone(view: ImportView) -> str:
    return view.account.timezone if view.account else "UTC"


def _renamed_handle(view: ImportView, public_id: str) -> str:
    """Return the name of the account that a person says was renamed to the file's owner."""
    question = (view.run.preview or {}).get("owner_question") or {"accounts": []}
    for account in question["accounts"]:
        if account["public_id"] == public_id:
            return str(account["handle"])
    raise Invalid(ErrorCode.FIELD_INVALID, field="owner", value=public_id[:40])


def _parse_answer(section: Section, text: str) -> ListAnswer:
    try:
        return ListAnswer(text)
    except ValueError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field=f"answer_{section.value}", value=text[:40]) from error


def _parse_local(text: str, timezone: str) -> int:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field="exported_at", value=text[:40]) from error
    return int(value.replace(tzinfo=ZoneInfo(timezone)).timestamp())
