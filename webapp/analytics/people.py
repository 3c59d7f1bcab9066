"""One person on the lists: every spell of following in both directions, names, tags and the note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from webapp.analytics.marks import Tags, in_order
from webapp.analytics.renames import known_names
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import Reader, redaction_of, visible
from webapp.domain.names import name_key
from webapp.domain.redaction import UNTOLD, Redaction
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, PersonNote, PersonTag

BOTH: Final = (Section.FOLLOWERS, Section.FOLLOWING)


@dataclass(frozen=True, slots=True)
class PersonSpell:
    """One time that somebody was on a list, across renames; all times are Unix seconds.

    ``seen_first`` and ``seen_last`` are the times of the exports that show it. ``gone_by`` is the export that lacks it:
    the person left after ``seen_last`` and not later than then. ``None`` is somebody who is still on the list.
    """

    usernames: tuple[str, ...]
    followed_at: int
    seen_first: int
    seen_last: int
    gone_by: int | None

    @property
    def is_current(self) -> bool:
        """Return whether the newest export still has it."""
        return self.gone_by is None


@dataclass(frozen=True, slots=True)
class Note:
    """What the team wrote about somebody."""

    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the reader's revision shows them; ``None`` is unknown.

    ``usernames`` begin with the newest name; ``keys`` are the compared forms of all, also of those that no list shows
    now. ``spells`` are the newest first, in each direction.
    """

    usernames: tuple[str, ...]
    keys: tuple[str, ...]
    spells: Mapping[Section, tuple[PersonSpell, ...]]
    is_follower: bool | None
    is_followed: bool | None
    tags: Tags
    note: Note | None

    @property
    def username(self) -> str:
        """Return the newest name."""
        return self.usernames[0]

    @property
    def key(self) -> str:
        """Return the compared form of the newest name."""
        return name_key(self.username)

    @property
    def mutual_since(self) -> int | None:
        """Return the later of the two follow seconds where both follow each other now."""
        if not (self.is_follower and self.is_followed):
            return None
        return max(spells[0].followed_at for spells in self.spells.values())

    @property
    def seen_first(self) -> int | None:
        """Return the time of the first export with the person on a list; ``None`` where no export has them now."""
        return min((spell.seen_first for spell in self._all), default=None)

    @property
    def seen_last(self) -> int | None:
        """Return the time of the newest export with the person on a list."""
        return max((spell.seen_last for spell in self._all), default=None)

    @property
    def _all(self) -> list[PersonSpell]:
        return [spell for spells in self.spells.values() for spell in spells]


def find_person(reader: Reader, username: str) -> Person | None:
    """Return who has or had this name, by all names of confirmed renames; ``None`` for one that nobody ever had.

    For a reader who sees no names only what stands for one finds a person: a name is as unknown as any other text.
    """
    redaction = redaction_of(reader)
    named = redaction.person(username.strip())
    if named is None:
        return None
    key = name_key(named)
    keys = known_names(reader, key)
    timelines = {section: find_timeline(reader, section) for section in BOTH}
    found = {section: _rows(reader, section, keys) for section in BOTH}
    spells = {section: _spells(rows, timelines[section]) for section, rows in found.items()}
    tags, tag_names = _tags(reader, keys)
    note = db.session.scalars(
        select(PersonNote)
        .where(PersonNote.account_id == reader.account_id, PersonNote.username_key.in_(keys))
        .order_by(PersonNote.changed_at.desc(), PersonNote.id.desc())
        .limit(1)
    ).first()
    marked = {**tag_names, **({note.username_key: note.username} if note else {})}
    usernames = _usernames(keys, [row for rows in found.values() for row in rows], marked)
    if not usernames:
        return None
    is_on = {
        section: any(spell.is_current for spell in spells[section]) if timelines[section].exports else None
        for section in BOTH
    }
    person = Person(
        usernames=usernames,
        keys=keys,
        spells=spells,
        is_follower=is_on[Section.FOLLOWERS],
        is_followed=is_on[Section.FOLLOWING],
        tags=tags,
        note=Note(note.text, note.changed_at) if note else None,
    )
    return _redacted(person, redaction) if redaction.hides_names else person


def _redacted(person: Person, redaction: Redaction) -> Person:
    """Return the person under what stands for their names; what was written about them is not told."""

    def called(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(redaction.name(name) for name in names)

    return replace(
        person,
        usernames=called(person.usernames),
        keys=called(person.keys),
        spells={
            section: tuple(replace(spell, usernames=called(spell.usernames)) for spell in spells)
            for section, spells in person.spells.items()
        },
        note=replace(person.note, text=UNTOLD) if person.note else None,
    )


def _rows(reader: Reader, section: Section, keys: Sequence[str]) -> Sequence[Any]:
    model = DIRECTIONS[section]
    # In two parts, because each has an index of its own.
    parts = (model.gone_export_id.is_(None), model.gone_export_id.is_not(None))
    return [
        row
        for part in parts
        for row in db.session.scalars(select(model).where(visible(model, reader), part, model.username_key.in_(keys)))
    ]


def _spells(rows: Sequence[Any], timeline: Timeline) -> tuple[PersonSpell, ...]:
    """Return the spells, the newest first; one that goes on under another name is one."""
    times = timeline.times
    ordered = sorted(rows, key=lambda row: (times[row.first_export_id], row.followed_at, row.id))
    spells: list[PersonSpell] = []
    ends: dict[tuple[int, int], int] = {}
    for row in ordered:
        last = times[row.last_export_id] if row.gone_export_id else timeline.exports[-1].exported_at
        gone = times[row.gone_export_id] if row.gone_export_id else None
        spell = PersonSpell((row.username,), row.followed_at, times[row.first_export_id], last, gone)
        # It ended in the export in which this one begins, with the same follow second: the rename.
        place = ends.pop((row.first_export_id, row.followed_at), None)
        if place is None:
            place = len(spells)
            spells.append(spell)
        else:
            before = spells[place]
            names = (row.username, *before.usernames)
            spells[place] = PersonSpell(names, spell.followed_at, before.seen_first, spell.seen_last, spell.gone_by)
        if row.gone_export_id:
            ends[row.gone_export_id, row.followed_at] = place
    return tuple(sorted(spells, key=lambda spell: (spell.is_current, spell.seen_last, spell.followed_at), reverse=True))


def _usernames(keys: Sequence[str], rows: Sequence[Any], marked: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names as they are written, in the order of the keys; a key that nothing has is no name."""
    written = dict(marked)
    for row in sorted(rows, key=lambda row: row.id):
        written[row.username_key] = row.username
    return tuple(written[key] for key in keys if key in written)


def _tags(reader: Reader, keys: Sequence[str]) -> tuple[Tags, dict[str, str]]:
    """Return the tags of a person, and the marked names as they are written by compared form."""
    statement = select(PersonTag).where(PersonTag.account_id == reader.account_id, PersonTag.username_key.in_(keys))
    rows = db.session.scalars(statement).all()
    return in_order({row.tag_key: row.tag for row in rows}), {row.username_key: row.username for row in rows}
