"""Imports: send a file, watch it, commit it, cancel it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from flask import Response, request, url_for
from msgspec import UNSET, Meta
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from webapp.analytics.imports import get_import_view, list_imports
from webapp.domain.errors import ErrorCode, Invalid, UnsupportedBody
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.sections import ExportedAtSource, Platform, Section, SectionState
from webapp.domain.text import N_
from webapp.extensions import db, settings
from webapp.models import ImportOrigin, ImportRun, ImportState, OwnerAnswer
from webapp.services import imports, undo
from webapp.services.accounts import normalise_handle
from webapp.services.imports import ImportWishes, ReceivedFile
from webapp.web.api.arguments import known_id, neighbours, page_query, read_json
from webapp.web.api.import_answer import import_of
from webapp.web.api.operations import PAGES, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Difference, Import, ImportCommit, ImportForm, ImportList, Preview, SectionCounts
from webapp.web.auth import current_actor, team_scope
from webapp.web.requests import UploadStream

_TAG = N_("Imports and exports")
_MULTIPART = "multipart/form-data"
_FORM_FIELDS = ("file", "account", "exported_at")
_EXAMPLE = Import(
    id="7f0c2b9d4e6a81350c2d",
    state=ImportState.READY,
    origin=ImportOrigin.API,
    file_name="TikTok_Data_1775985300.zip",
    size_bytes=1_482_113,
    account="0b8f3c9a7d2e41560f9c",
    platform=Platform.TIKTOK,
    owner="demo.maker",
    exported_at=datetime(2026, 4, 12, 9, 15, tzinfo=UTC),
    exported_at_source=ExportedAtSource.FILE_NAME,
    created_at=datetime(2026, 4, 12, 18, 2, 40, tzinfo=UTC),
    ended_at=None,
    progress=None,
    sections={
        "followers": SectionCounts(state=SectionState.FILLED, read=12483, kept=12480, skipped={"deleted_account": 3})
    },
    preview=Preview(
        is_first=False,
        sections={
            "followers": Difference(
                new=281, unchanged=12198, gone=67, returned=4, refollowed=1, renamed=3, ended_later=0
            )
        },
        held=[],
        held_count=0,
        cut=[],
        owner_question=None,
    ),
    is_known=False,
    result=None,
    warnings=[],
    error=None,
)


@blueprint.get("/imports/")
@limited
@describe(
    Operation(
        N_("List the imports of the team, newest first"),
        _TAG,
        ImportList,
        ImportList(count=1, next=None, previous=None, results=[_EXAMPLE]),
        parameters=PAGES,
        errors=(422,),
    )
)
def index() -> Response:
    """Answer one page of the team's imports."""
    query = page_query()
    scope = team_scope(Permission.ACCOUNT_READ)
    views = list_imports(scope, query.page_size, query.offset)
    count = db.session.scalar(select(func.count(ImportRun.id)).where(ImportRun.team_id == scope.team_id)) or 0
    return answer(ImportList(count=count, results=[import_of(view) for view in views], **neighbours(query, count)))


@blueprint.post("/imports/")
@limited
@describe(
    Operation(
        N_("Send an export to be read; nothing is written before the commit"),
        _TAG,
        Import,
        _EXAMPLE,
        status=202,
        form=ImportForm,
        has_location=True,
        errors=(400, 403, 413, 415, 422, 507),
        sample="file=@TikTok_Data_1775985300.zip",
    )
)
def create_import() -> Response:
    """Take a file in and answer where to watch it."""
    refuse_unknown(request.args, ())
    scope = team_scope(Permission.IMPORT_WRITE)
    if request.mimetype != _MULTIPART:
        raise UnsupportedBody(ErrorCode.UNSUPPORTED_BODY, expected=_MULTIPART)
    refuse_unknown(request.form, _FORM_FIELDS)
    refuse_unknown(request.files, _FORM_FIELDS)
    wishes = ImportWishes(handle=_read_handle(), exported_at=_read_export_time())
    public_id = imports.create_import(current_actor(), scope, _receive_file(), ImportOrigin.API, wishes)
    return _accepted(public_id)


@blueprint.get("/imports/<public_id>/")
@limited
@describe(Operation(N_("Show an import"), _TAG, Import, _EXAMPLE, errors=(404, 422)))
def show_import(public_id: str) -> Response:
    """Answer one import."""
    refuse_unknown(request.args, ())
    return answer(import_of(get_import_view(team_scope(Permission.ACCOUNT_READ), known_id(public_id))))


