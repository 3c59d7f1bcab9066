"""What a team notes about single people: tags and notes, kept across imports, undos and renames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.analytics.people import find_person
from webapp.analytics.renames import name_groups
from webapp.analytics.visible import visible
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.names import name_key
from webapp.domain.scope import Permission, Scope
from webapp.domain.tags import MAX_TAGS_OF_ACCOUNT, MAX_TAGS_OF_PERSON, clean_note, clean_tag, tag_key
from webapp.extensions import db
from webapp.models import DIRECTIONS, Account, AuditAction, PersonNote, PersonTag
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction

# Names a statement may bring along: SQLite of old took 999 values.
_NAMES_AT_ONCE: Final = 500

Groups = Mapping[str, frozenset[str]]


def add_tag(actor: Actor, scope: Scope, usernames: Sequence[str], tag: str) -> tuple[str, ...]:
    """Give a tag to people who are or were on the lists; return the names of those who did not have it.

    Raises ``Invalid`` for a tag that cannot be one and where a person or the account would have too many.
    """
    _require(scope, Permission.PERSON_WRITE)
    tag = clean_tag(tag)
    key = tag_key(tag)
    groups = name_groups(scope)
    known = _known(scope, usernames)
    with transaction() as session:
        _lock(session, scope)
        has_it = _tagged_among(session, scope, known, groups, key)
        wanting = {name: shown for name, shown in known.items() if name not in has_it}
        if wanting:
            tag = _spelling(session, scope, key, tag)
            _check_room(session, scope, wanting, groups)
            now = datetime.now(UTC)
            session.add_all(
                PersonTag(
                    account_id=scope.account_id,
                    username=shown,
                    username_key=name,
                    tag=tag,
                    tag_key=key,
                    created_at=now,
                )
                for name, shown in wanting.items()
            )
            record(session, actor, AuditAction.PERSON_MARKED, tag, people=len(wanting), is_added=True)
    return tuple(wanting.values())


def remove_tag(actor: Actor, scope: Scope, usernames: Sequence[str], tag: str) -> tuple[str, ...]:
    """Take a tag from people under all their names; return the names of those who had it."""
    _require(scope, Permission.PERSON_WRITE)
    key = tag_key(clean_tag(tag))
    groups = name_groups(scope)
    asked = {name_key(username.strip()): username.strip() for username in usernames}
    with transaction() as session:
        _lock(session, scope)
        had_it = _tagged_among(session, scope, asked, groups, key)
        if had_it:
            names = sorted({other for name in had_it for other in groups.get(name, (name,))})
            for start in range(0, len(names), _NAMES_AT_ONCE):
                session.execute(
                    delete(PersonTag).where(
                        PersonTag.account_id == scope.account_id,
                        PersonTag.tag_key == key,
                        PersonTag.username_key.in_(names[start : start + _NAMES_AT_ONCE]),
                    )
                )
            record(session, actor, AuditAction.PERSON_MARKED, key, people=len(had_it), is_added=False)
    return tuple(asked[name] for name in asked if name in had_it)


def write_note(actor: Actor, scope: Scope, username: str, text: str) -> None:
    """Set what the team notes about a person, an empty text for nothing.

    Raises ``NotFound`` for a name nobody on the lists ever had, ``Invalid`` for a text that is too long.
    """
    _require(scope, Permission.PERSON_WRITE)
    text = clean_note(text)
    person = find_person(scope, username)
    if person is None:
        raise NotFound(ErrorCode.PERSON_UNKNOWN, username=username[:64])
    with transaction() as session:
        _lock(session, scope)
        session.execute(
            delete(PersonNote).where(
                PersonNote.account_id == scope.account_id, PersonNote.username_key.in_(person.keys)
            )
        )
        if text:
            session.add(
                PersonNote(
                    account_id=scope.account_id,
                    username=person.username,
                    username_key=person.key,
                    text=text,
                    changed_by=scope.user_id,
                    changed_at=datetime.now(UTC),
                )
            )
        record(session, actor, AuditAction.PERSON_NOTED, characters=len(text))


def _require(scope: Scope, permission: Permission) -> None:
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who mark people of one account come one after another, so that what they count holds."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _known(scope: Scope, usernames: Sequence[str]) -> dict[str, str]:
    """Return those of the names that are or were on a list, or are marked, as written, by compared form, in order."""
    asked = list(dict.fromkeys(name_key(username.strip()) for username in usernames))
    found: dict[str, str] = {}
    for start in range(0, len(asked), _NAMES_AT_ONCE):
        some = asked[start : start + _NAMES_AT_ONCE]
        marked = PersonTag.account_id == scope.account_id, PersonTag.username_key.in_(some)
        found |= dict(db.session.execute(select(PersonTag.username_key, PersonTag.username).where(*marked)).all())
        for model in DIRECTIONS.values():
            # In two parts, because each has an index of its own.
            for is_part in (model.gone_export_id.is_not(None), model.gone_export_id.is_(None)):
                statement = select(model.username_key, model.username).where(
                    visible(model, scope), is_part, model.username_key.in_(some)
                )
                found |= dict(db.session.execute(statement).all())
    return {name: found[name] for name in asked if name in found}


def _tagged_among(session: Session, scope: Scope, names: Mapping[str, str], groups: Groups, key: str) -> set[str]:
    """Return those of the names whose person has the tag, under whichever name."""
    owners = {other: name for name in names for other in groups.get(name, (name,))}
    all_names: list[str] = list(owners)
    tagged: set[str] = set()
    for start in range(0, len(all_names), _NAMES_AT_ONCE):
        statement = select(PersonTag.username_key).where(
            PersonTag.account_id == scope.account_id,
            PersonTag.tag_key == key,
            PersonTag.username_key.in_(all_names[start : start + _NAMES_AT_ONCE]),
        )
        tagged.update(session.scalars(statement))
    return {name for name in names if any(other in tagged for other in groups.get(name, (name,)))}


def _spelling(session: Session, scope: Scope, key: str, tag: str) -> str:
    """Return the tag as the account spells it already; raise ``Invalid`` when it has too many others."""
    mine = PersonTag.account_id == scope.account_id
    known = session.scalar(select(PersonTag.tag).where(mine, PersonTag.tag_key == key).limit(1))
    if known is not None:
        return known
    if (session.scalar(select(func.count(PersonTag.tag_key.distinct())).where(mine)) or 0) >= MAX_TAGS_OF_ACCOUNT:
        raise Invalid(ErrorCode.TAGS_OF_ACCOUNT_FULL, field="tag", maximum=MAX_TAGS_OF_ACCOUNT)
    return tag


def _check_room(session: Session, scope: Scope, wanting: Mapping[str, str], groups: Groups) -> None:
    """Raise ``Invalid`` naming the first person who has as many tags as one can have."""
    names = [other for name in wanting for other in groups.get(name, (name,))]
    tags: dict[str, set[str]] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        statement = select(PersonTag.username_key, PersonTag.tag_key).where(
            PersonTag.account_id == scope.account_id, PersonTag.username_key.in_(names[start : start + _NAMES_AT_ONCE])
        )
        for name, key in session.execute(statement):
            tags.setdefault(name, set()).add(key)
    for name, shown in wanting.items():
        theirs = set().union(*(tags.get(other, set()) for other in groups.get(name, (name,))))
        if len(theirs) >= MAX_TAGS_OF_PERSON:
            raise Invalid(ErrorCode.TAGS_OF_PERSON_FULL, field="tag", username=shown, maximum=MAX_TAGS_OF_PERSON)
