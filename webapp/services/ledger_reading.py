"""Read the ledger of spells as a revision has it: in order of time, or a range of names at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.orm import Session

from webapp.analytics.list_index import find_packed
from webapp.analytics.packed_list import blocks
from webapp.analytics.visible import find_newest_complete
from webapp.domain.sections import Section
from webapp.importers.rows_file import FollowChunk
from webapp.models import DIRECTIONS, SINCE_OLDEST
from webapp.services.batches import batches
from webapp.services.bulk import one_of, read_rows

Row = tuple[str, int]
"""A name as written and the Unix second of the follow."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of names: behind ``after``, up to and with ``upto``; ``None`` is the end."""

    after: str
    upto: str | None


@dataclass(frozen=True, slots=True)
class Spell:
    """One row of the ledger as the comparison needs it."""

    id: int
    username: str
    key: str
    followed_at: int
    first: int
    last: int | None = None
    gone: int | None = None


def covers(spell: Spell, export_id: int, ranks: Mapping[int, int]) -> bool:
    """Return whether a spell holds at a complete list; ``ranks`` gives the place in time of every export."""
    rank = ranks[export_id]
    has_begun = spell.first == SINCE_OLDEST or ranks[spell.first] <= rank
    return has_begun and (spell.gone is None or rank < ranks[spell.gone])


def find_spans(session: Session, account_id: int, section: Section, bounds: Sequence[str], size: int) -> Iterator[Span]:
    """Yield ranges that together hold all names, each at most about ``size`` of the list and of the ledger."""
    after = ""
    while True:
        place = bisect_right(bounds, after)
        ends = [*bounds[place : place + 1], *_stored_ends(session, account_id, section, after, size)]
        upto = min(ends, default=None)
        yield Span(after, upto)
        if upto is None:
            return
        after = upto


def _stored_ends(session: Session, account_id: int, section: Section, after: str, size: int) -> Iterator[str]:
    """Yield where ``size`` stored names after this one end, of those who follow and of those who did."""
    model = DIRECTIONS[section]
    for is_part in (model.gone_export_id.is_(None), model.gone_export_id.is_not(None)):
        # Any revision's rows will do, and the index alone answers.
        query = select(model.username_key).where(model.account_id == account_id, is_part, model.username_key > after)
        end = session.scalar(query.order_by(model.username_key).offset(size - 1).limit(1))
        if end is not None:
            yield end


# Names that one statement asks about.
_NAMES_AT_ONCE = 10_000
# Spells in order of time that are read at a time.
_PAGE = 20_000
# Names of a stored list that are read at a time.
_STORED_RANGE = 10_000
_CURRENT_COLUMNS = ("id", "username", "username_key", "followed_at", "first_export_id")
_ENDED_COLUMNS = (*_CURRENT_COLUMNS, "last_export_id", "gone_export_id")


@dataclass(frozen=True, slots=True)
class StoredSpells:
    """The ledger of one list at a revision."""

    session: Session
    account_id: int
    revision: int
    section: Section

    def pages(self, *, newest_first: bool) -> Iterator[dict[str, int]]:
        """Yield the seconds of all spells that have not ended by the compared form of the name, in order of time.

        Of a long list they come from its packed form where that is ready: whoever has not ended by the newest complete
        list is on it. The tables hold the rows in another order, so that each costs a search of its own.
        """
        newest = find_newest_complete(self, self.section)
        packed = find_packed(newest, self.section) if newest is not None else None
        if packed is None:
            yield from self._stored_pages(newest_first=newest_first)
            return
        for first, last in blocks(range(packed.count)[:: -1 if newest_first else 1]):
            keys, seconds = packed.by_date.read_names(first, last), packed.seconds[first:last].tolist()
            packed.release()
            if newest_first:
                keys.reverse()
                seconds.reverse()
            yield dict(zip(keys, seconds, strict=True))

    def _stored_pages(self, *, newest_first: bool) -> Iterator[dict[str, int]]:
        table = DIRECTIONS[self.section].__table__.c
        place = (table.followed_at, table.username_key)
        order = [column.desc() if newest_first else column for column in place]
        query = self._query(("username_key", "followed_at"), is_gone=False).order_by(*order).limit(_PAGE)
        page = dict(read_rows(self.session, query))
        while page:
            key, second = next(reversed(page.items()))
            is_last = len(page) < _PAGE
            yield page
            if is_last:
                return
            last = tuple_(literal(second), literal(key))
            behind = tuple_(*place) < last if newest_first else tuple_(*place) > last
            page = dict(read_rows(self.session, query.where(behind)))

    def named(self, keys: Sequence[str]) -> Iterator[Spell]:
        """Yield the spells of some names that have not ended."""
        for row in self._of_names(_CURRENT_COLUMNS, keys, is_gone=False):
            yield Spell(*row)

    def count_named(self, keys: Iterable[str]) -> int:
        """Return how many of some names, by their compared forms, have a spell that has not ended."""
        return sum(1 for _ in self._of_names(("id",), keys, is_gone=False))

    def gone_keys(self, keys: Sequence[str]) -> set[str]:
        """Return those of some names, by their compared forms, who had left at some time."""
        return {key for (key,) in self._of_names(("username_key",), keys, is_gone=True)}

    def spells(self, span: Span) -> Iterator[Spell]:
        """Yield all spells in a range of names."""
        for columns, is_gone in ((_CURRENT_COLUMNS, False), (_ENDED_COLUMNS, True)):
            for row in read_rows(self.session, _within(self._query(columns, is_gone=is_gone), self.section, span)):
                yield Spell(*row)

    def _of_names(self, columns: Sequence[str], keys: Iterable[str], *, is_gone: bool) -> Iterator[Any]:
        query = self._query(columns, is_gone=is_gone)
        name = DIRECTIONS[self.section].__table__.c.username_key
        for some in batches(keys, _NAMES_AT_ONCE):
            yield from read_rows(self.session, query.where(one_of(self.session, name, some)))

    def _query(self, columns: Sequence[str], *, is_gone: bool) -> Select[Any]:
        table = DIRECTIONS[self.section].__table__.c
        return select(*(table[column] for column in columns)).where(
            table.account_id == self.account_id,
            table.added_revision <= self.revision,
            table.removed_revision > self.revision,
            table.gone_export_id.is_not(None) if is_gone else table.gone_export_id.is_(None),
        )


@dataclass(frozen=True, slots=True)
class StoredList:
    """The list that an export holds whole, as the ledger at a revision tells it."""

    session: Session
    account_id: int
    revision: int
    section: Section
    export_id: int
    ranks: Mapping[int, int]

    def chunks(self) -> Iterator[FollowChunk]:
        """Yield the rows of the list a range of names at a time."""
        stored = StoredSpells(self.session, self.account_id, self.revision, self.section)
        for span in find_spans(self.session, self.account_id, self.section, (), _STORED_RANGE):
            found = [spell for spell in stored.spells(span) if covers(spell, self.export_id, self.ranks)]
            if found:
                names = [spell.username for spell in found]
                yield FollowChunk([spell.key for spell in found], names, [spell.followed_at for spell in found])


def _within(query: Select[Any], section: Section, span: Span) -> Select[Any]:
    name = DIRECTIONS[section].__table__.c.username_key
    query = query.where(name > span.after)
    return query if span.upto is None else query.where(name <= span.upto)
