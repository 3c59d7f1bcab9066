"""The notes on days of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from webapp.analytics.visible import Reader, redaction_of
from webapp.domain.annotations import PAGE_SIZE, AnnotationQuery
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import Span, day_of
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Annotation, User

_NEWEST_FIRST = (Annotation.day.desc(), Annotation.id.desc())


@dataclass(frozen=True, slots=True)
class DayNote:
    """A note on a day of the account's zone; ``by`` is who wrote it first, if they are still here."""

    public_id: str
    day: date
    text: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class AnnotationPage:
    """One page of the notes, newest day first; ``start`` rows stand before it."""

    rows: tuple[DayNote, ...]
    total: int
    start: int

    @property
    def has_next(self) -> bool:
        """Return whether rows follow."""
        return self.start + len(self.rows) < self.total


def list_annotations(scope: Scope, span: Span | None) -> tuple[DayNote, ...]:
    """Return the notes on the days that a span touches, newest day first; without a span all of them."""
    query = select(Annotation.public_id, Annotation.day, Annotation.text).where(
        Annotation.account_id == scope.account_id
    )
    if span is not None:
        query = query.where(Annotation.day <= day_of(span.until, scope.timezone))
        if span.since is not None:
            query = query.where(Annotation.day >= day_of(span.since + 1, scope.timezone))
    return tuple(_note(scope, *row) for row in db.session.execute(query.order_by(*_NEWEST_FIRST)))


def list_annotation_page(reader: Reader, query: AnnotationQuery) -> AnnotationPage:
    """Return one page of all notes."""
    mine = Annotation.account_id == reader.account_id
    total = db.session.scalar(select(func.count(Annotation.id)).where(mine)) or 0
    start = (query.page - 1) * PAGE_SIZE
    statement = (
        select(Annotation.public_id, Annotation.day, Annotation.text, User.email)
        .outerjoin(User, User.id == Annotation.created_by)
        .where(mine)
        .order_by(*_NEWEST_FIRST)
        .limit(PAGE_SIZE)
        .offset(start)
    )
    return AnnotationPage(tuple(_note(reader, *row) for row in db.session.execute(statement)), total, start)


def get_annotation(reader: Reader, public_id: str) -> DayNote:
    """Return one note; raise ``NotFound`` for any other id."""
    query = select(Annotation.public_id, Annotation.day, Annotation.text).where(
        Annotation.account_id == reader.account_id, Annotation.public_id == public_id
    )
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound(ErrorCode.ANNOTATION_UNKNOWN)
    return _note(reader, *row)


def _note(reader: Reader, public_id: str, day: date, text: str, by: str | None = None) -> DayNote:
    return DayNote(public_id, day, redaction_of(reader).remark(text), by)
