"""The shapes of the answers about both follow lists together."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, UnsetType

from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Page, Shape, Unknown


class Relationship(Shape, frozen=True, kw_only=True):
    """Somebody on one or both lists; the date of the list they are not on is null."""

    username: str
    date_followed: Instant | None
    date_following: Instant | None
    is_mutual: bool


class RelationshipList(Page, frozen=True, kw_only=True):
    """People by how they stand to the account; count is null, and unknown says why, where a list is missing."""

    results: list[Relationship]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET


class Arrivals(Shape, frozen=True, kw_only=True):
    """How many people of each list now were followed lately; null is unknown."""

    followers: int | None
    following: int | None


class AcquisitionDay(Shape, frozen=True, kw_only=True):
    """A day of the account's zone on which many of today's followers came."""

    date: date
    followers_gained: int


class AudienceStats(Shape, frozen=True, kw_only=True):
    """The figures of the newest complete lists; what cannot be known is null, and unknown says why."""

    as_of: Instant | None
    total_followers: int | None
    total_following: int | None
    mutuals_count: int | None
    followers_only_count: int | None
    following_only_count: int | None
    follower_ratio: float | None
    weekly_growth: Arrivals
    monthly_growth: Arrivals
    top_acquisition_dates: list[AcquisitionDay] | None
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
