"""Where a post stands among the others of its account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.analytics.content.table import PostRow, PostTable

# Among fewer others a place would say nothing.
LEAST_OTHERS: Final = 10


@dataclass(frozen=True, slots=True)
class Percentile:
    """The share, 0 to 1, of ``others`` posts that got fewer likes, those with as many counted half.

    ``fewer`` and ``equal`` are the counts that it is made of.
    """

    share: float
    others: int
    fewer: int
    equal: int


def percentile_of(table: PostTable, row: PostRow) -> Percentile | None:
    """Return the place of a post by its likes among the other counted posts.

    ``None`` for a post that statistics do not count, and with fewer than ``LEAST_OTHERS`` others.
    """
    others = [other.likes or 0 for other in table.counted if other.id != row.id]
    if row.likes is None or not table.counts(row) or len(others) < LEAST_OTHERS:
        return None
    fewer = sum(1 for likes in others if likes < row.likes)
    equal = sum(1 for likes in others if likes == row.likes)
    return Percentile((fewer + equal / 2) / len(others), len(others), fewer, equal)
