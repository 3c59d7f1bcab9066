"""What is worked out about an account's followers over all time: curves, peaks, milestones, how long people stay.

For a large account a job does this once a revision and keeps it (`services/growth.py`); for a small one it takes a
moment and is done whenever nothing is kept. Both call ``work_out``, so both say the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Final

import msgspec

from webapp.analytics.growth_cohorts import Cohorts, count_cohorts
from webapp.analytics.statistics.follower_curve import FollowerCurve
from webapp.analytics.statistics.hazard import Cohort, Hazard, TooFewLosses, fit_hazard, pool
from webapp.analytics.statistics.peaks import find_peaks
from webapp.analytics.statistics.proportions import Interval
from webapp.analytics.visible import Reader
from webapp.domain.period import day_of, start_of_day
from webapp.domain.sections import Section

# Counts up when the figures in ``GrowthFit`` change, so that what is kept of an older version is made anew.
LAYOUT: Final = 1
_DAY: Final = 86_400
# Followers after this many days: what a rate of staying is stated for.
STAY_DAYS: Final = 30
FIRST_MILESTONE: Final = 100
# The estimate says nothing of a time so long before the first list: nobody was watched then.
_BACK_DAYS: Final = 365
# Points of the curve: every day, every third, then about a hundred of all that is older.
_DAILY, _THIRD, _OLDER_POINTS = 35, 380, 100


class Refusal(StrEnum):
    """Why there is no estimate of what the lists do not show."""

    ONE_LIST = "one_list"
    FEW_LOSSES = "few_losses"


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Followers at a Unix second: at least ``least``, probably ``value``, with its 95 % interval where there is one."""

    at: int
    least: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Range(msgspec.Struct, frozen=True, array_like=True):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


class GrossFollows(msgspec.Struct, frozen=True, array_like=True):
    """How many followed between two lists, by their Unix seconds, those included who were gone before the second."""

    begins_at: int
    ends_at: int
    people: Range


class PeakDay(msgspec.Struct, frozen=True, array_like=True):
    """A day with far more new followers than usual around it."""

    day: date
    gained: int
    expected: float
    p_value: float


class Milestone(msgspec.Struct, frozen=True, array_like=True):
    """A round number of followers, reached on the day at the latest."""

    followers: int
    day: date


class DayFollows(msgspec.Struct, frozen=True, array_like=True):
    """The followers of a day: how many any list shows, and of those on a list with a next one how many were on it.

    ``kept`` of ``of`` were on the list after the first that has them; the others of ``came`` were seen first on the
    newest list. Whoever left and came back with the same date came once; with a newer date it is another follow.
    """

    day: date
    came: int
    kept: int
    of: int


class MonthFollows(msgspec.Struct, frozen=True, array_like=True):
    """Who followed in a calendar month, by its first day: how many of them each list from the first after it has.

    ``first`` is the place of that list among ``GrowthFit.times``; ``present[0]`` are all those of the month on it.
    Whoever is not on a list and on a later one again, with the same date, is missing on the one alone. A month of which
    nobody is on that list is left out, as is the month of the newest list.
    """

    month: date
    first: int
    present: tuple[int, ...]


