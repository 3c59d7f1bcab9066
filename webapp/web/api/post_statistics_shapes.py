"""The shapes of the answers about what posts get and what can be told from them."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from webapp.analytics.content.fit import Measure
from webapp.domain.post_query import PostKind
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Page, Shape, Unknown

Weekday = Annotated[int, Meta(ge=0, le=6)]
Hour = Annotated[int, Meta(ge=0, le=23)]


class ComparedPosts(Shape, frozen=True, kw_only=True):
    """Posts of a group: what they typically get, and how much more than the posts around them, 0.2 being 20 %."""

    posts: int
    typical: float | None
    effect: float | None
    low: float | None
    high: float | None
    claim: bool


class KindPosts(ComparedPosts, frozen=True, kw_only=True):
    """Posts of one kind."""

    kind: PostKind


class WeekdayPosts(ComparedPosts, frozen=True, kw_only=True):
    """Posts of one weekday, 0 for Monday."""

    weekday: Weekday


class HourPosts(ComparedPosts, frozen=True, kw_only=True):
    """Posts of one hour of the day; no test is made of hours."""

    hour: Hour


class WeekHourPosts(Shape, frozen=True, kw_only=True):
    """Posts of one hour of the week; no test is made of it."""

    weekday: Weekday
    hour: Hour
    posts: int
    typical: float | None


class BestSlot(ComparedPosts, frozen=True, kw_only=True):
    """Three hours of the day that passed the test, from hour_from to before hour_to."""

    hour_from: Hour
    hour_to: Annotated[int, Meta(ge=1, le=24)]


class HashtagEffect(ComparedPosts, frozen=True, kw_only=True):
    """Posts with a hashtag that enough of them have."""

    hashtag: str


class SoundEffect(ComparedPosts, frozen=True, kw_only=True):
    """Posts with a sound that enough of them have; nothing is claimed of sounds."""

    sound: str
    author: str | None


class PerformanceAnswer(Shape, frozen=True, kw_only=True):
    """What counted posts get by kind, weekday, hour, hashtag and sound; unknown says why there is nothing."""

    as_of: Instant | None
    timezone: str
    metric: Measure
    posts: int | None
    typical: float | None
    by_kind: list[KindPosts]
    by_weekday: list[WeekdayPosts]
    by_hour: list[HourPosts]
    slots: list[WeekHourPosts]
    best_slots: list[BestSlot]
    hashtag_effects: list[HashtagEffect]
    sound_effects: list[SoundEffect]
    unknown: Unknown | UnsetType = UNSET
    hashtags_unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET


class TopSound(Shape, frozen=True, kw_only=True):
    """A sound with its counted posts; low and high enclose their true typical likes in 90 of 100 cases."""

    sound: str
    author: str | None
    posts: int
    typical_likes: float | None
    low: float | None
    high: float | None
    first_used: Instant
    last_used: Instant


class TopSounds(Page, frozen=True, kw_only=True):
    """The sounds of counted posts; count is null, and unknown says why, where they cannot be known."""

    results: list[TopSound]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET


class TopHashtag(Shape, frozen=True, kw_only=True):
    """A hashtag with its counted posts, and how much more these got than the posts around them."""

    hashtag: str
    posts: int
    typical_likes: float | None
    effect: float | None
    low: float | None
    high: float | None
    claim: bool
    first_used: Instant
    last_used: Instant
    rising: bool


class TopHashtags(Page, frozen=True, kw_only=True):
    """The hashtags of counted posts; count is null, and unknown says why, where they cannot be known."""

    results: list[TopHashtag]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
