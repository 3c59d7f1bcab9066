"""Stream a long follow list from its packed form; only how a few names are spelled is asked of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

from webapp.analytics.follow_statements import spelled_statement
from webapp.analytics.list_index import find_list
from webapp.analytics.packed_list import PackedList, blocks
from webapp.analytics.packed_pages import PackedQuery
from webapp.domain.query import Cursor, FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db, passing

# So many spellings that differ from the compared name are held in memory.
_MOST_SPELLED: Final = 10_000
# Looking for them goes through the whole list: for fewer rows than one in so many, seeking each is quicker.
_ONE_IN: Final = 8

Columns = tuple[Sequence[str], Sequence[str], Sequence[int]]
"""Usernames, compared names and Unix seconds of rows that follow each other."""


@dataclass(frozen=True, slots=True)
class PackedStream:
    """The rows of a query, as far as the packed list of an export can give them."""

    scope: Scope
    section: Section
    query: FollowQuery
    export_id: int

    def read(self, after: Cursor) -> Iterator[Columns]:
        """Yield rows beyond a cursor, some thousand at a time; what comes after the last of them is in the tables.

        Those are all of them, or none, or fewer where the list is superseded, or somebody erased, while it is read.
        """
        packed = None if self.query.search or self.query.asks_about_people else self._find()
        if packed is None or len(PackedQuery(packed, self.query).span) * _ONE_IN < packed.count:
            return
        spelled = self._spelled()
        if spelled is None:
            return
        for keys, seconds in _rows(packed, self.query, after):
            # Whoever reads may have ended the transaction since the last rows.
            if self._find() is not packed:
                return
            yield list(map(spelled.get, keys, keys)) if spelled else keys, keys, seconds

    def _find(self) -> PackedList | None:
        return find_list(self.scope.account_id, self.section, self.export_id)

    def _spelled(self) -> dict[str, str] | None:
        """Return the usernames that differ from their compared names, by those; ``None`` if they are many."""
        with passing():
            statement = spelled_statement(self.scope, self.section).limit(_MOST_SPELLED + 1)
            spelled = dict(db.session.execute(statement).all())
        return spelled if len(spelled) <= _MOST_SPELLED else None


def _rows(packed: PackedList, query: FollowQuery, after: Cursor) -> Iterator[tuple[list[str], list[int]]]:
    """Yield compared names and seconds of a query for a whole list or some days, beyond the row of a cursor."""
    position = packed.locate(after.second, after.name.encode())
    if position is None:
        return
    span, is_by_date = PackedQuery(packed, query).span, query.ordering.is_by_date
    places = span if is_by_date else range(packed.count)
    place = position if is_by_date else packed.ranks[position]
    is_down = query.ordering.is_descending
    beyond = range(places.start, place)[::-1] if is_down else range(place + 1, places.stop)
    for first, last in blocks(beyond):
        if is_by_date:
            keys, seconds = packed.by_date.read_names(first, last), packed.seconds[first:last].tolist()
        else:
            inside = [position in span for position in packed.positions[first:last]]
            keys = list(compress(packed.by_name.read_names(first, last), inside))
            seconds = [packed.seconds[position] for position in compress(packed.positions[first:last], inside)]
        if is_down:
            keys.reverse()
            seconds.reverse()
        packed.release()
        if keys:
            yield keys, seconds
