"""Public links, and what each of them shows: a payload that was made beforehand, and nothing else."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.redaction import NameDisplay, NumberDisplay
from webapp.models.base import Base, new_public_id


class ShareMode(StrEnum):
    """Whether a link goes on to show the numbers of its making, or those of the newest import."""

    FROZEN = "frozen"
    LIVE = "live"


class ShareLink(Base):
    """A link that opens one report to whoever has it; only the SHA-256 of its secret is kept.

    What visitors see is ``payload_id`` alone; it is ``None`` until the first job has made one. Everything else is for
    making payloads and for the door: expiry, password, views, pause, revocation.
    """

    __tablename__ = "share_link"
    __table_args__ = (Index("ix_share_link_account", "account_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(120), default="")
    # For whom it is: drawn over every page, image and sheet.
    recipient: Mapped[str] = mapped_column(String(120), default="")
    query: Mapped[dict[str, Any]]
    mode: Mapped[ShareMode]
    names: Mapped[NameDisplay] = mapped_column(default=NameDisplay.HIDDEN)
    numbers: Mapped[NumberDisplay] = mapped_column(default=NumberDisplay.ABSOLUTE)
    hides_captions: Mapped[bool] = mapped_column(default=False)
    shows_account: Mapped[bool] = mapped_column(default=True)
    allows_pdf: Mapped[bool] = mapped_column(default=False)
    # Of the payload's texts and of the sheet; the page follows its visitor.
    locale: Mapped[str] = mapped_column(String(8))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # Goes up with every new password: what an earlier one opened is closed.
    password_version: Mapped[int] = mapped_column(default=0)
    max_views: Mapped[int | None]
    views: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None]
    payload_id: Mapped[int | None]
    job_id: Mapped[str | None] = mapped_column(String(36))
    error: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    paused_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SharePayload(Base):
    """What a link shows: a report that is redacted already, as text, and how it was made."""

    __tablename__ = "share_payload"

    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share_link.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    # Names of the files drawn from it, without their folder; ``None`` where there is none.
    pdf: Mapped[str | None] = mapped_column(String(64))
    image: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime]
