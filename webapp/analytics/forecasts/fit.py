"""The shape of what a job works out about forecasts and keeps (`services/forecasts.py`); pages read it alone.

Everything on a logarithmic scale is log1p of likes. Posts are named by their public id.
"""

from __future__ import annotations

from typing import Final

import msgspec

from webapp.domain.anomalies import PostLabel
from webapp.domain.forecasts import Baseline

# Counts up when what ``ForecastFit`` holds changes, so that what is kept of an older version is made anew.
LAYOUT: Final = 1
# Newest checked posts that are kept one by one; of older ones only those with a label.
RECENT: Final = 200


class Level(msgspec.Struct, frozen=True, array_like=True):
    """What an expert says of the next post, and its weight in the mix; all weights sum to 1."""

    name: str
    value: float
    weight: float


class Tree(msgspec.Struct, frozen=True, array_like=True):
    """A regression tree as parallel rows: a node without children (``left`` is -1) answers its ``value``.

    A post whose feature is at most the threshold goes left; both are single-precision numbers.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class Forest(msgspec.Struct, frozen=True, kw_only=True):
    """A Random Forest, and what it takes to describe a new post to it as the posts it was grown on.

    ``tags`` and ``sounds`` are encodings by compared hashtag and by public id of the sound; ``last_at`` is the Unix
    second of the newest post that it knows.
    """

    trees: tuple[Tree, ...]
    tags: dict[str, float]
    sounds: dict[str, float]
    last_at: int


class Checked(msgspec.Struct, frozen=True, array_like=True):
    """A mature post against the forecast that was made of the posts before it: walk-forward, never looked ahead.

    ``low``, ``typical``, ``high`` and ``actual`` are likes. ``z`` is its distance in robust sd; ``tail`` the share of
    the earlier posts that lay at least so far out on the same side, ``None`` below twenty of them, as is ``label``.
    """

    post: str
    published_at: int
    low: float
    typical: float
    high: float
    actual: int
    z: float
    label: PostLabel | None = None
    tail: float | None = None


class SkillFit(msgspec.Struct, frozen=True, array_like=True):
    """`webapp.domain.forecasts.Skill`, as it is kept."""

    against: Baseline
    value: float
    low: float
    high: float
    posts: int


class Bracket(msgspec.Struct, frozen=True, array_like=True):
    """How forecasts did that were made of ``first`` to ``last`` earlier posts; ``last`` is ``None`` without an end."""

    first: int
    last: int | None
    posts: int
    coverage: float
    skill: float


class Calibration(msgspec.Struct, frozen=True, array_like=True):
    """How many posts lay in the range that was to hold at a level; both are shares."""

    level: float
    coverage: float
    posts: int


class AgeGrowth(msgspec.Struct, frozen=True, array_like=True):
    """How much the logarithm of likes still grew from a reading at an age in days to the mature reading.

    ``low`` and ``high`` are the ends of the middle 80 % of ``posts`` own posts; ``skill`` is how much smaller the error
    is than that of the forecast before publication, leave-one-out.
    """

    first: float
    last: float
    posts: int
    median: float
    low: float
    high: float
    skill: float | None


class LevelChange(msgspec.Struct, frozen=True, array_like=True):
    """A lasting change of what posts get, as CUSUM found it.

    ``post`` is the one at which it was found, ``started`` the one where it probably began; ``factor`` is what posts
    since typically get over what they got before: 3.0 or 0.33.
    """

    post: str
    found_at: int
    started: str
    started_at: int
    factor: float
    posts: int


class ForecastFit(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``as_of`` is the second of the newest list of posts, ``None`` where no export holds one.

    ``posts`` are the mature, public, listed posts with likes, oldest first, that all of it comes from. ``low`` and
    ``high`` are what is added to the mixed level for the range of the next post. ``checked`` are those with a label
    and the newest ``RECENT``, oldest first.
    """

    as_of: int | None = None
    has_likes: bool = True
    posts: int = 0
    spread: float | None = None
    levels: tuple[Level, ...] = ()
    forest: Forest | None = None
    forest_weight: float = 0.0
    low: float | None = None
    high: float | None = None
    skills: tuple[SkillFit, ...] = ()
    coverage: float | None = None
    coverage_posts: int = 0
    brackets: tuple[Bracket, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    checked: tuple[Checked, ...] = ()
    checked_posts: int = 0
    growth: tuple[AgeGrowth, ...] = ()
    changes: tuple[LevelChange, ...] = ()
