"""How many people followed on the day of a post and the days after, against as many usual days: a coincidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from statistics import median
from typing import Final

from webapp.analytics.growth import POST_DAYS
from webapp.analytics.growth_model import DayFollows, GrowthFit
from webapp.analytics.insights.posts import PublicPost, PublicPosts, find_titles
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.analytics.statistics.proportions import Interval, wilson
from webapp.domain.period import day_of, start_of_day
from webapp.domain.scope import Scope

WINDOW_DAYS: Final = POST_DAYS + 1
MOST_POSTS: Final = 20
# Below that many people a share is not stated.
LEAST_FOR_SHARE: Final = 10
# What is usual is the median of as many days in a row that begin so many days before or after those of the post.
AROUND_DAYS: Final = 28
# Fewer of them do not say what is usual.
LEAST_WINDOWS: Final = 14


class GainOrder(StrEnum):
    """The orders of the posts."""

    DATE = "date"  # newest first
    GAIN = "gain"  # most follows first, those that are not known last


@dataclass(frozen=True, slots=True)
class PostGain:
    """A post and the people who followed in the days from it on, as far as any list shows them.

    ``came`` is ``None`` for a post after the newest list. ``kept`` of ``of`` were on the list after the first one they
    are on. ``usual`` is the median of as many days around, ``None`` where there are too few of them.
    ``is_complete`` says whether the newest list covers all the days; ``others`` is how many other posts share some.
    """

    public_id: str
    published_at: int
    day: date
    title: str
    came: int | None
    kept: int
    of: int
    usual: float | None
    is_complete: bool
    others: int

    @property
    def last(self) -> date:
        """Return the last of the days that are counted."""
        return self.day + timedelta(days=POST_DAYS)

    @property
    def share(self) -> Interval | None:
        """Return kept / of with its 95 % interval; ``None`` below ``LEAST_FOR_SHARE`` people."""
        return wilson(self.kept, self.of) if self.of >= LEAST_FOR_SHARE else None


def find_post_gains(
    scope: Scope, posts: PublicPosts | None, fit: GrowthFit | None, order: GainOrder = GainOrder.DATE
) -> tuple[PostGain, ...] | Shortage:
    """Return the newest public posts with the follows after each."""
    if posts is None:
        return Shortage(Lack.NO_POSTS)
    if not posts.posts:
        return Shortage(Lack.TOO_FEW, 0, 1)
    if fit is None:
        return Shortage(Lack.WORKING)
    if not fit.times:
        return Shortage(Lack.NO_LIST)
    found = _gains(scope, posts, posts.posts[-MOST_POSTS:], fit)
    found.reverse()
    if order is GainOrder.GAIN:
        found.sort(key=lambda gain: -1 if gain.came is None else gain.came, reverse=True)
    return tuple(found)


def find_post_gain(
    scope: Scope, posts: PublicPosts | None, fit: GrowthFit | None, public_id: str
) -> PostGain | Shortage:
    """Return the follows after one post; a post that is not among the public ones lacks as if there were none."""
    chosen = [post for post in posts.posts if post.public_id == public_id] if posts else []
    if posts is None or not chosen:
        return Shortage(Lack.NO_POSTS)
    if fit is None:
        return Shortage(Lack.WORKING)
    if not fit.times:
        return Shortage(Lack.NO_LIST)
    return _gains(scope, posts, chosen, fit)[0]


def _gains(scope: Scope, posts: PublicPosts, chosen: Sequence[PublicPost], fit: GrowthFit) -> list[PostGain]:
    """Return the follows after some of the posts, in their order."""
    days = [day_of(post.published_at, scope.timezone) for post in posts.posts]
    titles = find_titles(scope, [post.public_id for post in chosen])
    windows = Windows(fit.follows, fit.times[-1], scope.timezone)
    found = []
    for post in chosen:
        day = day_of(post.published_at, scope.timezone)
        came, kept, of = windows.count(day)
        found.append(
            PostGain(
                public_id=post.public_id,
                published_at=post.published_at,
                day=day,
                title=titles.get(post.public_id, ""),
                came=came,
                kept=kept,
                of=of,
                usual=windows.usual(day),
                is_complete=windows.is_complete(day),
                others=sum(abs((other - day).days) < WINDOW_DAYS for other in days) - 1,
            )
        )
    return found


class Windows:
    """Follows added up over ``WINDOW_DAYS`` days in a row, as far as the newest list reaches."""

    def __init__(self, follows: Sequence[DayFollows], as_of: int, timezone: str) -> None:
        self._follows: Mapping[date, DayFollows] = {each.day: each for each in follows}
        self._last = day_of(as_of, timezone)
        # The last day that the list covers whole; most lists were made in the middle of one.
        ends_at = start_of_day(self._last + timedelta(days=1), timezone) - 1
        self._last_whole = self._last if as_of >= ends_at else self._last - timedelta(days=1)
        self._first = min(self._follows, default=self._last)
        whole = max(0, (self._last_whole - self._first).days + 1)
        per_day = (self._came(self._first + timedelta(days=number)) for number in range(whole))
        self._sums = [0, *accumulate(per_day)]

    def is_complete(self, day: date) -> bool:
        """Return whether the days from one on lie before the newest list."""
        return day + timedelta(days=POST_DAYS) <= self._last_whole

    def count(self, day: date) -> tuple[int | None, int, int]:
        """Return who came in the days from one on, and how many of how many were kept; ``None`` after the list."""
        if day > self._last:
            return None, 0, 0
        days = [self._follows.get(day + timedelta(days=number)) for number in range(WINDOW_DAYS)]
        found = [each for each in days if each is not None]
        return sum(each.came for each in found), sum(each.kept for each in found), sum(each.of for each in found)

    def usual(self, day: date) -> float | None:
        """Return the median of the whole windows around that share no day with the one that begins on a day."""
        place = (day - self._first).days
        starts = range(max(0, place - AROUND_DAYS), place + AROUND_DAYS + 1)
        sums = [
            self._sums[start + WINDOW_DAYS] - self._sums[start]
            for start in starts
            if abs(start - place) >= WINDOW_DAYS and start + WINDOW_DAYS < len(self._sums)
        ]
        return float(median(sums)) if len(sums) >= LEAST_WINDOWS else None

    def _came(self, day: date) -> int:
        found = self._follows.get(day)
        return found.came if found else 0
