"""The right of one worker to do one job for a while, and how it hears that it must stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.domain.errors import AppError, ErrorCode, OutOfSpace
from webapp.extensions import db
from webapp.models import Job, JobState, database_now
from webapp.queue import JobKind
from webapp.services import disk, stopping
from webapp.services.transaction import aside, transaction

logger = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
# How often a lease is renewed while it lasts, and for how long at most: what hangs must not keep its job for good.
_BEATS = 3
_LONGEST_SECONDS = 3600
# What makes room must not wait for room.
_MAKES_ROOM = (
    *(JobKind.ACCOUNT_PURGE, JobKind.TEAM_PURGE, JobKind.TEAMS_SWEEP),
    *(JobKind.UPLOADS_SWEEP, JobKind.REVISIONS_SWEEP, JobKind.SESSIONS_PURGE, JobKind.FILES_SWEEP),
)

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
    kind: JobKind
    listener: Listener | None = None
    _step: str = ""
    _ticked_at: float = field(default=0.0)

    def hold(self, session: Session, *, done: int | None = None, total: int | None = None) -> None:
        """Renew the lease inside a transaction of the job, so that both are committed or neither.

        Raises ``LeaseLost`` when the job is somebody else's, ``CancelWanted`` when a person stopped it,
        ``StopWanted`` when this process has to end, ``OutOfSpace`` when the job must wait for room on the disk.
        """
        stopping.check()
        if self.kind not in _MAKES_ROOM and disk.is_short():
            raise OutOfSpace(ErrorCode.DISK_FULL)
        self._renew(session, done, total)
        if self.listener and done is not None:
            self.listener(self._step, done, total or 0)

    def _renew(self, session: Session, done: int | None = None, total: int | None = None) -> None:
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

    def tick(self, done: int, total: int) -> None:
        """Renew the lease and show progress, at most once a second."""
        stopping.check()
        if time.monotonic() - self._ticked_at < _TICK_SECONDS:
            return
        with transaction() as session:
            self.hold(session, done=done, total=total)
        self._ticked_at = time.monotonic()

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Renew the lease beside work that has no steps to do so between, such as fitting a model.

        That work may only read: on SQLite a second writer would wait for it. Whether the lease was lost meanwhile shows
        where the work is written down.
        """
        done = threading.Event()
        beats = threading.Thread(target=self._beat, args=(db.engine, done), name="lease", daemon=True)
        beats.start()
        try:
            yield
        finally:
            done.set()
            beats.join()

    def _beat(self, engine: Engine, done: threading.Event) -> None:
        ends_at = time.monotonic() + _LONGEST_SECONDS
        while not done.wait(self.seconds / _BEATS) and time.monotonic() < ends_at:
            try:
                with aside(engine) as session:
                    self._renew(session)
            except (LeaseLost, CancelWanted):
                return
            except (AppError, SQLAlchemyError) as error:
                logger.warning("the lease of job %s could not be renewed: %s", self.job_id, error)

    def begin_step(self, step: str, total: int = 0) -> None:
        """Show the next step of the work with its bar at zero."""
        self._step = step
        with transaction() as session:
            self.hold(session, done=0, total=total)
            session.execute(update(Job).where(Job.id == self.job_id).values(step=step))

    def finish(self, session: Session) -> None:
        """End the job as done inside its last transaction; work that is done is not given back any more."""
        self._renew(session)
        session.execute(
            update(Job)
            .where(Job.id == self.job_id)
            .values(state=JobState.DONE, lease_until=None, ended_at=datetime.now(UTC), dedupe_key=None, error_code=None)
        )
