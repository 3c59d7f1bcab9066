"""Fit one export's follow list into the ledger of spells.

Exports stand in order of their export time. A list changes the ledger only between its neighbours: ``before`` is
the newest complete list not later than it, ``after`` the oldest one later. For each name there is at most one
spell that covers a neighbour, so what must change follows from three answers: was the name there before, is it
in this list, is it there after.

No name asks about another. So a list is compared range of names by range of names, and neither the memory nor the
time without a sign of life grows with its length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.names import name_key
from webapp.domain.sections import Section, SectionState
from webapp.models import DIRECTIONS, NEVER, Export
from webapp.services.bulk import insert_rows

# Rows a transaction: enough that commits cost little, few enough that the write lock is short.
BATCH = 50_000
# Names that are compared at a time.
RANGE = 50_000
# Of the id's variables in one statement: SQLite takes 32,766.
_IDS = 10_000
HOLD_SHARE = 0.20
HOLD_LEAST = 5

Row = tuple[str, int]
"""A name as written and the Unix second of the follow."""


NewSpell = tuple[str, str, int, int | None, int | None, int | None]
"""The columns of ``_NEW_COLUMNS``: a row of the ledger that is to be added."""
_NEW_COLUMNS = (
    "username",
    "username_key",
    "followed_at",
    "first_export_id",
    "last_export_id",
    "gone_export_id",
)


class Listed(Protocol):
    """One follow list of an export, by the compared form of the name."""

    def bounds(self, size: int) -> Sequence[str]:
        """Return names, in order, between which stand about ``size`` rows each."""

    def between(self, after: str, upto: str | None) -> dict[str, Row]:
        """Return the rows behind one name, up to and with another; ``None`` is the end."""


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


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The complete lists around an export, by id; ``None`` where it is the oldest or the newest."""

    before: int | None
    after: int | None


