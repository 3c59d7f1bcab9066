"""People who matter to the team and began to follow back: those with a tag or a note, but for the ignored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import select

from webapp.analytics.notices.history import ListedExport, NoticeHistory
from webapp.analytics.renames import name_groups
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.names import name_key
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.sections import Section
from webapp.domain.tags import IGNORE
from webapp.extensions import db
from webapp.models import DIRECTIONS, PersonNote, PersonTag

# Names a statement may bring along: SQLite of old took 999 values.
_NAMES_AT_ONCE: Final = 500

_Lists = dict[Section, int]
"""The place of the newest list of each kind among the lists of that kind."""


class _Spell(NamedTuple):
    """From which list on, and until before which one, a name is on the lists of one kind."""

    username: str
    followed_at: int
    first: int
    gone: int | None

    def covers(self, place: int) -> bool:
        return self.first <= place and (self.gone is None or place < self.gone)


@dataclass(frozen=True, slots=True)
class _Known:
    """An export by which both lists are known, and which ones are the newest then."""

    export: ListedExport
    lists: _Lists


def find_mutuals(history: NoticeHistory) -> Iterator[Finding]:
    """Yield everybody of them who is on both newest lists of an export and was not on both right before.

    A new name is nobody new, and whoever a list missed once is told of once: the follow has the same second.
    """
    people = _people_who_matter(history.reader)
    if not people:
        return
    known = _known_lists(history)
    spells = {section: _read_spells(history.reader, section, people) for section in DIRECTIONS}
    for names in people:
        of_person = {
            section: [spell for name in names for spell in spells[section].get(name, ())] for section in DIRECTIONS
        }
        if all(of_person.values()):
            yield from _of_person(of_person, known)


def _of_person(spells: Mapping[Section, Sequence[_Spell]], known: Sequence[_Known]) -> Iterator[Finding]:
    told: set[str] = set()
    for before, now in pairwise(known):
        if _mutual(spells, before.lists) is not None:
            continue
        found = _mutual(spells, now.lists)
        if found is None:
            continue
        follower, followed = found
        key = f"{max(follower.followed_at, followed.followed_at)}:{name_key(follower.username)}"
        if key not in told:
            told.add(key)
            params = {"person": follower.username, "day": now.export.day.isoformat()}
            yield Finding(NoticeKind.NEW_MUTUAL, key, now.export.at, params)


def _mutual(spells: Mapping[Section, Sequence[_Spell]], lists: _Lists) -> tuple[_Spell, _Spell] | None:
    """Return by which spells somebody is on both lists."""
    found = [
        next((spell for spell in spells[section] if spell.covers(lists[section])), None)
        for section in (Section.FOLLOWERS, Section.FOLLOWING)
    ]
    follower, followed = found
    return None if follower is None or followed is None else (follower, followed)


def _people_who_matter(reader: Reader) -> list[tuple[str, ...]]:
    """Return the compared names of each of them, joined by confirmed renames."""
    tags = select(PersonTag.username_key, PersonTag.tag_key).where(PersonTag.account_id == reader.account_id)
    marked: set[str] = set()
    ignored: set[str] = set()
    for name, tag in db.session.execute(tags):
        (ignored if tag == IGNORE else marked).add(name)
    notes = select(PersonNote.username_key).where(PersonNote.account_id == reader.account_id)
    marked.update(db.session.scalars(notes))
    groups = name_groups(reader)
    people = {tuple(sorted(groups.get(name, (name,)))) for name in marked}
    return sorted(names for names in people if not ignored.intersection(names))


def _known_lists(history: NoticeHistory) -> list[_Known]:
    """Return the exports that bring a new list, from the first by which both kinds are known."""
    places = {section: find_timeline(history.reader, section).places for section in DIRECTIONS}
    newest: _Lists = {}
    found = []
    for export in history.exports:
        brought = {section: known[export.id] for section, known in places.items() if export.id in known}
        newest = newest | brought
        if brought and len(newest) == len(DIRECTIONS):
            found.append(_Known(export, newest))
    return found


def _read_spells(reader: Reader, section: Section, people: Sequence[tuple[str, ...]]) -> dict[str, list[_Spell]]:
    """Return the spells of all these people on one kind of list, by compared name."""
    model, places = DIRECTIONS[section], find_timeline(reader, section).places
    keys = [name for names in people for name in names]
    found: defaultdict[str, list[_Spell]] = defaultdict(list)
    for start in range(0, len(keys), _NAMES_AT_ONCE):
        is_one = model.username_key.in_(keys[start : start + _NAMES_AT_ONCE])
        # Each half of the ledger has an index by name of its own.
        for is_half in (model.gone_export_id.is_(None), model.gone_export_id.is_not(None)):
            rows = select(
                model.username_key, model.username, model.followed_at, model.first_export_id, model.gone_export_id
            ).where(visible(model, reader), is_half, is_one)
            for key, username, followed_at, first, gone in db.session.execute(rows):
                spell = _Spell(username, followed_at, places[first], None if gone is None else places[gone])
                found[key].append(spell)
    return found
