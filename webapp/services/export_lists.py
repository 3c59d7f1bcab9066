"""The follow lists of one export while they are compared and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from webapp.domain.sections import Section
from webapp.importers.records import FollowRow, SectionSummary
from webapp.importers.rows_file import RowsFile
from webapp.models import DIRECTIONS

# Names that are kept in memory to count mutuals on the way: more than the platforms let one account follow.
_KEPT_NAMES: Final = 100_000
_COMMON_RANGE: Final = 50_000


class ExportList:
    """One follow list of an export; reading it whole also counts who is on the other one."""

    def __init__(self, rows: RowsFile, section: Section, others: frozenset[str] = frozenset()) -> None:
        self.common = 0
        self._rows = rows
        self._section = section
        self._others = others

    def triples(self) -> Iterator[list[tuple[str, str, int]]]:
        """Yield the list in pieces: name, compared form, second."""
        for chunk in self._rows.chunks(self._section):
            self.common += len(self._others.intersection(chunk.keys))
            names, seconds = zip(*chunk.rows, strict=True)
            yield list(zip(names, chunk.keys, seconds, strict=True))

    def bounds(self, size: int) -> Sequence[str]:
        """Return names, in order, between which stand about ``size`` rows each."""
        return self._rows.bounds(self._section, size)

    def between(self, after: str, upto: str | None) -> dict[str, FollowRow]:
        """Return the rows behind one name, up to and with another, by compared form; ``None`` is the end."""
        found = self._rows.between(self._section, after, upto)
        self.common += len(self._others.intersection(found)) if self._others else 0
        return found


class ExportLists:
    """Both follow lists of an export, and how many names stand on both."""

    def __init__(self, rows: RowsFile, sections: Mapping[Section, SectionSummary]) -> None:
        self._rows = rows
        self._short, self._long = sorted(DIRECTIONS, key=lambda section: sections[section].kept)
        self._counts_on_the_way = sections[self._short].kept <= _KEPT_NAMES
        others: frozenset[str] = frozenset()
        if self._counts_on_the_way:
            others = frozenset(key for chunk in rows.chunks(self._short) for key in chunk.keys)
        self._lists = {self._short: ExportList(rows, self._short), self._long: ExportList(rows, self._long, others)}

    def __getitem__(self, section: Section) -> ExportList:
        """Return one of the lists."""
        return self._lists[section]

    def count_mutuals(self) -> int:
        """Return how many names are on both lists, once both were read whole."""
        if self._counts_on_the_way:
            return self._lists[self._long].common
        ends = ["", *self._rows.bounds(self._long, _COMMON_RANGE), None]
        both = (
            [self._rows.between(section, after or "", upto).keys() for section in self._lists]
            for after, upto in pairwise(ends)
        )
        return sum(len(one & other) for one, other in both)
