"""What tests say about an account's posts; a job works it out once a revision and keeps it (`services/content.py`).

Numbers are back-transformed medians of log1p ("typical"), never means. An effect is a share: 0.2 is 20 % more than what
the posts around usually got. STATISTICS 3.1 and 3.5 to 3.7 give the methods and their minima.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

# Counts up when the figures in ``ContentFit`` change, so that what is kept of an older version is made anew.
LAYOUT: Final = 1


class Measure(StrEnum):
    """What posts are compared by."""

    LIKES = "likes"
    VIEWS = "views"
    ENGAGEMENT_RATE = "engagement_rate"


class Refusal(StrEnum):
    """Why nothing is claimed about a family of groups."""

    FEW_POSTS = "few_posts"  # fewer counted posts than a test needs
    FEW_GROUPS = "few_groups"  # fewer than two groups have posts enough
    NO_DIFFERENCE = "no_difference"  # tested, and no group stands out reliably
    NO_TITLES = "no_titles"  # the exports hold no captions


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The counted posts of one group: how many, what they typically get, and how they differ from the posts around.

    ``low`` and ``high`` are the middle half of the posterior of ``effect``. ``at_least`` is what may be announced, its
    lower quartile, where ``claim`` is true: the test of the family passed and it is at least 5 %.
    """

    key: str
    posts: int
    typical: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    at_least: float | None = None
    p_value: float | None = None
    claim: bool = False


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that were tested together.

    ``needs`` is how many counted posts the test needs; ``power_posts`` how many posts a group it would take to see a
    difference of 50 %, from the spread of the account's own posts.
    """

    groups: tuple[Group, ...] = ()
    posts: int = 0
    needs: int = 0
    refusal: Refusal | None = Refusal.FEW_POSTS
    power_posts: int | None = None


class TagEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag among the counted posts; ``tag`` is its compared form, ``merged`` are tags always used with it.

    ``is_generic`` marks tags like #fyp, which carry no advice. ``rising`` is true where the binomial test of 3.7
    passed: used far more in the last 20 posts than before.
    """

    tag: str
    group: Group
    merged: tuple[str, ...] = ()
    is_generic: bool = False
    rising: bool = False


class SoundUse(msgspec.Struct, frozen=True, kw_only=True):
    """A sound among the counted posts, by its public id: typical figure with its interval, no effect is claimed."""

    sound: str
    posts: int
    typical: float | None = None
    low: float | None = None
    high: float | None = None
    rising: bool = False


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """What the counted posts tell by one measure.

    ``typical`` is what posts get now: the level of the newest ones; ``spread`` the robust sd of their log residuals.
    ``hours`` has 24 groups without a test, ``slots`` eight of three hours that are tested, ``cells`` 168 counts and
    typical values by hour of the week from Monday on.
    """

    measure: Measure
    posts: int = 0
    typical: float | None = None
    spread: float | None = None
    kinds: Family = Family()
    weekdays: Family = Family()
    slots: Family = Family()
    lengths: Family = Family()
    tag_counts: Family = Family()
    hours: tuple[Group, ...] = ()
    cells: tuple[tuple[int, float | None], ...] = ()
    hashtags: tuple[TagEffect, ...] = ()
    hashtags_refusal: Refusal | None = Refusal.FEW_POSTS
    hashtags_needs: int = 40
    sounds: tuple[SoundUse, ...] = ()


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """Two hashtags and how many counted posts have both."""

    tag: str
    other: str
    posts: int


class ContentFit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is worked out of an account's posts; ``as_of`` is the second of the newest list.

    ``counted`` posts are public, listed, mature and have likes; ``hidden``, ``young`` and ``unknown`` ones are left out
    for the reason that they are named after.
    """

    as_of: int = 0
    counted: int = 0
    hidden: int = 0
    young: int = 0
    unknown: int = 0
    likes: Performance = Performance(measure=Measure.LIKES)
    views: Performance | None = None
    engagement_rate: Performance | None = None
    pairs: tuple[Pair, ...] = ()
