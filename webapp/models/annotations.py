"""What a team wrote about a day of an account: a campaign, a holiday, a change of subject."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.annotations import MAX_ANNOTATION
from webapp.models.base import Base, new_public_id


class Annotation(Base):
    """A note on a day of the account's zone; kept across imports and undos, for no revision holds it."""

    __tablename__ = "annotation"
    __table_args__ = (Index("ix_annotation_day", "account_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    day: Mapped[date]
    text: Mapped[str] = mapped_column(String(MAX_ANNOTATION))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]
