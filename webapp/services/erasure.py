"""Erase one person's data everywhere, because they or the law ask for it.

What was theirs goes at once, and not only out of sight: every spell in both lists under all their names, tags, notes,
decisions about renames, packed lists, mentions in what the team wrote. Counts of exports and snapshots become what
their rows are then. What stays is that it was done, by whom and when, with a digest that lets later imports leave the
name out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from webapp.analytics.list_index import sweep_copies
from webapp.analytics.people import find_person
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.names import name_key
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import (
    DIRECTIONS,
    Account,
    AuditAction,
    Erasure,
    Export,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    Job,
    JobState,
    ListIndex,
    PersonNote,
    PersonTag,
    Rename,
)
from webapp.queue import JobKind
from webapp.services import after_switch, data_exports, notice_finding, reports, shares, snapshots, turns
from webapp.services.audit import Actor, record
from webapp.services.erased_names import SKIPPED, digester_of, erased_digests
from webapp.services.erased_texts import forget_mentions
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.ledger import complete_lists, visible_exports
from webapp.services.ledger_reading import Spell, covers
from webapp.services.list_index import drop_lists
from webapp.services.transaction import transaction
from webapp.services.uploads import discard_upload, work_path

_CHECKPOINT_MS = 200


def request_erasure(actor: Actor, scope: Scope, username: str, typed_name: str) -> None:
    """Record the wish to erase a person and queue the work; imports leave the name out from this moment on.

    Raises ``NotFound`` for a name nobody on the lists ever had, ``Invalid`` when the typed name is another one, and
    ``Conflict`` while an import of the account waits, because its file holds the name.
    """
    if not scope.allows(Permission.PERSON_ERASE):
        raise Forbidden(ErrorCode.FORBIDDEN)
    person = find_person(scope, username)
    if person is None:
        raise NotFound(ErrorCode.PERSON_UNKNOWN, username=username[:64])
    if name_key(typed_name.strip()) != person.key:
        raise Invalid(ErrorCode.PERSON_NAME_DIFFERS, field="typed_name", username=person.username)
    with transaction() as session:
        account = session.get_one(Account, scope.account_id, with_for_update=True)
        if _has_open_import(session, account.id):
            raise Conflict(ErrorCode.ERASURE_WAITS)
        digest_of, known = digester_of(account.public_id), erased_digests(session, account.id)
        wanted_at = datetime.now(UTC)
        session.add_all(
            Erasure(account_id=account.id, digest=mark, erased_by=scope.user_id, wanted_at=wanted_at)
            for mark in sorted({digest_of(key) for key in person.keys} - known)
        )
        add_job(
            session,
            JobKind.PERSON_ERASE,
            team_id=scope.team_id,
            # The only place that holds the names on the way; the job's last transaction empties it.
            arguments={"account_id": account.id, "names": list(person.keys)},
        )
        record(session, actor, AuditAction.PERSON_ERASED, account.public_id, names=len(person.keys))


def _has_open_import(session: Session, account_id: int) -> bool:
    ended = [state for state in ImportState if state.is_ended]
    query = select(ImportRun.id).where(ImportRun.account_id == account_id, ImportRun.state.not_in(ended))
    return session.scalar(query.limit(1)) is not None


def erase(lease: Lease) -> None:
    """Erase the names of the job; raise ``NotYet`` while another job of the account writes."""
    account_id, names = lease.arguments["account_id"], lease.arguments["names"]
    account = db.session.get(Account, account_id)
    if account is None or account.deleted_at is not None:
        with transaction() as session:
            _forget_names(session, lease.job_id, account_id)
            lease.finish(session)
        return
    turn = turns.begin(lease, account_id)
    lease.begin_step("erasing")
    _discard_files(account_id)
    drop_lists(lease, ListIndex.account_id == account_id)
    reach(Failpoint.ERASE_AFTER_DROP)
    _erase(lease, turn.revision, account_id, names)
    reach(Failpoint.ERASE_AFTER_COMMIT)
    sweep_copies()
    _empty_log()


def ended(session: Session, job: Job) -> None:
    """Give the turn back after an erasure that failed; one that was cancelled is as if nobody had wanted it."""
    account = session.get(Account, job.arguments.get("account_id", 0), with_for_update=True)
    if account is None:
        return
    turns.abandon(session, account, job)
    if job.state is JobState.CANCELLED:
        session.execute(delete(Erasure).where(Erasure.digest.in_(_digests(account, job.arguments["names"]))))
        _forget_names(session, job.id, account.id)


def _erase(lease: Lease, revision: int, account_id: int, names: Sequence[str]) -> None:
    """Delete every row of the names and set right what was counted with them, in one transaction: they are few."""
    with transaction() as session:
        lease.hold(session)
        exports = visible_exports(session, account_id, revision)
        spells = {section: _spells(session, account_id, revision, section, names) for section in DIRECTIONS}
        held = {section: _lists_with(complete_lists(exports, section), spells[section]) for section in DIRECTIONS}
        # Who came or left there is counted anew.
        changed = {i for found in spells.values() for each in found for i in (each.first, each.gone) if i is not None}
        for model in DIRECTIONS.values():
            # In two parts, because each has an index of its own.
            for is_part in (model.gone_export_id.is_(None), model.gone_export_id.is_not(None)):
                session.execute(
                    delete(model).where(model.account_id == account_id, is_part, model.username_key.in_(names))
                )
        _count_exports(session, exports, held)
        _count_snapshots(session, account_id, revision, held)
        _delete_marks(session, account_id, names)
        forget_mentions(session, account_id, names)
        reports.forget_names(session, account_id, names)
        shares.forget_names(session, account_id, names)
        data_exports.forget_names(session, account_id)
        notice_finding.forget_names(session, account_id, names)
        # Packed meanwhile from the rows that are gone now.
        session.execute(delete(ListIndex).where(ListIndex.account_id == account_id))
        snapshots.rebuild(session, account_id, revision + 1, changed)
        reach(Failpoint.SWITCH_MID)
        account = session.get_one(Account, account_id)
        turns.switch(session, account, revision + 1)
        after_switch.queue_readings(session, account)
        session.execute(
            update(Erasure)
            .where(Erasure.account_id == account_id, Erasure.digest.in_(_digests(account, names)))
            .values(erased_at=datetime.now(UTC))
        )
        _forget_names(session, lease.job_id, account_id)
        reach(Failpoint.JOB_BEFORE_DONE)
        lease.finish(session)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A name on the list of an export."""

    export_id: int
    name: str


