"""The figures of the two lists together, and how the followers came."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from sqlalchemy import func, select

from webapp.analytics.follow_statements import few_count_statement
from webapp.analytics.list_index import find_packed
from webapp.analytics.packed_list import PackedList
from webapp.analytics.visible import count_kept, current, find_newest_complete
from webapp.domain.period import Period, day_of, start_of_day
from webapp.domain.query import FollowQuery, Relation
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


@dataclass(frozen=True, slots=True)
class SurvivorCurve:
    """Today's followers by the day they followed: at each day how many of them had come by then.

    A lower bound of the followers of that day, because those who left since are not in it.
    """

    days: tuple[date, ...]
    counts: tuple[int, ...]


def summarise_relationships(scope: Scope) -> RelationshipSummary:
    """Return the counts of followers, following and mutuals and their ratio (followers / following)."""
    followers = find_newest_complete(scope, Section.FOLLOWERS)
    following = find_newest_complete(scope, Section.FOLLOWING)
    follower_count = count_kept(followers, Section.FOLLOWERS) if followers else None
    following_count = count_kept(following, Section.FOLLOWING) if following else None
    mutuals = None
    if follower_count is not None and following_count is not None:
        mutuals = _count_mutuals(scope, following_is_shorter=following_count < follower_count)
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


def list_survivors(scope: Scope) -> SurvivorCurve:
    """Return the survivor curve of the current followers, one point for each day on which somebody came."""
    per_day = count_by_day(scope, Section.FOLLOWERS)
    return SurvivorCurve(tuple(per_day), tuple(accumulate(per_day.values())))


def _count_mutuals(scope: Scope, *, following_is_shorter: bool) -> int:
    everybody = FollowQuery(Period(None, None, scope.timezone), relation=Relation.MUTUAL)
    statement = few_count_statement(scope, Section.FOLLOWERS, everybody, other_is_shorter=following_is_shorter)
    return db.session.scalar(statement) or 0


def _count_packed(packed: PackedList, timezone: str) -> dict[date, int]:
    """Return the counts from the sorted seconds: one search for each day that has any."""
    per_day: dict[date, int] = {}
    first = 0
    while first < packed.count:
        second = packed.seconds[first]
        day = day_of(second, timezone)
        # Where clocks go back over midnight, a second may still be called the day before.
        while (end := start_of_day(day + timedelta(days=1), timezone)) <= second:
            day += timedelta(days=1)
        last = bisect_left(packed.seconds, end, first)
        per_day[day] = last - first
        first = last
    return per_day


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
