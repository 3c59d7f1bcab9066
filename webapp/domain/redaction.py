"""What a reader does not get to see: names of people, exact numbers, captions, small groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NameDisplay(StrEnum):
    """How people on the lists are called."""

    SHOWN = "shown"
    PSEUDONYMS = "pseudonyms"
    HIDDEN = "hidden"


class NumberDisplay(StrEnum):
    """How exact numbers are."""

    ABSOLUTE = "absolute"
    ROUNDED = "rounded"
    INDEXED = "indexed"


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is kept from a reader; ``key`` makes pseudonyms stable for one link or one reader, and different for others.

    ``smallest_group`` is the least number of people that is told; smaller groups are suppressed, 0 tells all.
    """

    names: NameDisplay = NameDisplay.SHOWN
    numbers: NumberDisplay = NumberDisplay.ABSOLUTE
    hides_captions: bool = False
    smallest_group: int = 0
    key: bytes = b""


NOTHING_HIDDEN = Redaction()
