"""What a team wrote about a post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.analytics.visible import Reader, redaction_of
from webapp.extensions import db
from webapp.models import PostNote, User


@dataclass(frozen=True, slots=True)
class Note:
    """A note; ``by`` is who wrote it first, if they are still here."""

    public_id: str
    text: str
    changed_at: datetime
    by: str | None


def list_notes(reader: Reader, published_at: int, ordinal: int) -> tuple[Note, ...]:
    """Return the notes on a post by its identity, the oldest first."""
    query = (
        select(PostNote.public_id, PostNote.text, PostNote.changed_at, User.email)
        .outerjoin(User, User.id == PostNote.created_by)
        .where(
            PostNote.account_id == reader.account_id,
            PostNote.published_at == published_at,
            PostNote.ordinal == ordinal,
        )
        .order_by(PostNote.id)
    )
    remark = redaction_of(reader).remark
    return tuple(Note(row.public_id, remark(row.text), row.changed_at, row.email) for row in db.session.execute(query))
