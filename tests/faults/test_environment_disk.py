"""The disk is full, or somebody else holds the database: told in a sentence, waited for, nothing lost."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import export_json, many
from tests.faults.stack import Database, FaultStack, fault_stack
from tests.faults.storms import Visitor, fill_disk, grow_disk, import_states, small_disk, unended_jobs
from tests.processes import until
from webapp.domain.errors import ErrorCode
from webapp.models import Account, ImportState, Job, JobState

pytestmark = pytest.mark.faults

PEOPLE = 3_000
# Uploads stop below this; the reserve has an eighth of it, and work that writes pauses below as much: 4 MiB.
SETTINGS = {"DISK_RESERVE_MB": "32"}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[FaultStack]:
    with small_disk(tmp_path / "small", 64) as folder, fault_stack(folder, Database.SQLITE, **SETTINGS) as running:
        until(lambda: (running.instance / "disk_reserve").exists())
        yield running


def integrity(stack: FaultStack) -> str:
    with contextlib.closing(sqlite3.connect(stack.instance / "app.sqlite3")) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def uploads(stack: FaultStack) -> list[Path]:
    return list((stack.instance / "uploads").iterdir())


def paused_jobs(stack: FaultStack) -> list[tuple[str | None, int]]:
    with stack.engine.connect() as connection:
        query = select(Job.error_code, Job.attempts).where(Job.state == JobState.QUEUED)
        return [(row.error_code, row.attempts) for row in connection.execute(query)]


def test_a_full_disk_refuses_files_pauses_work_and_lets_people_in_to_delete(stack: FaultStack) -> None:
    folder = stack.instance.parent
    visitor = Visitor(stack.port)
    visitor.sign_in()
    done = stack.upload(export_json(many(PEOPLE), owner="first.maker"))
    until(lambda: stack.state(done) == "ready")
    stack.commit(done)
    until(lambda: stack.state(done) == "done")
    waiting = stack.upload(export_json(many(PEOPLE, prefix="q"), owner="second.maker"))
    until(lambda: stack.state(waiting) == "ready")
    kept = len(uploads(stack))

    ballast = fill_disk(folder, leave=2_500_000)
    refused = visitor.upload(export_json(many(PEOPLE), owner="third.maker"))
    assert refused.status == 507
    assert "nearly full" in refused.text
    assert len(uploads(stack)) == kept, "what came of a refused file is gone"

    stack.commit(waiting)
    until(lambda: (ErrorCode.WAITS_FOR_SPACE, 0) in paused_jobs(stack))
    assert "Waiting for disk space" in visitor.get(f"/imports/{waiting}").text
    assert "Waiting for disk space" in visitor.get("/admin/jobs").text

    ballast.unlink()
    fill_disk(folder)
    assert Visitor(stack.port).sign_in().status == 200
    assert not (stack.instance / "disk_reserve").exists(), "given up for what must be possible"
    with stack.engine.connect() as connection:
        public_id = connection.scalar(select(Account.public_id).where(Account.handle == "first.maker"))
    page = f"/accounts/{public_id}"
    assert visitor.post(f"{page}/delete", page, typed_name="first.maker").status == 200
    until(lambda: not account_left(stack, "first.maker"))

    grow_disk(folder, 128)
    until(lambda: stack.state(waiting) == "done")
    until(lambda: unended_jobs(stack) == 0)
    until(lambda: (stack.instance / "disk_reserve").exists())
    assert integrity(stack) == "ok"


def account_left(stack: FaultStack, handle: str) -> bool:
    with stack.engine.connect() as connection:
        return connection.scalar(select(Account.id).where(Account.handle == handle)) is not None


@contextlib.contextmanager
def locked(stack: FaultStack, seconds: float) -> Iterator[None]:
    """Have a stranger hold the database for a while."""
    held = threading.Event()

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(stack.instance / "app.sqlite3", isolation_level=None)) as stranger:
            stranger.execute("PRAGMA busy_timeout = 20000")
            stranger.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(seconds)
            stranger.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    yield
    thread.join()


@pytest.mark.faults_long
def test_a_stranger_who_holds_the_database_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    with fault_stack(tmp_path, Database.SQLITE) as running:
        visitor = Visitor(running.port)
        visitor.sign_in()
        with locked(running, 5):
            numbers = [running.upload(export_json(many(50), owner=f"maker{number}")) for number in range(3)]
            assert visitor.get("/imports").status == 200
            assert Visitor(running.port).sign_in().status == 200
        until(lambda: unended_jobs(running) == 0)
        assert import_states(running) == dict.fromkeys(numbers, ImportState.READY)


@pytest.mark.faults_long
def test_a_stranger_who_stays_is_a_sentence_and_costs_nothing(tmp_path: Path) -> None:
    """Half a minute: longer than any page waits. The work that meets it goes on by itself afterwards."""
    with fault_stack(tmp_path, Database.SQLITE, FAILPOINT="batch.after_commit:1=sleep") as running:
        visitor = Visitor(running.port)
        visitor.sign_in()
        number = running.upload(export_json(many(12_000)))
        until(lambda: running.state(number) == "ready")
        running.commit(number)
        until(lambda: (running.instance / "failpoints" / "batch.after_commit.1").exists())
        with locked(running, 30):
            refused = visitor.upload(export_json(many(10), owner="late.maker"))
            assert refused.status == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert "busy with other work" in refused.text
            assert visitor.get("/imports").status == 200, "reading goes on"
        until(lambda: running.state(number) == "done")
        with running.engine.connect() as connection:
            tries = set(connection.scalars(select(Job.attempts).where(Job.state == JobState.DONE)))
        assert tries == {1}, "what met the lock was put back with its try"
        assert running.api.call("/api/followers/?page_size=1")["count"] == 12_000


@pytest.mark.faults_long
def test_sixteen_writers_with_many_short_changes_see_no_lock(tmp_path: Path) -> None:
    with fault_stack(tmp_path, Database.SQLITE) as running:
        statuses: list[int] = []

        def write() -> None:
            visitor = Visitor(running.port)
            visitor.sign_in()
            for number in range(60):
                theme = ("dark", "light")[number % 2]
                statuses.append(visitor.post("/settings/appearance", "/imports", theme=theme, next="/about").status)

        threads = [threading.Thread(target=write) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {200}
        assert len(statuses) == 16 * 60
