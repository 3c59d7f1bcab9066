"""How a post looks to a Random Forest: when it is published, how long after the one before, and with which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from math import cos, log1p, pi, sin
from typing import Final
from zoneinfo import ZoneInfo

HOUR_SECONDS: Final = 3_600
# Hour as a place on a circle (two numbers), weekday, gap, hashtags, length of the title, what hashtags and sound got.
FEATURES: Final = 8
# "tag" or "sound", and its place in the table.
Key = tuple[str, int]
# Of an encoding, so many posts without any deviation count beside the real ones.
_SHRUNKEN_BY: Final = 10
# Longer gaps are all alike.
_LONGEST_GAP: Final = 30 * 24 * HOUR_SECONDS


class Encodings:
    """What posts with something deviated by from what was expected, drawn towards none; only posts known so far."""

    def __init__(self) -> None:
        self._sums: defaultdict[Key, float] = defaultdict(float)
        self._posts: defaultdict[Key, int] = defaultdict(int)

    def add(self, keys: Iterable[Key], deviation: float) -> None:
        """Take the deviation of a post that has all of these."""
        for key in keys:
            self._sums[key] += deviation
            self._posts[key] += 1

    def of(self, key: Key) -> float:
        """Return the encoding of one of them; 0 where no post has it."""
        return self._sums[key] / (self._posts[key] + _SHRUNKEN_BY) if key in self._posts else 0.0

    def known(self) -> dict[Key, float]:
        """Return all encodings."""
        return {key: self.of(key) for key in self._posts}


def describe_post(
    published_at: float, zone: ZoneInfo, gap: float, tags: float, title: float, tag_codes: Iterable[float], sound: float
) -> tuple[float, ...]:
    """Return the features of a post; gap in seconds, ``tags`` and ``title`` are a number and a length in characters.

    ``tag_codes`` are the encodings of its hashtags: the forest sees their sum, ``sound`` that of its sound.
    """
    time = datetime.fromtimestamp(published_at, zone)
    turn = 2 * pi * (time.hour + time.minute / 60) / 24
    hours = min(max(gap, 0.0), _LONGEST_GAP) / HOUR_SECONDS
    return (sin(turn), cos(turn), float(time.weekday()), log1p(hours), tags, title, sum(tag_codes), sound)
