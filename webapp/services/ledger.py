"""Fit one export's follow list into the ledger of spells.

Exports stand in order of their export time. A list changes the ledger only between its neighbours: ``before`` is
the newest complete list not later than it, ``after`` the oldest one later. For each name there is at most one
spell that covers a neighbour, so what must change follows from three answers: was the name there before, is it
in this list, is it there after.

No name asks about another. What the newest list and the ledger say alike is set aside as both are read; the rest, and
every older list, is compared range of names by range of names. So neither the memory nor the time without a sign of
life grows with the length of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import merge
from itertools import pairwise
from typing import Final, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.names import name_key
from webapp.domain.sections import Section, SectionState
from webapp.importers.rows_file import FollowChunk
from webapp.models import DIRECTIONS, NEVER, SINCE_OLDEST, Export
from webapp.services.batches import batches
from webapp.services.bulk import insert_rows, one_of
from webapp.services.ledger_matching import Matching
from webapp.services.ledger_reading import Row, Spell, StoredSpells, covers, find_spans
from webapp.services.sorted_rows import RUN_ROWS, KeyedRow, SortedRows

# Rows a transaction: enough that commits cost little, few enough that the write lock is short.
BATCH = 50_000
# Names that are compared at a time.
RANGE = 50_000
HOLD_LEAST = 5
# What a preview calls the export that has no id yet.
PREVIEWED = -1
# In place of the row of a name that is not on a list: no follow has this second.
_NOBODY: Final[Row] = ("", -(2**63))

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
    """One follow list of an export."""

    def chunks(self) -> Iterator[FollowChunk]:
        """Yield all its rows, of a name one."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The complete lists around an export, by id; ``None`` where it is the oldest or the newest."""

    before: int | None
    after: int | None


class NameKind(StrEnum):
    """What became of a name since the list before; whoever returned is new as well."""

    NEW = "new"
    GONE = "gone"
    RETURNED = "returned"
    REFOLLOWED = "refollowed"


def _no_names() -> dict[NameKind, list[Row]]:
    return {kind: [] for kind in NameKind}


