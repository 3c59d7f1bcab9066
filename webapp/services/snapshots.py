"""The gross figures of every export: who came, who left, who followed again since the complete list before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, intersect, select
from sqlalchemy.orm import Session

from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, Export, FollowerSnapshot
from webapp.services.ledger import complete_lists, visible_exports


class _Gross(NamedTuple):
    """Names of one list against the complete list before; ``None`` where there is nothing to compare."""

    gained: int | None = None
    lost: int | None = None
    refollowed: int | None = None


Counted = Mapping[Section, Mapping[int, _Gross]]
"""What was counted of exports, by their ids."""


def count(session: Session, account_id: int, revision: int, changed: Collection[int]) -> Counted:
    """Count what exports show of both lists at a revision that nobody reads yet.

    For whoever has the turn, before the transaction of the switch: of long lists it takes too long for a write lock.
    """
    return {section: _count(session, account_id, revision, section, list(changed)) for section in DIRECTIONS}


def rebuild(
    session: Session,
    account_id: int,
    revision: int,
    changed: Collection[int] | None = None,
    counted: Counted | None = None,
) -> None:
    """Set the gross figures of an account's snapshots right for a revision that is about to be read.

    For whoever has the turn, inside the transaction of the switch: rows of a later revision must not be there.
    ``changed`` are the exports whose figures may differ from those of the revision before; without it all are
    counted, but for those that were ``counted`` already.
    """
    session.flush()
    exports = visible_exports(session, account_id, revision)
    snapshots = _visible_snapshots(session, account_id, revision)
    times = {export.id: export.exported_at for export in exports}
    wanted: dict[int, dict[str, Any]] = {i: {"at": times[i]} for i in snapshots}
    for section in DIRECTIONS:
        known = (counted or {}).get(section, {})
        figures = _figures_of(session, account_id, revision, section, exports, snapshots, changed, known)
        for export_id, gross in figures.items():
            wanted[export_id] |= _columns(section, gross)
    for export_id, values in wanted.items():
        _replace(session, snapshots[export_id], values, revision)
    session.flush()


def _visible_snapshots(session: Session, account_id: int, revision: int) -> dict[int, FollowerSnapshot]:
    query = select(FollowerSnapshot).where(
        FollowerSnapshot.account_id == account_id,
        FollowerSnapshot.added_revision <= revision,
        FollowerSnapshot.removed_revision > revision,
    )
    return {snapshot.export_id: snapshot for snapshot in session.scalars(query)}


def _figures_of(
    session: Session,
    account_id: int,
    revision: int,
    section: Section,
    exports: list[Export],
    snapshots: dict[int, FollowerSnapshot],
    changed: Collection[int] | None,
    known: Mapping[int, _Gross],
) -> dict[int, _Gross]:
    """Return what each snapshot should say of a list, where it is known before those that need no count."""
    later = [export.id for export in complete_lists(exports, section)[1:]]
    figures = dict.fromkeys(snapshots, _Gross())
    for export_id in figures.keys() & set(later):
        stored = _Gross(*(getattr(snapshots[export_id], name) for name in _columns(section, _Gross())))
        figures[export_id] = stored
    uncounted = [i for i in later if i in figures and (changed is None or i in changed or figures[i].gained is None)]
    figures |= {i: known[i] for i in uncounted if i in known}
    if unknown := [i for i in uncounted if i not in known]:
        figures |= _count(session, account_id, revision, section, unknown)
    return figures


def _count(
    session: Session, account_id: int, revision: int, section: Section, export_ids: list[int]
) -> dict[int, _Gross]:
    model: Any = DIRECTIONS[section]
    came = _tally(session, account_id, revision, model, model.first_export_id, export_ids)
    went = _tally(session, account_id, revision, model, model.gone_export_id, export_ids)
    # Sorted and merged: whichever index a join takes, it is slow for one of the two sizes.
    visible = (model.account_id == account_id, model.removed_revision > revision)
    both = intersect(
        select(model.first_export_id.label("export_id"), model.username_key).where(
            *visible, model.first_export_id.in_(export_ids)
        ),
        select(model.gone_export_id, model.username_key).where(*visible, model.gone_export_id.in_(export_ids)),
    ).subquery()
    query = select(both.c.export_id, func.count()).group_by(both.c.export_id)
    again = {**dict.fromkeys(export_ids, 0), **{row[0]: row[1] for row in session.execute(query)}}
    return {i: _Gross(came.get(i, 0) - again[i], went.get(i, 0) - again[i], again[i]) for i in export_ids}


def _tally(
    session: Session, account_id: int, revision: int, model: Any, column: Any, export_ids: list[int]
) -> dict[int, int]:
    query = (
        select(column, func.count())
        .where(model.account_id == account_id, column.in_(export_ids), model.removed_revision > revision)
        .group_by(column)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _columns(section: Section, gross: _Gross) -> dict[str, int | None]:
    return {f"{section.value}_{name}": value for name, value in gross._asdict().items()}


def _replace(session: Session, snapshot: FollowerSnapshot, values: dict[str, Any], revision: int) -> None:
    """Let a snapshot say something else from a revision on; one that nobody reads yet is changed in place."""
    if all(getattr(snapshot, name) == value for name, value in values.items()):
        return
    if snapshot.added_revision != revision:
        kept = {name: getattr(snapshot, name) for name in ("account_id", "export_id", *_KEPT)}
        snapshot.removed_revision = revision
        session.flush()
        session.add(FollowerSnapshot(**kept, **values, added_revision=revision))
        return
    for name, value in values.items():
        setattr(snapshot, name, value)


_KEPT = ("followers", "following", "mutuals", "profile_followers")
