"""Mark notifications as read or unread; a reader's own state, of which no event is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from webapp.analytics.notifications import listed, matching
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.notification_query import NotificationQuery
from webapp.domain.scope import TeamScope
from webapp.models import Notification
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Marked:
    """How many notifications were marked as read, and the moment that they all have."""

    count: int
    moment: datetime


def mark(team: TeamScope, public_id: str, *, is_read: bool) -> Marked:
    """Mark one notification as read or unread; raise ``NotFound`` for any that is not the reader's.

    One that was so before stays as it is, and counts as none.
    """
    moment = datetime.now(UTC)
    with transaction() as session:
        query = select(Notification).where(Notification.public_id == public_id, listed(team))
        row = session.scalars(query).first()
        if row is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        if is_read is (row.read_at is not None):
            return Marked(0, moment)
        row.read_at = moment if is_read else None
    return Marked(1, moment)


def mark_all(team: TeamScope, query: NotificationQuery) -> Marked:
    """Mark all unread notifications of a view as read, on whichever page of it they are."""
    moment = datetime.now(UTC)
    with transaction() as session:
        unread = matching(team, query.with_(unread=True))
        return Marked(_set_read(session, unread, moment), moment)


def undo(team: TeamScope, moment: datetime) -> int:
    """Make exactly those unread again that were marked as read at a moment, and return how many they are."""
    with transaction() as session:
        return _set_read(session, listed(team) & (Notification.read_at == moment), None)


def _set_read(session: Session, which: ColumnElement[bool], moment: datetime | None) -> int:
    done: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Notification).where(which).values(read_at=moment).execution_options(synchronize_session=False)
    )
    return done.rowcount
