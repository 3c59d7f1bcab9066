"""Read many dates and compare many numbers at once, by columns: what lists of a million rows are read with.

Whoever reads short lists does without this module, because loading numpy takes longer than they do.
"""

from __future__ import annotations

from array import array
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.importers.dates import FIRST_YEAR, LAST_YEAR

_WIDTH: Final = len("YYYY-MM-DD HH:MM:SS\n")
# Places of year, month, day, hour, minute and second.
_PLACES: Final = ((0, 1, 2, 3), (5, 6), (8, 9), (11, 12), (14, 15), (17, 18))
# What a digit at each place is worth in each field. Whole numbers below 2**24 are exact in this type.
_WORTH: Final = np.zeros((len(_PLACES), _WIDTH), np.float32)
for _field, _places in enumerate(_PLACES):
    for _power, _place in enumerate(reversed(_places)):
        _WORTH[_field, _place] = 10**_power
_LEAST: Final = np.array((FIRST_YEAR, 1, 1, 0, 0, 0), np.int32)[:, np.newaxis]
_MOST: Final = np.array((LAST_YEAR, 12, 31, 23, 59, 59), np.int32)[:, np.newaxis]
_MONTHS: Final = [(year, month) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)]
_DAYS_OF_MONTH: Final = np.array([monthrange(*month)[1] for month in _MONTHS], np.int32)
# The second before which no day of a month is over.
_MONTH_STARTS: Final = np.array([int(datetime(*month, 1, tzinfo=UTC).timestamp()) for month in _MONTHS])


def parse_dates(texts: Sequence[str]) -> list[int] | None:
    """Return the Unix seconds of dates written ``YYYY-MM-DD HH:MM:SS``; ``None`` where one is not written so, or none.

    Each is read as ``dates.parse_date`` reads it.
    """
    joined = "\n".join([*texts, ""])
    if not texts or len(joined) != _WIDTH * len(texts) or not joined.isascii():
        return None
    zeros, excess = _pattern(len(texts))
    # Below its zero a place wraps around and exceeds any bound. Each date alone has a line break behind it.
    digits = np.frombuffer(joined.encode(), np.uint8) - zeros
    if (digits > excess).any():
        return None
    fields = (_WORTH @ digits.reshape(-1, _WIDTH).T.astype(np.float32)).astype(np.int32)
    if (fields < _LEAST).any() or (fields > _MOST).any():
        return None
    years, months, days, hours, minutes, seconds = fields
    month = (years - FIRST_YEAR) * 12 + months - 1
    if (days > _DAYS_OF_MONTH[month]).any():
        return None
    found: list[int] = (_MONTH_STARTS[month] + (((days - 1) * 24 + hours) * 60 + minutes) * 60 + seconds).tolist()
    return found


@lru_cache(maxsize=4)
def _pattern(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the zero of each place of so many dates, and what it may be exceeded by: by nine where a digit stands."""
    zeros = np.frombuffer(b"0000-00-00 00:00:00\n" * count, np.uint8)
    return zeros, np.where(zeros == ord("0"), 9, 0).astype(np.uint8)


def repeated(numbers: array[int]) -> frozenset[int]:
    """Return the numbers of 64 bits that stand there more than once; the array is put into order for that."""
    ordered = np.frombuffer(numbers, np.int64)
    ordered.sort()
    return frozenset(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