def _spells(session: Session, account_id: int, revision: int, section: Section, names: Sequence[str]) -> list[Spell]:
    """Return the spells of the names that are read at the revision."""
    model: Any = DIRECTIONS[section]
    found = session.scalars(
        select(model).where(
            model.account_id == account_id,
            model.username_key.in_(names),
            model.added_revision <= revision,
            model.removed_revision > revision,
        )
    )
    return [
        Spell(row.id, row.username, row.username_key, row.followed_at, row.first_export_id, gone=row.gone_export_id)
        for row in found
    ]


def _lists_with(lists: Sequence[Export], spells: Iterable[Spell]) -> set[_Listed]:
    """Return which of the complete lists, in order of time, hold which names."""
    ranks = {export.id: rank for rank, export in enumerate(lists)}
    return {_Listed(export.id, spell.key) for spell in spells for export in lists if covers(spell, export.id, ranks)}


def _count_exports(session: Session, exports: Iterable[Export], held: dict[Section, set[_Listed]]) -> None:
    """Let the exports say that they hold fewer names and skipped as many more."""
    for export in exports:
        sections = dict(export.sections)
        for section, listed in held.items():
            number = sum(each.export_id == export.id for each in listed)
            if number:
                said = sections[section.value]
                skipped = {**said["skipped"], SKIPPED: said["skipped"].get(SKIPPED, 0) + number}
                sections[section.value] = {**said, "kept": said["kept"] - number, "skipped": skipped}
        export.sections = sections
    session.flush()


def _count_snapshots(session: Session, account_id: int, revision: int, held: dict[Section, set[_Listed]]) -> None:
    followers, following = held[Section.FOLLOWERS], held[Section.FOLLOWING]
    query = select(FollowerSnapshot).where(
        FollowerSnapshot.account_id == account_id,
        FollowerSnapshot.added_revision <= revision,
        FollowerSnapshot.removed_revision > revision,
    )
    for snapshot in session.scalars(query):
        for column, listed in (("followers", followers), ("following", following), ("mutuals", followers & following)):
            counted = getattr(snapshot, column)
            number = sum(each.export_id == snapshot.export_id for each in listed)
            if counted is not None and number:
                setattr(snapshot, column, counted - number)
    session.flush()


def _delete_marks(session: Session, account_id: int, names: Sequence[str]) -> None:
    marked: tuple[Any, ...] = (PersonTag, PersonNote)
    for model in marked:
        session.execute(delete(model).where(model.account_id == account_id, model.username_key.in_(names)))
    is_theirs = or_(Rename.from_key.in_(names), Rename.to_key.in_(names))
    session.execute(delete(Rename).where(Rename.account_id == account_id, is_theirs))


def _digests(account: Account, names: Sequence[str]) -> list[str]:
    digest_of = digester_of(account.public_id)
    return [digest_of(name) for name in names]


def _forget_names(session: Session, job_id: str, account_id: int) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(arguments={"account_id": account_id, "names": []}))


def _discard_files(account_id: int) -> None:
    """Delete what ended imports of the account left on disk; the files of open ones go when these end."""
    ended_states = [state for state in ImportState if state.is_ended]
    query = select(ImportRun.public_id).where(ImportRun.account_id == account_id, ImportRun.state.in_(ended_states))
    for public_id in db.session.scalars(query):
        if work_path(public_id).exists():
            discard_upload(public_id)


def _empty_log() -> None:
    """Move SQLite's write-ahead log into the database and empty it: older pages in it still hold what was deleted.

    Where a reader or writer is in the way, the next checkpoint does it.
    """
    if db.engine.dialect.name != "sqlite":
        return
    db.session.rollback()
    with db.engine.connect() as connection:
        waits = connection.execute(text("PRAGMA busy_timeout")).scalar_one()
        connection.rollback()
        raw: Any = connection.connection.dbapi_connection
        try:
            raw.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_MS}")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error:
            return
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(waits)}")
