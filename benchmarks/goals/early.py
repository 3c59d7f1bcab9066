"""G12: what a post will get, once it was read a second time in its first days."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import Final

import numpy as np
from msgspec.structs import replace

from benchmarks.goals.verdict import Floats, Goal, Verdict
from benchmarks.goals.workers import Workers
from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.early import early_of
from webapp.analytics.forecasts.history import examine_levels

_DAY: Final = 86_400
# Half of the likes come within about eight hours, of some posts much later: the scatter of that time, as a logarithm.
_PACE, _SCATTER = 0.5, 1.0
# Classes of age in days, and how much smaller the error must be than that of the forecast before publication.
_CLASSES: Final = (
    (0.5, 1.0, Goal("G12", "early forecast at 12 to 24 hours: error less by", least=0.5)),
    (1.0, 2.0, Goal("G12", "early forecast at 1 to 2 days: error less by", least=0.7)),
)
# Each creator's newest posts are forecast one by one, from those before.
_FORECAST: Final = 8
_LEAST_POSTS: Final = 60


def early(creators: Sequence[PostTable], workers: Workers) -> list[Verdict]:
    """G12: the error of final likes from a second reading against that of the forecast before publication."""
    found = workers.do(early_errors, [table for table in creators if len(table.counted) >= _LEAST_POSTS])
    verdicts = []
    for at, (_, _, goal) in enumerate(_CLASSES):
        sums = [own[at] for own in found if own[at][2]]
        counted = f"n = {int(sum(own[2] for own in sums)):,} posts, {len(sums)} creators"
        verdicts.append(goal.of_clusters(sums, lambda total: float(1 - total[0] / total[1]), counted))
    return verdicts


def early_errors(table: PostTable) -> list[Floats]:
    """Return of each class of age the errors of the early forecast and of the one before, summed, and of how many."""
    random = np.random.default_rng(len(table.counted))
    rows = table.counted
    paces = _PACE * np.exp(random.normal(0, _SCATTER, len(rows)))
    found = []
    for youngest, oldest, _ in _CLASSES:
        ages = random.uniform(youngest, oldest, len(rows))
        read = {
            row.public_id: [(float(age), _read(row.likes or 0, age, pace))]
            for row, age, pace in zip(rows, ages, paces, strict=True)
        }
        sums = np.zeros(3)
        for at in range(len(rows) - _FORECAST, len(rows)):
            age, likes = read[rows[at].public_id][0]
            young = replace(rows[at], likes=likes)
            now = PostTable(young.published_at + int(age * _DAY), (*rows[:at], young), table.sounds, table.tags)
            fit = examine_levels(now, {row.public_id: read[row.public_id] for row in now.counted})
            (said, *_) = early_of(fit, now)
            if said.typical is not None and said.expected is not None:
                final = log1p(rows[at].likes or 0)
                sums += abs(final - log1p(said.typical)), abs(final - log1p(said.expected.typical)), 1
        found.append(sums)
    return found


def _read(likes: int, age: float, pace: float) -> int:
    return round(float(likes * -np.expm1(-age / pace)))
