"""How long people go on following: a rate of leaving for each stretch of time since the follow.

An export shows who is there at its moment and nothing between two exports. So somebody who was there at one list and
not at the next left at an unknown moment between them, and who came and left between two lists was never seen. The
likelihood asks only what became, by the next list, of those who were seen: whoever left before the first list that
could have shown them is outside it (left truncation), which is right, not an approximation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import exp, expm1, log, sqrt
from typing import Final

from webapp.analytics.statistics.matrices import Matrix, dot, invert_positive, multiply, quadratic
from webapp.analytics.statistics.proportions import Z95, Interval

# Days since the follow at which the rate may change; the last stretch is open.
EDGES: Final = (0.0, 7.0, 30.0, 90.0, 365.0)
LEAST_LOSSES: Final = 50
# Neighbouring log rates differ by about this much: what few losses do not say, the neighbours say.
_RIDGE_SD: Final = 3.0
# All of them together are within a few of these of the plain rate: if everybody left, no rate would be high enough.
_LEVEL_SD: Final = 10.0
# Within a stretch the rate falls too, which the steps leave out; on simulated histories that is worth about this much
# of a rate, and without it the intervals of large accounts would be too narrow.
_STEP_SD: Final = 0.15
_MOST_STEPS: Final = 100
_PRECISION: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who followed at ``followed`` (days), seen from list ``first`` on and no more from list ``gone`` on."""

    followed: float
    first: int
    gone: int | None
    count: int


Exposed = Mapping[tuple[float, ...], tuple[int, int]]
"""How many days of each stretch lay between two lists -> how many left meanwhile, and how many stayed."""


