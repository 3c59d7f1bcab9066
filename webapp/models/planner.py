"""What a team plans: posts, experiments, and the calendars that people subscribe to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.experiments import Arm, ExperimentKind, ExperimentState
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.planner import MAX_SOUND_TEXT, PlanMatch, PlanState
from webapp.domain.post_query import PostKind
from webapp.models.base import Base, new_public_id


class Experiment(Base):
    """Two ways of publishing, alternated at random over the next posts; each post is a row of `PlannedPost`.

    ``arm_a`` and ``arm_b`` are slots ("0" to "7"), or the hashtag and nothing. ``posts_each`` comes from the power
    formula; ``spread`` is the sd of log residuals and ``effect`` the difference (0.5 is 50 %) that it was made with;
    ``seed`` is what the order was drawn with.
    """

    __tablename__ = "experiment"
    __table_args__ = (Index("ix_experiment_account", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[ExperimentKind]
    state: Mapped[ExperimentState] = mapped_column(default=ExperimentState.RUNNING)
    arm_a: Mapped[str] = mapped_column(String(MAX_TAG))
    arm_b: Mapped[str] = mapped_column(String(MAX_TAG))
    posts_each: Mapped[int]
    spread: Mapped[float]
    effect: Mapped[float]
    seed: Mapped[int] = mapped_column(BigInteger)
    # What was concluded, as `webapp.analytics.experiments` writes it; kept, so that later imports do not change it.
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PlannedPost(Base):
    """A post that is planned, and what became of it; kept across imports and undos, for no revision holds it.

    ``planned_at`` is a Unix second, unknown for an idea. ``hashtags`` are written as typed, without "#". ``expected``
    is the range as it was when the plan last changed (`webapp.domain.forecasts.Forecast`), never afterwards.
    ``match_*`` name the published post by its identity; ``refused`` lists those of which a person said no.
    ``said_published`` is a person's word for it, which holds whatever exports show. ``experiment_place`` counts the
    posts of an experiment from 0 in the order in which they were drawn: two after each other are a block.
    """

    __tablename__ = "planned_post"
    __table_args__ = (
        Index("ix_planned_post_account", "account_id", "planned_at"),
        Index("ix_planned_post_experiment", "experiment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    state: Mapped[PlanState]
    said_published: Mapped[bool] = mapped_column(default=False)
    planned_at: Mapped[int | None] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(Text, default="")
    hashtags: Mapped[list[Any]] = mapped_column(default=list)
    sound: Mapped[str | None] = mapped_column(String(20))
    sound_text: Mapped[str] = mapped_column(String(MAX_SOUND_TEXT), default="")
    kind: Mapped[PostKind] = mapped_column(default=PostKind.VIDEO)
    notes: Mapped[str] = mapped_column(Text, default="")
    expected: Mapped[dict[str, Any] | None]
    experiment_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.id", ondelete="SET NULL"))
    arm: Mapped[Arm | None]
    experiment_place: Mapped[int | None]
    match: Mapped[PlanMatch] = mapped_column(default=PlanMatch.NONE)
    match_published_at: Mapped[int | None] = mapped_column(BigInteger)
    match_ordinal: Mapped[int | None]
    refused: Mapped[list[Any]] = mapped_column(default=list)
    # How often what calendars show has changed (RFC 5545, SEQUENCE).
    sequence: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PlannerFeed(Base):
    """A calendar address of a person for the plans of an account; the address is known to who made it alone."""

    __tablename__ = "planner_feed"
    __table_args__ = (Index("ix_planner_feed_account", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    locale: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
