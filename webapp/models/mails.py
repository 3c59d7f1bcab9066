"""Mails that are on their way, and the secrets they carry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, new_public_id


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Mail(Base):
    """A mail to one address, written in the same transaction as what it tells of, sent by a job."""

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(8))
    # What fills the template, sealed (`services.vault`) because links carry secrets; gone once it is sent.
    body: Mapped[str | None] = mapped_column(Text)
    # The name of a file of `services.mail_files` that goes with it.
    attachment: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]


class TokenKind(StrEnum):
    """What a secret that was mailed is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # nosec B105
    CHANGE_EMAIL = "change_email"
    REVERT_EMAIL = "revert_email"
    EMAIL_CODE = "email_code"


class MailedToken(Base):
    """A secret that was mailed to a person, good for one thing, once; only its hash is kept."""

    __tablename__ = "mailed_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TokenKind]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    # The person's security version when it was made: with another one it opens nothing.
    security_version: Mapped[int]
    data: Mapped[dict[str, Any]]
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
