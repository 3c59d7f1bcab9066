"""Go through numbers in order of time and say of each, from those known before alone, what it will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from webapp.analytics.statistics.conformal import Bounds, Ranges
from webapp.analytics.statistics.experts import Experts, Mixed
from webapp.analytics.statistics.rolling import LEAST_SPREAD, Rolling, middle

# The level of ranges that are shown, and all those whose truth is looked at.
LEVEL: Final = 0.8
LEVELS: Final = (0.5, 0.6, 0.7, LEVEL, 0.9, 0.95)
# Of fewer numbers no range is made.
LEAST_KNOWN: Final = 10
_SPREAD_OF: Final = 50
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 9


class Guide(Protocol):
    """Says of a number how far it will lie from the usual level, by what else is known of it."""

    def guess(self, place: int) -> float | None:
        """Return the deviation of the number at a place; ``None`` where nothing can be said yet."""

    def learn(self, place: int, deviation: float) -> None:
        """Take how far the number at a place lay from the level."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a number: ``known`` are those before it that it comes from.

    ``bounds`` are, by level, what is added to ``mixed.value``; ``spread`` is the robust sd of the errors before, and
    ``last`` the number right before.
    """

    known: int
    mixed: Mixed
    bounds: Mapping[float, Bounds]
    spread: float
    last: float

    @property
    def range(self) -> Bounds | None:
        """Return the range that is shown; ``None`` where too little is known."""
        bounds = self.bounds.get(LEVEL)
        return None if bounds is None else (self.mixed.value + bounds[0], self.mixed.value + bounds[1])

    def encloses(self, value: float, level: float = LEVEL) -> bool:
        """Return whether a number lies in the range of a level; there must be one."""
        low, high = self.bounds[level]
        return low <= round(value - self.mixed.value, _DIGITS) <= high


class Walker:
    """Everything that is known after some numbers."""

    def __init__(self) -> None:
        self._experts = Experts()
        self._ranges = Ranges(LEVELS)
        self._errors = Rolling(_SPREAD_OF)
        self._first: list[float] = []
        self._last = 0.0

    @property
    def known(self) -> int:
        """Return how many numbers are known."""
        return len(self._experts.all)

    def expect(self, deviation: float | None = None) -> Outlook | None:
        """Return what is expected of the next number; ``None`` where no number is known."""
        if not self.known:
            return None
        mixed = self._experts.mix(deviation)
        spread = self._ranges.spread if len(self._errors) else LEAST_SPREAD
        return Outlook(self.known, mixed, self._ranges.bounds(), spread, self._last)

    def learn(self, value: float, said: Outlook | None) -> float | None:
        """Take the next number with what was expected of it; return how far it lies from the level by now.

        By now, not from what was expected: between the two the level may have changed, which is no noise.
        """
        deviation = round(value - self._experts.mix().level, _DIGITS) if self.known else None
        if deviation is not None and self.known >= LEAST_KNOWN:
            held = {} if said is None else {level: said.encloses(value, level) for level in said.bounds}
            # What the forest said of this very number is no matter of time.
            moved = 0.0 if said is None else said.mixed.value - said.mixed.level
            self._take(round(deviation - moved, _DIGITS), held)
        else:
            self._first.append(value)
            if len(self._first) == LEAST_KNOWN:
                # Of so few, each against the others: what is expected of the second by the first says nothing.
                for place, one in enumerate(self._first):
                    self._take(one - middle(sorted(self._first[:place] + self._first[place + 1 :])), {})
        self._experts.learn(value, None if said is None else said.mixed, self._spread)
        self._last = value
        return deviation

    def _take(self, error: float, held: Mapping[float, bool]) -> None:
        self._ranges.learn(error, held)
        self._errors.add(error)

    @property
    def _spread(self) -> float:
        return self._errors.spread if len(self._errors) else LEAST_SPREAD


@dataclass(frozen=True, slots=True)
class Walked:
    """What was expected of each number, in their order, and what is known after all of them."""

    outlooks: Sequence[Outlook | None]
    end: Walker


def walk(values: Sequence[float | None], known_from: Sequence[int] | None = None, guide: Guide | None = None) -> Walked:
    """Return what was expected of each of some numbers in order of time.

    ``known_from`` says of each place how many of the numbers, from the first on, were known by then: those before it
    unless it is given. A number that is ``None`` is expected and never known.
    """
    walker = Walker()
    outlooks: list[Outlook | None] = []
    learned = 0

    def learn_until(place: int) -> None:
        nonlocal learned
        while learned < place:
            value, said = values[learned], outlooks[learned]
            if value is not None:
                deviation = walker.learn(value, said)
                if guide is not None and deviation is not None:
                    guide.learn(learned, deviation)
            learned += 1

    for place in range(len(values)):
        learn_until(place if known_from is None else min(known_from[place], place))
        outlooks.append(walker.expect(None if guide is None else guide.guess(place)))
    learn_until(len(values))
    return Walked(outlooks, walker)
