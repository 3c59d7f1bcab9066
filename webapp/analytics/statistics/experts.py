"""What is usual, by several simple experts, mixed by how well each of them did (STATISTICS 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp
from typing import Final

from webapp.analytics.statistics.rolling import LEAST_SPREAD, Rolling

# How fast a weight falls with the sum of an expert's absolute errors.
_RATE: Final = 0.5
# What an error still counts after one more post: half as much after 140, so that after a change others may lead.
_REMEMBERED: Final = 0.995
_WINDOWS: Final = (5, 10, 20, 30)
# Exponentially weighted levels by name, and how far each goes towards a new value.
_PACES: Final = {"ewma_1": 0.1, "ewma_2": 0.2}
# One value moves a smoothed level by at most so many sd.
_FURTHEST: Final = 3.0
# An expert that says how far a post lies from what the others say: the one that looks at what a post is.
FOREST: Final = "forest"
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Mixed:
    """A level with what it is mixed of: what each expert says, and their weights, which sum to 1.

    ``level`` is the mix without the forest, ``value`` the one with it.
    """

    value: float
    level: float
    opinions: Mapping[str, float]
    weights: Mapping[str, float]


class Experts:
    """The experts and their errors so far; numbers come in order of time."""

    def __init__(self) -> None:
        self.all = Rolling()
        self._windows = {f"median_{most}": Rolling(most) for most in _WINDOWS}
        self._smoothed: dict[str, float] = {}
        self._errors: dict[str, float] = {}

    def mix(self, deviation: float | None = None) -> Mixed:
        """Return the level of the next number; ``deviation`` is what the forest adds to what the others say.

        At least one number must be known.
        """
        opinions = {name: window.median for name, window in self._windows.items()}
        opinions |= self._smoothed
        opinions["median_all"] = self.all.median
        level = _average(opinions, self._weigh(opinions))
        if deviation is not None:
            opinions[FOREST] = level + deviation
        weights = self._weigh(opinions)
        return Mixed(round(_average(opinions, weights), _DIGITS), round(level, _DIGITS), opinions, weights)

    def learn(self, value: float, said: Mixed | None, spread: float = LEAST_SPREAD) -> None:
        """Take the next number, with what was said of it before and the spread of errors until then."""
        if said is not None:
            # An expert who said nothing is taken to have erred as the mix did, so that it begins in its middle.
            own = abs(value - said.value)
            for name in (*said.opinions, *({FOREST} - said.opinions.keys())):
                error = abs(value - said.opinions[name]) if name in said.opinions else own
                self._errors[name] = _REMEMBERED * self._errors.get(name, 0.0) + error
        for name, pace in _PACES.items():
            before = self._smoothed.get(name, value)
            furthest = _FURTHEST * spread
            self._smoothed[name] = before + pace * min(max(value - before, -furthest), furthest)
        for window in (*self._windows.values(), self.all):
            window.add(value)

    def _weigh(self, names: Iterable[str]) -> dict[str, float]:
        errors = {name: self._errors.get(name, 0.0) for name in names}
        least = min(errors.values())
        raw = {name: exp(-_RATE * (error - least)) for name, error in errors.items()}
        total = sum(raw.values())
        return {name: weight / total for name, weight in raw.items()}


def _average(opinions: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights[name] * opinions[name] for name in weights)
