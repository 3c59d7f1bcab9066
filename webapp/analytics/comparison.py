"""Two lists of one kind side by side: who is on one of them only, and since when that is so.

Only the spells that end or begin between the two are read, by the indexes of their exports. What is found belongs to
a revision, which never changes, so the last few comparisons are kept in this process for a while.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, select

from webapp.analytics.follow_statements import OTHER
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import Reader, count_kept, visible
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export

Interval = tuple[int, int]
"""Unix seconds of two exports: of the complete list before a change, and of the list that shows it."""

# Of a statement's variables SQLite takes 32,766.
_NAMES_AT_ONCE: Final = 15_000
# Rows of all kept comparisons together, about 300 bytes each.
_MOST_KEPT: Final = 150_000
_KEPT_SECONDS: Final = 600


class ChangeRow(NamedTuple):
    """Somebody who is on one of two lists only.

    ``date_followed`` is a Unix second: of somebody lost the date they had. ``was_mutual`` is whether they stood on the
    other list, as of the list before a loss or the list that shows a gain; ``None`` when nobody knows. ``between`` is
    when it happened, as closely as all exports tell. ``date_previous`` is, of somebody who came back, the follow date
    of the time before.
    """

    username: str
    date_followed: int
    was_mutual: bool | None
    between: Interval
    key: str
    date_previous: int | None = None


class RefollowRow(NamedTuple):
    """Somebody who is on both lists with another follow date; dates are Unix seconds."""

    username: str
    date_previous: int
    date_followed: int
    between: Interval
    key: str


class SameSecond(NamedTuple):
    """The only lost and the only gained name of a follow second; ``at_once`` when one export shows both."""

    lost: str
    gained: str
    at_once: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is on one of two lists only, by compared name, before anything that a person said of renames.

    All rows stand in ``when_order``.

    ``vanished`` says how many rows of deleted accounts are new at a follow second.
    """

    gained: Mapping[str, ChangeRow]
    lost: Mapping[str, ChangeRow]
    refollowed: tuple[RefollowRow, ...]
    same_second: tuple[SameSecond, ...]
    vanished: Mapping[int, int]

    @property
    def size(self) -> int:
        """Return how many rows it holds."""
        return len(self.gained) + len(self.lost) + len(self.refollowed)


class _Spell(NamedTuple):
    username: str
    key: str
    followed_at: int
    first: int
    gone: int | None


_Key = tuple[str, str, Section, int]
_kept: OrderedDict[_Key, tuple[float, Comparison]] = OrderedDict()
_kept_lock = threading.Lock()
# A comparison of lists that have little in common takes room: one at a time.
_work_lock = threading.Lock()


def compare_lists(reader: Reader, section: Section, from_export: Export, to_export: Export) -> Comparison:
    """Return who is on one of two complete lists only; the first export must be the earlier one."""
    # Public ids are drawn at random and never used again, as numbers of rows may be.
    key = (from_export.public_id, to_export.public_id, section, reader.revision)
    found = _find_kept(key)
    if found is None:
        with _work_lock:
            found = _find_kept(key) or _keep(key, _Work(reader, section, from_export, to_export).compare())
    return found


def _find_kept(key: _Key) -> Comparison | None:
    with _kept_lock:
        oldest = time.monotonic() - _KEPT_SECONDS
        for each in [each for each, (at, _) in _kept.items() if at < oldest]:
            del _kept[each]
        found = _kept.get(key)
        if found is None:
            return None
        _kept.move_to_end(key)
        return found[1]


def _keep(key: _Key, found: Comparison) -> Comparison:
    with _kept_lock:
        _kept[key] = (time.monotonic(), found)
        while sum(each.size for _, each in _kept.values()) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


