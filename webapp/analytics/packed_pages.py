"""Answer what is asked of a follow list from its packed form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from webapp.analytics.packed_list import PackedList
from webapp.domain.names import name_key
from webapp.domain.query import Cursor, FollowQuery

# So many names of a period are put into order of name at once; of more, enough are met by walking in that order.
_GATHERED: Final = 50_000
# Counting stops here while a page waits: up to this a count costs about 50 ms.
_CHEAP_HITS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PackedQuery:
    """A query without the mutual filter, put to a packed list."""

    packed: PackedList
    query: FollowQuery

    @property
    def needle(self) -> bytes:
        """Return the bytes to look for; empty when everybody fits."""
        return name_key(self.query.search).encode()

    @property
    def span(self) -> range:
        """Return the positions of the query's days."""
        return self.packed.span(self.query.period.starts_at, self.query.period.ends_at)

    def count(self, *, counts_all: bool) -> int | None:
        """Return how many names the query finds; ``None`` if that takes long and ``counts_all`` does not insist."""
        if not self.needle:
            return len(self.span)
        return self.packed.by_date.count_hits(self.needle, self.span, None if counts_all else _CHEAP_HITS)

    def jump(self) -> Cursor | None:
        """Return the cursor of the row before the numbered page; ``None`` when the list ends before it.

        For a query without a search that is ordered by date, or has no period.
        """
        before = (self.query.page - 1) * self.query.page_size
        is_by_date, is_descending = self.query.ordering.is_by_date, self.query.ordering.is_descending
        rows = self.span if is_by_date else range(self.packed.count)
        if not before <= len(rows):
            return None
        row = rows[-before] if is_descending else rows[before - 1]
        text = self.packed.by_date if is_by_date else self.packed.by_name
        position = row if is_by_date else self.packed.positions[row]
        return Cursor(self.packed.seconds[position], text.name(row), before)

    def names(self, edge: tuple[int, str] | None) -> list[str] | None:
        """Return the compared names of the page and one more, in the direction of reading.

        ``edge`` is the second and the name of the first row of the list beyond the query's cursor, without which
        there is none. ``None`` when the edge is not on this list.
        """
        query, packed = self.query, self.packed
        is_by_date = query.ordering.is_by_date
        text = packed.by_date if is_by_date else packed.by_name
        places = self.span if is_by_date else range(packed.count)
        is_down = query.ordering.is_descending ^ (query.cursor is not None and query.cursor.backwards)
        first = 0 if query.cursor else (query.page - 1) * query.page_size
        if edge is not None:
            position = packed.locate(edge[0], edge[1].encode())
            if position is None:
                return None
            place = position if is_by_date else packed.ranks[position]
            is_above = range(places.start, min(places.stop, place + 1))
            places = is_above if is_down else range(max(places.start, place), places.stop)
        rows = self._by_date(places, is_down) if is_by_date else self._by_name(places, is_down)
        return [text.name(row) for row in islice(rows, first, first + query.page_size + 1)]

    def _by_date(self, positions: range, is_down: bool) -> Iterable[int]:
        rows = positions[::-1] if is_down else positions
        return self.packed.by_date.find(self.needle, rows) if self.needle else rows

    def _by_name(self, ranks: range, is_down: bool) -> Iterator[int]:
        span, packed = self.span, self.packed
        rows = ranks[::-1] if is_down else ranks
        if len(span) <= _GATHERED:
            inside = packed.by_date.find(self.needle, span) if self.needle else span
            yield from sorted((rank for p in inside if (rank := packed.ranks[p]) in ranks), reverse=is_down)
            return
        for rank in packed.by_name.find(self.needle, rows) if self.needle else rows:
            if packed.positions[rank] in span:
                yield rank