@dataclass(slots=True)
class Comparison:
    """What a list says that the ledger does not say yet.

    ``replaced`` are spells that end in their present form, ``added`` what comes instead or anew.
    """

    new: int = 0
    unchanged: int = 0
    gone: int = 0
    returned: int = 0
    refollowed: int = 0
    previous: int = 0
    replaced: list[int] = field(default_factory=list)
    added: list[NewSpell] = field(default_factory=list)

    @property
    def listed(self) -> int:
        """Return how many names the list holds."""
        return self.new + self.unchanged + self.refollowed

    @property
    def is_held(self) -> bool:
        """Return whether so many names are absent, or all, that a person must say whether the list is complete."""
        is_emptied = self.gone > 0 and self.gone == self.previous
        return is_emptied or (self.gone >= HOLD_LEAST and self.gone > HOLD_SHARE * self.previous)

    def count(self, part: Comparison) -> None:
        """Add the figures of a range of names, not its rows."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))

    def counts(self) -> dict[str, int]:
        """Return the figures of the preview."""
        return {name: getattr(self, name) for name in _COUNTED}


_COUNTED = ("previous", "new", "unchanged", "gone", "returned", "refollowed")


def find_neighbours(exports: Iterable[Export], section: Section, exported_at: int) -> Neighbours:
    """Return the complete lists around an instant; an export of the same second counts as before."""
    state = f"{section.value}_state"
    known = (SectionState.FILLED, SectionState.EMPTY)
    complete = sorted((e.exported_at, e.id) for e in exports if getattr(e, state) in known)
    before = [i for at, i in complete if at <= exported_at]
    after = [i for at, i in complete if at > exported_at]
    return Neighbours(before[-1] if before else None, after[0] if after else None)


def compare(
    session: Session,
    account_id: int,
    revision: int,
    section: Section,
    listed: Listed,
    around: Neighbours,
    export_id: int,
    ranks: Mapping[int, int],
    size: int = RANGE,
) -> Iterator[Comparison]:
    """Yield how the ledger at a revision changes when this list is fitted in, a range of names at a time.

    ``ranks`` gives the place in time of every export of the account; ``export_id`` may be 0 for a preview.
    Between two ranges the caller may write, though not rows that are seen at this revision.
    """
    for span in _spans(session, account_id, section, listed.bounds(size), size):
        rows = listed.between(span.after, span.upto)
        stored = _Stored(session, account_id, revision, section, span)
        if around.after is None:
            yield _compare_newest(stored, rows, around, export_id)
        else:
            yield _compare_between(stored.spells(), rows, around, export_id, ranks)


def _compare_newest(stored: _Stored, rows: dict[str, Row], around: Neighbours, export_id: int) -> Comparison:
    found = Comparison()
    unchanged = 0
    for spell_id, username, key, followed_at, first in stored.current():
        found.previous += 1
        row = rows.pop(key, None)
        if row is not None and row[1] == followed_at:
            unchanged += 1
            continue
        _replace(found, Spell(spell_id, username, key, followed_at, first), last=around.before, gone=export_id)
        if row is None:
            found.gone += 1
        else:
            found.refollowed += 1
            _begin(found, row, first=export_id)
    found.unchanged = unchanged
    # Whoever is left has no current spell; some had one before.
    found.new = len(rows)
    found.returned = len(rows.keys() & stored.gone_keys()) if rows else 0
    for row in rows.values():
        _begin(found, row, first=export_id)
    return found


def _compare_between(
    spells: Iterable[Spell], rows: Mapping[str, Row], around: Neighbours, export_id: int, ranks: Mapping[int, int]
) -> Comparison:
    found = Comparison()
    covering_before: dict[str, Spell] = {}
    covering_after: dict[str, Spell] = {}
    for spell in spells:
        if around.before is not None and _covers(spell, around.before, ranks):
            covering_before[spell.key] = spell
        if around.after is not None and _covers(spell, around.after, ranks):
            covering_after[spell.key] = spell
    found.previous = len(covering_before)
    for key in covering_before.keys() | covering_after.keys() | rows.keys():
        row = rows.get(key)
        _count(found, covering_before.get(key), row)
        _fit(found, covering_before.get(key), row, covering_after.get(key), around, export_id)
    return found


def _count(found: Comparison, before: Spell | None, row: Row | None) -> None:
    if before and row is None:
        found.gone += 1
    elif before and row:
        if before.followed_at == row[1]:
            found.unchanged += 1
        else:
            found.refollowed += 1
    elif row:
        found.new += 1


def _fit(
    found: Comparison, before: Spell | None, row: Row | None, after: Spell | None, around: Neighbours, export_id: int
) -> None:
    if before is not None and after is not None and before.id == after.id:
        if row is not None and row[1] == before.followed_at:
            return
        _replace(found, before, last=around.before, gone=export_id)
        if row is not None:
            _begin(found, row, first=export_id, last=export_id, gone=around.after)
        _begin(found, (before.username, before.followed_at), first=around.after, last=before.last, gone=before.gone)
        return
    if before is not None:
        if row is not None and row[1] == before.followed_at:
            _replace(found, before, last=export_id, gone=around.after)
        else:
            _replace(found, before, last=around.before, gone=export_id)
    if row is None or (before is not None and row[1] == before.followed_at):
        return
    if after is not None and row[1] == after.followed_at:
        found.replaced.append(after.id)
        _begin(found, (after.username, after.followed_at), first=export_id, last=after.last, gone=after.gone)
    else:
        _begin(found, row, first=export_id, last=export_id, gone=around.after)


def _covers(spell: Spell, export_id: int, ranks: Mapping[int, int]) -> bool:
    rank = ranks[export_id]
    return ranks[spell.first] <= rank and (spell.gone is None or rank < ranks[spell.gone])


def _replace(found: Comparison, spell: Spell, *, last: int | None, gone: int | None) -> None:
    found.replaced.append(spell.id)
    _begin(found, (spell.username, spell.followed_at), first=spell.first, last=last, gone=gone)


def _begin(found: Comparison, row: Row, *, first: int | None, last: int | None = None, gone: int | None = None) -> None:
    found.added.append((row[0], name_key(row[0]), row[1], first, last if gone is not None else None, gone))


def _spans(session: Session, account_id: int, section: Section, bounds: Sequence[str], size: int) -> Iterator[Span]:
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


_CURRENT_COLUMNS = ("id", "username", "username_key", "followed_at", "first_export_id")


@dataclass(frozen=True, slots=True)
class _Stored:
    """The ledger of one list at a revision, in a range of names."""

    session: Session
    account_id: int
    revision: int
    section: Section
    span: Span

    def current(self) -> Iterable[tuple[int, str, str, int, int]]:
        """Return id, name, compared form, second and first export of the spells that have not ended."""
        found: Iterable[tuple[int, str, str, int, int]] = self._fetch(_CURRENT_COLUMNS, is_gone=False)
        return found

    def gone_keys(self) -> set[str]:
        """Return the compared forms of those who had left at some time."""
        return {key for (key,) in self._fetch(("username_key",), is_gone=True)}

    def spells(self) -> Iterator[Spell]:
        """Yield all spells."""
        for spell in self.current():
            yield Spell(*spell)
        for row in self._fetch((*_CURRENT_COLUMNS, "last_export_id", "gone_export_id"), is_gone=True):
            yield Spell(*row)

    def _fetch(self, names: Sequence[str], *, is_gone: bool) -> Iterable[Any]:
        """Return rows as the driver gives them: texts and whole numbers need no more, and it takes half the time."""
        table, span = DIRECTIONS[self.section].__table__.c, self.span
        query = select(*(table[name] for name in names)).where(
            table.account_id == self.account_id,
            table.added_revision <= self.revision,
            table.removed_revision > self.revision,
            table.username_key > span.after,
            table.gone_export_id.is_not(None) if is_gone else table.gone_export_id.is_(None),
        )
        if span.upto is not None:
            query = query.where(table.username_key <= span.upto)
        rows: Any = self.session.connection().execute(query).cursor
        found: list[Any] = rows.fetchall()
        return found


def write_replaced(session: Session, section: Section, ids: Sequence[int], revision: int) -> None:
    """Let rows end with a revision that nobody reads yet."""
    model = DIRECTIONS[section]
    for start in range(0, len(ids), _IDS):
        session.execute(
            update(model)
            .where(model.id.in_(ids[start : start + _IDS]))
            .values(removed_revision=revision)
            .execution_options(synchronize_session=False)
        )


def write_added(session: Session, section: Section, account_id: int, spells: Sequence[NewSpell], revision: int) -> None:
    """Add rows with a revision that nobody reads yet."""
    insert_rows(session, DIRECTIONS[section].__tablename__, _NEW_COLUMNS, spells, _shared(account_id, revision))


def write_first(
    session: Session,
    section: Section,
    account_id: int,
    export_id: int,
    rows: Sequence[tuple[str, str, int]],
    revision: int,
) -> None:
    """Add the rows of an account's first list (name, compared form, second) as ``write_added`` does."""
    shared = {**_shared(account_id, revision), "first_export_id": export_id}
    insert_rows(session, DIRECTIONS[section].__tablename__, _NEW_COLUMNS[:3], rows, shared)


def _shared(account_id: int, revision: int) -> dict[str, int | None]:
    return {"account_id": account_id, "added_revision": revision, "removed_revision": NEVER}
