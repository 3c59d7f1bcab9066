"""Correct the export time of a committed export: afterwards all is as if it had been imported with that time.

Where its lists get other neighbours they are taken out of the ledger (in the next revision) and fitted in anew (in
the one after), and the pointer moves once, over both. An export keeps its row, so its time alone is changed in place,
together with the pointer.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import logs
from webapp.domain.errors import Conflict, ErrorCode
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.sections import Certainty, ExportedAtSource, Section
from webapp.extensions import db
from webapp.models import Account, AuditAction, Export, ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind
from webapp.services import after_switch, snapshots, studio, turns
from webapp.services.audit import Actor, record
from webapp.services.batches import batches
from webapp.services.import_jobs import ranks_of
from webapp.services.imports import check_export_time, get_import, keep_committed
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.ledger import RANGE, Neighbours, compare, visible_exports
from webapp.services.ledger_reading import StoredList
from webapp.services.ledger_writes import Removal, write_changes
from webapp.services.posts import reorder_posts, seconds_of
from webapp.services.transaction import transaction
from webapp.services.undo import POST_BATCH, find_export, get_committed, lists_around

_STEP = "moving"


def move_export(actor: Actor, scope: TeamScope, public_id: str, exported_at: int) -> None:
    """Queue the correction of the export time (Unix seconds) of what an import brought.

    The time it has already changes nothing. Raises ``Invalid`` for an impossible time, ``Conflict`` for an import that
    is not committed or brought nothing, and while an earlier correction is being written.
    """
    check_export_time(exported_at)
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        export = get_committed(session, run)
        job = _open_job(session, run)
        if job is None and export.exported_at == exported_at:
            return
        arguments = {"exported_at": exported_at, "user_id": scope.user_id}
        if job is None:
            add_job(session, JobKind.EXPORT_MOVE, team_id=run.team_id, import_id=run.id, arguments=arguments)
        elif job.state is JobState.QUEUED:
            job.arguments = arguments
        else:
            raise Conflict(ErrorCode.IMPORT_NOT_READY)
        before, after = {"exported_at": export.exported_at}, {"exported_at": exported_at}
        record(session, actor, AuditAction.EXPORT_CHANGED, public_id, before=before, after=after)


def _open_job(session: Session, run: ImportRun) -> Job | None:
    query = select(Job).where(
        Job.import_id == run.id,
        Job.kind == JobKind.EXPORT_MOVE,
        Job.state.in_((JobState.QUEUED, JobState.RUNNING)),
    )
    return session.scalars(query.with_for_update()).first()


@dataclass(frozen=True, slots=True)
class _Order:
    """The exports of an account in order of time, and the complete lists around those of one of them."""

    ranks: dict[int, int]
    lists: dict[Section, Neighbours]


@dataclass(frozen=True, slots=True)
class _Work:
    """One correction on its way; ``revision`` is the one that is read meanwhile."""

    lease: Lease
    account_id: int
    export_id: int
    exported_at: int
    revision: int
    old: _Order
    new: _Order

    @property
    def target(self) -> int:
        """Return the revision that is read afterwards."""
        return self.revision + 2


def move(lease: Lease) -> None:
    """Write the account with an export at another time and make that visible all at once.

    Raises ``NotYet`` while another job of the account writes.
    """
    run = db.session.get(ImportRun, lease.import_id)
    export = find_export(db.session(), run) if run is not None else None
    exported_at = int(lease.arguments["exported_at"])
    if run is None or export is None or run.state is not ImportState.DONE or export.exported_at == exported_at:
        with transaction() as session:
            lease.finish(session)
        return
    logs.note(import_id=run.public_id)
    account_id, export_id = export.account_id, export.id
    turn = turns.begin(lease, account_id)
    old, new = _orders(account_id, turn.revision, export_id, exported_at)
    work = _Work(lease, account_id, export_id, exported_at, turn.revision, old, new)
    for section, around in old.lists.items():
        if around != new.lists[section]:
            _move_list(work, section)
    _move_posts(work)
    reach(Failpoint.SWITCH_BEFORE)
    _switch(work)
    reach(Failpoint.SWITCH_AFTER_COMMIT)


def _orders(account_id: int, revision: int, export_id: int, exported_at: int) -> tuple[_Order, _Order]:
    """Return the order of the exports as it is and as it will be."""
    exports = visible_exports(db.session(), account_id, revision)
    for export in exports:
        db.session.expunge(export)  # what is tried out with them is not to be stored
    old = _Order(ranks_of(exports), lists_around(exports, export_id))
    next(export for export in exports if export.id == export_id).exported_at = exported_at
    exports.sort(key=lambda export: (export.exported_at, export.id))
    return old, _Order(ranks_of(exports), lists_around(exports, export_id))


def _move_list(work: _Work, section: Section) -> None:
    between = work.revision + 1
    Removal(work.account_id, section, work.export_id, work.old.lists[section], between).run(work.lease, _STEP)
    listed = StoredList(db.session(), work.account_id, work.revision, section, work.export_id, work.old.ranks)
    around = work.new.lists[section]
    parts = compare(
        db.session(), work.account_id, between, section, listed, around, work.export_id, work.new.ranks, RANGE
    )
    work.lease.begin_step(_STEP)
    for part in parts:
        work.lease.tick(0, 0)
        write_changes(work.lease.hold, work.account_id, section, part, work.target)


def _move_posts(work: _Work) -> None:
    if work.old.ranks == work.new.ranks:
        return
    seconds = seconds_of(db.session(), work.account_id, work.export_id)
    for some in batches(seconds, POST_BATCH):
        with transaction() as session:
            work.lease.hold(session)
            reorder_posts(session, work.account_id, some, work.target, work.old.ranks, work.new.ranks)
        reach(Failpoint.POSTS_AFTER_COMMIT)


def _switch(work: _Work) -> None:
    around = [*work.old.lists.values(), *work.new.lists.values()]
    changed = {work.export_id, *(each.after for each in around if each.after is not None)}
    counted = snapshots.count(db.session(), work.account_id, work.target, changed)
    with transaction() as session:
        work.lease.hold(session)
        export = session.get_one(Export, work.export_id)
        run = session.get_one(ImportRun, work.lease.import_id)
        export.exported_at = run.exported_at = work.exported_at
        export.exported_at_source = run.exported_at_source = ExportedAtSource.PERSON
        export.exported_at_certainty = Certainty.CERTAIN
        snapshots.rebuild(session, work.account_id, work.target, changed, counted)
        reach(Failpoint.SWITCH_MID)
        account = session.get_one(Account, work.account_id)
        studio.date_anew(session, work.account_id, work.export_id, work.exported_at, work.target)
        studio.settle_videos(session, account, work.target)
        turns.switch(session, account, work.target)
        after_switch.queue_readings(session, account)
        reach(Failpoint.JOB_BEFORE_DONE)
        work.lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Leave an export where it was whose move failed or was cancelled; the unseen rows go soon after."""
    keep_committed(session, session.get_one(ImportRun, job.import_id), job)


def revive(session: Session, job: Job) -> None:
    """Let a failed move be tried again; raise ``Conflict`` when the export is not there any more."""
    get_committed(session, session.get_one(ImportRun, job.import_id))
