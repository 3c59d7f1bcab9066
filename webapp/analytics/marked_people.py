"""Everybody with a tag or a note, whether they are on the lists now or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select

from webapp.analytics.marks import Tags, in_order
from webapp.analytics.renames import known_names, name_groups
from webapp.analytics.visible import Reader, current, find_newest_lists, redaction_of
from webapp.domain.marked_query import MarkedQuery
from webapp.domain.names import name_key
from webapp.domain.redaction import UNTOLD, Redaction
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, PersonNote, PersonTag

# Names a statement may bring along: SQLite of old took 999 values.
_NAMES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class MarkedPerson:
    """Somebody with a tag or a note, by the newest name; ``None`` is unknown."""

    username: str
    tags: Tags
    note: str
    is_follower: bool | None
    is_followed: bool | None


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """One page of the list; ``total`` counts all rows of the query."""

    query: MarkedQuery
    rows: tuple[MarkedPerson, ...]
    total: int

    @property
    def start(self) -> int:
        """Return how many rows stand before this page."""
        return (self.query.page - 1) * self.query.page_size


def list_marked(reader: Reader, query: MarkedQuery) -> MarkedPage:
    """Return one page of marked people in order of name, or of what stands for it; under several names one row."""
    found = _matching(reader, query)
    start = (query.page - 1) * query.page_size
    return MarkedPage(query, _people(reader, found[start : start + query.page_size]), len(found))


def all_marked(reader: Reader, query: MarkedQuery) -> Iterable[MarkedPerson]:
    """Return every row of the query in its order; a query that is refused is so at once."""
    found = _matching(reader, query)
    parts = (found[start : start + _NAMES_AT_ONCE] for start in range(0, len(found), _NAMES_AT_ONCE))
    return (person for part in parts for person in _people(reader, part))


def _matching(reader: Reader, query: MarkedQuery) -> list[tuple[str, ...]]:
    """Return the compared names of each person of the query, the newest first, in order of that one."""
    redaction = redaction_of(reader)
    redaction.refuse_search(query.search)
    marked: set[str] = set()
    tagged: set[str] = set()
    statement = select(PersonTag.username_key, PersonTag.tag_key).where(PersonTag.account_id == reader.account_id)
    for name, key in db.session.execute(statement):
        marked.add(name)
        if key == query.tag:
            tagged.add(name)
    marked.update(db.session.scalars(select(PersonNote.username_key).where(PersonNote.account_id == reader.account_id)))
    groups = name_groups(reader)
    people: dict[str, tuple[str, ...]] = {}
    for name in marked:
        names = known_names(reader, name) if name in groups else (name,)
        people[names[0]] = names
    needle = name_key(query.search)
    return [
        names
        for _, names in sorted(people.items(), key=lambda each: redaction.name(each[0]))
        if (not needle or any(needle in name for name in names))
        and (not query.tag or any(name in tagged for name in names))
    ]


def _people(reader: Reader, people: Sequence[tuple[str, ...]]) -> tuple[MarkedPerson, ...]:
    keys = [name for names in people for name in names]
    written: dict[str, str] = {}
    tags: dict[str, dict[str, str]] = defaultdict(dict)
    notes: dict[str, str] = {}
    for row in _rows_of(PersonTag, reader, keys):
        written[row.username_key] = row.username
        tags[row.username_key][row.tag_key] = row.tag
    for row in _rows_of(PersonNote, reader, keys):
        written[row.username_key] = row.username
        notes[row.username_key] = row.text
    on_lists = {section: _on_list(reader, section, keys) for section in DIRECTIONS}
    for names_on in on_lists.values():
        written |= names_on or {}
    found = (_person(names, written, tags, notes, on_lists) for names in people)
    redaction = redaction_of(reader)
    return tuple(_redacted(person, redaction) if redaction.hides_names else person for person in found)


def _redacted(person: MarkedPerson, redaction: Redaction) -> MarkedPerson:
    return replace(person, username=redaction.name(person.username), note=UNTOLD if person.note else "")


def _person(
    names: Sequence[str],
    written: Mapping[str, str],
    tags: Mapping[str, Mapping[str, str]],
    notes: Mapping[str, str],
    on_lists: Mapping[Section, Mapping[str, str] | None],
) -> MarkedPerson:
    theirs = {key: tag for name in names for key, tag in tags.get(name, {}).items()}
    is_on = {
        section: None if listed is None else any(name in listed for name in names)
        for section, listed in on_lists.items()
    }
    return MarkedPerson(
        username=next((written[name] for name in names if name in written), names[0]),
        tags=in_order(theirs),
        note=next((notes[name] for name in names if name in notes), ""),
        is_follower=is_on[Section.FOLLOWERS],
        is_followed=is_on[Section.FOLLOWING],
    )


def _rows_of(model: Any, reader: Reader, keys: Sequence[str]) -> Iterable[Any]:
    for start in range(0, len(keys), _NAMES_AT_ONCE):
        names = model.username_key.in_(keys[start : start + _NAMES_AT_ONCE])
        yield from db.session.scalars(select(model).where(model.account_id == reader.account_id, names))


def _on_list(reader: Reader, section: Section, keys: Sequence[str]) -> dict[str, str] | None:
    """Return those of the names that are on a list now, as written; ``None`` when the list is unknown."""
    if find_newest_lists(reader)[section] is None:
        return None
    model = DIRECTIONS[section]
    found: dict[str, str] = {}
    for start in range(0, len(keys), _NAMES_AT_ONCE):
        names = model.username_key.in_(keys[start : start + _NAMES_AT_ONCE])
        statement = select(model.username_key, model.username).where(current(model, reader), names)
        found |= dict(db.session.execute(statement).all())
    return found
