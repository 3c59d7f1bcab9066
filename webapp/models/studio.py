"""What downloads from TikTok Studio say: figures of single videos, of days, of hours, and shares of an audience."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import NEVER, Base, BigId


class MatchState(StrEnum):
    """Which post of the data exports a video of Studio is."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"  # several posts fit equally well
    UNMATCHED = "unmatched"  # no post of the exports so far fits
    BY_HAND = "by_hand"  # a person said which it is
    NONE = "none"  # a person said that it is none of them


class StudioVideo(Base):
    """One row of a Content file: a video with its figures at the time of the download, and the post it is."""

    __tablename__ = "studio_video"
    __table_args__ = (
        Index("uq_studio_video", "account_id", "export_id", "platform_post_id", "removed_revision", unique=True),
        Index("ix_studio_video_post", "post_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    platform_post_id: Mapped[str] = mapped_column(String(32))
    permalink: Mapped[str] = mapped_column(String(300))
    title: Mapped[str | None] = mapped_column(Text)
    posted_on: Mapped[date | None] = mapped_column(Date)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    state: Mapped[MatchState]
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class StudioChoice(Base):
    """What a person said of a video: which post it is by that post's identity, or that it is none."""

    __tablename__ = "studio_choice"
    __table_args__ = (Index("uq_studio_choice", "account_id", "platform_post_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    platform_post_id: Mapped[str] = mapped_column(String(32))
    published_at: Mapped[int | None] = mapped_column(BigInteger)
    ordinal: Mapped[int] = mapped_column(default=0)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]


class StudioDay(Base):
    """The account's figures of one day as a download states them; what a file does not hold is unknown."""

    __tablename__ = "studio_day"
    __table_args__ = (Index("uq_studio_day", "account_id", "export_id", "day", "removed_revision", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    video_views: Mapped[int | None] = mapped_column(BigInteger)
    profile_views: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    followers: Mapped[int | None] = mapped_column(BigInteger)
    viewers: Mapped[int | None] = mapped_column(BigInteger)
    new_viewers: Mapped[int | None] = mapped_column(BigInteger)
    returning_viewers: Mapped[int | None] = mapped_column(BigInteger)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class StudioHour(Base):
    """How many followers were active in an hour (0 to 23) of a day, as a download states it."""

    __tablename__ = "studio_hour"
    __table_args__ = (
        Index("uq_studio_hour", "account_id", "export_id", "day", "hour", "removed_revision", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    hour: Mapped[int]
    active_followers: Mapped[int | None] = mapped_column(BigInteger)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class AudienceTrait(StrEnum):
    """What an audience is divided by."""

    GENDER = "gender"
    TERRITORY = "territory"


class StudioShare(Base):
    """A part of the followers, 0 to 1, by gender or territory, as a download states it."""

    __tablename__ = "studio_share"
    __table_args__ = (
        Index("uq_studio_share", "account_id", "export_id", "trait", "label", "removed_revision", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    trait: Mapped[AudienceTrait]
    label: Mapped[str] = mapped_column(String(80))
    share: Mapped[float | None] = mapped_column(Float)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)
