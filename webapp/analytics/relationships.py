"""The figures of the two lists together, and how the followers came."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from sqlalchemy import func, select

from webapp.analytics.list_index import find_packed
from webapp.analytics.mutual_count import count_mutuals
from webapp.analytics.packed_list import PackedList
from webapp.analytics.visible import count_kept, current, find_newest_complete, find_newest_lists
from webapp.domain.period import day_of, start_of_day
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS

# No time zone is off the quarter hour, so quarters can be counted by the database and shared out to days here.
QUARTER = 900
# Databases divide negative numbers towards zero; from here on every date we read is positive.
QUARTER_SHIFT = 10_000_000


@dataclass(frozen=True, slots=True)
class RelationshipSummary:
    """Counts of the current lists; ``None`` is unknown. ``as_of`` values are Unix seconds of the exports."""

    followers: int | None
    following: int | None
    mutuals: int | None
    follower_ratio: Decimal | None
    followers_as_of: int | None
    following_as_of: int | None

    @property
    def as_of(self) -> int | None:
        """Return the Unix second of the newer of both lists."""
        times = (self.followers_as_of, self.following_as_of)
        return max((second for second in times if second is not None), default=None)

    @property
    def followers_only(self) -> int | None:
        """Return how many follow the account and are not followed back."""
        return None if self.mutuals is None or self.followers is None else self.followers - self.mutuals

    @property
    def following_only(self) -> int | None:
        """Return how many the account follows who do not follow back."""
        return None if self.mutuals is None or self.following is None else self.following - self.mutuals


def summarise_relationships(scope: Scope) -> RelationshipSummary:
    """Return the counts of followers, following and mutuals and their ratio (followers / following)."""
    newest = find_newest_lists(scope)
    followers, following = newest[Section.FOLLOWERS], newest[Section.FOLLOWING]
    follower_count = count_kept(followers, Section.FOLLOWERS) if followers else None
    following_count = count_kept(following, Section.FOLLOWING) if following else None
    mutuals = count_mutuals(scope, followers, following) if followers and following else None
    return RelationshipSummary(
        followers=follower_count,
        following=following_count,
        mutuals=mutuals,
        follower_ratio=follower_ratio(follower_count, following_count),
        followers_as_of=followers.exported_at if followers else None,
        following_as_of=following.exported_at if following else None,
    )


def count_by_day(scope: Scope, section: Section) -> Mapping[date, int]:
    """Return how many of a list's names were followed on each day of the account's zone that has any, in order."""
    newest = find_newest_complete(scope, section)
    if newest is None:
        return {}
    packed = find_packed(newest, section)
    return _count_packed(packed, scope.timezone) if packed else _count_stored(scope, section)


def _count_packed(packed: PackedList, timezone: str) -> dict[date, int]:
    """Return the counts from the sorted seconds: one search for each day."""
    per_day: dict[date, int] = {}
    first = 0
    for year in range(day_of(packed.seconds[0], timezone).year, day_of(packed.seconds[-1], timezone).year + 2):
        for number, end in enumerate(_ends_of_days(year, timezone)):
            last = bisect_left(packed.seconds, end, first)
            if last > first:
                per_day[date(year, 1, 1) + timedelta(days=number)] = last - first
                first = last
        if first == packed.count:
            break
    return per_day


@lru_cache(maxsize=2048)
def _ends_of_days(year: int, timezone: str) -> tuple[int, ...]:
    """Return the Unix second after each day of a year: asking the calendar takes longer than counting."""
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    return tuple(start_of_day(first + timedelta(days=number + 1), timezone) for number in range(days))


def _count_stored(scope: Scope, section: Section) -> dict[date, int]:
    model = DIRECTIONS[section]
    quarter = (model.followed_at + QUARTER_SHIFT * QUARTER) // QUARTER
    statement = select(quarter, func.count()).where(current(model, scope)).group_by(quarter)
    per_day: Counter[date] = Counter()
    for number, count in db.session.execute(statement):
        per_day[day_of((int(number) - QUARTER_SHIFT) * QUARTER, scope.timezone)] += count
    return dict(sorted(per_day.items()))


def follower_ratio(followers: int | None, following: int | None) -> Decimal | None:
    """Return followers / following with two decimals; ``None`` where either is unknown or nobody is followed."""
    if followers is None or not following:
        return None
    return (Decimal(followers) / Decimal(following)).quantize(Decimal("0.01"), ROUND_HALF_UP)
