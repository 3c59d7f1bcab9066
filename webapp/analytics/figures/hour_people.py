"""Who followed at an hour of the week, by the clock of the account's zone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.analytics.list_index import find_packed, is_long
from webapp.analytics.packed_list import PackedList
from webapp.analytics.visible import current, find_newest_complete
from webapp.domain.period import day_of, instant
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Follower

_WEEK: Final = timedelta(days=7)
_HOURS: Final = 24
_NAMES_AT_ONCE: Final = 500

Dated = tuple[str, int]
"""A username and the Unix second of the follow."""


def list_hour(scope: Scope, hour: int, start: int, size: int) -> tuple[int | None, list[Dated]]:
    """Return how many of today's followers followed at an hour of the week, and a page of them, the newest first.

    The count is ``None`` for a long list that is not packed yet: nobody looks through it while a page waits.
    """
    newest = find_newest_complete(scope, Section.FOLLOWERS)
    if newest is None:
        return None, []
    packed = find_packed(newest, Section.FOLLOWERS)
    if packed is not None:
        places = _places(packed.seconds, hour, scope.timezone)
        return len(places), _look_up(scope, packed, places[start : start + size])
    if is_long(newest, Section.FOLLOWERS):
        return None, []
    people = _few(scope, hour)
    return len(people), people[start : start + size]


def stream_hour(scope: Scope, hour: int) -> Iterator[Dated]:
    """Yield all of them, the newest first."""
    newest = find_newest_complete(scope, Section.FOLLOWERS)
    packed = None if newest is None else find_packed(newest, Section.FOLLOWERS)
    if packed is None:
        yield from _few(scope, hour)
        return
    places = _places(packed.seconds, hour, scope.timezone)
    for start in range(0, len(places), _NAMES_AT_ONCE):
        yield from _look_up(scope, packed, places[start : start + _NAMES_AT_ONCE])


def _places(seconds: Sequence[int], hour: int, timezone: str) -> list[int]:
    """Return the places of the hour's seconds among sorted ones, the last first: two searches a week."""
    if not len(seconds):
        return []
    zone = ZoneInfo(timezone)
    day, first = day_of(seconds[-1], timezone), day_of(seconds[0], timezone)
    day -= timedelta(days=(day.weekday() - hour // _HOURS) % 7)
    places: list[int] = []
    while day + timedelta(days=1) >= first:
        # An hour that a clock shows twice is one of two hours, one that it leaves out has none.
        begins = datetime.combine(day, time(hour % _HOURS), zone)
        ends = datetime.combine(day + timedelta(days=hour % _HOURS == _HOURS - 1), time((hour + 1) % _HOURS), zone)
        low = bisect_left(seconds, int(begins.timestamp()))
        places += reversed(range(low, bisect_left(seconds, int(ends.timestamp()), low)))
        day -= _WEEK
    return places


def _look_up(scope: Scope, packed: PackedList, places: Sequence[int]) -> list[Dated]:
    """Return the people at some places of a packed list."""
    names = [packed.by_date.name(place) for place in places]
    query = select(Follower.username_key, Follower.username, Follower.followed_at).where(
        current(Follower, scope), Follower.username_key.in_(names)
    )
    name_of = scope.redaction.name
    found = {key: (name_of(name), second) for key, name, second in db.session.execute(query)}
    return [found[name] for name in names if name in found]


def _few(scope: Scope, hour: int) -> list[Dated]:
    """Return them from a list that is short enough to be looked through."""
    query = (
        select(Follower.username, Follower.followed_at)
        .where(current(Follower, scope))
        .order_by(Follower.followed_at.desc(), Follower.username_key.desc())
    )
    name_of = scope.redaction.name
    people = db.session.execute(query)
    return [(name_of(name), second) for name, second in people if _hour_of(second, scope.timezone) == hour]


def _hour_of(second: int, timezone: str) -> int:
    local = instant(second, timezone)
    return local.weekday() * _HOURS + local.hour
