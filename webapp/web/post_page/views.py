"""One post: its page, the notes of the team about it, and its cover."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from webapp.analytics.content.post_notes import list_notes
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.services import covers
from webapp.services.covers import SentImage
from webapp.services.post_notes import add_note, change_note, delete_note
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.messages import message
from webapp.web.post_links import post_href
from webapp.web.post_page.page import PostPage
from webapp.web.requests import UploadStream

blueprint = Blueprint("post", __name__)

_FRAGMENTS = ("notes",)


@blueprint.get("/content/posts/<public_id>")
def show(public_id: str) -> Response:
    """Show everything that is known of a post."""
    refuse_unknown(request.args, ("account", "note"))
    return _page(_scope(Permission.ACCOUNT_READ), public_id, edited=single(request.args, "note"))


@blueprint.post("/content/posts/<public_id>/notes")
def add(public_id: str) -> Response:
    """Write a note on the post."""
    scope, text = _scope(), request.form.get("note", "")
    try:
        add_note(current_actor(), scope, public_id, text)
    except Invalid as error:
        return _page(scope, public_id, status=422, sent_note=text, note_error=message(error))
    return _saved(scope, public_id)


@blueprint.post("/content/posts/<public_id>/notes/<note_id>")
def change(public_id: str, note_id: str) -> Response:
    """Give a note another text."""
    scope, text = _scope(), request.form.get("note", "")
    try:
        change_note(current_actor(), scope, public_id, note_id, text)
    except Invalid as error:
        return _page(scope, public_id, status=422, edited=note_id, sent_note=text, note_error=message(error))
    return _saved(scope, public_id)


@blueprint.post("/content/posts/<public_id>/notes/<note_id>/delete")
def delete(public_id: str, note_id: str) -> Response:
    """Delete a note, and show the page with a way to write it again."""
    scope = _scope()
    row = _row(scope, public_id)
    texts = {note.public_id: note.text for note in list_notes(scope, row.published_at, row.ordinal)}
    delete_note(current_actor(), scope, public_id, note_id)
    return _page(scope, public_id, deleted=texts.get(note_id))


@blueprint.post("/content/posts/<public_id>/cover")
def set_cover(public_id: str) -> Response:
    """Take an image as the cover of the post."""
    scope = _scope()
    _row(scope, public_id)
    files = [file for file in request.files.getlist("image") if file.filename]
    try:
        if not files:
            raise Invalid(ErrorCode.COVER_MISSING, field="image")
        covers.set_cover(current_actor(), scope, public_id, sent_image(files[0]))
    except Invalid as error:
        return _page(scope, public_id, status=422, cover_error=message(error))
    flash(_("The cover was saved."), "success")
    return redirect_to(post_href(public_id))


@blueprint.post("/content/posts/<public_id>/cover/delete")
def remove_cover(public_id: str) -> Response:
    """Take the cover away."""
    scope = _scope()
    if covers.remove_cover(current_actor(), scope, public_id):
        flash(_("The cover was removed."), "success")
    return redirect_to(post_href(public_id))


def sent_image(file: FileStorage) -> SentImage:
    """Return a received file with its name as the browser sent it."""
    stream: Any = file.stream
    if not isinstance(stream, UploadStream):
        raise TypeError("uploads are streamed to disk")
    stream.finish()
    return SentImage(file.filename or "", stream.path, stream.size)


def _saved(scope: Scope, public_id: str) -> Response:
    if is_fragment_request():
        return _page(scope, public_id)
    flash(_("The note was saved."), "success")
    return redirect_to(f"{post_href(public_id)}#notes")


def _scope(permission: Permission = Permission.POST_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _row(scope: Scope, public_id: str) -> PostRow:
    return _find(scope, public_id)[1]


def _find(scope: Scope, public_id: str) -> tuple[PostTable, PostRow]:
    table = find_posts(scope)
    row = table.by_id.get(public_id) if table else None
    if table is None or row is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return table, row


def _page(scope: Scope, public_id: str, *, status: int = 200, **states: Any) -> Response:
    page = PostPage(scope, *_find(scope, public_id), **states)
    return render_page("posts/show.html", _FRAGMENTS, status=status, page=page)
