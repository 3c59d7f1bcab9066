"""What the mature posts of an account say of those to come, and how that did so far; plain numbers alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import exp, gcd
from typing import Final

from msgspec.structs import replace

from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.forecasts.fit import (
    RECENT,
    Bracket,
    Calibration,
    Checked,
    Expected,
    ForecastFit,
    Forest,
    Level,
    LevelChange,
    SkillFit,
    to_likes,
    to_log,
)
from webapp.analytics.statistics.bootstrap import relative_gain
from webapp.analytics.statistics.cusum import find_changes
from webapp.analytics.statistics.experts import FOREST
from webapp.analytics.statistics.growth import AGES, Grown, Growth, find_growth
from webapp.analytics.statistics.post_labels import label_all
from webapp.analytics.statistics.walk import LEVELS, Outlook, Walked, walk
from webapp.domain.forecasts import LEVEL, NEEDS_POSTS, Baseline
from webapp.domain.period import DAY_SECONDS
from webapp.domain.post_query import Standing

# Fewer forecasts say nothing of how forecasts do.
_LEAST_CHECKED: Final = 10
# How many earlier posts forecasts were made of, where each bracket begins.
_BRACKETS: Final = (10, 30, 60, 100, 300)
_DIGITS: Final = 6

# Age in days and likes of early readings, by the public id of the post.
Readings = Mapping[str, Sequence[tuple[float, int]]]


@dataclass(frozen=True, slots=True)
class Past:
    """The posts that forecasts are about, oldest first: the mature ones, and those too young to have a ``value``.

    ``values`` are logarithms of likes; ``known_from`` says of each post how many of the others, from the oldest on,
    were mature when it was published.
    """

    rows: Sequence[PostRow]
    values: Sequence[float | None]
    known_from: Sequence[int]
    scale: float

    @property
    def mature(self) -> list[tuple[int, float]]:
        """Return the places and values of the mature posts."""
        return [(place, value) for place, value in enumerate(self.values) if value is not None]


def take_past(table: PostTable) -> Past:
    """Return the posts of a table that forecasts are about."""
    rows = [row for row in table.rows if table.counts(row) or is_young(table, row)]
    # The unit: see `ForecastFit`.
    scale = float(gcd(*(row.likes or 0 for row in table.counted))) or 1.0
    values = [to_log(row.likes or 0, scale) if table.counts(row) else None for row in rows]
    times = [row.published_at for row in rows]
    known_from = [bisect_right(times, time - MATURE_DAYS * DAY_SECONDS) for time in times]
    return Past(rows, values, known_from, scale)


def is_young(table: PostTable, row: PostRow) -> bool:
    """Return whether a public, listed post is too young for its likes to count."""
    return row.standing is Standing.LISTED and row.is_public and 0 <= table.age_days(row) < MATURE_DAYS


def examine_levels(table: PostTable, readings: Readings) -> ForecastFit:
    """Return what posts say without a forest: an account with few of them needs no more."""
    past = take_past(table)
    return describe(table, past, walk(past.values, past.known_from), readings)


def examine_outliers(table: PostTable) -> tuple[tuple[Checked, ...], tuple[LevelChange, ...]]:
    """Return the posts against what was expected of them, and the lasting changes, by levels alone.

    Of posts without a label only the newest ``RECENT`` are among them.
    """
    past = take_past(table)
    return _Told(past, walk(past.values, past.known_from)).kept(), tuple(_changes(past))


def describe(
    table: PostTable, past: Past, walked: Walked, readings: Readings, forest: Forest | None = None
) -> ForecastFit:
    """Return what is kept of posts that were walked through; ``forest`` is the one for posts to come."""
    fit = ForecastFit(as_of=table.as_of, has_likes=_has_likes(table), posts=len(past.mature), scale=past.scale)
    outlook = walked.end.expect(0.0 if forest is not None else None)
    if outlook is None or outlook.known < NEEDS_POSTS:
        return fit
    told = _Told(past, walked)
    weights = outlook.mixed.weights
    low, high = outlook.bounds[LEVEL]
    return replace(
        fit,
        spread=_rounded(outlook.spread),
        levels=tuple(
            Level(name, _rounded(value), weights[name])
            for name, value in outlook.mixed.opinions.items()
            if name != FOREST
        ),
        forest=forest,
        forest_weight=weights.get(FOREST, 0.0),
        low=_rounded(low),
        high=_rounded(high),
        skills=told.skills(),
        coverage=told.coverage(LEVEL),
        coverage_posts=len(told.checked),
        brackets=tuple(told.brackets()),
        calibration=tuple(told.calibration()),
        checked=told.kept(),
        checked_posts=len(told.checked),
        young=told.young(),
        growth=told.growth(readings),
        changes=tuple(_changes(past)),
    )


def _has_likes(table: PostTable) -> bool:
    """Return whether the exports say likes; one without any post does not say that they do not."""
    listed = [row for row in table.rows if row.standing is Standing.LISTED]
    return not listed or any(row.likes is not None for row in listed)


class _Told:
    """What was expected of posts against what they got; only those with a range count."""

    def __init__(self, past: Past, walked: Walked) -> None:
        self._past = past
        self._outlooks = {
            place: outlook
            for place, outlook in enumerate(walked.outlooks)
            if outlook is not None and outlook.range is not None
        }
        self.checked = [
            (place, value, self._outlooks[place]) for place, value in past.mature if place in self._outlooks
        ]

    def skills(self) -> tuple[SkillFit, ...]:
        """Return how much smaller errors are than those of what costs no thought."""
        if len(self.checked) < _LEAST_CHECKED:
            return ()
        own = [abs(value - outlook.mixed.value) for _, value, outlook in self.checked]
        seed, found = seed_of(self._past), []
        for baseline in Baseline:
            others = [abs(value - _baseline(baseline, outlook)) for _, value, outlook in self.checked]
            gain = relative_gain(own, others, seed)
            if gain is not None:
                found.append(SkillFit(baseline, gain.value, gain.low, gain.high, len(own)))
        return tuple(found)

    def coverage(self, level: float) -> float | None:
        """Return the share of posts that lay in their range; unknown without any."""
        return _share([outlook.encloses(value, level) for _, value, outlook in self.checked if level in outlook.bounds])

    def brackets(self) -> list[Bracket]:
        """Return how forecasts did by how many posts they were made of."""
        found = []
        for place, first in enumerate(_BRACKETS):
            last = _BRACKETS[place + 1] - 1 if place + 1 < len(_BRACKETS) else None
            own = [
                (value, outlook)
                for _, value, outlook in self.checked
                if first <= outlook.known and (last is None or outlook.known <= last)
            ]
            coverage = _share([outlook.encloses(value) for value, outlook in own])
            others = sum(abs(value - _baseline(Baseline.MEDIAN_10, outlook)) for value, outlook in own)
            if coverage is not None and len(own) >= _LEAST_CHECKED and others > 0:
                errors = sum(abs(value - outlook.mixed.value) for value, outlook in own)
                found.append(Bracket(first, last, len(own), coverage, _rounded(1 - errors / others)))
        return found

    def calibration(self) -> list[Calibration]:
        """Return how often ranges held that were to hold at several levels."""
        found = []
        for level in LEVELS:
            posts = sum(level in outlook.bounds for _, _, outlook in self.checked)
            coverage = self.coverage(level)
            if coverage is not None and posts >= _LEAST_CHECKED:
                found.append(Calibration(level, coverage, posts))
        return found

    def kept(self) -> tuple[Checked, ...]:
        """Return the newest posts against their ranges, and of the others those with a label."""
        labels = label_all((value, outlook) for _, value, outlook in self.checked)
        found, older = [], len(self.checked) - RECENT
        for at, ((place, _, outlook), label) in enumerate(zip(self.checked, labels, strict=True)):
            if at >= older or label.label is not None:
                row = self._past.rows[place]
                low, typical, high = self._likes(outlook)
                found.append(
                    Checked(
                        post=row.public_id,
                        published_at=row.published_at,
                        low=low,
                        typical=typical,
                        high=high,
                        actual=row.likes or 0,
                        z=label.z,
                        label=label.label,
                        tail=label.tail,
                        earlier=label.earlier,
                    )
                )
        return tuple(found)

    def young(self) -> tuple[Expected, ...]:
        """Return what was expected of posts that are too young to be checked."""
        rows = self._past.rows
        return tuple(
            Expected(rows[place].public_id, rows[place].published_at, *self._likes(outlook))
            for place, outlook in self._outlooks.items()
            if self._past.values[place] is None
        )

    def growth(self, readings: Readings) -> tuple[Growth, ...]:
        """Return how posts grow from a reading of their first week on."""
        grown = []
        for place, value in self._past.mature:
            outlook = self._outlooks.get(place)
            # Of several readings at about the same age the first: each post counts once.
            first = {
                bisect_right(AGES, age): (age, likes)
                for age, likes in reversed(readings.get(self._past.rows[place].public_id, ()))
            }
            for age, likes in first.values():
                early = to_log(likes, self._past.scale)
                grown.append(Grown(age, early, value, None if outlook is None else outlook.mixed.value))
        return tuple(find_growth(grown))

    def _likes(self, outlook: Outlook) -> tuple[float, float, float]:
        """Return low, typical and high of an outlook."""
        typical, scale, (low, high) = outlook.mixed.value, self._past.scale, outlook.bounds[LEVEL]
        return (
            _rounded(to_likes(typical + low, scale)),
            _rounded(to_likes(typical, scale)),
            _rounded(to_likes(typical + high, scale)),
        )


def _changes(past: Past) -> list[LevelChange]:
    mature = past.mature
    found = []
    for change in find_changes([value for _, value in mature]):
        at, started = past.rows[mature[change.found][0]], past.rows[mature[change.started][0]]
        found.append(
            LevelChange(
                post=at.public_id,
                found_at=at.published_at,
                started=started.public_id,
                started_at=started.published_at,
                factor=_rounded(exp(change.shift)),
                posts=change.numbers,
            )
        )
    return found


def _baseline(baseline: Baseline, outlook: Outlook) -> float:
    if baseline is Baseline.LAST:
        return outlook.last
    return outlook.mixed.opinions[baseline.value]


def _share(held: Sequence[bool]) -> float | None:
    return _rounded(sum(held) / len(held)) if held else None


def _rounded(value: float) -> float:
    return round(value, _DIGITS)


def seed_of(past: Past) -> int:
    """Return a number that the same mature posts always give, whatever their likes are multiplied with."""
    digest = sha256()
    for row in (past.rows[place] for place, _ in past.mature):
        digest.update(f"{row.published_at}:{row.ordinal};".encode())
    return int.from_bytes(digest.digest()[:8], "big")
