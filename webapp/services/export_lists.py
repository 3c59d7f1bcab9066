"""The follow lists of one export while they are compared and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from webapp.domain.sections import Section
from webapp.importers.rows_file import FollowChunk, RowsFile
from webapp.services.batches import batches

# Names that are kept in memory to count mutuals: more than the platforms let one account follow.
_KEPT_NAMES: Final = 100_000


@dataclass(frozen=True, slots=True)
class ExportList:
    """One follow list of an export."""

    rows: RowsFile
    section: Section

    def chunks(self) -> Iterator[FollowChunk]:
        """Yield the list in the order of the file."""
        return self.rows.follows(self.section)

    def keys(self) -> Iterator[str]:
        """Yield the compared forms of the names."""
        return (key for chunk in self.chunks() for key in chunk.keys)

    def count_common(self, other: ExportList) -> int:
        """Return how many names are on another, longer list too."""
        return sum(
            sum(len(some.intersection(chunk.keys)) for chunk in other.chunks())
            for some in map(frozenset, batches(self.keys(), _KEPT_NAMES))
        )
