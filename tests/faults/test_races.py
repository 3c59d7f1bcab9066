"""Several workers at once: bells that ring five times, imports of one account side by side, a job that woke up late."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from sqlalchemy import select

from tests.faults import oracle
from tests.faults.exports import SMALL, Upload, make_pair
from tests.faults.stack import Database, FaultStack, fault_stack
from tests.processes import until
from webapp.domain.failpoints import Failpoint
from webapp.models import ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind, ring
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

pytestmark = pytest.mark.faults

SEED = 5
BELLS = 5
WORKERS = 2
STATES_OF_WORK = (JobState.QUEUED, JobState.RUNNING)


def long(value: object) -> ParameterSet:
    """Leave a value to the long form."""
    return pytest.param(value, marks=pytest.mark.faults_long)


@pytest.fixture(scope="module", params=[Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStack]:
    """The app with two more workers beside its own."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    with fault_stack(folder, request.param) as stack, contextlib.ExitStack() as beside:
        for _ in range(WORKERS):
            beside.enter_context(stack.beside("-m", "jobs.worker", "imports"))
        for upload in make_pair(SEED, "golden", SMALL):
            finish(stack, [upload])
        yield stack


def finish(stack: FaultStack, uploads: list[Upload]) -> None:
    """Send files all at once, and wait until every one of them is committed and every job has ended."""
    numbers: list[str] = []
    gate = threading.Barrier(len(uploads))

    def send(upload: Upload) -> None:
        gate.wait()
        number = stack.upload(upload.content, upload.name)
        # One whose content another has brought meanwhile is done when it is read.
        until(lambda: stack.state(number) in ("ready", "done"))
        stack.commit(number)
        numbers.append(number)

    threads = [threading.Thread(target=send, args=(upload,)) for upload in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(numbers) == len(uploads), "an upload was refused"
    settle(stack)
    assert [stack.state(number) for number in numbers] == ["done"] * len(uploads)


def commit_without_bell(stack: FaultStack, number: str) -> str:
    """Queue the writing of an import for whoever takes it, without calling a worker; return the job."""
    with stack.app.app_context(), transaction() as session:
        run = session.scalars(select(ImportRun).where(ImportRun.public_id == number)).one()
        run.state = ImportState.COMMITTING
        kind = JobKind.IMPORT_COMMIT
        job = add_job(session, kind, team_id=run.team_id, import_id=run.id, rings=False)
        job.rung_at += 60  # so that the reconciler takes the bell for heard
        return job.id


def settle(stack: FaultStack) -> None:
    until(lambda: oracle.active_jobs(stack.engine) == 0)
    assert [*oracle.check_rest(stack.engine), *oracle.check_sums(stack.engine)] == []


def assert_as_golden(stack: FaultStack, handle: str) -> None:
    wanted, found = (oracle.seen_rows(stack.engine, name) for name in ("golden", handle))
    assert oracle.first_difference(wanted, found) == []


@pytest.mark.parametrize("order", [long((0, 1)), (1, 0), (0, 1, 0, 1), long((1, 1, 0, 0))])
def test_imports_of_one_account_at_once_end_as_those_one_after_the_other(
    crowd: FaultStack, order: tuple[int, ...]
) -> None:
    handle = "side." + "".join(map(str, order))
    pair = make_pair(SEED, handle, SMALL)
    finish(crowd, [pair[number] for number in order])
    assert_as_golden(crowd, handle)


def test_a_job_that_is_rung_for_five_times_is_done_once(crowd: FaultStack) -> None:
    is_over = threading.Event()
    rung: set[str] = set()

    def ring_again() -> None:
        while not is_over.wait(0.005):
            with crowd.engine.connect() as connection:
                jobs = connection.execute(select(Job.id, Job.queue).where(Job.state.in_(STATES_OF_WORK))).all()
            for job in jobs:
                if job.id not in rung:
                    rung.add(job.id)
                    for _ in range(BELLS):
                        ring(crowd.settings.queue_url, job.queue, job.id)

    bells = threading.Thread(target=ring_again)
    bells.start()
    try:
        for upload in make_pair(SEED, "rung.for", SMALL):
            finish(crowd, [upload])
    finally:
        is_over.set()
        bells.join()
    until(lambda: not any(crowd.queue.llen(f"rq:queue:{name}") for name in ("imports", "general")))
    assert len(rung) >= 4
    with crowd.engine.connect() as connection:
        tries = connection.execute(select(Job.attempts, Job.fence).where(Job.id.in_(rung))).all()
    assert set(tries) == {(1, 1)}
    golden, found = (oracle.account_rows(crowd.engine, name) for name in ("golden", "rung.for"))
    assert {name: golden[name] for name in ("follower", "following", "post", "job", "audit_event")} == {
        name: found[name] for name in ("follower", "following", "post", "job", "audit_event")
    }


@pytest.mark.parametrize(
    "point",
    [
        long(Failpoint.CLAIM_AFTER),
        long(Failpoint.TURN_AFTER_COMMIT),
        Failpoint.BATCH_AFTER_COMMIT,
        long(Failpoint.POSTS_AFTER_COMMIT),
        long(Failpoint.SWITCH_BEFORE),
    ],
)
def test_a_process_that_wakes_up_after_another_took_its_job_writes_nothing(crowd: FaultStack, point: Failpoint) -> None:
    handle = f"late.{point.value.replace('.', '_')}"
    first, second = make_pair(SEED, handle, SMALL)
    number = crowd.upload(first.content, first.name)
    until(lambda: crowd.state(number) == "ready")
    job_id = commit_without_bell(crowd, number)
    script = f"from jobs.runner import run_job; run_job({job_id!r})"
    note = crowd.instance / "failpoints" / f"{point}.1"
    note.unlink(missing_ok=True)
    with crowd.beside("-c", script, FAILPOINT=f"{point}:1=sleep") as late:
        until(note.exists)
        late.send_signal(signal.SIGSTOP)
        until(lambda: crowd.state(number) == "done")
        late.send_signal(signal.SIGCONT)
        assert late.wait(30) == 0
    with crowd.engine.connect() as connection:
        assert connection.scalars(select(Job.fence).where(Job.id == job_id)).one() >= 3
    finish(crowd, [second])
    assert_as_golden(crowd, handle)
