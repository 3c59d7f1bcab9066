"""How much figures still grow from an early reading to the mature one (STATISTICS 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from webapp.analytics.statistics.conformal import between
from webapp.analytics.statistics.rolling import middle

# Ages in days at which a class begins, and the end of the last: from there on a post is mature.
AGES: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 7.0)
# Own posts of a class that its growth is told of.
LEAST_POSTS: Final = 15
_MISSED: Final = 0.2
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Grown:
    """A post at an age in days: logarithms of its figure then, of the mature one, and of what was expected before."""

    age: float
    early: float
    final: float
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """What the logarithm grows by from an age on: its median, and the range of eight posts of ten.

    ``skill`` is how much smaller the error of the final figure is than that of what was expected before publication,
    each post left out of what it is measured by; ``None`` where nothing was expected of most of them.
    """

    first: float
    last: float
    posts: int
    median: float
    low: float
    high: float
    skill: float | None


def find_growth(posts: Sequence[Grown]) -> list[Growth]:
    """Return the classes of age with posts enough, youngest first; a post should be once in each class."""
    classes = [(first, last, [post for post in posts if first <= post.age < last]) for first, last in pairwise(AGES)]
    return [_growth(first, last, own) for first, last, own in classes if len(own) >= LEAST_POSTS]


def _growth(first: float, last: float, posts: Sequence[Grown]) -> Growth:
    grown = sorted(post.final - post.early for post in posts)
    place = (len(grown) + 1) * _MISSED / 2
    return Growth(
        first=first,
        last=last,
        posts=len(grown),
        median=round(middle(grown), _DIGITS),
        low=round(between(grown, place), _DIGITS),
        high=round(between(grown, len(grown) + 1 - place), _DIGITS),
        skill=_skill(posts),
    )


def _skill(posts: Sequence[Grown]) -> float | None:
    before, after = 0.0, 0.0
    expected = [post for post in posts if post.expected is not None]
    if len(expected) < LEAST_POSTS:
        return None
    for post in expected:
        others = sorted(other.final - other.early for other in posts if other is not post)
        after += abs(post.final - post.early - middle(others))
        before += abs(post.final - (post.expected or 0.0))
    return round(1 - after / before, _DIGITS) if before > 0 else None
