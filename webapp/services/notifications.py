"""Tell people of something: one row each, by what they chose, in the transaction of what is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.domain.notifications import (
    TYPE_OF,
    Channel,
    Frequency,
    Hours,
    Message,
    NoticeType,
    default_frequency,
    due_at,
    hours_for,
)
from webapp.domain.scope import Permission
from webapp.models import (
    Membership,
    Notification,
    NotificationChoice,
    NotificationHours,
    PushDevice,
    database_now,
    new_public_id,
)
from webapp.queue import JobKind
from webapp.services.access import find_scope_of
from webapp.services.jobs import add_job


def find_readers(session: Session, team_id: int, account_id: int) -> list[int]:
    """Return the people who may see an account at this moment, by the number of their row."""
    members = session.scalars(select(Membership.user_id).where(Membership.team_id == team_id)).all()
    found = (find_scope_of(session, user_id, account_id, Permission.ACCOUNT_READ) for user_id in members)
    return [scope.user_id for scope in found if scope is not None and scope.team_id == team_id]


def tell(
    session: Session,
    people: Collection[int],
    messages: Iterable[Message],
    *,
    history_at: Mapping[str, int] | None = None,
) -> int:
    """Write in the running transaction what people are told, and return how many rows that made.

    ``people`` are user ids. Whoever was told of the same kind and key before is not told again; whoever wants a type
    on no channel has no row. ``history_at`` gives, by key, the Unix second of messages that are no news: they are
    there to be looked up, read already, and neither mailed nor pushed.
    """
    now = session.scalar(select(database_now())) or 0
    ways = _Ways(session, people)
    rows = []
    for message in messages:
        old = (history_at or {}).get(message.key)
        rows += [row for user_id in people if (row := ways.row(user_id, message, now, old)) is not None]
    if not rows:
        return 0
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    told = session.scalars(
        insert(Notification)
        .on_conflict_do_nothing()
        .returning(Notification.id)
        .execution_options(populate_existing=True),
        rows,
    ).all()
    if any(due is not None and due <= now for row in rows for due in (row["mail_due_at"], row["push_due_at"])):
        add_job(session, JobKind.NOTICES_DELIVER)
    return len(told)


def forget_member(session: Session, user_id: int, team_id: int) -> None:
    """Forget inside the running transaction what a person was told of a team that they are in no longer."""
    session.execute(delete(Notification).where(Notification.user_id == user_id, Notification.team_id == team_id))


def forget_account(session: Session, account_id: int) -> None:
    """Forget inside the running transaction what people were told of an account: it is another team's now."""
    session.execute(delete(Notification).where(Notification.account_id == account_id))


class _Ways:
    """What some people chose: by which channel, how soon, and when not."""

    def __init__(self, session: Session, people: Collection[int]) -> None:
        choices = session.execute(
            select(
                NotificationChoice.user_id,
                NotificationChoice.type,
                NotificationChoice.channel,
                NotificationChoice.frequency,
            ).where(NotificationChoice.user_id.in_(people))
        )
        self._chosen = {(user_id, kind, channel): frequency for user_id, kind, channel, frequency in choices}
        hours = session.scalars(select(NotificationHours).where(NotificationHours.user_id.in_(people)))
        self._hours = {row.user_id: Hours(row.timezone, row.quiet_from, row.quiet_until) for row in hours}
        devices = select(PushDevice.user_id).where(PushDevice.user_id.in_(people)).distinct()
        self._with_device = set(session.scalars(devices))

    def row(self, user_id: int, message: Message, now: int, history_at: int | None) -> dict[str, Any] | None:
        """Return the values of a person's row; ``None`` where they want none."""
        kind = TYPE_OF[message.kind]
        is_shown = self._frequency(user_id, kind, Channel.APP) is not Frequency.OFF
        mail_due_at = self._due_at(user_id, kind, Channel.MAIL, now)
        push_due_at = self._due_at(user_id, kind, Channel.PUSH, now) if user_id in self._with_device else None
        if history_at is not None:
            mail_due_at = push_due_at = None
        if not is_shown and mail_due_at is None and push_due_at is None:
            return None
        moment = datetime.now(UTC)
        return {
            "public_id": new_public_id(),
            "user_id": user_id,
            "team_id": message.team_id,
            "account_id": message.account_id,
            "notice_id": message.notice_id,
            "type": kind,
            "kind": message.kind,
            "key": message.key,
            "params": dict(message.params),
            "at": now if history_at is None else history_at,
            "created_at": moment,
            "read_at": None if history_at is None else moment,
            "is_shown": is_shown,
            "is_withdrawn": False,
            "mail_due_at": mail_due_at,
            "push_due_at": push_due_at,
        }

    def _frequency(self, user_id: int, kind: NoticeType, channel: Channel) -> Frequency:
        return self._chosen.get((user_id, kind, channel), default_frequency(channel))

    def _due_at(self, user_id: int, kind: NoticeType, channel: Channel, now: int) -> int | None:
        hours = hours_for(kind, self._hours.get(user_id, Hours()))
        return due_at(self._frequency(user_id, kind, channel), hours, now)
