"""Read the ledger of spells a range of names at a time, as a revision has it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, SINCE_OLDEST
from webapp.services.batches import batches
from webapp.services.bulk import read_rows

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


# Of the names' variables in one statement: SQLite of old took 999 values.
_NAMES_AT_ONCE = 900
_CURRENT_COLUMNS = ("id", "username", "username_key", "followed_at", "first_export_id")


@dataclass(frozen=True, slots=True)
class StoredSpells:
    """The ledger of one list at a revision, in a range of names."""

    session: Session
    account_id: int
    revision: int
    section: Section
    span: Span

    def seconds(self) -> Iterable[tuple[str, int]]:
        """Return the compared form of the name and the second of every spell that has not ended."""
        return self._fetch(("username_key", "followed_at"), is_gone=False)

    def named(self, keys: Sequence[str]) -> Iterator[Spell]:
        """Yield the spells of some names that have not ended."""
        for some in batches(keys, _NAMES_AT_ONCE):
            for spell in self._fetch(_CURRENT_COLUMNS, is_gone=False, names=some):
                yield Spell(*spell)

    def gone_keys(self) -> set[str]:
        """Return the compared forms of those who had left at some time."""
        return {key for (key,) in self._fetch(("username_key",), is_gone=True)}

    def spells(self) -> Iterator[Spell]:
        """Yield all spells."""
        for spell in self._fetch(_CURRENT_COLUMNS, is_gone=False):
            yield Spell(*spell)
        for row in self._fetch((*_CURRENT_COLUMNS, "last_export_id", "gone_export_id"), is_gone=True):
            yield Spell(*row)

    def _fetch(self, columns: Sequence[str], *, is_gone: bool, names: Sequence[str] | None = None) -> Iterable[Any]:
        table, span = DIRECTIONS[self.section].__table__.c, self.span
        query = select(*(table[column] for column in columns)).where(
            table.account_id == self.account_id,
            table.added_revision <= self.revision,
            table.removed_revision > self.revision,
            table.gone_export_id.is_not(None) if is_gone else table.gone_export_id.is_(None),
        )
        if names is not None:
            query = query.where(table.username_key.in_(names))
        else:
            query = query.where(table.username_key > span.after)
            query = query if span.upto is None else query.where(table.username_key <= span.upto)
        return read_rows(self.session, query)


@dataclass(frozen=True, slots=True)
class StoredList:
    """The list that an export holds whole, as the ledger at a revision tells it."""

    session: Session
    account_id: int
    revision: int
    section: Section
    export_id: int
    ranks: Mapping[int, int]

    def bounds(self, size: int) -> Sequence[str]:
        """Return no names: those of the ledger itself do."""
        return ()

    def between(self, after: str, upto: str | None) -> dict[str, Row]:
        """Return the rows behind one name, up to and with another; ``None`` is the end."""
        stored = StoredSpells(self.session, self.account_id, self.revision, self.section, Span(after, upto))
        return {
            spell.key: (spell.username, spell.followed_at)
            for spell in stored.spells()
            if covers(spell, self.export_id, self.ranks)
        }
