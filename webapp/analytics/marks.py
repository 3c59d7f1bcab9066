"""The tags of people: who has which, also under a name from before or after a confirmed rename."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, func, select, union_all

from webapp.analytics.renames import name_groups
from webapp.analytics.visible import Reader
from webapp.domain.tags import BUILT_IN
from webapp.extensions import db
from webapp.models import PersonTag, Rename, RenameState

# Names a statement may bring along: SQLite of old took 999 values.
_NAMES_AT_ONCE: Final = 500
_ORDER: Final = {key: place for place, key in enumerate(BUILT_IN)}

Tags = tuple[str, ...]
"""The tags of a person as they are shown, those with a meaning of their own first."""


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag of an account and how many people have it; a person under two names counts once."""

    tag: str
    key: str
    people: int


_FIRST_TAG = select(PersonTag.id).where(PersonTag.account_id == bindparam("account_id")).limit(1)


def has_tags(reader: Reader) -> bool:
    """Return whether anybody of the account has a tag; most lists ask no more about tags."""
    values = {"account_id": reader.account_id}
    return db.session.connection().execute(_FIRST_TAG, values).first() is not None


def has_tag(reader: Reader, tag: str) -> bool:
    """Return whether anybody of the account has this tag."""
    statement = select(PersonTag.id).where(PersonTag.account_id == reader.account_id, PersonTag.tag_key == tag)
    return db.session.scalar(statement.limit(1)) is not None


def tagged_keys(reader: Reader, tag: str | None = None) -> Select[str]:
    """Return the compared names of everybody with a tag, with any one without; confirmed renames included."""
    owned = select(PersonTag.username_key.label("name")).where(PersonTag.account_id == reader.account_id)
    tagged = (owned if tag is None else owned.where(PersonTag.tag_key == tag)).cte(recursive=True)
    confirmed = (Rename.account_id == reader.account_id, Rename.state == RenameState.CONFIRMED)
    both_ways = union_all(
        select(Rename.from_key.label("one"), Rename.to_key.label("other")).where(*confirmed),
        select(Rename.to_key, Rename.from_key).where(*confirmed),
    ).subquery()
    tagged = tagged.union(select(both_ways.c.other).join(tagged, tagged.c.name == both_ways.c.one))
    return select(tagged.c.name)


def find_tags(reader: Reader, keys: Sequence[str]) -> Mapping[str, Tags]:
    """Return the tags of those of the compared names that have any."""
    groups = name_groups(reader)
    owners: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        for name in groups.get(key, (key,)):
            owners[name].append(key)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    names = list(owners)
    for start in range(0, len(names), _NAMES_AT_ONCE):
        values = {"account_id": reader.account_id, "names": names[start : start + _NAMES_AT_ONCE]}
        for name, key, tag in db.session.connection().execute(_tags_of_names(), values):
            for owner in owners[name]:
                found[owner].setdefault(key, tag)
    return {owner: in_order(tags) for owner, tags in found.items()}


def list_tags(reader: Reader) -> tuple[TagCount, ...]:
    """Return every tag of the account, those with a meaning of their own first."""
    statement = (
        select(PersonTag.tag_key, func.min(PersonTag.tag), func.count())
        .where(PersonTag.account_id == reader.account_id)
        .group_by(PersonTag.tag_key)
    )
    shown = {key: (tag, count) for key, tag, count in db.session.execute(statement)}
    groups = name_groups(reader)
    if groups:
        shown = {key: (tag, _count_people(reader, key, groups)) for key, (tag, _) in shown.items()}
    return tuple(TagCount(shown[key][0], key, shown[key][1]) for key in sorted(shown, key=_place))


def in_order(tags: Mapping[str, str]) -> Tags:
    """Return tags by their compared form as they are shown, in the order of every list of tags."""
    return tuple(tags[key] for key in sorted(tags, key=_place))


def _place(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key


def _count_people(reader: Reader, tag: str, groups: Mapping[str, Iterable[str]]) -> int:
    statement = select(PersonTag.username_key).where(
        PersonTag.account_id == reader.account_id, PersonTag.tag_key == tag
    )
    return len({min(groups.get(name, (name,))) for name in db.session.scalars(statement)})


@cache
def _tags_of_names() -> Select[str, str, str]:
    return select(PersonTag.username_key, PersonTag.tag_key, PersonTag.tag).where(
        PersonTag.account_id == bindparam("account_id"),
        PersonTag.username_key.in_(bindparam("names", expanding=True)),
    )
