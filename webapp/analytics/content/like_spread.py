"""How the likes of posts spread: classes of equal width on a scale by powers of ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from webapp.analytics.content.table import PostRow
from webapp.analytics.content.typical import typical_of
from webapp.domain.post_query import MAX_LIKES

# Fewer posts have no shape.
LEAST_POSTS: Final = 10
# 0, then 1, 3, 10, 30, ...: half a power of ten each, rounded to what people read.
_EDGES: Final = (0, *(digit * 10**power for power in range(9) for digit in (1, 3)))


@dataclass(frozen=True, slots=True)
class LikeClass:
    """How many posts got ``low`` to ``high`` likes, both inclusive; ``high`` is ``None`` for the last of all."""

    low: int
    high: int | None
    posts: int
    has_typical: bool


@dataclass(frozen=True, slots=True)
class LikeSpread:
    """The classes from the first to the last with a post; ``typical`` likes lie in the one that says so."""

    classes: tuple[LikeClass, ...]
    posts: int
    typical: float


def find_spread(counted: Iterable[PostRow]) -> LikeSpread | None:
    """Return the spread of the likes of counted posts; ``None`` for fewer than ``LEAST_POSTS``."""
    likes = sorted(row.likes for row in counted if row.likes is not None)
    typical = typical_of(likes)
    if typical is None or len(likes) < LEAST_POSTS:
        return None
    places = [_place(value) for value in likes]
    # Back from its logarithm 30 may be 29.999...: it is still 30.
    typical_at = _place(int(round(typical, 6)))
    classes = tuple(_class(place, places, typical_at) for place in range(places[0], places[-1] + 1))
    return LikeSpread(classes, len(likes), typical)


def _place(likes: int) -> int:
    return bisect_right(_EDGES, likes) - 1


def _class(place: int, places: Sequence[int], typical_at: int) -> LikeClass:
    high = _EDGES[place + 1] - 1 if place + 1 < len(_EDGES) else None
    return LikeClass(_EDGES[place], high, places.count(place), place == typical_at)


def most_of(found: LikeClass) -> int:
    """Return the most likes of a class as a filter takes it."""
    return MAX_LIKES if found.high is None else found.high
