"""G6, G7: posts that stand out, and lasting changes of what posts get."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import median
from typing import Final

import numpy as np

from benchmarks.goals.samples import Levels, table_of
from benchmarks.goals.verdict import Floats, Form, Goal, Verdict
from benchmarks.goals.workers import Workers
from webapp.analytics.forecasts.history import examine_levels, take_past
from webapp.analytics.statistics.cusum import Change, find_changes
from webapp.domain.anomalies import PostLabel

_DAY: Final = 86_400
_MONTH: Final = 30 * _DAY
# Peaks and flops lie so many robust sd from what was expected; one post of so many is one.
_FAR: Final = 4.0
_ONE_OF: Final = 20
# Neither is put among the first posts, which nothing can be told of.
_FIRST: Final = 30
# A flop needs likes to lose: so many must be left.
_LEFT: Final = 3.0
# Change alerts need a baseline of 25 posts that ends 10 before, and 15 more; then a change, and posts to see it in.
_BASELINE: Final = 40
_SEEN_IN: Final = 30
_SHIFTS: Final = 4
_LEAST_POSTS: Final = _BASELINE + 20 + _SEEN_IN
_EXCEPTIONAL: Final = frozenset({PostLabel.PEAK, PostLabel.FLOP})
_RECALL: Final = Goal("G6", "injected peaks and flops of 4 sd found", least=0.9)
_PRECISION: Final = Goal("G6", "of posts told exceptional, injected", least=0.85)
_FALSE: Final = Goal("G6", "false ones a hundred posts", most=0.5, form=Form.PLAIN)
_ALERTS: Final = Goal("G7", "false change alerts a month", most=0.05, form=Form.PLAIN)
_SEEN: Final = Goal("G7", "a lasting × 3 or ÷ 3 found in 30 posts", least=0.7)
_DELAY: Final = Goal("G7", "median delay of all of them, in posts", most=15.0, form=Form.COUNT)


def outliers(levels: Sequence[Levels], workers: Workers) -> list[Verdict]:
    """G6: injected peaks and flops, around the level of each creator and in noise without outliers of its own."""
    found = workers.do(injected, [own for own in levels if len(own.logs) >= 2 * _FIRST])
    sums = [np.array(own, dtype=np.float64) for own in found if own[3]]
    put, hit, told, posts = (int(sum(own[at] for own in found)) for at in range(4))
    return [
        _RECALL.share(hit, put, "injected"),
        _PRECISION.share(hit, told, "told"),
        _FALSE.of_clusters(
            sums,
            lambda total: float((total[2] - total[1]) / total[3] * 100),
            f"n = {posts:,} posts, {len(sums)} creators",
        ),
    ]


def injected(levels: Levels) -> tuple[int, int, int, int]:
    """Return how many were put in, how many of them were found, how many were told in all, and of how many posts."""
    random = _random(levels)
    logs = levels.logs + _noise(random, len(levels.logs), levels.sd)
    count = max(1, (len(logs) - _FIRST) // _ONE_OF)
    places = random.choice(np.arange(_FIRST, len(logs)), count, replace=False)
    ways = random.choice((-1.0, 1.0), count)
    room = levels.logs[places] - _FAR * levels.sd >= log(_LEFT)
    logs[places] = levels.logs[places] + np.where(room, ways, 1.0) * _FAR * levels.sd
    fit = examine_levels(table_of(levels.times, logs), {})
    told = {int(one.post.removeprefix("post")) for one in fit.checked if one.label in _EXCEPTIONAL}
    tested = sum(place >= _FIRST for place in range(len(logs)))
    return count, len(told & {int(place) for place in places}), len(told), tested


def changes(levels: Sequence[Levels], workers: Workers) -> list[Verdict]:
    """G7: alerts where nothing changes, and lasting changes to three times as many or a third."""
    long = [own for own in levels if len(own.logs) >= _LEAST_POSTS]
    delays = [delay for own in workers.do(change_delays, long) for delay in own]
    seen = sum(delay is not None and delay <= _SEEN_IN for delay in delays)
    middle = float(median(_LEAST_POSTS if delay is None else delay for delay in delays)) if delays else None
    counted = f"n = {len(delays)} changes"
    return [
        _ALERTS.of_clusters(
            workers.do(false_changes, long), lambda total: float(total[0] / total[1]), f"n = {len(long)} creators"
        ),
        _SEEN.share(seen, len(delays), "changes"),
        Verdict(_DELAY, middle, counted),
    ]


def false_changes(levels: Levels) -> Floats:
    """Return how many alerts there are where nothing changes, and in how many months."""
    logs = levels.logs + _noise(_random(levels), len(levels.logs), levels.sd)
    return np.array([len(_found(levels, logs)), (levels.times[-1] - levels.times[_BASELINE]) / _MONTH])


def change_delays(levels: Levels) -> list[int | None]:
    """Return of rises and falls, at places of their own, how many posts each took; ``None`` where it was not found."""
    random, found = _random(levels), list[int | None]()
    for shift in (log(3), -log(3)) * _SHIFTS:
        at = int(random.integers(_BASELINE + 10, len(levels.logs) - _SEEN_IN))
        noise = _noise(random, len(levels.logs), levels.sd)
        logs = levels.logs + noise + np.where(np.arange(len(noise)) >= at, shift, 0.0)
        delays = [
            change.found - at + 1
            for change in _found(levels, logs)
            if change.found >= at and (change.shift > 0) == (shift > 0)
        ]
        found.append(min(delays, default=None))
    return found


def _found(levels: Levels, logs: Floats) -> list[Change]:
    """Return the changes that posts of such likes show."""
    past = take_past(table_of(levels.times, logs))
    return find_changes([value for _, value in past.mature])


def _random(levels: Levels) -> np.random.Generator:
    """Return chance that the same creator always gives."""
    return np.random.default_rng([int(levels.times[0]), len(levels.times)])


def _noise(random: np.random.Generator, count: int, sd: float) -> Floats:
    """Return normal noise with an autocorrelation of 0.1."""
    steps = random.standard_normal(count)
    for at in range(1, count):
        steps[at] = 0.1 * steps[at - 1] + (1 - 0.01) ** 0.5 * steps[at]
    return np.asarray(steps * sd)