@blueprint.post("/imports/<public_id>/commit/")
@limited
@describe(
    Operation(
        N_("Write an import that is ready, or one that waits for an answer that the body gives"),
        _TAG,
        Import,
        _EXAMPLE,
        status=202,
        body=ImportCommit,
        has_location=True,
        errors=(400, 403, 404, 409, 413, 415, 422),
        sample='{"answers": {"followers": "complete"}}',
    )
)
def commit_import(public_id: str) -> Response:
    """Queue the writing of an import; one that did not know its account is compared first and may be held then."""
    refuse_unknown(request.args, ())
    scope = team_scope(Permission.ACCOUNT_READ)
    wish = read_json(ImportCommit)
    if wish.owner is not UNSET:
        _answer_owner(scope, known_id(public_id), wish, wish.owner)
        return _accepted(public_id)
    if wish.account is not UNSET:
        raise Invalid(ErrorCode.FIELD_INVALID, field="account", value=wish.account[:40])
    given = {} if wish.answers is UNSET else wish.answers
    imports.commit_import(
        current_actor(),
        scope,
        known_id(public_id),
        answers={Section(name): said for name, said in given.items()},
        losses_confirmed=wish.confirm_losses,
    )
    return _accepted(public_id)


def _answer_owner(scope: TeamScope, public_id: str, wish: ImportCommit, answer: OwnerAnswer) -> None:
    # What is held is known only once the account is.
    if wish.answers is not UNSET:
        raise Invalid(ErrorCode.FIELD_INVALID, field="answers", value=", ".join(wish.answers))
    imports.correct_import(
        current_actor(),
        scope,
        public_id,
        handle=None if wish.account is UNSET else _handle(wish.account),
        owner_answer=answer,
        commits=True,
        losses_confirmed=wish.confirm_losses,
    )


@blueprint.post("/imports/<public_id>/undo/")
@limited
@describe(
    Operation(
        N_("Take an import back; the account is then as if it had never been imported"),
        _TAG,
        Import,
        _EXAMPLE,
        status=202,
        has_location=True,
        errors=(403, 404, 409, 422),
    )
)
def undo_import(public_id: str) -> Response:
    """Queue the undoing of an import."""
    refuse_unknown(request.args, ())
    undo.undo_import(current_actor(), team_scope(Permission.ACCOUNT_READ), known_id(public_id))
    return _accepted(public_id)


@blueprint.post("/imports/<public_id>/cancel/")
@limited
@describe(
    Operation(
        N_("Stop an import and forget its file"),
        _TAG,
        Import,
        _EXAMPLE,
        errors=(403, 404, 409, 422),
    )
)
def cancel_import(public_id: str) -> Response:
    """Cancel an import; one that is being worked on ends a moment later."""
    refuse_unknown(request.args, ())
    scope = team_scope(Permission.ACCOUNT_READ)
    imports.cancel_import(current_actor(), scope, known_id(public_id))
    return answer(import_of(get_import_view(scope, public_id)))


def _accepted(public_id: str) -> Response:
    response = answer(import_of(get_import_view(team_scope(Permission.ACCOUNT_READ), public_id)), 202)
    response.headers["Location"] = settings().base_url + url_for("api.show_import", public_id=public_id)
    return response


def _receive_file() -> ReceivedFile:
    files = request.files.getlist("file")
    if len(files) > 1:
        raise Invalid(ErrorCode.FIELD_REPEATED, field="file")
    if not files:
        raise Invalid(ErrorCode.UPLOAD_MISSING, field="file")
    return _received(files[0])


def _received(file: FileStorage) -> ReceivedFile:
    stream = file.stream
    if not isinstance(stream, UploadStream):
        raise TypeError("an upload did not come through the stream of this application")
    stream.finish()  # what is still in this process's buffer would not move with the file
    return ReceivedFile(stream.path, file.filename or "", stream.size, stream.sha256)


def _read_handle() -> str | None:
    text = single(request.form, "account")
    return _handle(text) if text else None


def _handle(text: str) -> str:
    try:
        return normalise_handle(text)
    except Invalid as error:
        raise Invalid(error.code, **{**error.params, "field": "account"}) from error


def _read_export_time() -> int | None:
    text = single(request.form, "exported_at")
    if not text:
        return None
    try:
        return int(msgspec.convert(text, Annotated[datetime, Meta(tz=True)]).timestamp())
    except msgspec.ValidationError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field="exported_at", value=text[:40]) from error
