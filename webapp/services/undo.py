"""Take an import back: afterwards everything is as if its file had never come in.

The rows are those of the next revision, written in short transactions, and the last one moves the pointer; so an
undo that is killed or cancelled leaves nothing to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp import logs
from webapp.domain.errors import Conflict, ErrorCode
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import (
    DIRECTIONS,
    NEVER,
    Account,
    AuditAction,
    Export,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    Job,
)
from webapp.queue import JobKind
from webapp.services import after_switch, snapshots, studio, turns
from webapp.services.audit import Actor, record
from webapp.services.batches import batches
from webapp.services.import_jobs import ranks_of
from webapp.services.imports import get_import, keep_committed
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.ledger import Neighbours, complete_lists, find_neighbours, visible_exports
from webapp.services.ledger_writes import Removal
from webapp.services.posts import remove_posts, seconds_of
from webapp.services.transaction import transaction

POST_BATCH = 500


def undo_import(actor: Actor, scope: TeamScope, public_id: str) -> None:
    """Queue the undo of a committed import, whichever of the account's it is.

    Asking again changes nothing. Raises ``Conflict`` for an import that is not committed, or brought nothing.
    """
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        if run.state in (ImportState.UNDOING, ImportState.UNDONE):
            return
        get_committed(session, run)
        run.state = ImportState.UNDOING
        arguments = {"user_id": actor.user_id}
        add_job(session, JobKind.IMPORT_UNDO, team_id=run.team_id, import_id=run.id, arguments=arguments)
        record(session, actor, AuditAction.IMPORT_UNDO_STARTED, public_id, file=run.file_name)


def get_committed(session: Session, run: ImportRun) -> Export:
    """Return the export that an import brought; raise ``Conflict`` when there is none that is read now."""
    if run.state is not ImportState.DONE:
        raise Conflict(ErrorCode.IMPORT_ENDED if run.state.is_ended else ErrorCode.IMPORT_NOT_READY)
    export = find_export(session, run)
    if export is None:
        raise Conflict(ErrorCode.IMPORT_ADDED_NOTHING)
    return export


def find_export(session: Session, run: ImportRun) -> Export | None:
    """Return the export of an import as readers see it now, ``None`` where the account is gone as well."""
    query = (
        select(Export)
        .join(Account, Account.id == Export.account_id)
        .where(Export.import_id == run.id, Account.deleted_at.is_(None))
        .where(Export.added_revision <= Account.revision, Export.removed_revision > Account.revision)
    )
    return session.scalars(query).one_or_none()


@dataclass(frozen=True, slots=True)
class _Work:
    """One undo on its way."""

    lease: Lease
    account_id: int
    export_id: int
    revision: int
    lists: dict[Section, Neighbours]
    ranks: dict[int, int]


def undo(lease: Lease) -> None:
    """Write the account without an import's export and make that visible all at once.

    Raises ``NotYet`` while another job of the account writes.
    """
    run = db.session.get(ImportRun, lease.import_id)
    export = find_export(db.session(), run) if run is not None else None
    if run is None or export is None or run.state is not ImportState.UNDOING:
        with transaction() as session:
            lease.finish(session)
        return
    logs.note(import_id=run.public_id)
    account_id, export_id = export.account_id, export.id
    turn = turns.begin(lease, account_id)
    exports = visible_exports(db.session(), account_id, turn.revision)
    work = _Work(lease, account_id, export_id, turn.revision + 1, lists_around(exports, export_id), ranks_of(exports))
    for section, around in work.lists.items():
        Removal(account_id, section, export_id, around, work.revision).run(lease, "undoing")
    _remove_posts(work)
    reach(Failpoint.SWITCH_BEFORE)
    _switch(work)
    reach(Failpoint.SWITCH_AFTER_COMMIT)


def lists_around(exports: list[Export], export_id: int) -> dict[Section, Neighbours]:
    """Return the complete lists around each list that an export holds whole."""
    export = next(each for each in exports if each.id == export_id)
    return {
        section: find_neighbours(exports, section, export.exported_at, export_id)
        for section in DIRECTIONS
        if export in complete_lists(exports, section)
    }


def _remove_posts(work: _Work) -> None:
    seconds = seconds_of(db.session(), work.account_id, work.export_id)
    for some in batches(seconds, POST_BATCH):
        with transaction() as session:
            work.lease.hold(session)
            remove_posts(session, work.account_id, work.export_id, some, work.revision, work.ranks)
        reach(Failpoint.POSTS_AFTER_COMMIT)


def _switch(work: _Work) -> None:
    changed = {around.after for around in work.lists.values() if around.after is not None}
    counted = snapshots.count(db.session(), work.account_id, work.revision, changed)
    with transaction() as session:
        work.lease.hold(session)
        session.get_one(Export, work.export_id).removed_revision = work.revision
        session.execute(
            update(FollowerSnapshot)
            .where(FollowerSnapshot.account_id == work.account_id, FollowerSnapshot.export_id == work.export_id)
            .where(FollowerSnapshot.removed_revision == NEVER)
            .values(removed_revision=work.revision)
        )
        snapshots.rebuild(session, work.account_id, work.revision, changed, counted)
        reach(Failpoint.SWITCH_MID)
        account = session.get_one(Account, work.account_id)
        studio.remove_download(session, work.account_id, work.export_id, work.revision)
        studio.settle_videos(session, account, work.revision)
        turns.switch(session, account, work.revision)
        run = session.get_one(ImportRun, work.lease.import_id)
        run.state, run.ended_at = ImportState.UNDONE, datetime.now(UTC)
        after_switch.queue_readings(session, account)
        actor = Actor(user_id=work.lease.arguments.get("user_id"), team_id=run.team_id)
        record(session, actor, AuditAction.IMPORT_UNDONE, run.public_id, revision=work.revision)
        reach(Failpoint.JOB_BEFORE_DONE)
        work.lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Leave an import as it was whose undo failed or was cancelled; the unseen rows go soon after."""
    keep_committed(session, session.get_one(ImportRun, job.import_id), job)


def revive(session: Session, job: Job) -> None:
    """Let a failed undo be tried again; raise ``Conflict`` when there is nothing to undo any more."""
    run = session.get_one(ImportRun, job.import_id)
    get_committed(session, run)
    run.state = ImportState.UNDOING
