"""Days, weeks and months: how finely time is divided."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Step(StrEnum):
    """How long one point of a chart lasts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """The days of one step, both inclusive."""

    first: date
    last: date


def bucket_of(day: date, step: Step, first_weekday: int = 0) -> Bucket:
    """Return the step that holds a day; weeks begin with a weekday counted from Monday, 0."""
    if step is Step.DAY:
        return Bucket(day, day)
    if step is Step.WEEK:
        first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
        return Bucket(first, first + timedelta(days=6))
    return Bucket(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def buckets(first: date, last: date, step: Step, first_weekday: int = 0) -> list[Bucket]:
    """Return the steps from that of one day to that of another, in order; none where they are reversed."""
    found = []
    while first <= last:
        found.append(bucket_of(first, step, first_weekday))
        first = found[-1].last + timedelta(days=1)
    return found


def fitting_step(days: float) -> Step:
    """Return the step with which so many days are at most about a hundred points."""
    return Step.DAY if days <= 100 else Step.WEEK if days <= 800 else Step.MONTH
