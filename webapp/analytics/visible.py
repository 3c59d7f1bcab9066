"""What a reader sees of the versioned tables."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from webapp.domain.redaction import NOTHING_HIDDEN, Redaction
from webapp.domain.scope import Scope
from webapp.domain.sections import Section, SectionState
from webapp.extensions import db
from webapp.models import Export, Follower, Following

COMPLETE = (SectionState.FILLED, SectionState.EMPTY)


class Reader(Protocol):
    """Whoever reads an account at one of its revisions: a person's scope, or a job."""

    @property
    def account_id(self) -> int:
        """Return the account."""

    @property
    def revision(self) -> int:
        """Return the data version that is read."""


class ZonedReader(Reader, Protocol):
    """Whoever reads an account at one of its revisions by its own calendar."""

    @property
    def timezone(self) -> str:
        """Return the time zone of the account."""


def redaction_of(reader: Reader) -> Redaction:
    """Return what is kept from a reader; a job sees everything."""
    return reader.redaction if isinstance(reader, Scope) else NOTHING_HIDDEN


class _AnyReader:
    """Stands for a reader in a statement that is made once; `values_of` gives its values."""

    account_id: Any = bindparam("account_id")
    revision: Any = bindparam("revision")


ANY_READER = _AnyReader()


def values_of(reader: Reader) -> dict[str, Any]:
    """Return what a statement for `ANY_READER` is asked with."""
    return {"account_id": reader.account_id, "revision": reader.revision}


def visible(model: Any, reader: Reader) -> ColumnElement[bool]:
    """Return the condition for the rows of a versioned mapping that the reader sees."""
    return and_(
        model.account_id == reader.account_id,
        model.added_revision <= reader.revision,
        model.removed_revision > reader.revision,
    )


def current(model: type[Follower] | type[Following], reader: Reader) -> ColumnElement[bool]:
    """Return the condition for the names on the newest complete list."""
    return and_(visible(model, reader), model.gone_export_id.is_(None))


STATES = {
    Section.FOLLOWERS: Export.followers_state,
    Section.FOLLOWING: Export.following_state,
    Section.POSTS: Export.posts_state,
}
_NEWEST = {
    section: select(Export)
    .where(visible(Export, ANY_READER), state.in_(COMPLETE))
    .order_by(Export.exported_at.desc(), Export.id.desc())
    .limit(1)
    for section, state in STATES.items()
}


_NEWEST_OF_BOTH = select(Export).where(
    or_(
        *(
            Export.id == _NEWEST[section].with_only_columns(Export.id).correlate(None).scalar_subquery()
            for section in (Section.FOLLOWERS, Section.FOLLOWING)
        )
    )
)


def find_newest_lists(reader: Reader) -> dict[Section, Export | None]:
    """Return what `find_newest_complete` does for both follow lists, in one question."""
    found = db.session.scalars(_NEWEST_OF_BOTH, values_of(reader)).all()
    newest = sorted(found, key=lambda export: (export.exported_at, export.id), reverse=True)
    return {
        Section.FOLLOWERS: next((export for export in newest if export.followers_state in COMPLETE), None),
        Section.FOLLOWING: next((export for export in newest if export.following_state in COMPLETE), None),
    }


def find_newest_complete(reader: Reader, section: Section) -> Export | None:
    """Return the newest export that holds the section whole; ``None`` means unknown, never zero."""
    return db.session.scalars(_NEWEST[section], values_of(reader)).first()


def count_kept(export: Export, section: Section) -> int:
    """Return how many names an export's list holds, as they were counted when it was read."""
    return int(export.sections[section.value]["kept"])
