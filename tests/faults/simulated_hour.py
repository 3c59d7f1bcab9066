"""Several schedulers and workers over an hour that passes in seconds: all of them read one clock of the test."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.ext.compiler import compiles

from jobs.schedule import SCHEDULES
from tests.conftest import make_settings
from tests.factories import account_scope
from tests.faults.oracle import active_jobs
from tests.faults.rehearsal import DOOMED, find_alice, processes
from tests.processes import until
from webapp import create_app
from webapp.domain.digests import DigestKind, next_slot
from webapp.extensions import db
from webapp.models import DigestSubscription, Job, JobState, database_now
from webapp.queue import JobKind
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import reconcile, run_job
from webapp.services.schedules import plan_due
from webapp.services.transaction import transaction

_STEP_SECONDS = 300
_CLOCK = "(SELECT second FROM simulated_clock)"
# Between two looks of whoever has nothing to do.
_PAUSE = 0.005
# As long as the hour: nobody's right to a job ends because the clock leaps.
_LEASE_SECONDS = "3600"
_DIGESTS = [schedule for schedule in SCHEDULES if schedule.kind is JobKind.DIGESTS_PLAN]

_Work = Callable[[], None]


def subscribe_everywhere(instance: Path, database_url: str, zones: tuple[str, ...], second: int) -> None:
    """Let two people in each zone get the digests of both kinds from a second on."""
    app = create_app(make_settings(instance, database_url))
    with app.app_context():
        member = find_alice()
        account_id = account_scope(member, DOOMED).account_id
        with transaction() as session:
            session.add_all(
                DigestSubscription(
                    account_id=account_id,
                    made_by=member.user_id,
                    kind=kind,
                    address=(address := f"reader{number}@{zone.replace('/', '.').lower()}.example.org"),
                    address_key=address,
                    locale="en",
                    timezone=zone,
                    confirmed_at=datetime.now(UTC),
                    next_at=next_slot(kind, second, zone),
                    told_until=0,
                    created_at=datetime.now(UTC),
                )
                for zone in zones
                for kind in DigestKind
                for number in range(2)
            )
        db.session.remove()
        db.engine.dispose()


class SimulatedHour:
    """A clock that stands until it is moved, and the processes that live by it; all are gone at the end."""

    def __init__(self, instance: Path, database_url: str, second: int) -> None:
        self._place = (instance, database_url)
        self._second = second
        # Without a lock: whoever is killed would take it along.
        self._is_over: Any = processes.Value("b", 0, lock=False)
        self._looks: list[tuple[ForkServerProcess, Any]] = []
        self._engine: Engine = create_engine(database_url)
        with self._engine.begin() as connection:
            connection.execute(text("CREATE TABLE simulated_clock (second BIGINT NOT NULL)"))
            connection.execute(text("INSERT INTO simulated_clock VALUES (:second)"), {"second": second})

    def begin_scheduler(self) -> ForkServerProcess:
        """Start a scheduler and wait for its first look."""
        return self._begin(_plan)

    def begin_worker(self) -> ForkServerProcess:
        """Start a worker and wait for its first look."""
        return self._begin(_do_jobs)

    def move_on(self, steps: int) -> None:
        """Move the clock by five minutes at a time; after each everybody who lives has looked once at least."""
        for _ in range(steps):
            self._second += _STEP_SECONDS
            with self._engine.begin() as connection:
                connection.execute(text("UPDATE simulated_clock SET second = :second"), {"second": self._second})
            # The look that is under way may have read the time before.
            self._await_looks([looks.value + 2 for _, looks in self._looks])

    def _await_looks(self, least: list[int]) -> None:
        until(
            lambda: all(
                looks.value >= count or not process.is_alive()
                for (process, looks), count in zip(self._looks, least, strict=True)
            )
        )

    def end(self) -> list[int | None]:
        """Wait until no job is left and stop everybody; return the exit codes in the order of their start."""
        try:
            until(lambda: active_jobs(self._engine) == 0)
        finally:
            self._is_over.value = 1
            for process, _ in self._looks:
                process.join(60)
            self._engine.dispose()
        return [process.exitcode for process, _ in self._looks]

    def _begin(self, work: _Work) -> ForkServerProcess:
        looks: Any = processes.Value("q", 0, lock=False)
        process = processes.Process(target=_live, args=(*self._place, work, looks, self._is_over))
        process.start()
        self._looks.append((process, looks))
        self._await_looks([max(1, each.value) for _, each in self._looks])
        return process


def _live(instance: Path, database_url: str, work: _Work, looks: Any, is_over: Any) -> None:
    for dialect in ("sqlite", "postgresql"):
        compiles(database_now, dialect)(lambda *_, **__: _CLOCK)
    try:
        app = create_app(make_settings(instance, database_url, LEASE_SECONDS=_LEASE_SECONDS))
        with app.app_context():
            while not is_over.value:
                work()
                db.session.remove()
                looks.value += 1
                time.sleep(_PAUSE)
            db.engine.dispose()
    except BaseException:
        with (instance / "error").open("a") as file, contextlib.suppress(OSError):
            file.write(traceback.format_exc())
        raise


def _plan() -> None:
    plan_due(_DIGESTS)
    reconcile(HANDLERS)


def _do_jobs() -> None:
    for job_id in db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.created_at)).all():
        db.session.rollback()
        run_job(job_id, HANDLERS)
