"""How regularly posts were published: how many a week, how long between them, how long without any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Pause:
    """Days in a row without a post, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it is."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Run:
    """Weeks in a row with a post in each, by the first day of the first and the last day of the last."""

    first: date
    last: date

    @property
    def weeks(self) -> int:
        """Return how many weeks it is."""
        return ((self.last - self.first).days + 1) // _WEEK_DAYS


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The posts of ``days`` days, both ends included.

    ``per_week`` is ``None`` for less than a week. ``between`` is the median of the days from one day with a post to
    the next. ``pause`` is the longest time without a post, ``ongoing`` that since the last post up to the end, ``None``
    where there is none. ``run`` are the most weeks in a row with a post in each, those at both ends counted whole.
    """

    posts: int
    days: int
    active_days: int
    per_week: float | None
    between: float | None
    pause: Pause | None
    ongoing: Pause | None
    run: Run | None


def find_rhythm(published: Iterable[date], first: date, last: date, first_weekday: int = 0) -> Rhythm:
    """Return the rhythm of posts by their days between two days; weeks begin on a weekday, 0 is Monday."""
    posts = [day for day in published if first <= day <= last]
    days = sorted(set(posts))
    length = (last - first).days + 1
    ongoing = _pause(days[-1], last + timedelta(days=1)) if days else None
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    pauses = [found for one, other in pairwise(days) if (found := _pause(one, other)) is not None]
    return Rhythm(
        posts=len(posts),
        days=length,
        active_days=len(days),
        per_week=len(posts) * _WEEK_DAYS / length if length >= _WEEK_DAYS else None,
        between=median(gaps) if gaps else None,
        pause=max([*pauses, *([ongoing] if ongoing else [])], key=lambda pause: pause.days, default=None),
        ongoing=ongoing,
        run=_longest_run(days, first_weekday),
    )


def _pause(before: date, after: date) -> Pause | None:
    """Return the days between two days; ``None`` where they follow each other."""
    one = timedelta(days=1)
    return Pause(before + one, after - one) if (after - before).days > 1 else None


def _longest_run(days: Iterable[date], first_weekday: int) -> Run | None:
    """Return the most weeks in a row with a post, of equally many the newest."""
    weeks = sorted({day - timedelta(days=(day.weekday() - first_weekday) % _WEEK_DAYS) for day in days})
    longest: Run | None = None
    begins: date | None = None
    for place, week in enumerate(weeks):
        if begins is None or week - weeks[place - 1] > timedelta(days=_WEEK_DAYS):
            begins = week
        run = Run(begins, week + timedelta(days=_WEEK_DAYS - 1))
        if longest is None or run.weeks >= longest.weeks:
            longest = run
    return longest
