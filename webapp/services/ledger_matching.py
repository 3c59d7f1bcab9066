"""Set aside what a list and the ledger say alike, as both are read once in order of time.

Exports list follows by date, and the ledger can be read so. Then a name and its like in the ledger are read at about
the same moment, and next to nothing waits for its like. A list in any other order gives the same result: what has
waited too long is put aside by name on both sides, and compared once everything was read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from types import TracebackType
from typing import Final, Self

from webapp.importers.rows_file import FollowChunk
from webapp.services.ledger_reading import Row, StoredSpells
from webapp.services.sorted_rows import RUN_ROWS, SortedRows

# Pages of the ledger that may wait for the first rows of a list.
_PAGES_AHEAD: Final = 10


class Matching:
    """One list and the spells that have not ended, without those that say the same of a name.

    ``listed`` and ``stored`` hold what is left once ``run`` has ended; stored rows lack the name as written. A few
    may still have their like on the other side. ``alike`` counts the names that were set aside.
    """

    def __init__(self, spells: StoredSpells) -> None:
        self.listed, self.stored = SortedRows(), SortedRows()
        self.alike = 0
        self._aside = 0
        self._spells = spells
        self._newest_first = True
        self._is_guess = True
        self._pages: Iterator[dict[str, int]] | None = None
        self._page: dict[str, int] | None = None
        self._ahead: deque[dict[str, int]] = deque()
        self._listed: dict[str, Row] = {}
        self._stored: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Begin to match."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Forget the rows."""
        self.close()

    def close(self) -> None:
        """Forget the rows."""
        self.listed.close()
        self.stored.close()

    @property
    def is_in_vain(self) -> bool:
        """Return whether most names had no like so far, so that it is not worth going on."""
        return self._aside > max(self.alike, RUN_ROWS)

    def take(self, chunk: FollowChunk) -> None:
        """Read the next rows of the list, and of the ledger what may hold their like."""
        newest_first = chunk.seconds[0] >= chunk.seconds[-1]
        if self._pages is None or (self._is_guess and newest_first is not self._newest_first):
            self._begin(newest_first=newest_first)
        self._is_guess = False
        # The ledger keeps ahead, so that the like of every row is there when its turn comes.
        while self._page is not None and self._may_hold(chunk.seconds[-1]):
            self._take_stored(self._page)
        self._take_listed(chunk)

    def look_ahead(self) -> None:
        """Read more of the ledger while there is nothing to take, in the order in which lists nearly always stand."""
        if self._pages is None:
            self._begin(newest_first=True)
        elif self._is_guess and len(self._ahead) < _PAGES_AHEAD:
            self._ahead.extend(islice(self._pages, 1))

    def run(self, chunks: Iterable[FollowChunk]) -> Iterator[int]:
        """Read what is left of both to their ends; yield how many names are set aside by now, a chunk at a time."""
        for chunk in chunks:
            self.take(chunk)
            yield self.alike
        if self._pages is None:
            self._begin(newest_first=True)
        while self._page is not None:
            self._take_stored(self._page)
            yield self.alike
        self._put_aside(0)

    def _begin(self, *, newest_first: bool) -> None:
        self._newest_first = newest_first
        self._pages = self._spells.pages(newest_first=newest_first)
        self._ahead.clear()
        self._page = next(self._pages, None)

    def _may_hold(self, second: int) -> bool:
        """Return whether the ledger, from the page that comes next on, may hold the like of rows up to a second."""
        first = next(iter(self._page.values())) if self._page else second
        return first >= second if self._newest_first else first <= second

    def _take_listed(self, chunk: FollowChunk) -> None:
        found = list(map(self._stored.pop, chunk.keys, repeat(None)))
        if found == chunk.seconds:
            self.alike += len(found)
            return
        for key, name, second, stored in zip(*chunk, found, strict=True):
            if second == stored:
                self.alike += 1
                continue
            self._listed[key] = (name, second)
            if stored is not None:
                self._stored[key] = stored
        self._put_aside(RUN_ROWS)

    def _take_stored(self, page: dict[str, int]) -> None:
        if self._ahead:
            self._page = self._ahead.popleft()
        else:
            self._page = next(self._pages, None) if self._pages is not None else None
        alike = [key for key in self._listed.keys() & page.keys() if self._listed[key][1] == page[key]]
        for key in alike:
            del self._listed[key], page[key]
        self.alike += len(alike)
        # The longer of the two takes up the other.
        rest, self._stored = sorted((self._stored, page), key=len)
        self._stored |= rest
        self._put_aside(RUN_ROWS)

    def _put_aside(self, waiting: int) -> None:
        """Let no more rows than these wait on each side."""
        if len(self._listed) > waiting:
            self._aside += len(self._listed)
            self.listed.add(self._listed.items())
            self._listed.clear()
        if len(self._stored) > waiting:
            self.stored.add((key, ("", second)) for key, second in self._stored.items())
            self._stored.clear()
