"""What a team knows of single people on the lists: renames it confirmed, tags, notes, and who was erased.

None of it belongs to a revision: it is kept across imports and undos, and an undo leaves it as it is.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base


class RenameState(StrEnum):
    """What a person said of two names with the same follow second."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Rename(Base):
    """Two names that a person said are one account, or are not; holds for both lists."""

    __tablename__ = "rename"
    __table_args__ = (Index("uq_rename_pair", "account_id", "from_key", "to_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    from_username: Mapped[str] = mapped_column(String(64))
    from_key: Mapped[str] = mapped_column(String(64))
    to_username: Mapped[str] = mapped_column(String(64))
    to_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[RenameState]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]


class PersonTag(Base):
    """One mark on one person: keep, ignore, family, brand, or a free word."""

    __tablename__ = "person_tag"
    __table_args__ = (
        Index("uq_person_tag", "account_id", "username_key", "tag_key", unique=True),
        Index("ix_person_tag_tag", "account_id", "tag_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(String(64))
    tag: Mapped[str] = mapped_column(String(40))
    tag_key: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class PersonNote(Base):
    """What the team wrote about one person."""

    __tablename__ = "person_note"
    __table_args__ = (Index("uq_person_note", "account_id", "username_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class Erasure(Base):
    """That one person's data were erased, and a keyed digest by which later imports leave the name out again."""

    __tablename__ = "erasure"
    __table_args__ = (Index("uq_erasure_digest", "account_id", "digest", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    erased_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    wanted_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
