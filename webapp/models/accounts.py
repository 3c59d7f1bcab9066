"""Accounts on a platform and the exports that were read for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.sections import Certainty, ExportedAtSource, Platform, SectionState
from webapp.models.base import NEVER, Base, new_public_id


class Account(Base):
    """One account on one platform; every row below it carries its id.

    ``revision`` is the pointer that readers follow: rows added by a later revision are not there yet,
    rows removed by a later one still are. Committing an import moves the pointer, nothing else.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_team_platform_handle",
            "team_id",
            "platform",
            "handle_key",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_account_default",
            "team_id",
            unique=True,
            sqlite_where=text("is_default AND deleted_at IS NULL"),
            postgresql_where=text("is_default AND deleted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    platform: Mapped[Platform]
    handle: Mapped[str] = mapped_column(String(64))
    handle_key: Mapped[str] = mapped_column(String(64))
    display_name: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_default: Mapped[bool] = mapped_column(default=False)
    is_sample: Mapped[bool] = mapped_column(default=False)
    # Made by its first import, which is still writing: to everybody else it is not there.
    awaits_import: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    # The job that may write rows of the next revision: imports, undos and erasures of one account take turns.
    writing_job_id: Mapped[str | None] = mapped_column(String(36))
    # Set while rows of the next revision may be there; still set at the next turn, they are taken back.
    has_leftovers: Mapped[bool] = mapped_column(default=False)
    # Of the names of the list before: when more of them are absent from a list, a person must say whether it is whole.
    hold_percent: Mapped[int] = mapped_column(default=20)
    # How old the data may grow before the app reminds of a new export; 0 never does.
    reminder_days: Mapped[int] = mapped_column(default=30)
    # When a person said that a new export is on its way; the next import clears it.
    export_requested_at: Mapped[datetime | None]
    # Until then no reminder is shown; the next import clears it.
    reminder_snoozed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class AccountRevision(Base):
    """When a revision of an account became the one that is read; rows it replaced are read for a while yet."""

    __tablename__ = "account_revision"
    __table_args__ = (Index("uq_account_revision", "account_id", "revision", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    revision: Mapped[int]
    made_at: Mapped[datetime]


class FormerHandle(Base):
    """A name that an account had before it was renamed; older exports carry it."""

    __tablename__ = "former_handle"
    __table_args__ = (Index("uq_former_handle", "account_id", "handle_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    handle: Mapped[str] = mapped_column(String(64))
    handle_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Export(Base):
    """One export of an account as it was read; visible from the revision that added it."""

    __tablename__ = "export"
    __table_args__ = (
        Index("uq_export_account_digest", "account_id", "content_digest", "removed_revision", unique=True),
        Index("ix_export_account_exported_at", "account_id", "exported_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), index=True)
    exported_at: Mapped[int] = mapped_column(BigInteger)
    exported_at_source: Mapped[ExportedAtSource]
    exported_at_certainty: Mapped[Certainty]
    content_digest: Mapped[str] = mapped_column(String(64))
    layout: Mapped[str] = mapped_column(String(20))
    followers_state: Mapped[SectionState]
    following_state: Mapped[SectionState]
    posts_state: Mapped[SectionState]
    # Section -> read, kept, skipped by reason, and the follow seconds of deleted accounts.
    sections: Mapped[dict[str, Any]]
    profile_follower_count: Mapped[int | None] = mapped_column(BigInteger)
    profile_following_count: Mapped[int | None] = mapped_column(BigInteger)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)
