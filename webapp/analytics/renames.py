"""Two names that a person said are one account: where such a rename shows, and how a name's others are found.

A decision speaks of two names, not of rows. It applies wherever one of them leaves a list and the other, with the same
follow second, is new on it; a chain of decisions (a to b, b to c) applies between its ends alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select, union

from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Rename, RenameState

Pair = tuple[str, str]
"""The compared forms of the name before and of the name after."""


class NamedSpell(NamedTuple):
    """A spell of one of the names of a rename; the last two are ids of exports."""

    key: str
    followed_at: int
    first: int
    gone: int | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the team said of pairs of names; ``followed_by`` leads from a name to those it was confirmed to become."""

    confirmed: frozenset[Pair]
    rejected: frozenset[Pair]
    followed_by: Mapping[str, tuple[str, ...]]

    def match(self, lost: Mapping[str, int], gained: Mapping[str, int]) -> dict[str, str]:
        """Return the lost names of a comparison that became a gained one, with that one.

        Both arguments give follow seconds by compared name.
        """
        found: dict[str, str] = {}
        taken: set[str] = set()
        for name in sorted(self.followed_by.keys() & lost.keys()):
            for other in self._reach(name):
                if gained.get(other) == lost[name] and other not in taken and (name, other) not in self.rejected:
                    found[name] = other
                    taken.add(other)
                    break
        return found

    def _reach(self, name: str) -> Iterator[str]:
        seen, waiting = {name}, [name]
        while waiting:
            for other in self.followed_by.get(waiting.pop(0), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
                    yield other


def find_decisions(reader: Reader) -> Decisions:
    """Return what was said of the account's names; it belongs to no revision."""
    rows = db.session.execute(
        select(Rename.from_key, Rename.to_key, Rename.state).where(Rename.account_id == reader.account_id)
    ).all()
    confirmed = [(row.from_key, row.to_key) for row in rows if row.state is RenameState.CONFIRMED]
    rejected = frozenset((row.from_key, row.to_key) for row in rows if row.state is RenameState.REJECTED)
    followed_by: defaultdict[str, list[str]] = defaultdict(list)
    for before, after in sorted(confirmed):
        followed_by[before].append(after)
    return Decisions(frozenset(confirmed), rejected, {name: tuple(names) for name, names in followed_by.items()})


def count_confirmed(reader: Reader, section: Section) -> dict[int, int]:
    """Return how many confirmed renames show at each export, against the complete list before it, by its id."""
    decisions = find_decisions(reader)
    if not decisions.confirmed:
        return {}
    began: defaultdict[int, dict[str, int]] = defaultdict(dict)
    ended: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for spell in _spells_of_renamed(reader, section):
        began[spell.first][spell.key] = spell.followed_at
        if spell.gone is not None:
            ended[spell.gone][spell.key] = spell.followed_at
    counts = {}
    for export_id, lost in ended.items():
        gained = began[export_id]
        # Whoever is on both lists followed again, and was neither lost nor gained.
        both = lost.keys() & gained.keys()
        matched = decisions.match(_without(lost, both), _without(gained, both))
        if matched:
            counts[export_id] = len(matched)
    return counts


def known_names(reader: Reader, username_key: str) -> tuple[str, ...]:
    """Return the compared forms of all names of one person through confirmed renames, the newest first.

    A name without a rename is alone. The newest is the one whose newest spell began last, on either list.
    """
    names = name_groups(reader).get(username_key)
    if names is None:
        return (username_key,)
    seen = dict.fromkeys(names, 0)
    for section in DIRECTIONS:
        for name, second in _last_beginnings(reader, section, names):
            seen[name] = max(seen[name], second)
    return tuple(sorted(names, key=lambda name: (-seen[name], name)))


def name_groups(reader: Reader) -> dict[str, frozenset[str]]:
    """Return, for every name of a confirmed rename, all names that confirmed renames join to it, itself included."""
    groups: dict[str, frozenset[str]] = {}
    for before, after in sorted(find_decisions(reader).confirmed):
        joined = groups.get(before, frozenset((before,))) | groups.get(after, frozenset((after,)))
        groups.update(dict.fromkeys(joined, joined))
    return groups


def _without(seconds: Mapping[str, int], names: set[str]) -> dict[str, int]:
    return {name: second for name, second in seconds.items() if name not in names}


def _spells_of_renamed(reader: Reader, section: Section) -> Iterator[NamedSpell]:
    """Yield the visible spells of every name of a confirmed rename."""
    is_confirmed = (Rename.account_id == reader.account_id, Rename.state == RenameState.CONFIRMED)
    names = union(select(Rename.from_key).where(*is_confirmed), select(Rename.to_key).where(*is_confirmed))
    model = DIRECTIONS[section]
    # Each half of the ledger has an index by name of its own.
    for is_half in (model.gone_export_id.is_(None), model.gone_export_id.is_not(None)):
        query = select(model.username_key, model.followed_at, model.first_export_id, model.gone_export_id).where(
            visible(model, reader), is_half, model.username_key.in_(names)
        )
        yield from (NamedSpell(*row) for row in db.session.execute(query))


def _last_beginnings(reader: Reader, section: Section, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    model = DIRECTIONS[section]
    times = find_timeline(reader, section).times
    for is_half in (model.gone_export_id.is_(None), model.gone_export_id.is_not(None)):
        query = select(model.username_key, model.first_export_id).where(
            visible(model, reader), is_half, model.username_key.in_(names)
        )
        yield from ((name, times[first]) for name, first in db.session.execute(query))
