"""Tell members something, as the jobs do, and read back what stands in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from tests.factories import Member
from webapp.domain.notifications import Message, NoticeKind
from webapp.extensions import db
from webapp.models import Notification
from webapp.services.notifications import tell
from webapp.services.transaction import transaction


def tell_members(members: Sequence[Member], messages: Sequence[Message], *, at: Sequence[int] | None = None) -> None:
    """Tell each member each message, without any job; ``at`` are the Unix seconds at which that was, now without."""
    with transaction() as session:
        tell(session, [member.user_id for member in members], messages)
        for message, second in zip(messages, at or (), strict=False):
            session.execute(
                update(Notification)
                .where(Notification.kind == message.kind, Notification.key == message.key)
                .values(at=second)
            )


def followers(number: int, team: int | None, account: int | None = None, *, key: str = "") -> Message:
    """Return the message that so many followers were reached."""
    params = {"threshold": number, "count": number, "day": "2026-06-08"}
    return Message(NoticeKind.FOLLOWERS, key or str(number), params, team, account)


def row_of(member: Member, key: str) -> Notification:
    """Return a member's row by the key of its message."""
    db.session.rollback()
    return db.session.scalars(
        select(Notification).where(Notification.user_id == member.user_id, Notification.key == key)
    ).one()


def unread_keys(member: Member) -> list[str]:
    """Return the keys of what a member has not read, in the order of their rows."""
    db.session.rollback()
    query = (
        select(Notification.key)
        .where(Notification.user_id == member.user_id, Notification.read_at.is_(None))
        .order_by(Notification.id)
    )
    return list(db.session.scalars(query))
