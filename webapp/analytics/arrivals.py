"""New followers per day, week or month, whichever list shows them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from webapp.analytics.growth import Growth
from webapp.domain.period import day_of
from webapp.domain.steps import Bucket, Step, buckets


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many followed in a step; it is not over while the newest list was made before its end."""

    bucket: Bucket
    people: int
    is_over: bool


def list_arrivals(growth: Growth, step: Step, first_weekday: int = 0, *, most: int | None = None) -> list[Arrived]:
    """Return the steps that the period touches, each whole, oldest first; of more than ``most`` the newest."""
    fit, span = growth.fit, growth.span
    if fit is None or span is None or not fit.follows or not fit.times:
        return []
    days = [day.day for day in fit.follows]
    sums = [0, *accumulate(day.came for day in fit.follows)]
    newest = day_of(fit.times[-1], growth.timezone)
    first = days[0] if span.since is None else max(days[0], day_of(span.since + 1, growth.timezone))
    last = min(newest, day_of(span.until, growth.timezone))
    found = buckets(first, last, step, first_weekday)
    return [
        Arrived(
            bucket,
            sums[bisect_right(days, bucket.last)] - sums[bisect_left(days, bucket.first)],
            is_over=bucket.last < newest,
        )
        for bucket in (found if most is None else found[-most:])
    ]
