"""What exports show that is worth telling, what each person was told, how they want it, and the devices it goes to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.notifications import Channel, Frequency, NoticeKind, NoticeType
from webapp.models.base import Base, BigId, new_public_id


class Notice(Base):
    """A finding of an account, whoever is told of it; it follows from the exports alone.

    What does not follow any more, after an undo or with an older export, is withdrawn and not deleted: should it
    follow again, nobody is told twice. ``at`` is the Unix second of the export that shows it.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("uq_notice", "account_id", "kind", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[NoticeKind]
    key: Mapped[str] = mapped_column(String(200))
    at: Mapped[int] = mapped_column(BigInteger)
    params: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class NoticeState(Base):
    """How far an account was looked at: what later exports show is news, what earlier ones show is history.

    ``body`` keeps what is dear to work out of single exports, by their ids; it may be thrown away at any time.
    """

    __tablename__ = "notice_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[int]
    # The Unix second of the newest export that was looked at.
    examined_until: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]]
    examined_at: Mapped[datetime]


class NoticeRule(Base):
    """How one kind of notice is tuned for an account; none holds its defaults.

    ``least`` is the smallest that is told of, in the unit of its kind (`webapp.domain.notice_rules`).
    """

    __tablename__ = "notice_rule"
    __table_args__ = (Index("uq_notice_rule", "account_id", "kind", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[NoticeKind]
    is_muted: Mapped[bool] = mapped_column(default=False)
    least: Mapped[float | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class Notification(Base):
    """What one person is told, in words made of ``kind`` and ``params`` when they read it.

    ``at`` is the Unix second that orders the list: when it was told, or of the export for history. ``is_shown`` is
    whether it is in the app, ``is_withdrawn`` follows the notice. ``mail_due_at`` and ``push_due_at`` are Unix seconds
    until it was handed over to be sent, ``None`` then and where it is not to be.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("uq_notification_once", "user_id", "kind", "key", unique=True),
        Index("ix_notification_list", "user_id", "at", "id"),
        Index(
            "ix_notification_unread",
            *("user_id", "team_id", "account_id"),
            # As queries write it: SQLite takes a partial index only where the condition stands in the same words.
            sqlite_where=text("read_at IS NULL AND is_shown = 1 AND is_withdrawn = 0"),
            postgresql_where=text("read_at IS NULL AND is_shown AND NOT is_withdrawn"),
        ),
        Index("ix_notification_mail_due", "mail_due_at"),
        Index("ix_notification_push_due", "push_due_at"),
        Index("ix_notification_notice", "notice_id"),
        Index("ix_notification_team", "team_id"),
        Index("ix_notification_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    type: Mapped[NoticeType]
    kind: Mapped[NoticeKind]
    key: Mapped[str] = mapped_column(String(200))
    params: Mapped[dict[str, Any]]
    at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    is_shown: Mapped[bool] = mapped_column(default=True)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    mail_due_at: Mapped[int | None] = mapped_column(BigInteger)
    push_due_at: Mapped[int | None] = mapped_column(BigInteger)


class NotificationChoice(Base):
    """How a person wants one type told on one channel; none holds the default."""

    __tablename__ = "notification_choice"
    __table_args__ = (Index("uq_notification_choice", "user_id", "type", "channel", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    type: Mapped[NoticeType]
    channel: Mapped[Channel]
    frequency: Mapped[Frequency]


class NotificationHours(Base):
    """A person's zone and quiet hours, in minutes of the day (`webapp.domain.notifications.Hours`)."""

    __tablename__ = "notification_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    timezone: Mapped[str] = mapped_column(String(64))
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]


class PushKey(Base):
    """The pair of keys by which push services know this installation (RFC 8292); made once, never changed."""

    __tablename__ = "push_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The uncompressed point of P-256 and the secret number, both base64url; the secret sealed (`services.vault`).
    public_key: Mapped[str] = mapped_column(String(100))
    private_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class PushDevice(Base):
    """A browser that takes push messages (RFC 8030); its address and keys came from the browser itself."""

    __tablename__ = "push_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(Text)
    # The SHA-256 of the endpoint: a browser that subscribes again is the same device.
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    # Sealed (`services.vault`): with it and the endpoint anybody could write to the device.
    auth: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(8))
    user_agent: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    # What the push service said last when it did not take a message: an HTTP status, 0 for no answer.
    last_error: Mapped[int | None]


class PushMessage(Base):
    """A message on its way to a device, written in the transaction in which its notifications were handed over.

    ``notifications`` are their row ids; none is a test. What it says is written when it is sent, so that what was
    erased or withdrawn meanwhile is not told.
    """

    __tablename__ = "push_message"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    device_id: Mapped[int] = mapped_column(ForeignKey("push_device.id", ondelete="CASCADE"), index=True)
    notifications: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)
    # Set once the service took it or refused it for good.
    ended_at: Mapped[datetime | None]
    status: Mapped[int | None]
