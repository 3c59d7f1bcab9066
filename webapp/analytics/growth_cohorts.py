"""Who came when and was seen on which lists, counted by day: what the estimates about a list are made from.

A million rows are counted by the database in quarters of an hour and shared out to days here, so that the memory
grows with the days of the account and not with its followers. The few whose names tell more than their dates, because
they came back or took another name, are looked at one by one (`growth_returns.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from webapp.analytics.growth_returns import FoundAgain, Renamed, list_old_dates
from webapp.analytics.relationships import QUARTER, QUARTER_SHIFT
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.period import DAY_SECONDS, day_of, start_of_day
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS

WEEK_HOURS: Final = 168
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A day's follows that share their lists: the first they are on, and the first after it they are not on.

    ``is_back`` marks those whose date is older than the list before, which does not have them: they came back, or
    were hidden from it. Lists are numbered from 0, oldest first.
    """

    day: date
    first: int
    gone: int | None
    is_back: bool


@dataclass(frozen=True, slots=True)
class Return:
    """A day's follows that were on lists, left, and were on lists again under the same name and date."""

    day: date
    first: int
    gone: int
    first_again: int
    gone_again: int | None


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The lists, by their Unix seconds, and everybody who is or was on one, by day of an account's zone.

    ``middles`` is the mean second of the follow of each group. ``returns`` says which of those who are back were there
    before; ``late`` counts the others of them, whom no earlier list has. ``hours`` counts every follow once, by hour
    of the week.
    """

    times: tuple[int, ...]
    timezone: str
    counts: Counter[Seen] = field(default_factory=Counter)
    middles: dict[Seen, float] = field(default_factory=dict)
    returns: Counter[Return] = field(default_factory=Counter)
    late: Counter[Seen] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * WEEK_HOURS)

    @property
    def begun(self) -> Iterator[tuple[Seen, int]]:
        """Yield every follow once, in the group with which it was first seen."""
        for seen, people in self.counts.items():
            once = self.late[seen] if seen.is_back else people
            if once > 0:
                yield seen, once


class Calendar:
    """Days and hours of the week of a time zone, quick for seconds that are asked for in order."""

    def __init__(self, timezone: str) -> None:
        self._timezone, self._zone = timezone, ZoneInfo(timezone)
        self._day, self._begins, self._ends, self._is_plain = date.min, 0, 0, True

    def day(self, second: int) -> date:
        """Return the day of a Unix second."""
        if not self._begins <= second < self._ends:
            self._day = day_of(second, self._timezone)
            self._begins = start_of_day(self._day, self._timezone)
            self._ends = start_of_day(self._day + timedelta(days=1), self._timezone)
            # On the days on which clocks change the hours are not those since midnight.
            self._is_plain = self._ends - self._begins == DAY_SECONDS
        return self._day

    def hour(self, second: int) -> int:
        """Return the hour of the week of a Unix second, counted from the first of Monday."""
        weekday = self.day(second).weekday()
        if self._is_plain:
            return weekday * 24 + (second - self._begins) // 3600
        return weekday * 24 + datetime.fromtimestamp(second, self._zone).hour


def count_cohorts(reader: Reader, timezone: str, section: Section = Section.FOLLOWERS) -> Cohorts:
    """Return the people of all complete lists of a kind; names that became another name count as one person.

    A name that is gone and a name that is new with the same follow second, and no others of that second, are taken
    for a rename whatever a person said of them: statistics bear the few that are none.
    """
    timeline, calendar = find_timeline(reader, section), Calendar(timezone)
    cohorts = Cohorts(tuple(export.exported_at for export in timeline.exports), timezone)
    _count_stored(cohorts, reader, timeline, calendar)
    for found in list_old_dates(reader, timeline):
        if isinstance(found, Renamed):
            _join(cohorts, found, calendar.day(found.second))
        else:
            _place(cohorts, found, calendar)
    for seen in [seen for seen, people in cohorts.counts.items() if people <= 0]:
        del cohorts.counts[seen]
    return cohorts


def _count_stored(cohorts: Cohorts, reader: Reader, timeline: Timeline, calendar: Calendar) -> None:
    times = cohorts.times
    seconds: defaultdict[Seen, float] = defaultdict(float)
    for second, first, gone, people in _stored(reader, timeline.section, timeline.places):
        after = times[first - 1] if first else None
        # The quarter in which the list before was made is sorted out by `_place`.
        seen = Seen(calendar.day(second), first, gone, after is not None and second + QUARTER <= after)
        middle = second + QUARTER / 2
        if after is not None and not seen.is_back:
            middle = max(middle, after + 1)
        cohorts.counts[seen] += people
        seconds[seen] += people * min(middle, times[first])
        if not seen.is_back:
            cohorts.hours[calendar.hour(second)] += people
    for seen, people in cohorts.counts.items():
        cohorts.middles[seen] = seconds[seen] / people


def _stored(reader: Reader, section: Section, places: Mapping[int, int]) -> Iterator[tuple[int, int, int | None, int]]:
    """Yield second, first and missing list, and people, of each quarter of an hour in order."""
    model = DIRECTIONS[section]
    quarter = ((model.followed_at + QUARTER_SHIFT * QUARTER) // QUARTER).label("quarter")
    statement = (
        select(quarter, model.first_export_id, model.gone_export_id, func.count())
        .where(visible(model, reader))
        .group_by(quarter, model.first_export_id, model.gone_export_id)
        .order_by(quarter)
    )
    for number, first, gone, people in db.session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        second = (int(number) - QUARTER_SHIFT) * QUARTER
        yield second, places[first], None if gone is None else places[gone], people


def _place(cohorts: Cohorts, found: FoundAgain, calendar: Calendar) -> None:
    """Count somebody who is back as such, and as a follow of the day where no earlier list has it."""
    day, before = calendar.day(found.second), cohorts.times[found.first - 1]
    back = Seen(day, found.first, found.gone, is_back=True)
    if found.second // QUARTER == before // QUARTER:
        cohorts.counts[Seen(day, found.first, found.gone, is_back=False)] -= 1
        cohorts.hours[calendar.hour(found.second)] -= 1
        cohorts.counts[back] += 1
        cohorts.middles.setdefault(back, found.second)
    if found.is_renamed:
        return
    for first, gone in found.earlier:
        cohorts.returns[Return(day, first, gone, found.first, found.gone)] += 1
    if not found.earlier:
        cohorts.late[back] += 1
        cohorts.hours[calendar.hour(found.second)] += 1


def _join(cohorts: Cohorts, renamed: Renamed, day: date) -> None:
    """Make one spell of the two that a rename cut."""
    old = Seen(day, renamed.begins, renamed.at, renamed.was_back)
    new = Seen(day, renamed.at, renamed.gone, is_back=True)
    whole = Seen(day, renamed.begins, renamed.gone, renamed.was_back)
    for seen, people in ((old, -1), (new, -1), (whole, 1)):
        cohorts.counts[seen] += people
    cohorts.middles.setdefault(whole, cohorts.middles[old])
    for first, gone in renamed.earlier:
        cohorts.returns[Return(day, first, gone, renamed.begins, renamed.at)] -= 1
        cohorts.returns[Return(day, first, gone, renamed.begins, renamed.gone)] += 1
    if renamed.was_back and not renamed.earlier:
        cohorts.late[old] -= 1
        cohorts.late[whole] += 1
