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
    # The import that may write rows of the next revision: two imports of one account take turns.
    writing_import_id: Mapped[int | None]
    # Set while rows of the next revision may be there; still set at the next turn, they are taken back.
    has_leftovers: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


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