class GrowthFit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is worked out; ``peaks`` is ``None`` where there are too few days to tell.

    ``times`` are the Unix seconds of the follower lists. ``following`` is the bound of the other list. ``hours`` counts
    follows by hour of the week in the account's zone: 168 counts from the first hour of Monday, or nothing.
    """

    lists: int = 0
    times: tuple[int, ...] = ()
    points: tuple[Point, ...] = ()
    refusal: Refusal | None = Refusal.ONE_LIST
    losses: int = 0
    staying: Range | None = None
    gross: tuple[GrossFollows, ...] = ()
    peaks: tuple[PeakDay, ...] | None = None
    days: int = 0
    milestones: tuple[Milestone, ...] = ()
    following: tuple[Point, ...] = ()
    follows: tuple[DayFollows, ...] = ()
    hours: tuple[int, ...] = ()
    months: tuple[MonthFollows, ...] = ()


def work_out(reader: Reader, timezone: str) -> GrowthFit:
    """Return what the lists of an account say about its followers, by the days of a time zone."""
    following = _following(count_cohorts(reader, timezone, Section.FOLLOWING))
    cohorts = count_cohorts(reader, timezone)
    if not cohorts.times:
        return GrowthFit(following=following)
    bound = LowerBound(cohorts)
    hazard, refusal, losses = _fit(cohorts)
    curve = None if hazard is None else _curve(hazard, cohorts)
    per_day = _follows_by_day(cohorts)
    peaks = _peaks(per_day)
    return GrowthFit(
        lists=len(cohorts.times),
        times=cohorts.times,
        points=tuple(_point(at, bound, curve, cohorts) for at in _moments(cohorts, per_day)),
        refusal=refusal,
        losses=losses,
        staying=None if hazard is None else _range(hazard.survival_interval(STAY_DAYS), 4),
        gross=() if curve is None else tuple(_gross(curve, cohorts.times)),
        peaks=None if peaks is None else tuple(peaks),
        days=len(per_day),
        milestones=tuple(_milestones(bound)),
        following=following,
        follows=tuple(_follows(cohorts)),
        hours=tuple(cohorts.hours),
        months=tuple(_months(cohorts)),
    )


class LowerBound:
    """How many people are known to have been followers at a moment: seen then or later, and followed by then.

    At a list it is the list; right after it those are missing who are not on the next one, because nobody knows how
    long they stayed. With one list it is the curve of those who are still here.
    """

    def __init__(self, cohorts: Cohorts) -> None:
        self._cohorts = cohorts
        lists = range(len(cohorts.times))
        new: list[Counter[date]] = [Counter() for _ in lists]
        self._kept, self._counts = [0 for _ in lists], [0 for _ in lists]
        for seen, people in cohorts.counts.items():
            last = len(lists) if seen.gone is None else seen.gone
            for at in range(seen.first, last):
                self._counts[at] += people
                self._kept[at] += people if at > seen.first else 0
            if not seen.is_back:
                new[seen.first][seen.day] += people
        self._days = [sorted(counted) for counted in new]
        self._totals = [
            list(accumulate(counted[day] for day in days)) for counted, days in zip(new, self._days, strict=True)
        ]

    def at(self, second: int) -> int:
        """Return the bound at a list, or at the end of the day that holds another second."""
        times = self._cohorts.times
        place = min(bisect_left(times, second), len(times) - 1)
        if second >= times[place]:
            # Of lists of one second the later import is the one that shows.
            return self._counts[bisect_right(times, second) - 1]
        come = bisect_right(self._days[place], day_of(second, self._cohorts.timezone))
        return self._kept[place] + (self._totals[place][come - 1] if come else 0)

    def rises(self) -> Iterator[tuple[date, int]]:
        """Yield the bound on every day on which it rises, and at every list, in order."""
        for place, at in enumerate(self._cohorts.times):
            for day, total in zip(self._days[place], self._totals[place], strict=True):
                yield day, self._kept[place] + total
            yield day_of(at, self._cohorts.timezone), self._counts[place]


def _following(cohorts: Cohorts) -> tuple[Point, ...]:
    if not cohorts.times:
        return ()
    bound = LowerBound(cohorts)
    return tuple(Point(at, bound.at(at)) for at in _moments(cohorts, _follows_by_day(cohorts)))


def _fit(cohorts: Cohorts) -> tuple[Hazard | None, Refusal | None, int]:
    if len(cohorts.times) < 2:
        return None, Refusal.ONE_LIST, 0
    try:
        hazard = fit_hazard(pool(_days(cohorts.times), _plain(cohorts)))
    except TooFewLosses as error:
        return None, Refusal.FEW_LOSSES, error.found
    return hazard, None, hazard.losses


def _curve(hazard: Hazard, cohorts: Cohorts) -> FollowerCurve:
    return FollowerCurve(hazard, _days(cohorts.times), _plain(cohorts))


def _plain(cohorts: Cohorts) -> Iterator[Cohort]:
    for seen, people in cohorts.counts.items():
        yield Cohort(cohorts.middles[seen] / _DAY, seen.first, seen.gone, people)


def _days(times: Iterable[int]) -> tuple[float, ...]:
    return tuple(second / _DAY for second in times)


def _point(at: int, bound: LowerBound, curve: FollowerCurve | None, cohorts: Cohorts) -> Point:
    least = bound.at(at)
    if curve is None or at < cohorts.times[0] - _BACK_DAYS * _DAY:
        return Point(at, least)
    if at in cohorts.times:
        # A list is exact, whatever the sums of many shares come to in their last digits.
        return Point(at, least, float(least), float(least), float(least))
    found = curve.at(at / _DAY)
    value = max(found.value, float(least))
    return Point(at, least, round(value, 1), round(max(found.low, float(least)), 1), round(max(found.high, value), 1))


def _moments(cohorts: Cohorts, per_day: dict[date, int]) -> list[int]:
    """Return the seconds of the curve: every list, and ends of days that lie the closer the younger they are."""
    newest = cohorts.times[-1]
    last = day_of(newest, cohorts.timezone)
    first = min(per_day, default=last)
    listed = {day_of(at, cohorts.timezone) for at in cohorts.times}
    age, length, moments = 0, (last - first).days, set(cohorts.times)
    step = max(7, -(-length // _OLDER_POINTS))
    while age <= length:
        day = last - timedelta(days=age)
        if day not in listed:
            moments.add(start_of_day(day + timedelta(days=1), cohorts.timezone) - 1)
        age += 1 if age < _DAILY else 3 if age < _THIRD else step
    if first not in listed:
        moments.add(start_of_day(first + timedelta(days=1), cohorts.timezone) - 1)
    return sorted(at for at in moments if at <= newest)


def _gross(curve: FollowerCurve, times: tuple[int, ...]) -> Iterator[GrossFollows]:
    for gap, (start, end) in enumerate(pairwise(times)):
        people = curve.gross(gap, start / _DAY, end / _DAY)
        yield GrossFollows(start, end, _range(people, 1))


def _range(interval: Interval, digits: int) -> Range:
    return Range(round(interval.value, digits), round(interval.low, digits), round(interval.high, digits))


def _follows_by_day(cohorts: Cohorts) -> dict[date, int]:
    """Return the follows that any list shows, for every day from the first of them to the newest list, in order."""
    counted: Counter[date] = Counter()
    for seen, people in cohorts.begun:
        counted[seen.day] += people
    if not counted:
        return {}
    first, last = min(counted), day_of(cohorts.times[-1], cohorts.timezone)
    return {day: counted[day] for day in (first + timedelta(days=n) for n in range((last - first).days + 1))}


def _follows(cohorts: Cohorts) -> Iterator[DayFollows]:
    """Yield the days on which somebody followed, in order."""
    came, kept, of = Counter[date](), Counter[date](), Counter[date]()
    newest = len(cohorts.times) - 1
    for seen, people in cohorts.begun:
        came[seen.day] += people
        if seen.first < newest:
            of[seen.day] += people
            kept[seen.day] += people if seen.gone is None or seen.gone > seen.first + 1 else 0
    for day in sorted(came):
        yield DayFollows(day, came[day], kept[day], of[day])


def _months(cohorts: Cohorts) -> Iterator[MonthFollows]:
    """Yield the months of which somebody is on the first list after them, in order."""
    lists = len(cohorts.times)
    firsts: dict[date, int] = {}
    # By month: how many more people of it each list has than the one before.
    steps: defaultdict[date, Counter[int]] = defaultdict(Counter)

    def first_of(month: date) -> int:
        if month not in firsts:
            after = start_of_day((month + timedelta(days=31)).replace(day=1), cohorts.timezone)
            firsts[month] = bisect_left(cohorts.times, after)
        return firsts[month]

    for seen, people in cohorts.counts.items():
        month = seen.day.replace(day=1)
        first, gone = first_of(month), lists if seen.gone is None else seen.gone
        if seen.first <= first < gone:
            steps[month][first] += people
            steps[month][gone] -= people
    for back, people in cohorts.returns.items():
        month = back.day.replace(day=1)
        if back.first <= first_of(month) < back.gone:
            steps[month][back.first_again] += people
            steps[month][lists if back.gone_again is None else back.gone_again] -= people
    for month, step in sorted(steps.items()):
        first = firsts[month]
        present = list(accumulate(step[at] for at in range(first, lists)))
        # Of two people of one second who look like one with a new name, both may be found back: never more than came.
        yield MonthFollows(month, first, tuple(max(0, min(people, present[0])) for people in present))


def _peaks(per_day: dict[date, int]) -> list[PeakDay] | None:
    days = list(per_day)
    found = find_peaks(list(per_day.values()), days[0].weekday()) if days else None
    if found is None:
        return None
    return [PeakDay(days[peak.place], peak.count, round(peak.expected, 1), peak.p_value) for peak in found]


def _milestones(bound: LowerBound) -> Iterator[Milestone]:
    wanted = FIRST_MILESTONE
    for day, people in bound.rises():
        while people >= wanted:
            yield Milestone(wanted, day)
            wanted *= 10
