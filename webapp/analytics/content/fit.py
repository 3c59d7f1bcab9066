"""The shape of what tests say about an account's posts; a job works it out and keeps it (`services/content.py`).

"Typical" is the back-transformed median of log1p, never a mean. An effect is a share: 0.2 is 20 % more than what the
posts around usually got. STATISTICS 3.1 and 3.5 to 3.7 give the methods and their minima.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

# Counts up when the figures in ``ContentFit`` change, so that what is kept of an older version is made anew.
LAYOUT: Final = 2
# Families of groups: counted posts in all, and in a group, that a test needs.
NEEDS_POSTS: Final = 60
NEEDS_IN_GROUP: Final = 8
# Hashtags: counted posts in all, and with and without the hashtag, that a test needs.
TAGS_NEED_POSTS: Final = 40
TAGS_NEED_USES: Final = 5
# Rising: counted posts in all, how many of them are "recent", and how many of those at least have it.
RISING_NEEDS_POSTS: Final = 60
RISING_RECENT: Final = 20
RISING_NEEDS_USES: Final = 4
# What is announced is at least this share more than usual; less is no news.
LEAST_EFFECT: Final = 0.05


class Measure(StrEnum):
    """What posts are compared by."""

    LIKES = "likes"
    VIEWS = "views"
    ENGAGEMENT_RATE = "engagement_rate"


class Refusal(StrEnum):
    """Why nothing is claimed about a family of groups."""

    FEW_POSTS = "few_posts"  # fewer counted posts than a test needs
    FEW_GROUPS = "few_groups"  # fewer than two groups have posts enough, or no hashtag has
    NO_DIFFERENCE = "no_difference"  # tested, and no group stands out reliably
    NO_TITLES = "no_titles"  # the exports hold no captions


class Half(msgspec.Struct, frozen=True, array_like=True):
    """How the posts of a group differ in one half of all posts alone, the older or the newer one.

    ``effect``, ``low`` and ``high`` as in `Group`; ``p_value`` is that of a rank test in this half.
    """

    posts: int
    effect: float
    low: float
    high: float
    p_value: float


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The counted posts of one group: how many, what they typically get, and how they differ from the posts around.

    ``effect`` is shrunken towards none, ``low`` and ``high`` are the middle half of its posterior; unknown without
    posts enough. ``p_value`` is that of the test, adjusted for all groups of the family; unknown where none was made.
    ``at_least`` is what may be announced, equal to ``low``, where ``claim`` is true: the test passed and it is 5 % or
    more. ``halves`` are then the older and the newer half of the posts, where each has posts enough to look.
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
    halves: tuple[Half, Half] | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that were tested together, every group that can be, those without posts included.

    ``posts`` are the counted posts in them, ``needs`` how many a test needs. ``refusal`` is ``None`` where a group may
    be announced. ``power_posts`` is how many posts a group it would take to see a difference of 50 %, from the spread
    of the account's own posts.
    """

    groups: tuple[Group, ...] = ()
    posts: int = 0
    needs: int = NEEDS_POSTS
    refusal: Refusal | None = Refusal.FEW_POSTS
    power_posts: int | None = None

    @property
    def claims(self) -> tuple[Group, ...]:
        """Return what may be announced, the largest first."""
        return tuple(sorted((group for group in self.groups if group.claim), key=lambda group: -(group.at_least or 0)))


class TagEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that at least five counted posts have; ``group.key`` is its compared form.

    ``merged`` are the other hashtags that the very same posts have: they are one in the test, and each has its entry.
    ``is_generic`` marks those like #fyp, which carry no advice and are not tested.
    """

    group: Group
    merged: tuple[str, ...] = ()
    is_generic: bool = False


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """What the counted posts tell by one measure; ``posts`` are those of them that have it.

    ``typical`` is that of all of them, ``spread`` the robust sd of the log residuals of the newest 50. The groups'
    keys: ``kinds`` PostKind, ``weekdays`` "0" (Monday) to "6", ``slots`` "0" to "7" of three hours, ``lengths``
    TitleLength, ``tag_counts`` TagCount; ``hours`` "0" to "23" without a test. ``cells`` are 168 pairs of posts and
    typical figure by hour of the week from Monday on, without a test. ``hashtags`` come in the order of their effect;
    ``hashtags_refusal`` says why none may be announced.
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
    hashtags_need: int = TAGS_NEED_POSTS


class Rising(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag or sound that the newest counted posts have far more often than the earlier ones; the test passed.

    ``key`` is the compared form of the hashtag or the public id of the sound; ``recent`` of the newest ``of_recent``
    counted posts have it, and ``earlier`` of the ``of_earlier`` before.
    """

    key: str
    recent: int
    of_recent: int
    earlier: int
    of_earlier: int
    p_value: float


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """Two hashtags and how many counted posts have both."""

    tag: str
    other: str
    posts: int


class ContentFit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is worked out of an account's posts.

    ``as_of`` is the second of the newest list of posts; ``None`` where no export holds one, and then all is unknown.
    ``counted`` posts are public, listed, mature and have likes; of the listed others ``hidden`` ones are not public,
    ``young`` ones too new, ``unknown`` ones without likes. ``views`` and ``engagement_rate`` are ``None`` where fewer
    than 60 counted posts have them. ``pairs`` are the hashtags used together most, at least three times.
    """

    as_of: int | None = None
    has_titles: bool = False
    counted: int = 0
    hidden: int = 0
    young: int = 0
    unknown: int = 0
    likes: Performance = Performance(measure=Measure.LIKES)
    views: Performance | None = None
    engagement_rate: Performance | None = None
    rising_tags: tuple[Rising, ...] = ()
    rising_sounds: tuple[Rising, ...] = ()
    pairs: tuple[Pair, ...] = ()

    def by(self, measure: Measure) -> Performance | None:
        """Return what the posts tell by a measure; ``None`` where too few posts have it."""
        return {
            Measure.LIKES: self.likes,
            Measure.VIEWS: self.views,
            Measure.ENGAGEMENT_RATE: self.engagement_rate,
        }[measure]