class TooFewLosses(Exception):
    """Fewer people left than the estimate needs."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


@dataclass(frozen=True)
class Hazard:
    """Logarithms of the rates of leaving, per day and stretch of ``EDGES``, and their covariance."""

    log_rates: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    losses: int

    @cached_property
    def rates(self) -> tuple[float, ...]:
        """Return the rates of leaving, per day."""
        return tuple(exp(value) for value in self.log_rates)

    def parts(self, age: float) -> list[float]:
        """Return rate times days of each stretch up to an age in days; their sum is the cumulative hazard."""
        return [rate * days for rate, days in zip(self.rates, days_between(0.0, age), strict=True)]

    def survival(self, age: float) -> float:
        """Return the share of new followers who are still there after so many days."""
        return exp(-sum(self.parts(age)))

    def survival_interval(self, age: float) -> Interval:
        """Return ``survival`` with its 95 % interval, made on the scale log(-log S) so that it stays between 0 and 1.

        Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data" (2002), 1.4.1, with the variance of
        log H by the delta method.
        """
        parts = self.parts(age)
        total = sum(parts)
        if total <= 0:
            return Interval(1.0, 1.0, 1.0)
        spread = Z95 * sqrt(quadratic(self.covariance, [part / total for part in parts]))
        return Interval(exp(-total), exp(-total * exp(spread)), exp(-total * exp(-spread)))


def days_between(start: float, end: float) -> tuple[float, ...]:
    """Return how many days between two ages lie in each stretch of ``EDGES``."""
    ends = (*EDGES[1:], float("inf"))
    return tuple(max(0.0, min(end, right) - max(start, left)) for left, right in zip(EDGES, ends, strict=True))


def pool(times: Sequence[float], cohorts: Iterable[Cohort]) -> Exposed:
    """Return what became of everybody from list to list, equal exposures together; ``times`` of the lists in days."""
    lost: Counter[tuple[float, ...]] = Counter()
    kept: Counter[tuple[float, ...]] = Counter()
    for cohort in cohorts:
        end = len(times) if cohort.gone is None else cohort.gone
        for at in range(cohort.first, min(end, len(times) - 1)):
            age = max(0.0, times[at] - cohort.followed)
            days = days_between(age, age + times[at + 1] - times[at])
            (lost if at + 1 == cohort.gone else kept)[tuple(round(value, 3) for value in days)] += cohort.count
    return {days: (lost[days], kept[days]) for days in lost.keys() | kept.keys() if sum(days) > 0}


def fit_hazard(exposed: Exposed) -> Hazard:
    """Return the rates of greatest penalised likelihood; raise ``TooFewLosses`` below ``LEAST_LOSSES``.

    L = product of (1 - exp(-H))^lost * exp(-H)^kept with H = sum of rate * days: grouped survival times, Prentice and
    Gloeckler, Biometrics 34 (1978), 57-67. Newton's method with the expected information (Fisher scoring, McCullagh
    and Nelder, "Generalized Linear Models" (1989), 2.5), a step that does not climb is halved.
    """
    losses = sum(lost for lost, _ in exposed.values())
    if losses < LEAST_LOSSES:
        raise TooFewLosses(losses)
    followed = sum(sum(days) * (lost + kept) for days, (lost, kept) in exposed.items())
    plain = log(losses / followed)
    theta = [plain] * len(EDGES)
    height = _likelihood(theta, exposed, plain)
    for _ in range(_MOST_STEPS):
        score, information = _slopes(theta, exposed, plain)
        step = multiply(invert_positive(information), score)
        scale = 1.0
        while (reached := _likelihood(_moved(theta, step, scale), exposed, plain)) < height and scale > _PRECISION:
            scale /= 2
        theta, height = _moved(theta, step, scale), max(reached, height)
        if max(abs(value) for value in step) * scale < _PRECISION:
            break
    _, information = _slopes(theta, exposed, plain)
    return Hazard(tuple(theta), _with_steps(invert_positive(information)), losses)


def _with_steps(covariance: Matrix) -> tuple[tuple[float, ...], ...]:
    """Return a covariance with what a rate that is constant within its stretch leaves out."""
    return tuple(
        tuple(value + (_STEP_SD**2 if i == j else 0.0) for j, value in enumerate(row))
        for i, row in enumerate(covariance)
    )


def _moved(theta: Sequence[float], step: Sequence[float], scale: float) -> list[float]:
    return [value + scale * by for value, by in zip(theta, step, strict=True)]


def _likelihood(theta: Sequence[float], exposed: Exposed, plain: float) -> float:
    rates = [exp(min(value, 50.0)) for value in theta]
    value = -sum((b - a) ** 2 for a, b in pairwise(theta)) / (2 * _RIDGE_SD**2)
    value -= sum((each - plain) ** 2 for each in theta) / (2 * _LEVEL_SD**2)
    for days, (lost, kept) in exposed.items():
        total = dot(rates, days)
        # A rate so small that nobody could have left makes losses impossible.
        value += (lost * log(max(-expm1(-total), 1e-300)) if lost else 0.0) - kept * total
    return value


def _slopes(theta: Sequence[float], exposed: Exposed, plain: float) -> tuple[list[float], list[list[float]]]:
    """Return the score and the expected information of the log rates, the penalty in both."""
    size = len(theta)
    rates = [exp(value) for value in theta]
    level = 1 / _LEVEL_SD**2
    score = [(plain - each) * level for each in theta]
    information = [[level if i == j else 0.0 for j in range(size)] for i in range(size)]
    weight = 1 / _RIDGE_SD**2
    for j in range(size - 1):
        apart = (theta[j + 1] - theta[j]) * weight
        score[j], score[j + 1] = score[j] + apart, score[j + 1] - apart
        information[j][j] += weight
        information[j + 1][j + 1] += weight
        information[j][j + 1] -= weight
        information[j + 1][j] -= weight
    for days, (lost, kept) in exposed.items():
        parts = [rate * span for rate, span in zip(rates, days, strict=True)]
        odds = 1 / expm1(min(sum(parts), 500.0))
        slope, curve = lost * odds - kept, (lost + kept) * odds
        for i, part in enumerate(parts):
            if part:
                score[i] += slope * part
                for j, other in enumerate(parts):
                    information[i][j] += curve * part * other
    return score, information
