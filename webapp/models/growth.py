"""What a job worked out about the growth of an account, for one revision and time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base


class GrowthModel(Base):
    """Curves, peaks and milestones of an account's followers; made anew when revision or zone has changed."""

    __tablename__ = "growth_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    # Which figures the body holds (`webapp.analytics.growth_model.LAYOUT`): what an older version kept is made anew.
    layout: Mapped[int] = mapped_column(server_default="0")
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
