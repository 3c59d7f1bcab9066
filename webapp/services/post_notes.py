"""What a team writes about a post: kept with the identity of the post, across imports and undos."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.analytics.content.covers import Identity, get_identity
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.domain.tags import clean_note
from webapp.models import Account, AuditAction, PostNote
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction

MAX_NOTES: Final = 50


def add_note(actor: Actor, scope: Scope, public_id: str, text: str) -> str:
    """Write a note on a post; return the public id of the note.

    Raises ``NotFound`` for an unknown post, ``Invalid`` for a text that cannot be one and for one note too many.
    """
    _require(scope)
    post, text = get_identity(scope, public_id), _clean(text)
    with transaction() as session:
        session.get_one(Account, scope.account_id, with_for_update=True)
        count = select(func.count(PostNote.id)).where(*_of(scope, post))
        if (session.scalar(count) or 0) >= MAX_NOTES:
            raise Invalid(ErrorCode.POST_NOTES_FULL, field="note", maximum=MAX_NOTES)
        note = PostNote(
            account_id=scope.account_id,
            published_at=post.published_at,
            ordinal=post.ordinal,
            text=text,
            created_by=scope.user_id,
            changed_at=datetime.now(UTC),
        )
        session.add(note)
        session.flush()
        _record(session, actor, AuditAction.POST_NOTED, public_id, note)
        return note.public_id


def change_note(actor: Actor, scope: Scope, public_id: str, note_id: str, text: str) -> None:
    """Give a note of a post another text; raise ``NotFound`` for unknown ids, ``Invalid`` as ``add_note`` does."""
    _require(scope)
    post, text = get_identity(scope, public_id), _clean(text)
    with transaction() as session:
        note = _get(session, scope, post, note_id)
        if note.text == text:
            return
        note.text, note.changed_at = text, datetime.now(UTC)
        _record(session, actor, AuditAction.POST_NOTED, public_id, note)


def delete_note(actor: Actor, scope: Scope, public_id: str, note_id: str) -> None:
    """Delete a note of a post; raise ``NotFound`` for unknown ids."""
    _require(scope)
    post = get_identity(scope, public_id)
    with transaction() as session:
        note = _get(session, scope, post, note_id)
        _record(session, actor, AuditAction.POST_NOTE_DELETED, public_id, note)
        session.delete(note)


def _clean(text: str) -> str:
    note = clean_note(text)
    if not note:
        raise Invalid(ErrorCode.POST_NOTE_EMPTY, field="note")
    return note


def _of(scope: Scope, post: Identity) -> tuple[ColumnElement[bool], ...]:
    return (
        PostNote.account_id == scope.account_id,
        PostNote.published_at == post.published_at,
        PostNote.ordinal == post.ordinal,
    )


def _get(session: Session, scope: Scope, post: Identity, note_id: str) -> PostNote:
    query = select(PostNote).where(*_of(scope, post), PostNote.public_id == note_id).with_for_update()
    note = session.scalars(query).first()
    if note is None:
        raise NotFound(ErrorCode.POST_NOTE_UNKNOWN)
    return note


def _record(session: Session, actor: Actor, action: AuditAction, public_id: str, note: PostNote) -> None:
    # Not what it says: the record outlives the note.
    record(session, actor, action, public_id, note=note.public_id, characters=len(note.text))


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.POST_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)
