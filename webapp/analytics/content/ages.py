"""How the likes of posts rise with their age, from the posts that several exports show."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import select

from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.content.typical import typical_of
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader
from webapp.domain.period import DAY_SECONDS
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import PostReading

# Ages in days at which a class begins; the last has no end.
AGE_EDGES: Final = (0, 1, 2, 4, 7, 14, 30, 90, 365)
# Fewer posts say nothing of the others.
LEAST_POSTS: Final = 10
# A class with fewer readings is indicative.
LEAST_READINGS: Final = 5
# Older posts no longer rise, and each costs a row for every export.
_MOST_POSTS: Final = 300


class Aged(NamedTuple):
    """The likes of a post at an age in days."""

    age: float
    likes: int


@dataclass(frozen=True, slots=True)
class AgeClass:
    """The readings of posts that were ``first`` to ``last`` days old; ``last`` is exclusive, ``None`` without an end.

    ``per_day`` is what they typically had by then for each day since publication, ``share`` the typical part, 0 to 1,
    of the likes on the newest list that was there already, ``None`` where no reading is followed by another.
    """

    first: int
    last: int | None
    readings: int
    per_day: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Ages:
    """The classes of age with a reading, youngest first; ``posts`` are those that at least two exports show."""

    classes: tuple[AgeClass, ...]
    posts: int
    exports: int


@dataclass(frozen=True, slots=True)
class TooFewReadings:
    """Why no curve is drawn: ``posts`` were seen on two exports or more, of ``exports`` with a list of posts."""

    posts: int
    exports: int


def find_ages(reader: Reader, table: PostTable) -> Ages | TooFewReadings:
    """Return how likes rose with age, over the newest counted posts."""
    rows = table.counted[-_MOST_POSTS:]
    times = {export.id: export.exported_at for export in find_timeline(reader, Section.POSTS).exports}
    if len(times) < 2:
        return TooFewReadings(0, len(times))
    return ages_of(rows, find_readings(reader, rows, times), len(times))


def ages_of(
    rows: Sequence[PostRow], readings: Mapping[int, Sequence[tuple[int, int]]], exports: int
) -> Ages | TooFewReadings:
    """Return how likes rose with age; ``readings`` are second and likes by the id of the post, oldest first."""
    curves = [curve for row in rows if len(curve := _curve(row, readings.get(row.id, ()))) > 1]
    if len(curves) < LEAST_POSTS:
        return TooFewReadings(len(curves), exports)
    rates: defaultdict[int, list[float]] = defaultdict(list)
    shares: defaultdict[int, list[float]] = defaultdict(list)
    for curve in curves:
        newest = curve[-1].likes
        for aged in curve:
            place = bisect_right(AGE_EDGES, aged.age) - 1
            # Of the first day everything counts as one day: an hour after publication nobody knows a rate per day.
            rates[place].append(aged.likes / max(aged.age, 1.0))
            if newest and aged is not curve[-1]:
                shares[place].append(min(aged.likes / newest, 1.0))
    classes = tuple(_class(place, rates[place], shares[place]) for place in sorted(rates))
    return Ages(classes, len(curves), exports)


def _curve(row: PostRow, readings: Iterable[tuple[int, int]]) -> list[Aged]:
    return [Aged((at - row.published_at) / DAY_SECONDS, likes) for at, likes in readings if at >= row.published_at]


def _class(place: int, rates: Sequence[float], shares: Sequence[float]) -> AgeClass:
    last = AGE_EDGES[place + 1] if place + 1 < len(AGE_EDGES) else None
    return AgeClass(AGE_EDGES[place], last, len(rates), typical_of(rates), typical_of(shares))


def find_readings(
    reader: Reader, rows: Iterable[PostRow], times: Mapping[int, int]
) -> dict[int, list[tuple[int, int]]]:
    """Return second and likes of every reading of some posts, oldest first."""
    query = select(PostReading.post_id, PostReading.export_id, PostReading.likes).where(
        PostReading.post_id.in_([row.id for row in rows]),
        PostReading.added_revision <= reader.revision,
        PostReading.removed_revision > reader.revision,
        PostReading.likes.is_not(None),
    )
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for post_id, export_id, likes in db.session.execute(query):
        if export_id in times and likes is not None:
            found[post_id].append((times[export_id], likes))
    return {post_id: sorted(readings) for post_id, readings in found.items()}