@dataclass(slots=True)
class Comparison:
    """What a list says that the ledger does not say yet.

    ``replaced`` are spells that end in their present form, ``added`` what comes instead or anew. ``ended_later``
    counts names of this list alone: neither the list before nor the one after it has them. ``names`` gives the
    names behind the figures, each with the second of its follow, of those who are gone the one they had.
    """

    new: int = 0
    unchanged: int = 0
    gone: int = 0
    returned: int = 0
    refollowed: int = 0
    previous: int = 0
    ended_later: int = 0
    replaced: list[int] = field(default_factory=list)
    added: list[NewSpell] = field(default_factory=list)
    names: dict[NameKind, list[Row]] = field(default_factory=_no_names)

    @property
    def listed(self) -> int:
        """Return how many names the list holds."""
        return self.new + self.unchanged + self.refollowed

    def is_held(self, percent: int) -> bool:
        """Return whether so many names are absent, or all, that a person must say whether the list is complete.

        The same holds for names that would be marked as gone because an export made later lacks them.
        """
        if self.gone and self.gone == self.previous:
            return True
        return any(
            absent >= HOLD_LEAST and absent * 100 > percent * of
            for absent, of in ((self.gone, self.previous), (self.ended_later, self.listed))
        )

    def count(self, part: Comparison) -> None:
        """Add the figures of a range of names, not its rows."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))

    def take(self, figures: Mapping[str, int]) -> None:
        """Take the figures of a comparison that was kept."""
        for name in _COUNTED:
            setattr(self, name, figures[name])

    def counts(self) -> dict[str, int]:
        """Return the figures of the preview."""
        return {name: getattr(self, name) for name in _COUNTED}


_COUNTED = ("previous", "new", "unchanged", "gone", "returned", "refollowed", "ended_later")


def visible_exports(session: Session, account_id: int, revision: int) -> list[Export]:
    """Return the exports of an account at a revision, in order of export time."""
    query = (
        select(Export)
        .where(Export.account_id == account_id)
        .where(Export.added_revision <= revision, Export.removed_revision > revision)
        .order_by(Export.exported_at, Export.id)
    )
    return list(session.scalars(query))


def complete_lists(exports: Iterable[Export], section: Section) -> list[Export]:
    """Return those of the exports that hold a section whole, in order of export time."""
    state = f"{section.value}_state"
    known = (SectionState.FILLED, SectionState.EMPTY)
    whole = (export for export in exports if getattr(export, state) in known)
    return sorted(whole, key=lambda export: (export.exported_at, export.id))


def find_neighbours(
    exports: Iterable[Export], section: Section, exported_at: int, export_id: int | None = None
) -> Neighbours:
    """Return the complete lists around an instant; an export of the same second counts as before.

    With ``export_id`` of an export that is there already, those of its second that came in later count as after.
    """
    place = (exported_at, NEVER if export_id is None else export_id)
    others = [export for export in complete_lists(exports, section) if export.id != export_id]
    before = [export.id for export in others if (export.exported_at, export.id) < place]
    after = [export.id for export in others if (export.exported_at, export.id) > place]
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
    matching: Matching | None = None,
) -> Iterator[Comparison]:
    """Yield how the ledger at a revision changes when this list is fitted in, a range of names at a time.

    ``ranks`` gives the place in time of every export of the account; ``export_id`` is ``PREVIEWED`` for a preview.
    Between two ranges the caller may write, though not rows that are seen at this revision. A ``matching`` that has
    taken the whole list already, at the same revision, saves reading it again.
    """
    spells = StoredSpells(session, account_id, revision, section)
    if around.after is None:
        with Matching(spells) if matching is None else matching as matched:
            chunks = listed.chunks() if matching is None else ()
            yield from _compare_newest(spells, matched, chunks, around, export_id, size)
        return
    with SortedRows() as rows:
        for some in batches(_keyed(listed.chunks()), RUN_ROWS):
            rows.add(some)
        for span in find_spans(session, account_id, section, rows.bounds(size), size):
            yield _compare_between(spells.spells(span), rows.between(span.after, span.upto), around, export_id, ranks)


def _keyed(chunks: Iterator[FollowChunk]) -> Iterator[KeyedRow]:
    for keys, names, seconds in chunks:
        yield from zip(keys, zip(names, seconds, strict=True), strict=True)


def _compare_newest(
    spells: StoredSpells,
    matching: Matching,
    chunks: Iterable[FollowChunk],
    around: Neighbours,
    export_id: int,
    size: int,
) -> Iterator[Comparison]:
    # Nearly everybody is on both lists with the same second: only the others are looked at one by one.
    told = 0
    for alike in matching.run(chunks):
        if alike - told >= size:
            yield Comparison(unchanged=alike - told, previous=alike - told)
            told = alike
    yield Comparison(unchanged=matching.alike - told, previous=matching.alike - told)
    rows, stored = matching.listed, matching.stored
    for after, upto in pairwise(["", *merge(rows.bounds(size), stored.bounds(size)), None]):
        yield _compare_left(
            spells, rows.between(after or "", upto), stored.between(after or "", upto), around, export_id
        )


def _compare_left(
    spells: StoredSpells, rows: dict[str, Row], stored: dict[str, Row], around: Neighbours, export_id: int
) -> Comparison:
    found, listed, take = Comparison(), len(rows), rows.pop
    changed = {key: row for key, (_, second) in stored.items() if (row := take(key, _NOBODY))[1] != second}
    for spell in spells.named(list(changed)):
        row = changed[spell.key]
        _replace(found, spell, last=around.before, gone=export_id)
        if row is _NOBODY:
            found.names[NameKind.GONE].append((spell.username, spell.followed_at))
        else:
            found.names[NameKind.REFOLLOWED].append(row)
            _begin(found, row, first=export_id)
    # Whoever is left has no current spell; some had one before.
    found.names[NameKind.NEW].extend(rows.values())
    found.names[NameKind.RETURNED].extend(rows[key] for key in sorted(spells.gone_keys(list(rows))))
    _count_names(found)
    found.unchanged = listed - found.new - found.refollowed
    found.previous = found.unchanged + len(changed)
    for row in rows.values():
        _begin(found, row, first=SINCE_OLDEST if around.before is None else export_id)
    return found


def _compare_between(
    spells: Iterable[Spell], rows: Mapping[str, Row], around: Neighbours, export_id: int, ranks: Mapping[int, int]
) -> Comparison:
    found = Comparison()
    covering_before: dict[str, Spell] = {}
    covering_after: dict[str, Spell] = {}
    ended: set[str] = set()
    for spell in spells:
        if around.before is not None and covers(spell, around.before, ranks):
            covering_before[spell.key] = spell
        elif around.before is not None and spell.gone is not None and ranks[spell.gone] <= ranks[around.before]:
            ended.add(spell.key)
        if around.after is not None and covers(spell, around.after, ranks):
            covering_after[spell.key] = spell
    found.previous = len(covering_before)
    for key in sorted(covering_before.keys() | covering_after.keys() | rows.keys()):
        row, before = rows.get(key), covering_before.get(key)
        _name(found, before, row, has_ended=key in ended)
        found.ended_later += row is not None and before is None and key not in covering_after
        _fit(found, before, row, covering_after.get(key), around, export_id)
    _count_names(found)
    return found


def _name(found: Comparison, before: Spell | None, row: Row | None, *, has_ended: bool) -> None:
    if before and row is None:
        found.names[NameKind.GONE].append((before.username, before.followed_at))
    elif before and row:
        if before.followed_at == row[1]:
            found.unchanged += 1
        else:
            found.names[NameKind.REFOLLOWED].append(row)
    elif row:
        found.names[NameKind.NEW].append(row)
        if has_ended:
            found.names[NameKind.RETURNED].append(row)


def _count_names(found: Comparison) -> None:
    for kind, names in found.names.items():
        setattr(found, kind, len(names))


def _fit(
    found: Comparison, before: Spell | None, row: Row | None, after: Spell | None, around: Neighbours, export_id: int
) -> None:
    if around.before is None:
        _fit_oldest(found, row, after, around, export_id)
        return
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


def _fit_oldest(found: Comparison, row: Row | None, after: Spell | None, around: Neighbours, export_id: int) -> None:
    """Fit in a name of a list before all others: whoever the next one shows as well is there since the oldest still."""
    goes_on = row is not None and after is not None and row[1] == after.followed_at
    if after is not None and not goes_on:
        found.replaced.append(after.id)
        _begin(found, (after.username, after.followed_at), first=around.after, last=after.last, gone=after.gone)
    if row is not None and not goes_on:
        _begin(found, row, first=SINCE_OLDEST, last=export_id, gone=around.after)


def _replace(found: Comparison, spell: Spell, *, last: int | None, gone: int | None) -> None:
    found.replaced.append(spell.id)
    _begin(found, (spell.username, spell.followed_at), first=spell.first, last=last, gone=gone)


def _begin(found: Comparison, row: Row, *, first: int | None, last: int | None = None, gone: int | None = None) -> None:
    found.added.append((row[0], name_key(row[0]), row[1], first, last if gone is not None else None, gone))


def write_replaced(session: Session, section: Section, ids: Sequence[int], revision: int) -> None:
    """Let rows end with a revision that nobody reads yet."""
    if not ids:
        return
    model = DIRECTIONS[section]
    session.execute(
        update(model)
        .where(one_of(session, model.id, ids))
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
    rows: Sequence[tuple[str, str, int]],
    revision: int,
) -> None:
    """Add the rows of an account's first list (name, compared form, second) as ``write_added`` does."""
    shared = {**_shared(account_id, revision), "first_export_id": SINCE_OLDEST}
    insert_rows(session, DIRECTIONS[section].__tablename__, _NEW_COLUMNS[:3], rows, shared)


def _shared(account_id: int, revision: int) -> dict[str, int | None]:
    return {"account_id": account_id, "added_revision": revision, "removed_revision": NEVER}
