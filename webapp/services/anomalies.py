"""Say of something that stands out that it was expected, and why; or take that back."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.anomalies import Anomaly, get_anomaly
from webapp.domain.annotations import clean_annotation
from webapp.domain.anomalies import AnomalyKind
from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.models import Account, Annotation, AuditAction, ExpectedAnomaly
from webapp.services.annotations import remove_note, write_note
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction


def mark_expected(actor: Actor, scope: Scope, kind: AnomalyKind, key: str, text: str) -> Anomaly:
    """Note that something that stands out was expected; why becomes a note on its day. Return what it was before.

    Of one that is marked already the reason changes. The same words on the same day are one note. Raises ``NotFound``
    for what does not stand out, ``Invalid`` for a text that cannot be a note, and for one note too many.
    """
    _require(scope)
    text = clean_annotation(text)
    found = get_anomaly(scope, kind, key)
    with transaction() as session:
        _lock(session, scope)
        mark = _find(session, scope, kind, key)
        if mark is None:
            mark = ExpectedAnomaly(account_id=scope.account_id, kind=kind, key=key, wrote_note=False)
        before = mark.annotation_id
        note = _find_note(session, scope, found.day, text)
        if note is not None and note.id == before:
            return found
        _let_go(session, actor, mark)
        mark.wrote_note = note is None
        note = note or write_note(session, actor, scope, found.day, text)
        mark.annotation_id, mark.created_by, mark.created_at = note.id, scope.user_id, datetime.now(UTC)
        session.add(mark)
        record(session, actor, AuditAction.ANOMALY_EXPECTED, key, kind=kind.value, note=note.public_id)
    return found


def unmark(actor: Actor, scope: Scope, kind: AnomalyKind, key: str) -> None:
    """Take the mark off, and with it the note that was written for it; raise ``NotFound`` where there is none."""
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        mark = _find(session, scope, kind, key)
        if mark is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        _let_go(session, actor, mark)
        session.delete(mark)
        record(session, actor, AuditAction.ANOMALY_UNMARKED, key, kind=kind.value)


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.ANNOTATION_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who write come one after another, so that what they look for and count holds."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _find(session: Session, scope: Scope, kind: AnomalyKind, key: str) -> ExpectedAnomaly | None:
    query = select(ExpectedAnomaly).where(
        ExpectedAnomaly.account_id == scope.account_id, ExpectedAnomaly.kind == kind, ExpectedAnomaly.key == key
    )
    return session.scalars(query).first()


def _find_note(session: Session, scope: Scope, day: date, text: str) -> Annotation | None:
    query = select(Annotation).where(Annotation.account_id == scope.account_id, Annotation.day == day)
    return next((note for note in session.scalars(query) if note.text.casefold() == text.casefold()), None)


def _let_go(session: Session, actor: Actor, mark: ExpectedAnomaly) -> None:
    """Part a mark from its note; a note that was written for marks goes with the last of them."""
    note = None if mark.annotation_id is None else session.get(Annotation, mark.annotation_id)
    if note is None or not mark.wrote_note:
        return
    query = select(ExpectedAnomaly).where(ExpectedAnomaly.annotation_id == note.id, ExpectedAnomaly.id != mark.id)
    other = session.scalars(query.order_by(ExpectedAnomaly.id)).first()
    if other is not None:
        other.wrote_note = True
        return
    mark.annotation_id = None
    session.flush()
    remove_note(session, actor, note)
