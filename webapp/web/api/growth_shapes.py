"""The shapes of the answer about growth."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Shape, Unknown


class GrowthPeriod(StrEnum):
    """How far back growth is shown, counted from the newest list."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


class GrowthPoint(Shape, frozen=True, kw_only=True):
    """One export: the length of each list and what changed since the complete list before; null is unknown."""

    date: date
    at: Instant
    follower_count: int | None
    following_count: int | None
    follower_ratio: float | None
    followers_gained: int | None
    followers_lost: int | None
    following_gained: int | None
    following_lost: int | None
    net_follower_growth: int | None
    net_following_growth: int | None


class RetentionShare(Shape, frozen=True, kw_only=True):
    """Of the followers on one list, how many were on the next, as a share with its 95 % interval."""

    from_: Instant = msgspec.field(name="from")
    to: Instant
    kept: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


class AcquisitionPeak(Shape, frozen=True, kw_only=True):
    """A day with far more new followers than usual around it; expected is what was usual."""

    date: date
    followers_gained: int
    expected: float
    p_value: float


class GrowthAnswer(Shape, frozen=True, kw_only=True):
    """How the lists grew; unknown says why there is nothing, peaks_unknown why no peak could be looked for."""

    period: GrowthPeriod
    data_points: int
    growth: list[GrowthPoint]
    retention: list[RetentionShare]
    peaks: list[AcquisitionPeak]
    unknown: Unknown | UnsetType = UNSET
    peaks_unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
