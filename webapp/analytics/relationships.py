"""The figures of the two lists together, and how the followers came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, select

from webapp.analytics.visible import current, find_newest_complete
from webapp.domain.period import day_of
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Follower, Following

# No time zone is off the quarter hour, so quarters can be counted by the database and shared out to days here.
_QUARTER = 900
# Databases divide negative numbers towards zero; from here on every date we read is positive.
_SHIFT = 10_000_000


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
    follower_count = int(followers.sections[Section.FOLLOWERS.value]["kept"]) if followers else None
    following_count = int(following.sections[Section.FOLLOWING.value]["kept"]) if following else None
    return RelationshipSummary(
        followers=follower_count,
        following=following_count,
        mutuals=count_mutuals(scope) if followers and following else None,
        follower_ratio=_ratio(follower_count, following_count),
        followers_as_of=followers.exported_at if followers else None,
        following_as_of=following.exported_at if following else None,
    )


def count_mutuals(scope: Scope) -> int:
    """Return how many names are on both current lists."""
    statement = (
        select(func.count())
        .select_from(Following)
        .join(Follower, Follower.username_key == Following.username_key)
        .where(current(Following, scope), current(Follower, scope))
    )
    return db.session.scalar(statement) or 0


def list_survivors(scope: Scope) -> SurvivorCurve:
    """Return the survivor curve of the current followers, one point for each day on which somebody came."""
    quarter = (Follower.followed_at + _SHIFT * _QUARTER) // _QUARTER
    statement = select(quarter, func.count()).where(current(Follower, scope)).group_by(quarter)
    per_day: Counter[date] = Counter()
    for number, count in db.session.execute(statement):
        per_day[day_of((int(number) - _SHIFT) * _QUARTER, scope.timezone)] += count
    days = sorted(per_day)
    total = 0
    counts = []
    for day in days:
        total += per_day[day]
        counts.append(total)
    return SurvivorCurve(tuple(days), tuple(counts))


def _ratio(followers: int | None, following: int | None) -> Decimal | None:
    if followers is None or not following:
        return None
    return (Decimal(followers) / Decimal(following)).quantize(Decimal("0.01"), ROUND_HALF_UP)
