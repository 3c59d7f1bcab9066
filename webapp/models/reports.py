"""Reports that were made, files that were put together, and what teams want to reach."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.reports import GoalMetric, Paper
from webapp.models.base import Base, new_public_id


class ReportRun(Base):
    """A report on paper: what was asked, what was found (`webapp.domain.reports.Report`), and the sheet it is for.

    ``body`` is empty until its job has made it; ``revision`` is the data version it was made of. The PDF is a file
    named after the public id and can always be drawn again from the body.
    """

    __tablename__ = "report_run"
    __table_args__ = (Index("ix_report_run_account", "account_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(120), default="")
    # As `services.report_queries` writes it.
    query: Mapped[dict[str, Any]]
    locale: Mapped[str] = mapped_column(String(8))
    paper: Mapped[Paper] = mapped_column(default=Paper.A4)
    body: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int | None]
    # The report it was made again from, with the same numbers or with those of now.
    again_of: Mapped[int | None]
    job_id: Mapped[str | None] = mapped_column(String(36))
    error: Mapped[str | None] = mapped_column(String(40))
    pages: Mapped[int | None]
    size: Mapped[int | None]
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]


class DataExport(Base):
    """A large download that a job puts together: which table, in which form, until when."""

    __tablename__ = "data_export"
    __table_args__ = (Index("ix_data_export_account", "account_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    # Who asked for it, and alone may fetch it: it shows what that person may see.
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    # What is in it, and as what: `webapp.domain.data_exports`. ``query`` says what was covered for who asked.
    content: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(20))
    query: Mapped[dict[str, Any]]
    locale: Mapped[str] = mapped_column(String(8))
    job_id: Mapped[str | None] = mapped_column(String(36))
    # Its name, without its folder, once it is there.
    file: Mapped[str | None] = mapped_column(String(64))
    rows: Mapped[int | None]
    size: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Goal(Base):
    """What an account is to reach in a month; ``month`` is its first day, a rate is 0.05 for 5 %."""

    __tablename__ = "goal"
    __table_args__ = (Index("uq_goal", "account_id", "month", "metric", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    month: Mapped[date]
    metric: Mapped[GoalMetric]
    target: Mapped[float]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]
