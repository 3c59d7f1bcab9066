"""When the usual level of a row of numbers changed for good (STATISTICS 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from webapp.analytics.statistics.rolling import Rolling, middle

# Page, Biometrika 41 (1954), 100-115: sums of distances less the slack, which alarm at the height.
_SLACK: Final = 0.5
_HEIGHT: Final = 7.0
# One number counts as at most so many sd: none alone says that all changed.
_FURTHEST: Final = 2.0
# What was usual is told by so many numbers before the newest ones, which may be of the new level already.
_BASELINE: Final = 60
_LAG: Final = 10
LEAST_BASELINE: Final = 25
# Numbers in all that are needed: a baseline, and those that are looked at.
LEAST_NUMBERS: Final = LEAST_BASELINE + 15


@dataclass(frozen=True, slots=True)
class Change:
    """A lasting change, by places in the row: found at one number, probably begun at another.

    ``shift`` is the median of the ``numbers`` since it began, until the next change or at most as many as make a
    baseline, less that of those before.
    """

    found: int
    started: int
    shift: float
    numbers: int


def find_changes(values: Sequence[float]) -> list[Change]:
    """Return the lasting changes of the level, oldest first; one alarm a change."""
    alarms: list[tuple[int, int]] = []
    begun = 0
    while len(values) >= LEAST_NUMBERS and (alarm := _find_next(values, begun)) is not None:
        alarms.append(alarm)
        begun = alarm[1]
    edges = [0, *(started for _, started in alarms), len(values)]
    return [_measure(values, edges[at : at + 3], found) for at, (found, _) in enumerate(alarms)]


def _find_next(values: Sequence[float], begun: int) -> tuple[int, int] | None:
    """Return where the first change after a place is found, and where it probably began."""
    usual = Rolling(_BASELINE)
    sums, starts = [0.0, 0.0], [begun, begun]
    for place in range(begun + _LAG, len(values)):
        if len(usual) >= LEAST_BASELINE:
            distance = (values[place] - usual.steady_middle) / usual.steady_spread
            distance = min(max(distance, -_FURTHEST), _FURTHEST)
            for side, signed in enumerate((distance, -distance)):
                # A sum speaks of the numbers since it was none.
                if sums[side] <= 0:
                    starts[side] = place
                sums[side] = max(0.0, sums[side] + signed - _SLACK)
                if sums[side] >= _HEIGHT:
                    return place, _find_start(values, usual.median, starts[side], place)
        usual.add(values[place - _LAG])
    return None


def _find_start(values: Sequence[float], usual: float, since: int, found: int) -> int:
    """Return from where on the numbers are nearer to the new level than to the usual one.

    The sum that gave the alarm may have begun to rise by chance before; the numbers after the alarm tell as well.
    """
    after = middle(sorted(values[found - _LAG // 2 : found + _LAG]))
    nearer, best, started = 0.0, 0.0, found
    for place in range(found, since - 1, -1):
        nearer += abs(values[place] - usual) - abs(values[place] - after)
        if nearer > best:
            best, started = nearer, place
    return started


def _measure(values: Sequence[float], edges: Sequence[int], found: int) -> Change:
    before, started, after = edges
    old = values[max(before, started - _BASELINE) : started]
    new = values[started : min(after, started + _BASELINE)]
    return Change(found, started, middle(sorted(new)) - middle(sorted(old)), len(new))
