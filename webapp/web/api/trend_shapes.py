"""The shapes of the answers about posts over time and about the words of their titles."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from webapp.domain.steps import Step
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.growth_shapes import GrowthPeriod
from webapp.web.api.shapes import Instant, Page, Shape, Unknown


class TrendPoint(Shape, frozen=True, kw_only=True):
    """The posts of one day, week or month; null after the newest list, and what no post tells."""

    date_from: date
    date_to: date
    posts: int | None
    counted: int
    typical_likes: float | None
    low: float | None
    high: float | None
    engagement_rate: float | None
    young: int
    is_over: bool


class PostRhythm(Shape, frozen=True, kw_only=True):
    """How regularly was published; a pause is a number of days in a row without a post."""

    posts_a_week: float | None
    days_with_posts: int
    days_between: float | None
    longest_pause: int | None
    longest_pause_from: date | None
    longest_pause_to: date | None
    most_weeks_in_a_row: int


class LikesClass(Shape, frozen=True, kw_only=True):
    """How many counted posts got from so many likes to so many; to is null for the class without an end."""

    from_: int = msgspec.field(name="from")
    to: int | None
    posts: int


class AgeReadings(Shape, frozen=True, kw_only=True):
    """The readings of posts at an age in days; days_below is null for the class without an end."""

    days_from: int
    days_below: int | None
    readings: int
    likes_a_day: float | None
    share_of_newest: float | None


class TrendsAnswer(Shape, frozen=True, kw_only=True):
    """Posts over time; unknown says why there is nothing, ages_unknown why likes by age cannot be told."""

    as_of: Instant | None
    timezone: str | None
    period: GrowthPeriod
    date_from: date | None
    date_to: date | None
    step: Step | None
    posts: int | None
    counted: int | None
    typical_likes: float | None
    likes_total: int | None
    engagement_rate: float | None
    trend: list[TrendPoint]
    rhythm: PostRhythm | None
    likes_spread: list[LikesClass]
    ages: list[AgeReadings]
    unknown: Unknown | UnsetType = UNSET
    ages_unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET


class Keyword(Shape, frozen=True, kw_only=True):
    """A word, how many posts have it in their titles, and what the counted ones of them typically got."""

    word: str
    posts: int
    counted: int
    typical_likes: float | None


class KeywordList(Page, frozen=True, kw_only=True):
    """The words of titles; count is null, and unknown says why, where they cannot be known."""

    as_of: Instant | None
    results: list[Keyword]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
