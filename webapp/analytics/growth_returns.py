"""Whose date on a list is older than the list before, which does not have them: another name, a return, or seen late.

These are few, so they are looked at one by one. A rename joins the spells of two names. Whoever is on a list again
under the same name and date was away for some lists; with a newer date it is another follow and none of these. Lists
that are older than a date on them, because their export time is wrong, may count that follow twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from webapp.analytics.timeline import Timeline
from webapp.analytics.visible import Reader, visible
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export

_ROWS_AT_ONCE = 20_000
_NAMES_AT_ONCE = 500

Segment = tuple[int, int]
"""The first list and the first after it without them, of people who left."""


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """Somebody new on the list ``first`` with an older date; ``earlier`` are the lists they were on before."""

    second: int
    first: int
    gone: int | None
    is_renamed: bool
    earlier: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Renamed:
    """Somebody who has another name since the list ``at``, on the lists without a break since ``begins``.

    ``was_back`` tells that they were back at ``begins``; ``earlier`` are the lists they had been on before that.
    """

    second: int
    begins: int
    at: int
    gone: int | None
    was_back: bool
    earlier: tuple[Segment, ...]


def list_old_dates(reader: Reader, timeline: Timeline) -> Iterator[FoundAgain | Renamed]:
    """Yield them list by list, on each list those found first and then the renames that it shows."""
    ledger = _Ledger(reader, timeline)
    for at in range(1, len(timeline.exports)):
        yield from ledger.read(at)


class _Ledger:
    def __init__(self, reader: Reader, timeline: Timeline) -> None:
        self._reader, self._model = reader, DIRECTIONS[timeline.section]
        self._exports: tuple[Export, ...] = timeline.exports
        self._places = timeline.places
        # The renames so far, by second and the list that showed them.
        self._renamed: dict[tuple[int, int], Renamed] = {}

    def read(self, at: int) -> Iterator[FoundAgain | Renamed]:
        """Yield everybody that one list has with an old date."""
        renamed = list(self._list_renamed(at))
        seconds = {each.second for each in renamed}
        rows = db.session.execute(self._new(at).execution_options(yield_per=_NAMES_AT_ONCE))
        for some in rows.partitions():
            returned = [row for row in some if row.followed_at not in seconds]
            earlier = self._earlier(at, [(row.username_key, row.followed_at) for row in returned])
            for row in some:
                yield FoundAgain(
                    row.followed_at,
                    at,
                    self._place(row.gone_export_id),
                    row.followed_at in seconds,
                    earlier.get((row.username_key, row.followed_at), ()),
                )
        yield from renamed

    def _new(self, at: int) -> Select[Any]:
        model = self._model
        return self._select().where(
            model.first_export_id == self._exports[at].id, model.followed_at <= self._exports[at - 1].exported_at
        )

    def _list_renamed(self, at: int) -> Iterator[Renamed]:
        new: dict[int, int | None] = {}
        shared: set[int] = set()
        for row in db.session.execute(self._new(at).execution_options(yield_per=_ROWS_AT_ONCE)):
            if row.followed_at in new:
                shared.add(row.followed_at)
            new[row.followed_at] = self._place(row.gone_export_id)
        if not new:
            return
        old: dict[int, Row[Any]] = {}
        lost = self._select().where(self._model.gone_export_id == self._exports[at].id)
        for row in db.session.execute(lost.execution_options(yield_per=_ROWS_AT_ONCE)):
            if row.followed_at in old:
                shared.add(row.followed_at)
            if row.followed_at in new:
                old[row.followed_at] = row
        for second, row in old.items():
            if second not in shared:
                yield self._remember(self._join(at, row, new[second]))

    def _join(self, at: int, old: Row[Any], gone: int | None) -> Renamed:
        second, first = old.followed_at, self._places[old.first_export_id]
        before = self._renamed.get((second, first))
        if before is not None:
            return Renamed(second, before.begins, at, gone, before.was_back, before.earlier)
        if not first or second > self._exports[first - 1].exported_at:
            return Renamed(second, first, at, gone, was_back=False, earlier=())
        key = (old.username_key, second)
        return Renamed(second, first, at, gone, was_back=True, earlier=self._earlier(first, [key]).get(key, ()))

    def _remember(self, renamed: Renamed) -> Renamed:
        self._renamed[renamed.second, renamed.at] = renamed
        return renamed

    def _earlier(self, at: int, follows: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[Segment, ...]]:
        """Return on which lists before one of them some follows were that left, by compared name and second."""
        # Whoever left and is back was on two lists before.
        if at < 2 or not follows:
            return {}
        names = {name for name, _ in follows}
        left = self._select().where(self._model.username_key.in_(names), self._model.gone_export_id.is_not(None))
        found: defaultdict[tuple[str, int], set[Segment]] = defaultdict(set)
        for row in db.session.execute(left):
            first, gone = self._places[row.first_export_id], self._places[row.gone_export_id]
            if gone > at:
                continue
            before = self._renamed.get((row.followed_at, first))
            segments = found[row.username_key, row.followed_at]
            segments.add((before.begins if before else first, gone))
            segments.update(before.earlier if before else ())
        return {follow: tuple(sorted(segments)) for follow, segments in found.items()}

    def _select(self) -> Select[Any]:
        model = self._model
        columns: tuple[Any, ...] = (model.username_key, model.followed_at, model.first_export_id, model.gone_export_id)
        return select(*columns).where(visible(model, self._reader))

    def _place(self, export_id: int | None) -> int | None:
        return None if export_id is None else self._places[export_id]
