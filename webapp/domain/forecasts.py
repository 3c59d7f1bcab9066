"""What a forecast of a post says, in values and codes alone: page, API, planner and job share it.

A forecast is a range that held before, with what it is worth: STATISTICS 3.3 gives the method, 3.12 the words. Figures
are likes; a value that nobody knows is ``None``, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from webapp.domain.post_query import PostKind

# Eight posts of ten lie in the range.
LEVEL: Final = 0.8
# Mature posts that a forecast needs, and that it needs to be more than indicative.
NEEDS_POSTS: Final = 10
FULL_POSTS: Final = 30
# Mature posts from which on a Random Forest is one of the experts.
FOREST_POSTS: Final = 60


class ForecastRefusal(StrEnum):
    """Why nothing is forecast."""

    NO_POSTS = "no_posts"  # no export holds the list of posts
    NO_LIKES = "no_likes"  # the exports do not say the likes
    FEW_POSTS = "few_posts"  # fewer mature posts than it needs
    NOT_READY = "not_ready"  # a job is at it


class Baseline(StrEnum):
    """What a forecast is measured against."""

    MEDIAN_10 = "median_10"  # the rolling median of the ten posts before
    MEDIAN_ALL = "median_all"  # the median of all posts before
    LAST = "last"  # what the post before got


class ForecastMethod(StrEnum):
    """What a forecast is made of."""

    LEVELS = "levels"  # a weighted mix of recent levels
    LEVELS_AND_FOREST = "levels_and_forest"  # the same with a Random Forest among them


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A post that does not exist yet, as far as it is known.

    ``published_at`` is a Unix second; ``hashtags`` in their compared form, those of the title included; ``sound`` is
    the public id of a sound of the account.
    """

    published_at: int | None = None
    title: str = ""
    hashtags: tuple[str, ...] = ()
    sound: str = ""
    kind: PostKind = PostKind.VIDEO


@dataclass(frozen=True, slots=True)
class Skill:
    """How much smaller the error is than that of a baseline, walk-forward: 0.03 is 3 %; negative is worse.

    The error is the mean absolute error of log1p(likes); ``low`` and ``high`` enclose the value at 95 %, by blocks of
    posts; ``posts`` is how many forecasts were checked.
    """

    against: Baseline
    value: float
    low: float
    high: float
    posts: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of checked posts that lay in their range, 0 to 1, and how many were checked."""

    value: float
    posts: int


@dataclass(frozen=True, slots=True)
class Expert:
    """One of the levels that are mixed, and its weight; all weights sum to 1."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a post is expected to get: ``low`` to ``high`` in ``level`` of the cases, ``typical`` in the middle.

    The three are rounded to two significant digits. ``posts`` is how many mature posts it comes from, ``needs`` how
    many it takes, ``indicative`` whether these are fewer than a full forecast needs. With ``refused`` all of it is
    unknown. ``revision`` is the account's data version that it was made of.
    """

    revision: int
    posts: int = 0
    needs: int = NEEDS_POSTS
    level: float = LEVEL
    typical: int | None = None
    low: int | None = None
    high: int | None = None
    indicative: bool = False
    refused: ForecastRefusal | None = None
    skill: Skill | None = None
    coverage: Coverage | None = None
    method: ForecastMethod = ForecastMethod.LEVELS
    experts: tuple[Expert, ...] = ()
