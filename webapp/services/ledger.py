"""Fit one export's follow list into the ledger of spells.

Exports stand in order of their export time. A list changes the ledger only between its neighbours: ``before`` is
the newest complete list not later than it, ``after`` the oldest one later. For each name there is at most one
spell that covers a neighbour, so what must change follows from three answers: was the name there before, is it
in this list, is it there after. Reference: DESIGN section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from webapp.domain.names import name_key
from webapp.domain.sections import Section, SectionState
from webapp.models import DIRECTIONS, NEVER, Base, Export

# Rows a transaction: enough that commits cost little, few enough that the write lock is short.
BATCH = 20_000
HOLD_SHARE = 0.20
HOLD_LEAST = 5

Row = tuple[str, int]
"""A name as written and the Unix second of the follow."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One row of the ledger as the comparison needs it."""

    id: int
    username: str
    key: str
    followed_at: int
    first: int
    last: int | None
    gone: int | None


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
    added: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        """Return whether so many names are absent, or all, that a person must say whether the list is complete."""
        is_emptied = self.gone > 0 and self.gone == self.previous
        return is_emptied or (self.gone >= HOLD_LEAST and self.gone > HOLD_SHARE * self.previous)

    def counts(self) -> dict[str, int]:
        """Return the figures of the preview."""
        return {
            "previous": self.previous,
            "new": self.new,
            "unchanged": self.unchanged,
            "gone": self.gone,
            "returned": self.returned,
            "refollowed": self.refollowed,
        }


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
    rows: Mapping[str, Row],
    around: Neighbours,
    export_id: int,
    ranks: Mapping[int, int],
) -> Comparison:
    """Return how the ledger at a revision changes when this list is fitted in.

    ``rows`` maps the compared form of a name to the row; ``ranks`` gives the place in time of every export of
    the account. ``export_id`` may be 0 for a preview. Memory grows with the list, not with the ledger's history.
    """
    spells = _spells(session, account_id, revision, section)
    if around.after is None:
        return _compare_newest(spells, rows, around, export_id)
    return _compare_between(spells, rows, around, export_id, ranks)


def _compare_newest(spells: Iterator[Spell], rows: Mapping[str, Row], around: Neighbours, export_id: int) -> Comparison:
    found = Comparison()
    seen: set[str] = set()
    earlier: set[str] = set()
    for spell in spells:
        if spell.gone is not None:
            if spell.key in rows:
                earlier.add(spell.key)
            continue
        found.previous += 1
        row = rows.get(spell.key)
        if row is None:
            found.gone += 1
            _replace(found, spell, last=around.before, gone=export_id)
            continue
        seen.add(spell.key)
        if row[1] == spell.followed_at:
            found.unchanged += 1
        else:
            found.refollowed += 1
            _replace(found, spell, last=around.before, gone=export_id)
            _begin(found, row, first=export_id)
    for key, row in rows.items():
        if key in seen:
            continue
        found.new += 1
        if key in earlier:
            found.returned += 1
        _begin(found, row, first=export_id)
    return found


def _compare_between(
    spells: Iterator[Spell], rows: Mapping[str, Row], around: Neighbours, export_id: int, ranks: Mapping[int, int]
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
    found.added.append(spell_values(row, first=first, last=last, gone=gone))


def spell_values(row: Row, *, first: int | None, last: int | None = None, gone: int | None = None) -> dict[str, Any]:
    """Return the columns of a spell, without account and revision."""
    return {
        "username": row[0],
        "username_key": name_key(row[0]),
        "followed_at": row[1],
        "first_export_id": first,
        "last_export_id": last if gone is not None else None,
        "gone_export_id": gone,
    }


def _spells(session: Session, account_id: int, revision: int, section: Section) -> Iterator[Spell]:
    table = DIRECTIONS[section].__table__.c
    query = select(
        table.id,
        table.username,
        table.username_key,
        table.followed_at,
        table.first_export_id,
        table.last_export_id,
        table.gone_export_id,
    ).where(table.account_id == account_id, table.added_revision <= revision, table.removed_revision > revision)
    # Fetched before anything is written: a cursor left open would end with the next commit.
    for row in session.execute(query.execution_options(yield_per=10_000)):
        yield Spell(*row)


def write_replaced(session: Session, section: Section, ids: list[int], revision: int) -> None:
    """Let rows end with a revision that nobody reads yet."""
    model = DIRECTIONS[section]
    session.execute(
        update(model)
        .where(model.id.in_(ids))
        .values(removed_revision=revision)
        .execution_options(synchronize_session=False)
    )


def write_added(
    session: Session, section: Section, account_id: int, values: list[dict[str, Any]], revision: int
) -> None:
    """Add rows with a revision that nobody reads yet."""
    for value in values:
        value["account_id"] = account_id
        value["added_revision"] = revision
        value["removed_revision"] = NEVER
    # The table, not the mapping: twice as fast, and nothing of the mapping is needed.
    session.connection().execute(insert(Base.metadata.tables[DIRECTIONS[section].__tablename__]), values)
