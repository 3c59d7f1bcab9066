"""Whom this installation has talked to outside itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base


class OutboundUse(Base):
    """A place outside that data went to, what for, and when it last did."""

    __tablename__ = "outbound_use"
    __table_args__ = (Index("uq_outbound_use", "purpose", "destination", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str] = mapped_column(String(200))
    uses: Mapped[int] = mapped_column(default=0)
    first_used_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
