"""The life of a job: written with its cause, claimed with a lease, fenced, ended once.

Redis only rings. A worker claims the row by a conditional UPDATE that also raises the fence; every later write
of the job carries that number, so a worker that lost its lease (killed, stopped, or merely slow) writes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import AppError, Conflict, ErrorCode, NotFound, Unavailable
from webapp.extensions import db, settings
from webapp.models import AuditAction, Job, JobState, database_now
from webapp.queue import QUEUES, JobKind, ring
from webapp.services.audit import Actor, record
from webapp.services.transaction import after_commit, transaction

logger = logging.getLogger(__name__)

# A ring that nobody answered for this long was lost.
_RING_AGAIN_SECONDS = 15
# Seconds before the second, third ... try.
_BACK_OFF = (2, 10, 60)
_TICK_SECONDS = 1.0


Listener = Callable[[str, int, int], None]
"""Told of progress in this process: the step, how much is done, and of how much."""


class LeaseLost(Exception):
    """Another worker has the job now, or it was ended; stop without writing."""


class CancelWanted(Exception):
    """A person asked to stop the job."""


class NotYet(Exception):
    """The job cannot go on at this moment; it is tried again later without counting as a try."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class Lease:
    """The right to do one job for a while; renewed by every sign of progress."""

    job_id: str
    fence: int
    seconds: int
    arguments: dict[str, Any]
    import_id: int | None
    listener: Listener | None = None
    _step: str = ""
    _ticked_at: float = field(default=0.0)

    def hold(self, session: Session, *, done: int | None = None, total: int | None = None) -> None:
        """Renew the lease inside a transaction of the job, so that both are committed or neither.

        Raises ``LeaseLost`` when the job is somebody else's, ``CancelWanted`` when a person stopped it.
        """
        values: dict[str, Any] = {"lease_until": database_now() + self.seconds}
        if done is not None:
            values["progress_done"] = done
        if total is not None:
            values["progress_total"] = total
        is_cancel_wanted = session.execute(
            update(Job)
            .where(Job.id == self.job_id, Job.fence == self.fence, Job.state == JobState.RUNNING)
            .values(**values)
            .returning(Job.is_cancel_wanted)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if is_cancel_wanted is None:
            raise LeaseLost(self.job_id)
        if is_cancel_wanted:
            raise CancelWanted(self.job_id)
        if self.listener and done is not None:
            self.listener(self._step, done, total or 0)

    def tick(self, done: int, total: int) -> None:
        """Renew the lease and show progress, at most once a second."""
        if time.monotonic() - self._ticked_at < _TICK_SECONDS:
            return
        with transaction() as session:
            self.hold(session, done=done, total=total)
        self._ticked_at = time.monotonic()

    def begin_step(self, step: str, total: int = 0) -> None:
        """Show the next step of the work with its bar at zero."""
        self._step = step
        with transaction() as session:
            self.hold(session, done=0, total=total)
            session.execute(update(Job).where(Job.id == self.job_id).values(step=step))

    def finish(self, session: Session) -> None:
        """End the job as done inside its last transaction."""
        self.hold(session)
        session.execute(
            update(Job)
            .where(Job.id == self.job_id)
            .values(state=JobState.DONE, lease_until=None, ended_at=datetime.now(UTC), dedupe_key=None, error_code=None)
        )


@dataclass(frozen=True, slots=True)
class Handler:
    """How a kind of job is done, and what must be put right when it ends without having been done.

    ``run`` calls ``lease.finish`` in its last transaction. ``ended`` is called inside the transaction that
    marks the job failed or cancelled, ``revive`` when a person has a failed one tried again; it raises
    ``Conflict`` when that cannot be.
    """

    run: Callable[[Lease], None]
    ended: Callable[[Session, Job], None] | None = None
    revive: Callable[[Session, Job], None] | None = None


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
    if rings and delay_seconds == 0:
        url, queue, job_id = settings().queue_url, QUEUES[kind].value, job.id
        after_commit(session, lambda: _ring(url, queue, job_id))
    return job


def run_job(job_id: str, handlers: Handlers, listener: Listener | None = None) -> JobState | None:
    """Claim a job and do it; return how it stands afterwards, or ``None`` when it was not ours to do."""
    claimed = _claim(job_id, handlers)
    if claimed is None:
        return None
    lease, handler = claimed
    lease.listener = listener
    try:
        handler.run(lease)
    except LeaseLost:
        logger.warning("job %s is somebody else's now", job_id)
    except CancelWanted:
        _end(lease, handler, JobState.CANCELLED, None)
    except NotYet as wait:
        _put_back(lease, wait.seconds, counts=False)
    except Unavailable as error:
        logger.warning("job %s has to wait: %s", job_id, error)
        _retry_or_fail(lease, handler)
    except AppError as error:
        _end(lease, handler, JobState.FAILED, error)
    except Exception:
        logger.exception("job %s failed", job_id)
        _retry_or_fail(lease, handler)
    db.session.rollback()
    return db.session.scalar(select(Job.state).where(Job.id == job_id))


def reconcile(handlers: Handlers) -> int:
    """Ring again for every job that is overdue, and end those that killed their worker too often.

    Returns how many jobs were rung for. Safe to run in several processes at once.
    """
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
        overdue = session.scalars(
            select(Job)
            .where(Job.state == JobState.QUEUED, Job.run_at <= now, Job.rung_at < now - _RING_AGAIN_SECONDS)
            .order_by(Job.run_at)
            .limit(500)
            .with_for_update(skip_locked=True)
        ).all()
        for job in overdue:
            job.rung_at = now
            after_commit(session, lambda q=job.queue, i=job.id: _ring(settings().queue_url, q, i))  # type: ignore[misc]
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
    ring(url, queue, job_id)


def _get_job(session: Session, job_id: str, team_id: int | None) -> Job:
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or (team_id is not None and job.team_id != team_id):
        raise NotFound(ErrorCode.NOT_FOUND)
    return job


def _claim(job_id: str, handlers: Handlers) -> tuple[Lease, Handler] | None:
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
            )
            .returning(Job.fence, Job.kind, Job.arguments, Job.import_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if row is None:
        return None
    return Lease(job_id, row.fence, seconds, row.arguments, row.import_id), handlers[JobKind(row.kind)]


def _retry_or_fail(lease: Lease, handler: Handler) -> None:
    db.session.rollback()
    job = db.session.get(Job, lease.job_id)
    if job is None:
        return
    if job.attempts < job.max_attempts:
        _put_back(lease, _BACK_OFF[min(job.attempts, len(_BACK_OFF)) - 1], counts=True)
    else:
        _end(lease, handler, JobState.FAILED, AppError(ErrorCode.JOB_FAILED, attempts=job.attempts))


def _put_back(lease: Lease, seconds: int, *, counts: bool) -> None:
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == lease.job_id, Job.fence == lease.fence, Job.state == JobState.RUNNING)
            .values(
                state=JobState.QUEUED,
                attempts=Job.attempts if counts else Job.attempts - 1,
                run_at=database_now() + seconds,
                rung_at=0,
                lease_until=None,
            )
            .execution_options(synchronize_session=False)
        )


def _end(lease: Lease, handler: Handler, state: JobState, error: AppError | None) -> None:
    db.session.rollback()
    with transaction() as session:
        job = session.scalars(select(Job).where(Job.id == lease.job_id).with_for_update()).one_or_none()
        if job is None or job.fence != lease.fence or job.state is not JobState.RUNNING:
            return
        _mark_ended(session, job, state, error.code if error else None, error.params if error else None)
        if handler.ended:
            handler.ended(session, job)


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


def _call_ended(session: Session, handlers: Handlers, job: Job) -> None:
    ended = handlers[JobKind(job.kind)].ended
    if ended:
        ended(session, job)
