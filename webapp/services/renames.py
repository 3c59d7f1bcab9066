"""Say of two names that they are one account, or are not, and take it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from webapp.analytics.changes import Changes, RenameRow, find_changes
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid
from webapp.domain.names import name_key
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, Account, AuditAction, Rename, RenameState
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction

Pair = tuple[str, str]
"""The name before and the name after, in any spelling."""

# Names that a statement brings along: SQLite of old took 999 values.
_NAMES_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class _Now:
    """The account as it is inside the transaction."""

    account_id: int
    revision: int


def decide(actor: Actor, scope: Scope, section: Section, pairs: Iterable[Pair], state: RenameState | None) -> int:
    """Confirm or reject pairs that a list offers as renames, or take decisions back; return how many changed.

    All or none. Raises ``Forbidden`` for a role that may not, ``Invalid`` for a pair that no two neighbouring exports
    offer, ``Conflict`` for a name that is in another confirmed rename at the same change.
    """
    if not scope.allows(Permission.PERSON_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)
    wanted = sorted({(name_key(before), name_key(after)) for before, after in pairs})
    with transaction() as session:
        account = session.get_one(Account, scope.account_id)
        # Two that decide at once must see each other's answer; SQLite has one writer at a time anyway.
        session.refresh(account, with_for_update=True)
        now = _Now(account.id, account.revision)
        known = _find_known(session, now.account_id, wanted)
        if state is None:
            changed = [known[pair] for pair in wanted if pair in known]
            for rename in changed:
                session.delete(rename)
        else:
            offered = {(row.from_key, row.to_key): row for row in _find_offered(session, now, section, wanted)}
            others = [pair for pair in wanted if pair not in known or known[pair].state is not state]
            changed = [_state(session, actor, now, offered[pair], known.get(pair), state) for pair in others]
            session.flush()
        if changed:
            # Without the names: what is erased of a person must not stay here.
            detail = {"renames": [rename.id for rename in changed[:100]], "count": len(changed)}
            said = state.value if state else "taken_back"
            record(session, actor, AuditAction.RENAME_DECIDED, account.public_id, state=said, **detail)
    return len(changed)


def _find_known(session: Session, account_id: int, pairs: Sequence[Pair]) -> dict[Pair, Rename]:
    found: dict[Pair, Rename] = {}
    for start in range(0, len(pairs), _NAMES_AT_ONCE):
        chunk = pairs[start : start + _NAMES_AT_ONCE]
        query = select(Rename).where(Rename.account_id == account_id, tuple_(Rename.from_key, Rename.to_key).in_(chunk))
        found.update({(row.from_key, row.to_key): row for row in session.scalars(query)})
    return found


def _state(
    session: Session, actor: Actor, now: _Now, row: RenameRow, known: Rename | None, state: RenameState
) -> Rename:
    rename = known
    if rename is None:
        rename = Rename(account_id=now.account_id, from_key=row.from_key, to_key=row.to_key)
        session.add(rename)
    rename.from_username, rename.to_username = row.from_username, row.to_username
    rename.state, rename.decided_by, rename.decided_at = state, actor.user_id, datetime.now(UTC)
    return rename


def _find_offered(session: Session, now: _Now, section: Section, pairs: Sequence[Pair]) -> Iterator[RenameRow]:
    """Yield the pairs as neighbouring exports offer them; raise for the first that none does."""
    timeline = find_timeline(now, section)
    exports = {export.id: export for export in timeline.exports}
    waiting = set(pairs)
    blocked: dict[Pair, str] = {}
    for export_id in _find_changes_of(session, now, section, {before for before, _ in pairs}):
        before = timeline.before(exports[export_id])
        if before is None or not waiting:
            continue
        found = find_changes(now, section, before, exports[export_id])
        blocked.update(_find_blocked(found, waiting))
        for row in found.renamed:
            pair = (row.from_key, row.to_key)
            if pair in waiting:
                waiting.remove(pair)
                yield row
    for pair in sorted(waiting):
        if pair in blocked:
            raise Conflict(ErrorCode.RENAME_TAKEN, name=blocked[pair])
        raise Invalid(ErrorCode.RENAME_NOT_OFFERED, before=pair[0], after=pair[1])


def _find_blocked(found: Changes, pairs: Collection[Pair]) -> Iterator[tuple[Pair, str]]:
    """Yield the pairs that share one name with another confirmed rename of the same change, and that name."""
    sources = {row.from_key: row.to_key for row in found.renamed if row.confirmed}
    targets = {after: before for before, after in sources.items()}
    for before, after in pairs:
        if sources.get(before, after) != after:
            yield (before, after), before
        elif targets.get(after, before) != before:
            yield (before, after), after


def _find_changes_of(session: Session, now: Reader, section: Section, names: set[str]) -> list[int]:
    """Return the ids of the exports at which any of these names left the list."""
    model, ordered = DIRECTIONS[section], sorted(names)
    found: set[int] = set()
    for start in range(0, len(ordered), _NAMES_AT_ONCE):
        query = (
            select(model.gone_export_id)
            .where(
                visible(model, now),
                model.gone_export_id.is_not(None),
                model.username_key.in_(ordered[start : start + _NAMES_AT_ONCE]),
            )
            .distinct()
        )
        found.update(each for each in session.scalars(query) if each is not None)
    return sorted(found)
