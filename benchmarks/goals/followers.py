"""G8, G9: what several exports tell of those who came and left, and days on which many came."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Final

import numpy as np

from benchmarks.goals.verdict import Floats, Form, Goal, Verdict
from benchmarks.goals.workers import Workers
from tests.analytics.statistics.histories import YEAR_DAYS, daily_follows, simulate, true_survival
from webapp.analytics.statistics.follower_curve import FollowerCurve
from webapp.analytics.statistics.hazard import fit_hazard, pool
from webapp.analytics.statistics.peaks import find_peaks

# Accounts of one seed are none of the next.
_SEEDS_APART: Final = 10_000
_FIVEFOLD: Final = (40, 151, 260, 343)
_QUIET: Final = (1.0, 5.0, 20.0, 100.0)
_BUSY: Final = (20.0, 100.0, 1000.0)
_DISPERSIONS: Final = (0.01, 0.2, 0.4)
_GROSS: Final = Goal("G8", "gross follows over the truth", 0.95, 1.05, form=Form.PLAIN)
_COVERED: Final = Goal("G8", "their 95 % interval holds the truth", least=0.85)
_BIAS: Final = Goal("G8", "bias of the share that stays 30 days", -0.02, 0.02)
_FALSE: Final = Goal("G9", "false peaks a month", most=0.25, form=Form.PLAIN)
_FOUND: Final = Goal("G9", "fivefold days found, from 20 follows a day on", least=0.9)

Account = tuple[int, float]
"""A seed, and how many follow a day."""
Year = tuple[str, float, float]
"""A seed, how many follow a day, and how much their number scatters beyond chance."""


def followers(accounts: int, seed: int, workers: Workers) -> list[Verdict]:
    """G8: gross follows and retention of simulated accounts with known churn."""
    first = seed * _SEEDS_APART
    found = workers.do(recovered, [(first + own, a_day) for a_day in (8.0, 40.0) for own in range(accounts)])
    gaps = [gap for own in found for gap in own[0]]
    ratios = [np.array([sum(value for value, _, _ in own), len(own)]) for own, _ in found]
    return [
        _GROSS.of_clusters(ratios, _mean, f"n = {len(gaps)} gaps"),
        _COVERED.share(sum(above and below for _, above, below in gaps), len(gaps), "gaps"),
        _BIAS.of_clusters([np.array([error, 1.0]) for _, error in found], _mean, f"n = {len(found)} accounts"),
    ]


def recovered(account: Account) -> tuple[list[tuple[float, bool, bool]], float]:
    """Return of each gap between exports the estimate over the truth and on which sides it holds; and of who stays."""
    seed, a_day = account
    history = simulate(seed, a_day)
    cohorts = history.cohorts()
    hazard = fit_hazard(pool(history.times, cohorts))
    curve = FollowerCurve(hazard, history.times, cohorts)
    gaps = []
    for gap, (start, end) in enumerate(zip(history.times, history.times[1:], strict=False)):
        found, truth = curve.gross(gap, start, end), history.gross(start, end)
        gaps.append((found.value / truth, found.low <= truth, truth <= found.high))
    return gaps, hazard.survival(30) - true_survival(30)


def peaks(years: int, seed: int, workers: Workers) -> list[Verdict]:
    """G9: days taken for peaks in years without any, and fivefold days that are found."""
    quiet = [
        (f"quiet {seed} {year}", level, spread) for level in _QUIET for spread in _DISPERSIONS for year in range(years)
    ]
    busy = [(f"busy {seed} {year}", level, 0.2) for level in _BUSY for year in range(years)]
    false = workers.do(false_peaks, quiet)
    found = sum(workers.do(found_peaks, busy))
    months = YEAR_DAYS / 30
    return [
        _FALSE.of_clusters([np.array([own, months]) for own in false], _mean, f"n = {len(quiet)} years"),
        _FOUND.share(found, len(busy) * len(_FIVEFOLD), "days"),
    ]


def _mean(sums: Floats) -> float:
    return float(sums[0] / sums[1])


def false_peaks(year: Year) -> int:
    """Return how many days of an ordinary year are taken for peaks."""
    return len(find_peaks(_follows(year), 0) or ())


def found_peaks(year: Year) -> int:
    """Return how many of the days with five times their mean are found."""
    return sum(peak.place in _FIVEFOLD for peak in find_peaks(_follows(year, _FIVEFOLD), 0) or ())


def _follows(year: Year, fivefold: Collection[int] = ()) -> list[int]:
    seed, level, dispersion = year
    return daily_follows(random.Random(f"{seed} {level} {dispersion}"), level, dispersion, fivefold)  # nosec B311
