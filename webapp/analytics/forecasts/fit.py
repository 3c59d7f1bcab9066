"""The shape of what a job works out about forecasts and keeps (`services/forecasts.py`); pages read it alone.

Everything on a logarithmic scale is ``to_log`` of likes. Posts are named by their public id.
"""

from __future__ import annotations

from math import expm1, log1p
from typing import Final

import msgspec

from webapp.analytics.forecasts.trees import Nodes
from webapp.analytics.statistics.growth import Growth
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


class Forest(msgspec.Struct, frozen=True, kw_only=True):
    """A Random Forest, and what it takes to describe a new post to it as the posts it was grown on.

    ``tags`` and ``sounds`` are encodings by compared hashtag and by public id of the sound. ``last_at`` is the Unix
    second of the newest post that it knows; ``usual_gap`` (seconds), ``usual_title`` (characters) and ``usual_tags``
    stand for what is not known of a new post.
    """

    nodes: Nodes
    tags: dict[str, float]
    sounds: dict[str, float]
    last_at: int
    usual_gap: float
    usual_title: float
    usual_tags: float


class Checked(msgspec.Struct, frozen=True, array_like=True):
    """A mature post against the forecast that was made of the posts before it: walk-forward, never looked ahead.

    ``low``, ``typical``, ``high`` and ``actual`` are likes. ``z`` is its distance in robust sd; ``tail`` the share of
    the ``earlier`` checked posts and itself that lay at least so far out on the same side, ``None`` below twenty
    mature posts before it, as is ``label``.
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
    earlier: int = 0


class Expected(msgspec.Struct, frozen=True, array_like=True):
    """What was expected of a post that is still too young to be checked: likes, from the posts mature by then."""

    post: str
    published_at: int
    low: float
    typical: float
    high: float


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


class LevelChange(msgspec.Struct, frozen=True, array_like=True):
    """A lasting change of what posts get, as CUSUM found it.

    ``post`` is the one at which it was found, ``started`` the one where it probably began; ``factor`` is what the
    ``posts`` since, sixty at most, typically get over what sixty before it did: 3.0 or 0.33.
    """

    post: str
    found_at: int
    started: str
    started_at: int
    factor: float
    posts: int


class ForecastFit(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``as_of`` is the second of the newest list of posts, ``None`` where no export holds one.

    ``posts`` are the mature, public, listed posts with likes that all of it comes from. ``scale`` is the unit of their
    likes, the greatest number of which all are multiples: 1 in life, and where all are multiplied with something, that
    is in it and changes no verdict. ``low`` and ``high`` are what is added to the mixed level for the range of the next
    post. ``checked`` are those with a label and the newest ``RECENT``, oldest first, of ``checked_posts``; ``young``
    are posts that cannot be checked yet. A baseline without any error has no skill beside it.
    """

    as_of: int | None = None
    has_likes: bool = True
    posts: int = 0
    scale: float = 1.0
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
    young: tuple[Expected, ...] = ()
    growth: tuple[Growth, ...] = ()
    changes: tuple[LevelChange, ...] = ()

    def find_checked(self, post: str) -> Checked | None:
        """Return a post against its forecast; ``None`` where that is not kept."""
        return next((one for one in reversed(self.checked) if one.post == post), None)

    def find_expected(self, post: str) -> Expected | None:
        """Return what was expected of a young post; ``None`` of others."""
        return next((one for one in reversed(self.young) if one.post == post), None)


def to_log(likes: float, scale: float) -> float:
    """Return likes on the scale of forecasts: log1p of them in their unit."""
    return log1p(likes / scale)


def to_likes(value: float, scale: float) -> float:
    """Return what ``to_log`` was given; never less than none."""
    return max(0.0, expm1(value) * scale)
