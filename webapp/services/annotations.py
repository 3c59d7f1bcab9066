"""What a team writes about days of an account."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.annotations import MAX_ANNOTATIONS, clean_annotation
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.models import Account, Annotation, AuditAction
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction


def add_annotation(actor: Actor, scope: Scope, day: date, text: str) -> str:
    """Write a note on a day of the account's zone; return its public id.

    Raises ``Invalid`` for a text that cannot be one, the same text on the same day, and one note too many.
    """
    _require(scope)
    text = clean_annotation(text)
    with transaction() as session:
        _lock(session, scope)
        _refuse_twin(session, scope, day, text)
        return write_note(session, actor, scope, day, text).public_id


def change_annotation(actor: Actor, scope: Scope, public_id: str, day: date, text: str) -> None:
    """Give a note another day or text; raise ``NotFound`` for an unknown id, else as ``add_annotation`` does."""
    _require(scope)
    text = clean_annotation(text)
    with transaction() as session:
        _lock(session, scope)
        note = _get(session, scope, public_id)
        if (note.day, note.text) == (day, text):
            return
        _refuse_twin(session, scope, day, text, but=note)
        before = _shape_of(note)
        note.day, note.text, note.changed_at = day, text, datetime.now(UTC)
        after = _shape_of(note)
        record(session, actor, AuditAction.ANNOTATION_WRITTEN, public_id, before=before, after=after)


def delete_annotation(actor: Actor, scope: Scope, public_id: str) -> None:
    """Delete a note; raise ``NotFound`` for an unknown id."""
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        remove_note(session, actor, _get(session, scope, public_id))


def write_note(session: Session, actor: Actor, scope: Scope, day: date, text: str) -> Annotation:
    """Add a note of a clean text in the running transaction; raise ``Invalid`` for one note too many."""
    mine = select(func.count(Annotation.id)).where(Annotation.account_id == scope.account_id)
    if (session.scalar(mine) or 0) >= MAX_ANNOTATIONS:
        raise Invalid(ErrorCode.ANNOTATIONS_FULL, field="text", maximum=MAX_ANNOTATIONS)
    note = Annotation(
        account_id=scope.account_id, day=day, text=text, created_by=scope.user_id, changed_at=datetime.now(UTC)
    )
    session.add(note)
    session.flush()
    _record(session, actor, AuditAction.ANNOTATION_WRITTEN, note, is_new=True)
    return note


def remove_note(session: Session, actor: Actor, note: Annotation) -> None:
    """Delete a note in the running transaction."""
    _record(session, actor, AuditAction.ANNOTATION_DELETED, note)
    session.delete(note)


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.ANNOTATION_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who write come one after another, so that what they compare and count holds."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _get(session: Session, scope: Scope, public_id: str) -> Annotation:
    query = select(Annotation).where(Annotation.account_id == scope.account_id, Annotation.public_id == public_id)
    note = session.scalars(query).first()
    if note is None:
        raise NotFound(ErrorCode.ANNOTATION_UNKNOWN)
    return note


def _refuse_twin(session: Session, scope: Scope, day: date, text: str, but: Annotation | None = None) -> None:
    query = select(Annotation).where(Annotation.account_id == scope.account_id, Annotation.day == day)
    if any(note is not but and note.text.casefold() == text.casefold() for note in session.scalars(query)):
        raise Invalid(ErrorCode.ANNOTATION_TWICE, field="text")


def _record(session: Session, actor: Actor, action: AuditAction, note: Annotation, **detail: object) -> None:
    record(session, actor, action, note.public_id, **_shape_of(note), **detail)


def _shape_of(note: Annotation) -> dict[str, object]:
    # Not what it says: the record outlives the note.
    return {"day": note.day.isoformat(), "characters": len(note.text)}
