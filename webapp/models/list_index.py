"""Packed follow lists in pieces, so that every web machine can fetch them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.sections import Section
from webapp.models.base import Base, BigId, new_public_id

_READY = text("is_ready")


class ListIndex(Base):
    """The follow list of one export, packed; readers see it once it is ready.

    ``token`` names its copies on disk: ids come back on SQLite, tokens do not.
    """

    __tablename__ = "list_index"
    __table_args__ = (
        Index(
            "uq_list_index_ready",
            "account_id",
            "section",
            "export_id",
            unique=True,
            sqlite_where=_READY,
            postgresql_where=_READY,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    section: Mapped[Section]
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id", ondelete="CASCADE"), index=True)
    # The job that writes it; what a killed job left is known by it.
    job_id: Mapped[str] = mapped_column(String(36), index=True)
    token: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    is_ready: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class ListIndexPiece(Base):
    """About a megabyte of a packed list."""

    __tablename__ = "list_index_piece"
    __table_args__ = (Index("uq_list_index_piece", "index_id", "ordinal", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    index_id: Mapped[int] = mapped_column(ForeignKey("list_index.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
