"""The queue server dies, hangs, is emptied: nothing is lost, nobody waits, and the page says so."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import fresh_postgres
from tests.factories import export_json, many
from tests.faults.stack import Database, FaultStack, Pace, Part, fault_stack
from tests.faults.storms import OwnRedis, SlowProxy, Visitor, import_states, mortal_redis, unended_jobs
from tests.processes import alive, until
from webapp.models import ImportState, Job

pytestmark = pytest.mark.faults

AWAY = "The queue is away at the moment"
RECEIVED = "Received; the queue is away at the moment"


def export(number: int) -> bytes:
    return export_json(many(20, prefix=f"p{number}."), owner=f"maker{number}")


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    with mortal_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, own_redis: OwnRedis) -> Iterator[FaultStack]:
    """The app on SQLite with limits on, and a Redis that these tests own."""
    folder = tmp_path_factory.mktemp("away")
    with fault_stack(folder, Database.SQLITE, REDIS_URL=own_redis.url, RATE_LIMITS="on") as running:
        yield running


@pytest.fixture
def person(stack: FaultStack) -> Visitor:
    visitor = Visitor(stack.port)
    visitor.sign_in()
    return visitor


def states_since(stack: FaultStack, before: set[str]) -> list[ImportState]:
    return [state for number, state in import_states(stack).items() if number not in before]


def tries_until_refused(stack: FaultStack, email: str, most: int) -> int:
    """Sign in with a wrong password until the limit answers; return how many tries were judged."""
    stranger = Visitor(stack.port)
    for number in range(most):
        if stranger.sign_in(email, f"wrong {number}").status == 429:
            return number
    return most


def test_files_are_taken_while_the_queue_is_away_and_the_page_says_so(
    stack: FaultStack, own_redis: OwnRedis, person: Visitor
) -> None:
    assert AWAY not in person.get("/imports").text
    before = set(import_states(stack))
    workers = stack.pids(Part.WORKER_PARENT) + stack.pids(Part.GENERAL_WORKER)
    own_redis.kill()
    until(lambda: AWAY in person.get("/imports").text, 10)
    shown = [person.upload(export(number)) for number in range(3)]
    assert [page.status for page in shown] == [200] * 3
    assert all(RECEIVED in page.text for page in shown)
    assert states_since(stack, before) == [ImportState.RECEIVED] * 3
    own_redis.start()
    until(lambda: states_since(stack, before) == [ImportState.READY] * 3)
    until(lambda: AWAY not in person.get("/imports").text, 10)
    assert all(alive(pid) for pid in workers)


def test_a_queue_that_is_emptied_while_work_waits_loses_nothing(stack: FaultStack, own_redis: OwnRedis) -> None:
    before = set(import_states(stack))
    for number in range(10, 16):
        stack.upload(export(number))
        own_redis.client.flushall()
    until(lambda: unended_jobs(stack) == 0)
    assert states_since(stack, before) == [ImportState.READY] * 6


@pytest.mark.faults_long
def test_a_queue_that_hangs_or_is_slow_makes_no_page_wait(own_redis: OwnRedis, tmp_path: Path) -> None:
    """Two ways to be of no use: taking connections without a word, and answering after two seconds."""
    proxy = SlowProxy(own_redis.port, 2.0)
    address = f"redis://127.0.0.1:{proxy.port}/0"
    try:
        with fault_stack(tmp_path, Database.SQLITE, REDIS_URL=address, RATE_LIMITS="on") as slow:
            visitor = Visitor(slow.port)
            visitor.sign_in()
            until(lambda: AWAY in visitor.get("/imports").text, 10)
            assert visitor.upload(export(30)).status == 200
            own_redis.hang()
            pages = [visitor.get(path) for path in ("/imports", "/", "/audience/followers", "/imports")]
            assert [page.status for page in pages] == [200] * 4
            assert max(page.seconds for page in pages) < 2
            assert AWAY in pages[-1].text
    finally:
        own_redis.go_on()
        proxy.close()


def test_sign_in_stays_limited_while_the_queue_is_away_and_after_it_was_emptied(
    stack: FaultStack, own_redis: OwnRedis
) -> None:
    assert tries_until_refused(stack, "first@example.org", 12) == 10
    own_redis.client.flushall()
    # Counted anew, and counted.
    assert tries_until_refused(stack, "first@example.org", 12) == 10
    own_redis.client.flushall()
    own_redis.kill()
    assert tries_until_refused(stack, "second@example.org", 12) == 10
    own_redis.start()


@pytest.mark.faults_long
def test_the_embedded_queue_may_die_under_load(tmp_path: Path) -> None:
    with fault_stack(tmp_path, Database.SQLITE) as running:
        supervisor = running.pid
        running.upload(export(40))
        killed = running.kill(Part.QUEUE)
        assert killed
        running.upload(export(50))
        until(lambda: running.pids(Part.QUEUE) not in ([], killed))
        until(lambda: unended_jobs(running) == 0)
        assert set(import_states(running).values()) == {ImportState.READY}
        assert running.pid == supervisor


def test_a_stopped_worker_gives_its_job_back_at_once(tmp_path: Path) -> None:
    """With production settings the lease would keep it for 30 seconds; the failpoint holds the work for two."""
    settings = {"LEASE_SECONDS": "3600", "FAILPOINT": "batch.after_commit:1=sleep"}
    with fault_stack(tmp_path, Database.SQLITE, **settings) as running:
        number = running.upload(export_json(many(12_000)))
        until(lambda: running.state(number) == "ready")
        running.commit(number)
        until(lambda: (running.instance / "failpoints" / "batch.after_commit.1").exists())
        for pid in running.pids(Part.WORKER_PARENT):
            os.kill(pid, signal.SIGTERM)
        until(lambda: running.state(number) == "done", 30)
        assert running.api.call("/api/followers/?page_size=1")["count"] == 12_000


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]


def read_for_a_while(stack: FaultStack, times: int) -> float:
    """Return the 95th percentile of the seconds that reading pages takes."""
    visitor = Visitor(stack.port)
    visitor.sign_in()
    return percentile([visitor.get(path).seconds for _ in range(times) for path in ("/", "/imports")], 0.95)


@pytest.mark.faults_long
@pytest.mark.parametrize("database", [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def test_a_queue_emptied_thirty_times_under_load(database: Database, tmp_path: Path, seed: int) -> None:
    """With production settings: every file that was taken is read, at most a minute after the queue is back."""
    chance = random.Random(seed)
    with contextlib.ExitStack() as servers:
        bell = servers.enter_context(mortal_redis(tmp_path))
        settings = {"REDIS_URL": bell.url}
        if database is Database.POSTGRESQL:
            settings["DATABASE_URL"] = servers.enter_context(fresh_postgres())
        running = servers.enter_context(fault_stack(tmp_path, database, Pace.PRODUCTION, **settings))
        normal = read_for_a_while(running, 50)
        accepted, refused, over = [], [], threading.Event()

        def send(lane: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                try:
                    accepted.append(running.upload(export_json(many(20), owner=f"lane{lane}.{number}")))
                except urllib.error.HTTPError as error:
                    refused.append(error.code)
                    error.close()
                over.wait(4.0)

        lanes = [threading.Thread(target=send, args=(lane,)) for lane in range(3)]
        for lane in lanes:
            lane.start()
        for number in range(30):
            time.sleep(chance.uniform(2, 6))
            if number % 2:
                bell.client.flushall()
            else:
                bell.kill()
                time.sleep(chance.uniform(0, 3))
                bell.start()
        bell.kill()
        away = read_for_a_while(running, 50)
        time.sleep(50)
        over.set()
        for lane in lanes:
            lane.join()
        bell.start()
        began = time.monotonic()
        while (left := unended_jobs(running)) and time.monotonic() - began < 60:
            time.sleep(0.2)
        assert not left, f"{left} jobs of {len(accepted)} files have not ended a minute after the queue was back"
        after = time.monotonic() - began
        with running.engine.connect() as connection:
            waits = [
                (job.ended_at - job.created_at).total_seconds()
                for job in connection.execute(select(Job.created_at, Job.ended_at).where(Job.import_id.is_not(None)))
            ]
        print(
            f"{database}: emptied 30 times and away for a minute, {len(accepted)} accepted, {len(refused)} refused,"
            f" all ended {after:.1f} s after it was back, median wait {percentile(waits, 0.5):.1f} s,"
            f" longest {max(waits):.1f} s; pages p95 {normal * 1000:.0f} ms, while away {away * 1000:.0f} ms"
        )
        assert import_states(running) == dict.fromkeys(accepted, ImportState.READY)
        assert refused == []