class _Work:
    """One comparison on its way."""

    def __init__(self, reader: Reader, section: Section, from_export: Export, to_export: Export) -> None:
        self.reader = reader
        self.section = section
        self.ends = (from_export, to_export)
        self.timeline = find_timeline(reader, section)
        self.other = find_timeline(reader, OTHER[section])
        places = self.timeline.places
        between = range(places[from_export.id] + 1, places[to_export.id] + 1)
        # The exports that show what changed, each with the one before it.
        self.shown = {
            self.timeline.exports[place].id: (self.timeline.exports[place - 1], self.timeline.exports[place])
            for place in between
        }
        self.intervals = {shown: (one.exported_at, two.exported_at) for shown, (one, two) in self.shown.items()}

    def compare(self) -> Comparison:
        model = DIRECTIONS[self.section]
        ended = {each.key: each for each in self._read(model.gone_export_id) if each.first not in self.shown}
        begun = {each.key: each for each in self._read(model.first_export_id) if each.gone not in self.shown}
        both = ended.keys() & begun.keys()
        refollowed = [self._refollow(ended.pop(key), begun.pop(key)) for key in both]
        on_other = self._places_on_other([*ended, *begun])
        gained = self._gained(begun, on_other)
        lost = self._lost(ended, on_other)
        return Comparison(
            gained=_in_order(gained),
            lost=_in_order(lost),
            refollowed=tuple(
                sorted((row for row in refollowed if row.date_previous != row.date_followed), key=when_order)
            ),
            same_second=tuple(_same_second(ended, begun)),
            vanished=_deleted_seconds(self.ends[1], self.section) - _deleted_seconds(self.ends[0], self.section),
        )

    def _read(self, shown_by: Any) -> Iterator[_Spell]:
        """Yield the spells that an export between the two ends or begins."""
        model = DIRECTIONS[self.section]
        query = select(
            model.username, model.username_key, model.followed_at, model.first_export_id, model.gone_export_id
        ).where(visible(model, self.reader), shown_by.in_(list(self.shown)))
        for name, key, second, first, gone in _fetch(query):
            # Most names are written as they are compared: one text is enough.
            yield _Spell(key if name == key else name, key, second, first, gone)

    def _refollow(self, before: _Spell, after: _Spell) -> RefollowRow:
        return RefollowRow(
            after.username, before.followed_at, after.followed_at, self.intervals[after.first], after.key
        )

    def _lost(self, ended: Mapping[str, _Spell], on_other: _OnOther) -> dict[str, ChangeRow]:
        at = {shown: on_other.place_at(before.exported_at) for shown, (before, _) in self.shown.items()}
        return {
            key: ChangeRow(name, second, on_other.has(key, at[gone]), self.intervals[gone], key)
            for name, key, second, _, gone in ended.values()
            if gone is not None
        }

    def _gained(self, begun: Mapping[str, _Spell], on_other: _OnOther) -> dict[str, ChangeRow]:
        at = {shown: on_other.place_at(after.exported_at) for shown, (_, after) in self.shown.items()}
        earlier = self._earlier_dates(begun)
        return {
            key: ChangeRow(name, second, on_other.has(key, at[first]), self.intervals[first], key, earlier.get(key))
            for name, key, second, first, _ in begun.values()
        }

    def _earlier_dates(self, begun: Mapping[str, _Spell]) -> dict[str, int]:
        """Return the follow date of the last spell before, of the gained names that have one."""
        places = self.timeline.places
        found: dict[str, tuple[int, int]] = {}
        for key, second, first, _ in self._read_named(self.section, list(begun), is_gone=True):
            if places[first] < places[begun[key].first]:
                found[key] = max(found.get(key, (-1, 0)), (places[first], second))
        return {key: second for key, (_, second) in found.items()}

    def _places_on_other(self, names: Sequence[str]) -> _OnOther:
        """Return where names stood on the other list: each is looked up, or all are read where those are fewer."""
        on_other = _OnOther(self.other)
        if not self.other.exports or not names:
            return on_other
        other = OTHER[self.section]
        reads_all = count_kept(self.other.exports[-1], other) <= len(names)
        for is_gone in (False, True):
            if reads_all:
                on_other.add(_fetch(_spells(DIRECTIONS[other], self.reader, is_gone=is_gone)))
            else:
                on_other.add(self._read_named(other, names, is_gone=is_gone))
        return on_other

    def _read_named(self, section: Section, names: Sequence[str], *, is_gone: bool) -> Iterator[Any]:
        """Yield the spells of names on a list: key, second, first and gone export."""
        model = DIRECTIONS[section]
        query = _spells(model, self.reader, is_gone=is_gone)
        # Written out, because a database without fresh statistics joins two parts of a list row by row; and many at
        # once, because SQLite goes through all who ever left to find some of them.
        for start in range(0, len(names), _NAMES_AT_ONCE):
            yield from _fetch(query.where(model.username_key.in_(names[start : start + _NAMES_AT_ONCE])))


class _OnOther:
    """When names stood on the other list, by places in its timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._places = timeline.places
        self._spells: dict[str, set[tuple[int, int]]] = {}

    def add(self, rows: Iterable[Any]) -> None:
        """Take spells of the list: key, second, first and gone export."""
        for key, _, first, gone in rows:
            span = (self._places[first], len(self._places) if gone is None else self._places[gone])
            self._spells.setdefault(key, set()).add(span)

    def place_at(self, second: int) -> int | None:
        """Return the place of the newest list not later than a Unix second; ``None`` before the first."""
        export = self._timeline.newest_at(second)
        return None if export is None else self._places[export.id]

    def has(self, key: str, place: int | None) -> bool | None:
        """Return whether a name stood on the list at a place; ``None`` where no list is."""
        if place is None:
            return None
        spells = self._spells.get(key)
        return spells is not None and any(first <= place < gone for first, gone in spells)


def when_order(row: ChangeRow | RefollowRow) -> tuple[int, int, int, str]:
    """Return the key by which rows stand in order of their change, then of their follow date."""
    return row.between[1], row.between[0], row.date_followed, row.key


def _in_order(rows: Mapping[str, ChangeRow]) -> dict[str, ChangeRow]:
    return {row.key: row for row in sorted(rows.values(), key=when_order)}


def _fetch(query: Any) -> Iterable[Any]:
    """Return rows as the driver gives them: texts and whole numbers need no more, and it takes half the time."""
    cursor: Any = db.session.connection().execute(query).cursor
    rows: list[Any] = cursor.fetchall()
    return rows


def _spells(model: Any, reader: Reader, *, is_gone: bool) -> Any:
    is_half: ColumnElement[bool] = model.gone_export_id.is_not(None) if is_gone else model.gone_export_id.is_(None)
    columns = (model.username_key, model.followed_at, model.first_export_id, model.gone_export_id)
    return select(*columns).where(visible(model, reader), is_half)


def _same_second(ended: Mapping[str, _Spell], begun: Mapping[str, _Spell]) -> Iterator[SameSecond]:
    """Yield the lost and the gained name of every follow second that has exactly one of each."""
    lost, gained = (Counter(spell.followed_at for spell in spells.values()) for spells in (ended, begun))
    of_gained = {spell.followed_at: spell for spell in begun.values() if spell.followed_at in lost}
    for spell in ended.values():
        second = spell.followed_at
        if lost[second] == 1 and gained[second] == 1:
            after = of_gained[second]
            yield SameSecond(spell.key, after.key, spell.gone == after.first)


def _deleted_seconds(export: Export, section: Section) -> Counter[int]:
    """Return the follow seconds of the deleted accounts on an export's list."""
    return Counter(export.sections[section.value].get("deleted_account_dates", ()))
