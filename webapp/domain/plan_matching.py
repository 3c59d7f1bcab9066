"""Say which published post each planned one became: by time and title, one post for one plan.

A pure function of the plans and posts that are known, so the order in which they came in makes no difference.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from webapp.domain.period import DAY_SECONDS
from webapp.domain.studio_matching import Identity, TitleFit, fit_titles

_WORD: Final = re.compile(r"\w+")
_MINUTE: Final = 60
_HOUR: Final = 3_600
# A post that is nearer in time by so much more than its rival is the one, where the words do not decide.
_CLEAR: Final = 30 * _MINUTE
# So much of the words of two titles is the same where one was rewritten, and where it is only like the other.
_REWRITTEN: Final = 0.6
_ALIKE: Final = 0.3


class Grade(IntEnum):
    """How well a post fits a plan, the best first; down to ``TIMED`` it is sure, below a person is asked."""

    SAME = 0  # the same title, or one cut short
    REWRITTEN = 1  # most of the words
    TIMED = 2  # no words to compare, and the planned time to a few minutes
    LATE = 3  # the same title, at quite another time
    ALIKE = 4  # some of the words
    NEAR = 5  # no words to compare, and the planned day
    OTHER = 6  # other words, and the planned time


_SURE: Final = frozenset({Grade.SAME, Grade.REWRITTEN, Grade.TIMED})
# How far from its plan a post of each grade may have been published.
_REACH: Final = {
    Grade.SAME: 2 * DAY_SECONDS,
    Grade.REWRITTEN: DAY_SECONDS,
    Grade.TIMED: 10 * _MINUTE,
    Grade.LATE: 30 * DAY_SECONDS,
    Grade.ALIKE: 3 * DAY_SECONDS,
    Grade.NEAR: DAY_SECONDS,
    Grade.OTHER: _HOUR,
}
_FARTHEST: Final = max(_REACH.values())
_NEAR: Final = 3 * DAY_SECONDS
# A post of an experiment is for a slot of three hours more than for a minute of it.
_SLOT_REACH: Final = 90 * _MINUTE


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan: its key, the Unix second it is for, its words; ``refused`` are the posts that a person said it is not.

    ``is_drawn`` says that it belongs to an experiment, which draws posts without words.
    """

    key: str
    planned_at: int
    title: str
    refused: frozenset[Identity] = frozenset()
    is_drawn: bool = False


@dataclass(frozen=True, slots=True)
class PublishedFacts:
    """A published post: its identity, which begins with its second, and its words."""

    identity: Identity
    title: str


@dataclass(frozen=True, slots=True)
class PlanFound:
    """The post that a plan became; where it is not sure, a person is asked."""

    identity: Identity
    is_sure: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    plan: str
    post: Identity
    grade: Grade
    apart: int  # seconds


def match_plans(
    plans: Iterable[PlanFacts], posts: Sequence[PublishedFacts], taken: Collection[Identity] = ()
) -> dict[str, PlanFound]:
    """Return what the plans became, by their keys; those without any post that fits are left out.

    ``posts`` come oldest first. ``taken`` are posts that a person gave to other plans.
    """
    by_title: defaultdict[str, list[PublishedFacts]] = defaultdict(list)
    for post in posts:
        by_title[post.title].append(post)
    by_grade: defaultdict[Grade, list[_Pair]] = defaultdict(list)
    for plan in plans:
        # Farther away nothing but the same title counts.
        same = _around(by_title.get(plan.title, ()), plan.planned_at, _FARTHEST) if plan.title else ()
        far = (post for post in same if abs(post.identity[0] - plan.planned_at) > _NEAR)
        for post in (*_around(posts, plan.planned_at, _NEAR), *far):
            if post.identity in taken or post.identity in plan.refused:
                continue
            grade = _grade(plan, post)
            if grade is not None:
                apart = abs(post.identity[0] - plan.planned_at)
                by_grade[grade].append(_Pair(plan.key, post.identity, grade, apart))
    return _assign(by_grade)


def rank_published(plan: PlanFacts, posts: Sequence[PublishedFacts], most: int) -> list[Identity]:
    """Return the posts that a person may choose from for a plan, the likeliest first, then by time."""
    near = _around(posts, plan.planned_at, _FARTHEST)
    worst = len(Grade)

    def place(post: PublishedFacts) -> tuple[int, int, Identity]:
        grade = _grade(plan, post)
        return (worst if grade is None else grade, abs(post.identity[0] - plan.planned_at), post.identity)

    return [post.identity for post in sorted(near, key=place)[:most]]


def _around(posts: Sequence[PublishedFacts], second: int, reach: int) -> Sequence[PublishedFacts]:
    """Return the posts that lie so many seconds around one, at most."""
    return posts[bisect_left(posts, second - reach, key=_second) : bisect_right(posts, second + reach, key=_second)]


def _second(post: PublishedFacts) -> int:
    return post.identity[0]


def _grade(plan: PlanFacts, post: PublishedFacts) -> Grade | None:
    """Return the best grade that a post reaches, ``None`` where nothing speaks for it."""
    apart = abs(post.identity[0] - plan.planned_at)
    return next((grade for grade in _grades_of(plan.title, post.title) if apart <= _reach(plan, grade)), None)


def _reach(plan: PlanFacts, grade: Grade) -> int:
    return _SLOT_REACH if plan.is_drawn and grade is Grade.TIMED else _REACH[grade]


@lru_cache(1_024)
def _grades_of(planned: str, published: str) -> tuple[Grade, ...]:
    """Return the grades that two titles allow, the best first; how far apart in time they may be differs."""
    fit = fit_titles(planned, published)
    if fit in (TitleFit.SAME, TitleFit.CUT):
        return Grade.SAME, Grade.LATE
    if fit in (TitleFit.NONE, TitleFit.UNKNOWN):
        return Grade.TIMED, Grade.NEAR
    shared = _shared(planned, published)
    if shared >= _REWRITTEN:
        return Grade.REWRITTEN, Grade.ALIKE
    return (Grade.ALIKE, Grade.OTHER) if shared >= _ALIKE else (Grade.OTHER,)


def _shared(one: str, other: str) -> float:
    """Return which share of the words of two titles both have, 0 to 1."""
    first, second = _words(one), _words(other)
    return len(first & second) / len(first | second) if first and second else 0.0


@lru_cache(1_024)
def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", title).casefold()))


def _assign(by_grade: Mapping[Grade, Iterable[_Pair]]) -> dict[str, PlanFound]:
    """Give out the posts, the best grade first and within it the nearest; rivals as good make it unsure."""
    found: dict[str, PlanFound] = {}
    taken: set[Identity] = set()
    for grade in sorted(by_grade):
        pairs = sorted(by_grade[grade], key=lambda pair: (pair.apart, pair.plan, pair.post))
        of_plan: defaultdict[str, list[_Pair]] = defaultdict(list)
        of_post: defaultdict[Identity, list[_Pair]] = defaultdict(list)
        for pair in pairs:
            of_plan[pair.plan].append(pair)
            of_post[pair.post].append(pair)
        for best in pairs:
            if best.plan in found or best.post in taken:
                continue
            # What is given out already is no rival: of posts with one title each has a plan of its own.
            rivals = [
                pair.apart
                for pair in (*of_plan[best.plan], *of_post[best.post])
                if pair is not best and pair.plan not in found and pair.post not in taken
            ]
            is_clear = all(apart > 2 * best.apart + _CLEAR for apart in rivals)
            found[best.plan] = PlanFound(best.post, grade in _SURE and is_clear)
            taken.add(best.post)
    return found
