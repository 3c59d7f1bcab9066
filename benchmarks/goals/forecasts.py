"""G1, G2, G3: forecasts of the likes of each post from those before it, against what these posts got."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, log1p
from typing import Final

import numpy as np
from msgspec.structs import replace

from benchmarks.goals.verdict import Floats, Form, Goal, Verdict
from benchmarks.goals.workers import Workers
from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.fit import to_likes
from webapp.analytics.forecasts.forecast import forecast_of
from webapp.analytics.forecasts.history import examine_levels
from webapp.analytics.forecasts.model import go_through
from webapp.analytics.statistics.walk import Outlook
from webapp.domain.forecasts import NEEDS_POSTS, ForecastRefusal, PostDraft
from webapp.domain.period import DAY_SECONDS

Bracket = tuple[int, int | None]
"""How many posts a forecast was made of, from and to."""

_BRACKETS: Final[tuple[Bracket, ...]] = ((10, 29), (30, 59), (60, 99), (100, 299), (300, None))
_FROM: Final = 30
# Of fewer posts, chance alone takes a share out of its bounds.
_LEAST_FORECASTS: Final = 200
_MEDIAN_10: Final = "median_10"


@dataclass(frozen=True, slots=True)
class Tested:
    """A post against its forecast: errors of log1p(likes), whether the range held, and half its width."""

    known: int
    error: float
    of_median: float
    held: bool
    half_width: float


def forecasts(tables: Sequence[PostTable], workers: Workers) -> list[Verdict]:
    """G1, G2, G3: skill against the rolling median of 10, coverage, width, and what is refused."""
    tested = workers.do(walked, tables)
    return [*_skills(tested), *_coverages(tested), *_widths(tested), *_manners(workers.do(behaves, tables))]


def walked(table: PostTable) -> list[Tested]:
    """Return every mature post that was forecast, oldest first; each forecast comes from posts mature by then alone."""
    past, found = go_through(table, "UTC")
    return [
        _tested(past.scale, log1p(past.rows[place].likes or 0), value, outlook)
        for place, value in past.mature
        if (outlook := found.outlooks[place]) is not None and outlook.range is not None
    ]


def behaves(table: PostTable) -> tuple[bool, bool]:
    """Return whether too few posts are refused, and whether posts of the last days change nothing."""
    rows, few = table.counted[-NEEDS_POSTS:], []
    for posts in range(NEEDS_POSTS):
        fit = examine_levels(PostTable(table.as_of, rows[:posts], table.sounds, table.tags), {})
        few.append(forecast_of(fit, PostDraft(), "UTC", 1).refused)
    young = [
        replace(row, id=-1 - at, public_id=f"young{at}", published_at=table.as_of - at * DAY_SECONDS, likes=10**7)
        for at, row in enumerate(rows[:6])
    ]
    added = PostTable(table.as_of, (*table.rows, *reversed(young)), table.sounds, table.tags)
    said = [forecast_of(examine_levels(one, {}), PostDraft(), "UTC", 1) for one in (table, added)]
    return all(refused is ForecastRefusal.FEW_POSTS for refused in few), said[0] == said[1]


def _tested(scale: float, actual: float, value: float, outlook: Outlook) -> Tested:
    typical, median_10 = (
        log1p(to_likes(said, scale)) for said in (outlook.mixed.value, outlook.mixed.opinions[_MEDIAN_10])
    )
    low, high = outlook.range or (value, value)
    return Tested(
        known=outlook.known,
        error=abs(actual - typical),
        of_median=abs(actual - median_10),
        held=low <= value <= high,
        half_width=(log1p(to_likes(high, scale)) - log1p(to_likes(low, scale))) / 2,
    )


def _skills(tested: Sequence[Sequence[Tested]]) -> Iterable[Verdict]:
    about = f"MAE below that of the rolling median of 10, from {_FROM} posts on"
    yield _skill(Goal("G1", about, least=0.02, lower_end=0.0), tested, (_FROM, None))
    for bracket in _BRACKETS:
        yield _skill(Goal("G1", _named(bracket), least=-0.01), tested, bracket)


def _skill(goal: Goal, tested: Sequence[Sequence[Tested]], bracket: Bracket) -> Verdict:
    sums = [
        np.array([sum(one.error for one in own), sum(one.of_median for one in own), len(own)])
        for own in _within(tested, bracket)
    ]
    return _verdict(goal, sums, lambda total: float(1 - total[0] / total[1]))


def _coverages(tested: Sequence[Sequence[Tested]]) -> Iterable[Verdict]:
    yield _coverage(Goal("G2", "posts in their range of 80 %", 0.77, 0.83), tested, (0, None))
    for bracket in _BRACKETS:
        yield _coverage(Goal("G2", _named(bracket), 0.75, 0.85), tested, bracket)


def _coverage(goal: Goal, tested: Sequence[Sequence[Tested]], bracket: Bracket) -> Verdict:
    sums = [np.array([sum(one.held for one in own), 0.0, len(own)]) for own in _within(tested, bracket)]
    return _verdict(goal, sums, lambda total: float(total[0] / total[2]))


def _widths(tested: Sequence[Sequence[Tested]]) -> Iterable[Verdict]:
    widths = [one.half_width for posts in tested for one in posts]
    figure = exp(float(np.median(widths))) if widths else None
    yield Verdict(Goal("G3", "typical range, × and ÷", most=5.0, form=Form.PLAIN), figure, f"n = {len(widths):,} posts")


def _manners(found: Sequence[tuple[bool, bool]]) -> Iterable[Verdict]:
    refused, ignored = (sum(own[at] for own in found) for at in (0, 1))
    yield Goal("G3", f"below {NEEDS_POSTS} mature posts refused", least=1.0).share(refused, len(found), "creators")
    yield Goal("G3", "posts of the last days ignored", least=1.0).share(ignored, len(found), "creators")


def _verdict(goal: Goal, sums: Sequence[Floats], figure: Callable[[Floats], float]) -> Verdict:
    posts = int(sum(own[2] for own in sums))
    counted = f"n = {posts:,} posts, {len(sums)} creators"
    return goal.unknown(counted) if posts < _LEAST_FORECASTS else goal.of_clusters(sums, figure, counted)


def _within(tested: Iterable[Sequence[Tested]], bracket: Bracket) -> Iterable[list[Tested]]:
    """Yield of each creator the posts of a bracket, where there are any."""
    first, last = bracket
    for posts in tested:
        own = [one for one in posts if first <= one.known and (last is None or one.known <= last)]
        if own:
            yield own


def _named(bracket: Bracket) -> str:
    first, last = bracket
    return f"  of {first} to {last} posts before" if last else f"  of {first} posts before and more"
