"""What jobs worked out about posts to come, and what people say of what stands out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.anomalies import AnomalyKind
from webapp.models.base import Base


class ForecastModel(Base):
    """Forecasts, how they did, and what stands out of an account; made anew when revision or zone has changed."""

    __tablename__ = "forecast_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    # What the body holds (`webapp.analytics.forecasts.fit.LAYOUT`): that of an older version is made anew.
    layout: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class ExpectedAnomaly(Base):
    """An anomaly that a person expected; why is a note on its day.

    ``wrote_note`` says that the note was written with the mark, not before it: then it goes with the mark.
    """

    __tablename__ = "expected_anomaly"
    __table_args__ = (Index("uq_expected_anomaly", "account_id", "kind", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[AnomalyKind]
    key: Mapped[str] = mapped_column(String(40))
    annotation_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id", ondelete="SET NULL"))
    wrote_note: Mapped[bool]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
