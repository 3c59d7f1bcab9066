"""Which posts lie far from what was expected of them, and how seldom that is (STATISTICS 3.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from webapp.analytics.statistics.rolling import Rolling
from webapp.analytics.statistics.walk import Outlook
from webapp.domain.anomalies import PostLabel

# Robust sd from which on a post is exceptional.
EXCEPTIONAL: Final = 3.0
# Mature posts before it that a label needs.
LEAST_EARLIER: Final = 20
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Labelled:
    """A number against its outlook: ``z`` in robust sd; ``tail`` is the share, of ``earlier`` numbers and itself, that
    lay at least so far out on the same side; unknown, as the label, where too few are known.
    """

    z: float
    label: PostLabel | None
    tail: float | None
    earlier: int


def label_all(values: Iterable[tuple[float, Outlook]]) -> list[Labelled]:
    """Return how far each number lies from its outlook, in order of time; each outlook must have a range."""
    distances, found = Rolling(), []
    for value, outlook in values:
        z = round((value - outlook.mixed.value) / outlook.spread, _DIGITS)
        label, tail = None, None
        if outlook.known >= LEAST_EARLIER:
            label = _label(value, z, outlook)
            beyond = distances.at_least(z) if z > 0 else distances.at_most(z)
            tail = round((beyond + 1) / (len(distances) + 1), _DIGITS)
        found.append(Labelled(z, label, tail, len(distances)))
        distances.add(z)
    return found


def _label(value: float, z: float, outlook: Outlook) -> PostLabel | None:
    if abs(z) >= EXCEPTIONAL:
        return PostLabel.PEAK if z > 0 else PostLabel.FLOP
    if outlook.encloses(value):
        return None
    return PostLabel.HIGH if z > 0 else PostLabel.LOW
