"""The life of a job: written with its cause, claimed with a lease, fenced, ended once.

Redis only rings. A worker claims the row by a conditional UPDATE that also raises the fence; every later write
of the job carries that number, so a worker that lost its lease (killed, stopped, or merely slow) writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import logs, metrics
from webapp.domain.errors import (
    AppError,
    Conflict,
    ErrorCode,
    Forbidden,
    NotFound,
    OutOfSpace,
    ReaderDied,
    Unavailable,
)
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import Permission
from webapp.extensions import db, settings
from webapp.models import AuditAction, Job, JobState, database_now
from webapp.queue import QUEUES, JobKind, ring, waiting_bells
from webapp.services import rights
from webapp.services.audit import Actor, record
from webapp.services.database_errors import explain
from webapp.services.lease import CancelWanted, Lease, LeaseLost, Listener, NotYet
from webapp.services.stopping import StopWanted
from webapp.services.transaction import after_commit, forget_reads, retrying, transaction

logger = logging.getLogger(__name__)

# A ring that nobody answered for this long was lost; while others of its queue wait, it may just not be its turn.
_RING_AGAIN_SECONDS = 5
_RING_AGAIN_IN_A_QUEUE_SECONDS = 45
# Seconds before the second, third ... try.
_BACK_OFF = (2, 10, 60)
# How long a paused job waits before it looks again, and how often its end is told to a database that is away.
_SPACE_SECONDS = 15
_DATABASE_SECONDS = 3
_TELL_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Handler:
    """How a kind of job is done, and what must be put right when it ends without having been done.

    ``run`` calls ``lease.finish`` in its last transaction. ``ended`` is called inside the transaction that
    marks the job failed or cancelled, ``revive`` when a person has a failed one tried again; it raises
    ``Conflict`` when that cannot be. ``permission`` is what the person it was queued for must still have.
    """

    run: Callable[[Lease], None]
    ended: Callable[[Session, Job], None] | None = None
    revive: Callable[[Session, Job], None] | None = None
    permission: Permission | None = None


Handlers = Mapping[JobKind, Handler]


def add_job(
    session: Session,
    kind: JobKind,
    *,
    team_id: int | None = None,
    import_id: int | None = None,
    arguments: dict[str, Any] | None = None,
    dedupe_key: str | None = None,
    delay_seconds: int = 0,
    rings: bool = True,
) -> Job:
    """Write a job in the running transaction and ring for it once that is committed.

    Without a ring the caller runs the job itself; should it die, the reconciler finds the row.
    """
    now = session.scalar(select(database_now())) or 0
    job = Job(
        kind=kind,
        queue=QUEUES[kind],
        team_id=team_id,
        import_id=import_id,
        dedupe_key=dedupe_key,
        arguments=arguments or {},
        run_at=now + delay_seconds,
        rung_at=now if delay_seconds == 0 else 0,
        created_at=datetime.now(UTC),
    )
    session.add(job)
    session.flush()
    reach(Failpoint.JOB_AFTER_INSERT)
    if rings and delay_seconds == 0:
        url, queue, job_id = settings().queue_url, QUEUES[kind].value, job.id
        after_commit(session, lambda: _ring(url, queue, job_id))
    # In the context of a request this line is what links the two.
    said = {"job_id": job.id, "job_kind": kind.value}
    after_commit(session, lambda: logger.info("a job was queued", extra=said))
    return job


@logs.names_job
def run_job(job_id: str, handlers: Handlers, listener: Listener | None = None) -> JobState | None:
    """Claim a job and do it; return how it stands afterwards, or ``None`` when it was not ours to do.

    A database that is locked or away and a full disk pause the job: it is put back with the reason and its tries.
    """
    try:
        claimed = retrying(lambda: _claim(job_id, handlers))
    except (Unavailable, OutOfSpace) as error:
        logger.warning("job %s stays where it is: %s", job_id, error)
        return None
    if claimed is None:
        return None
    lease, handler = claimed
    lease.listener = listener
    try:
        with metrics.timed(metrics.JOB_SECONDS, lease.kind):
            _check_right(lease, handler)
            handler.run(lease)
        metrics.count(metrics.JOBS_ENDED, lease.kind, JobState.DONE)
        reach(Failpoint.JOB_AFTER_DONE)
    except LeaseLost:
        logger.warning("job %s is somebody else's now", job_id)
    except CancelWanted:
        _end(lease, handler, JobState.CANCELLED, None)
    except StopWanted:
        _put_back(lease, 0, counts=False)
    except NotYet as wait:
        _put_back(lease, wait.seconds, counts=False)
    except Exception as error:
        _after_failure(lease, handler, error)
    return _state_of(job_id)


def reconcile(handlers: Handlers) -> int:
    """Ring again for every job that is overdue, and end those that killed their worker too often.

    Returns how many jobs were rung for. Safe to run in several processes at once.
    """
    url = settings().queue_url
    busy = [queue.value for queue in set(QUEUES.values()) if waiting_bells(url, queue)]
    with transaction() as session:
        now = session.scalar(select(database_now())) or 0
        # A row that somebody else holds is being claimed, renewed, ended or reconciled at this moment.
        expired = session.scalars(
            select(Job).where(Job.state == JobState.RUNNING, Job.lease_until < now).with_for_update(skip_locked=True)
        ).all()
        for job in expired:
            job.fence += 1
            job.lease_until = None
            if job.attempts >= job.max_attempts:
                _mark_ended(session, job, JobState.FAILED, ErrorCode.JOB_CRASHED, {"attempts": job.attempts})
                _call_ended(session, handlers, job)
            else:
                job.state = JobState.QUEUED
                job.run_at, job.rung_at = now, 0
        session.flush()
        reach(Failpoint.RECONCILE_MID)
        overdue = session.scalars(
            select(Job)
            .where(Job.state == JobState.QUEUED, Job.run_at <= now, Job.rung_at < now - _RING_AGAIN_SECONDS)
            .where(or_(Job.queue.not_in(busy), Job.rung_at < now - _RING_AGAIN_IN_A_QUEUE_SECONDS))
            .order_by(Job.run_at)
            .limit(500)
            .with_for_update(skip_locked=True)
        ).all()
        for job in overdue:
            job.rung_at = now
            after_commit(session, lambda q=job.queue, i=job.id: _ring(url, q, i))  # type: ignore[misc]
        return len(overdue)


def cancel_job(actor: Actor, job_id: str, handlers: Handlers, team_id: int | None = None) -> None:
    """Stop a job: at once when nobody has it, else at its next sign of progress.

    With ``team_id`` only a job of that team is found. Raises ``NotFound`` or ``Conflict`` (already ended).
    """
    with transaction() as session:
        job = _get_job(session, job_id, team_id)
        if job.state is JobState.QUEUED:
            _mark_ended(session, job, JobState.CANCELLED, None, None)
            _call_ended(session, handlers, job)
        elif job.state is JobState.RUNNING:
            job.is_cancel_wanted = True
        else:
            raise Conflict(ErrorCode.JOB_ENDED)
        record(session, actor, AuditAction.JOB_CANCELLED, job.id, kind=job.kind)


def retry_job(actor: Actor, job_id: str, handlers: Handlers) -> None:
    """Put a failed job back into its queue with fresh tries.

    Raises ``NotFound``, or ``Conflict`` for a job that has not failed or whose files are gone.
    """
    with transaction() as session:
        job = _get_job(session, job_id, None)
        if job.state is not JobState.FAILED:
            raise Conflict(ErrorCode.JOB_NOT_RETRIABLE)
        revive = handlers[JobKind(job.kind)].revive
        if revive:
            revive(session, job)
        now = session.scalar(select(database_now())) or 0
        job.state, job.attempts, job.is_cancel_wanted = JobState.QUEUED, 0, False
        job.error_code, job.error_params, job.ended_at = None, None, None
        job.run_at, job.rung_at = now, now
        url, queue, found = settings().queue_url, job.queue, job.id
        after_commit(session, lambda: _ring(url, queue, found))
        record(session, actor, AuditAction.JOB_RETRIED, job.id, kind=job.kind)


def _ring(url: str, queue: str, job_id: str) -> None:
    reach(Failpoint.JOB_BEFORE_RING)
    ring(url, queue, job_id)
    reach(Failpoint.JOB_AFTER_RING)


def _get_job(session: Session, job_id: str, team_id: int | None) -> Job:
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or (team_id is not None and job.team_id != team_id):
        raise NotFound(ErrorCode.NOT_FOUND)
    return job


def _claim(job_id: str, handlers: Handlers) -> tuple[Lease, Handler] | None:
    reach(Failpoint.CLAIM_BEFORE)
    seconds = settings().lease_seconds
    with transaction() as session:
        now = database_now()
        row = session.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.run_at <= now,
                Job.attempts < Job.max_attempts,
                or_(
                    Job.state == JobState.QUEUED,
                    and_(Job.state == JobState.RUNNING, Job.lease_until < now),
                ),
            )
            .values(
                state=JobState.RUNNING,
                fence=Job.fence + 1,
                attempts=Job.attempts + 1,
                lease_until=now + seconds,
                started_at=datetime.now(UTC),
                progress_done=0,
                progress_total=0,
                error_code=None,
                error_params=None,
            )
            .returning(
                Job.fence, Job.kind, Job.arguments, Job.import_id, Job.attempts, Job.lease_until - seconds - Job.run_at
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if row is None:
        return None
    reach(Failpoint.CLAIM_AFTER)
    kind = JobKind(row.kind)
    logs.note(job_kind=kind.value)
    if row.attempts == 1:
        metrics.observe(metrics.JOB_WAIT_SECONDS, row[-1], kind)
    lease = Lease(job_id, row.fence, seconds, row.arguments, row.import_id, kind)
    return lease, handlers[kind]


def _check_right(lease: Lease, handler: Handler) -> None:
    if handler.permission is None:
        return
    try:
        rights.check_job(db.session(), lease.job_id, handler.permission)
    except Forbidden:
        with transaction() as session:
            job = session.get_one(Job, lease.job_id)
            actor = Actor(job.arguments.get("user_id"), job.team_id)
            record(session, actor, AuditAction.ACCESS_DENIED, job.id, kind=job.kind)
        raise


def _after_failure(lease: Lease, handler: Handler, error: Exception) -> None:
    known = explain(error)
    if isinstance(known, OutOfSpace):
        logger.warning("job %s waits for disk space", lease.job_id)
        _put_back(lease, _SPACE_SECONDS, counts=False, reason=ErrorCode.WAITS_FOR_SPACE)
    elif isinstance(known, Unavailable) and known.code is not ErrorCode.TOOK_TOO_LONG:
        logger.warning("job %s waits for the database: %s", lease.job_id, error)
        _put_back(lease, _DATABASE_SECONDS, counts=False, reason=ErrorCode.WAITS_FOR_DATABASE)
    elif isinstance(known, ReaderDied):
        logger.warning("job %s lost the process that read its file", lease.job_id)
        _retry_or_fail(lease, handler, known)
    elif not _is_ours(lease):
        # Its files may be gone because another worker has ended it: that is what failed here.
        logger.warning("job %s is somebody else's now: %s", lease.job_id, error)
    elif known is None or isinstance(known, Unavailable):
        logger.error("job %s failed", lease.job_id, exc_info=error)
        _retry_or_fail(lease, handler)
    else:
        _end(lease, handler, JobState.FAILED, known)


def _is_ours(lease: Lease) -> bool:
    """Return whether no other worker has taken the job or ended it; a database that is away does not say so."""
    forget_reads()
    try:
        found = db.session.execute(select(Job.fence, Job.state).where(Job.id == lease.job_id)).first()
    except SQLAlchemyError:
        return True
    return found is not None and found.fence == lease.fence and found.state is JobState.RUNNING


def _retry_or_fail(lease: Lease, handler: Handler, error: AppError | None = None) -> None:
    attempts, most = retrying(lambda: _attempts_of(lease.job_id), _TELL_TRIES)
    if attempts < most:
        _put_back(lease, _BACK_OFF[min(attempts, len(_BACK_OFF)) - 1], counts=True)
    else:
        _end(lease, handler, JobState.FAILED, error or AppError(ErrorCode.JOB_FAILED, attempts=attempts))


def _attempts_of(job_id: str) -> tuple[int, int]:
    with transaction() as session:
        job = session.get_one(Job, job_id)
        return job.attempts, job.max_attempts


def _state_of(job_id: str) -> JobState | None:
    forget_reads()
    try:
        return db.session.scalar(select(Job.state).where(Job.id == job_id))
    except SQLAlchemyError as error:
        if explain(error) is None:
            raise
        return None


def _put_back(lease: Lease, seconds: int, *, counts: bool, reason: ErrorCode | None = None) -> None:
    """Give the job back, rung for at once when it need not wait; a database that is away is waited for."""

    def put_back() -> None:
        mine = and_(Job.fence == lease.fence, Job.state == JobState.RUNNING)
        # While we could not write, the reconciler may have given it back with the try counted.
        reconciled = and_(Job.fence == lease.fence + 1, Job.state == JobState.QUEUED)
        with transaction() as session:
            now = session.scalar(select(database_now())) or 0
            queue = session.scalar(
                update(Job)
                .where(Job.id == lease.job_id, mine if counts else or_(mine, reconciled))
                .values(
                    state=JobState.QUEUED,
                    attempts=Job.attempts if counts else Job.attempts - 1,
                    run_at=now + seconds,
                    rung_at=0 if seconds else now,
                    lease_until=None,
                    error_code=reason,
                )
                .returning(Job.queue)
                .execution_options(synchronize_session=False)
            )
            if queue is not None and seconds == 0:
                url = settings().queue_url
                after_commit(session, lambda: _ring(url, queue, lease.job_id))

    retrying(put_back, _TELL_TRIES)


def _end(lease: Lease, handler: Handler, state: JobState, error: AppError | None) -> None:
    def end() -> None:
        with transaction() as session:
            job = session.scalars(select(Job).where(Job.id == lease.job_id).with_for_update()).one_or_none()
            if job is None or job.fence != lease.fence or job.state is not JobState.RUNNING:
                return
            _mark_ended(session, job, state, error.code if error else None, error.params if error else None)
            if handler.ended:
                handler.ended(session, job)

    retrying(end, _TELL_TRIES)


def _mark_ended(
    session: Session, job: Job, state: JobState, code: ErrorCode | None, params: Mapping[str, object] | None
) -> None:
    job.state = state
    job.lease_until = None
    job.dedupe_key = None
    job.ended_at = datetime.now(UTC)
    job.error_code = code.value if code else None
    job.error_params = {name: str(value) for name, value in params.items()} if params else None
    session.flush()
    kind = job.kind
    after_commit(session, lambda: metrics.count(metrics.JOBS_ENDED, kind, state))


def _call_ended(session: Session, handlers: Handlers, job: Job) -> None:
    ended = handlers[JobKind(job.kind)].ended
    if ended:
        ended(session, job)
