"""When digests are due in the zone of whoever gets them, and of which days each one tells."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from webapp.domain.period import day_of
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.report_query import month_period

# In the morning, so that it is there when the day begins.
_AT: Final = time(7)
WEEK_DAYS: Final = 7


class DigestKind(StrEnum):
    """How often a digest comes, and of what it tells."""

    WEEKLY = "weekly"  # on Monday morning, of the past week
    MONTHLY = "monthly"  # on the first, of the month before, with the report as PDF


class DigestOutcome(StrEnum):
    """What became of a planned digest."""

    TOLD = "told"
    REMINDED = "reminded"  # nothing new, and the recipient was asked for an export
    SILENT = "silent"  # nothing new, and that was said before
    REFUSED = "refused"  # who set it up may not see the account any more
    MISSED = "missed"  # a later one was due before it could be written
    FAILED = "failed"


def latest_slot(kind: DigestKind, at: int, timezone: str) -> int:
    """Return the Unix second of the last time that a digest was due, ``at`` included."""
    day = _slot_day(kind, day_of(at, timezone))
    second = _second_of(day, timezone)
    return second if second <= at else _second_of(_slot_day(kind, day - timedelta(days=1)), timezone)


def next_slot(kind: DigestKind, after: int, timezone: str) -> int:
    """Return the Unix second of the first time that a digest is due after another."""
    day = _slot_day(kind, day_of(after, timezone))
    second = _second_of(day, timezone)
    return second if second > after else _second_of(_following(kind, day), timezone)


def told_period(kind: DigestKind, planned_at: int, timezone: str, data_day: date) -> PeriodQuery:
    """Return the days that a digest tells of; ``data_day`` is the last day that the data reach to, in their own zone.

    A week ends on it, as every period of the pages does: what comes after it nobody knows yet.
    """
    if kind is DigestKind.WEEKLY:
        return PeriodQuery(Preset.CUSTOM, first=data_day - timedelta(days=WEEK_DAYS - 1), last=data_day)
    yesterday = day_of(planned_at, timezone) - timedelta(days=1)
    return month_period(yesterday.replace(day=1))


def _slot_day(kind: DigestKind, day: date) -> date:
    """Return the last day up to one on which the kind comes."""
    return day.replace(day=1) if kind is DigestKind.MONTHLY else day - timedelta(days=day.weekday())


def _following(kind: DigestKind, day: date) -> date:
    if kind is DigestKind.WEEKLY:
        return day + timedelta(days=WEEK_DAYS)
    return (day + timedelta(days=31)).replace(day=1)


def _second_of(day: date, timezone: str) -> int:
    return int(datetime.combine(day, _AT, ZoneInfo(timezone)).timestamp())
