"""Who dies with whom, and what becomes of a file whose reading kills its reader every time."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import export_json, many
from tests.faults import leftovers, oracle
from tests.faults.stack import Database, FaultStack, Part, fault_stack
from tests.processes import alive, until
from webapp.domain.errors import ErrorCode
from webapp.models import ImportRun, ImportState, Job

pytestmark = pytest.mark.faults

OTHERS = 6


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStack]:
    folder: Path = tmp_path_factory.mktemp("deaths")
    with fault_stack(folder, Database.SQLITE) as running:
        yield running


def children(pid: int) -> list[int]:
    """The processes that a process with one thread has started; quicker than looking at all there are."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.mark.parametrize(
    "part", [Part.WORKER_PARENT, Part.PARSER, pytest.param(Part.HORSE, marks=pytest.mark.faults_long)]
)
def test_no_process_of_a_job_outlives_the_death_of_another_and_the_job_is_done(stack: FaultStack, part: Part) -> None:
    number = stack.upload(export_json(many(60_000), [], owner=f"killed.{part.replace(' ', '.')}"))
    until(lambda: bool(stack.pids(Part.PARSER)))
    involved = [*stack.pids(Part.HORSE), *stack.pids(Part.PARSER)]
    assert stack.kill(part)
    died = involved if part is not Part.PARSER else [pid for pid in involved if pid not in stack.pids(Part.HORSE)]
    until(lambda: not any(alive(pid) for pid in died))
    until(lambda: stack.state(number) == "ready")
    with stack.engine.connect() as connection:
        run = select(ImportRun.id).where(ImportRun.public_id == number).scalar_subquery()
        assert connection.scalars(select(Job.attempts).where(Job.import_id == run)).all() == [2]
    assert leftovers.check_processes(stack) == []


def test_a_file_that_kills_its_reader_is_given_up_after_three_tries_while_others_are_read(stack: FaultStack) -> None:
    stack.kill(Part.WORKER_PARENT)  # so that nothing is read before the poison is ready
    victim = stack.upload(export_json(many(60_000), [], owner="poison"))
    until(lambda: bool(stack.pids(Part.WORKER_PARENT)))
    is_over = threading.Event()
    killed: set[int] = set()
    workers = stack.pids(Part.WORKER_PARENT)

    def poison() -> None:
        while not is_over.wait(0.001):
            for worker in workers:
                for pid in [parser for horse in children(worker) for parser in children(horse)]:
                    with contextlib.suppress(OSError):
                        if pid not in killed and victim in Path(f"/proc/{pid}/cmdline").read_text():
                            os.kill(pid, signal.SIGSEGV)
                            killed.add(pid)

    reader = threading.Thread(target=poison)
    reader.start()
    try:
        others = [stack.upload(export_json(many(5), [], owner=f"other.{number}")) for number in range(OTHERS)]
        until(lambda: all(stack.state(number) == "ready" for number in others))
        assert stack.state(victim) == "received", "the others waited for it"
        until(lambda: stack.state(victim) == "failed")
    finally:
        is_over.set()
        reader.join()
    assert len(killed) == 3
    with stack.engine.connect() as connection:
        run = connection.execute(select(ImportRun).where(ImportRun.public_id == victim)).one()
        assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.PARSER_DIED)
        assert connection.scalars(select(Job.attempts).where(Job.import_id == run.id)).all() == [3]
    assert oracle.active_jobs(stack.engine) == 0
