"""Uploads that are cut off, a web server that is killed or restarted, PostgreSQL that comes and goes."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text, update

from tests.conftest import REQUIRE_ALL
from tests.factories import export_json, many
from tests.faults.stack import Database, FaultStack, Part, fault_stack
from tests.faults.storms import OwnRedis, Visitor, cut_upload, form_body, import_states, mortal_redis, unended_jobs
from tests.processes import alive, descendants, free_port, until
from webapp.models import ImportState, Job, JobState
from webapp.queue import JobKind

pytestmark = pytest.mark.faults


# The supervisor gives up at the fifth death of a part within a minute.
_KILL_EVERY = 30


def uploads(stack: FaultStack) -> list[Path]:
    folder = stack.instance / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


def sweep(stack: FaultStack) -> None:
    """Let an hour pass for every file, and the hourly job come round."""
    for path in uploads(stack):
        os.utime(path, (1, 1))
    with stack.engine.begin() as connection:
        again = {"state": JobState.QUEUED, "run_at": 1, "rung_at": 0, "attempts": 0, "ended_at": None}
        connection.execute(update(Job).where(Job.kind == JobKind.UPLOADS_SWEEP).values(**again))
    until(lambda: unended_jobs(stack) == 0)


def cut_many(stack: FaultStack, count: int, content: bytes, chance: random.Random) -> None:
    """Hang up at random places of a file, and kill the web server in the middle of some."""
    for number in range(count):
        if number % _KILL_EVERY == 4:
            web = {pid for part in stack.pids(Part.WEB) for pid in (part, *descendants(part))}
            killer = threading.Timer(chance.uniform(0, 0.05), stack.kill, [Part.WEB])
            killer.start()
        cut_upload(stack, content, chance.randrange(len(content)))
        if number % _KILL_EVERY == 4:
            killer.join()
            # A child of the one that was killed may answer for a moment more.
            until(lambda left=web: not any(alive(pid) for pid in left))
            until(lambda: stack.healthy)


@pytest.mark.parametrize("count", [5, pytest.param(100, marks=pytest.mark.faults_long)])
def test_uploads_that_are_cut_off_leave_nothing(count: int, tmp_path: Path, seed: int) -> None:
    with fault_stack(tmp_path, Database.SQLITE) as running:
        content = export_json(many(10_000))
        cut_many(running, count, content, random.Random(seed))
        assert import_states(running) == {}
        number = running.upload(content)
        until(lambda: running.state(number) == "ready")
        until(lambda: any(job.kind == JobKind.UPLOADS_SWEEP for job in jobs(running)))
        sweep(running)
        assert [path.name for path in uploads(running)] == [number]
        running.commit(number)
        until(lambda: running.state(number) == "done")
        until(lambda: uploads(running) == [])
        again = running.upload(content)
        until(lambda: running.state(again) == "done")  # known content: nothing to do
        assert running.api.call("/api/followers/?page_size=1")["count"] == 10_000


def jobs(stack: FaultStack) -> list[Job]:
    with stack.engine.connect() as connection:
        return list(connection.execute(select(Job.kind, Job.state)).all())  # type: ignore[arg-type]


@pytest.mark.faults_long
def test_a_request_that_is_under_way_is_finished_when_the_app_stops(tmp_path: Path) -> None:
    with fault_stack(tmp_path, Database.SQLITE) as running:
        body = form_body(export_json(many(200)))
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        connection.putrequest("POST", "/api/imports/")
        for name, value in {
            **running.api.headers,
            "Content-Type": "multipart/form-data; boundary=a-line-that-is-in-no-export",
            "Content-Length": str(len(body)),
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[:1000])
        time.sleep(1)  # a thread of the web server has taken it, and waits for the rest
        os.kill(running.pid, signal.SIGTERM)
        until(lambda: refuses(running.port), 10)
        connection.send(body[1000:])
        assert connection.getresponse().status == 202
        connection.close()
        assert running.process is not None
        assert running.process.wait(30) == 0
        running.start()
        until(lambda: list(import_states(running).values()) == [ImportState.READY])


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def light_load(port: int, seconds: float, calls: Counter[str], meanwhile: Callable[[], None]) -> None:
    """Ask for a page over and over from four sides, one connection each time, and note how it went."""
    ends = time.monotonic() + seconds

    def ask() -> None:
        while time.monotonic() < ends:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("GET", "/login")
                calls[str(connection.getresponse().status)] += 1
            except ConnectionRefusedError:
                calls["refused"] += 1
                time.sleep(0.05)
            except OSError as error:
                calls[type(error).__name__] += 1
            except http.client.HTTPException as error:
                calls[type(error).__name__] += 1
            finally:
                connection.close()
            time.sleep(0.02)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()


@pytest.mark.faults_long
def test_restarts_under_light_load_fail_no_request(tmp_path: Path) -> None:
    """Whoever comes while nothing runs is refused; whoever was let in is answered."""
    with fault_stack(tmp_path, Database.SQLITE) as running:
        calls: Counter[str] = Counter()

        def restart_often() -> None:
            for _ in range(5):
                time.sleep(3)
                running.restart()

        light_load(running.port, 60, calls, restart_often)
        print(f"restarts under load: {dict(calls)}")
        assert set(calls) <= {"200", "refused"}
        assert calls["200"] > 100


class OwnPostgres:
    """A PostgreSQL of one's own that may be restarted at any moment."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not found:
            if REQUIRE_ALL:
                pytest.fail("PostgreSQL's own programs are not there")
            pytest.skip("PostgreSQL's own programs are not there")
        self.binaries, self.folder, self.port = found[-1], folder, free_port()
        self.url = f"postgresql://test@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*as_owner, str(self.binaries / program), "--pgdata", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=120)

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c max_connections=60"
        )
        self.run("pg_ctl", "--log", str(self.folder / "log"), "--wait", "--silent", "start", "--options", options)

    def stop(self) -> None:
        self.run("pg_ctl", "--mode", "immediate", "--silent", "--wait", "stop")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    # The server's user must be able to walk here.
    folder = Path("/tmp") / f"tta-faults-{os.getpid()}"
    folder.mkdir(mode=0o755)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    server = OwnPostgres(folder)
    server.run(
        "initdb", "--username", "test", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"
    )
    server.start()
    yield server
    with contextlib.suppress(subprocess.CalledProcessError):  # a test that failed may have left it stopped
        server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def bell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    with mortal_redis(tmp_path_factory.mktemp("bell")) as server:
        yield server


@contextlib.contextmanager
def on_postgres(folder: Path, postgres: OwnPostgres, bell: OwnRedis, **settings: str) -> Iterator[FaultStack]:
    """Run the app on an empty database of the server."""
    name = f"app_{time.time_ns()}"
    admin = create_engine(make_url(postgres.url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = f"postgresql://test@127.0.0.1:{postgres.port}/{name}"
    with fault_stack(folder, Database.POSTGRESQL, DATABASE_URL=url, REDIS_URL=bell.url, **settings) as running:
        yield running


@pytest.mark.postgres
def test_postgresql_may_be_restarted_in_the_middle_of_an_import(
    tmp_path: Path, postgres: OwnPostgres, bell: OwnRedis
) -> None:
    with on_postgres(tmp_path, postgres, bell, FAILPOINT="batch.after_commit:1=sleep") as running:
        visitor = Visitor(running.port)
        visitor.sign_in()
        number = running.upload(export_json(many(15_000)))
        until(lambda: running.state(number) == "ready")
        running.commit(number)
        until(lambda: (running.instance / "failpoints" / "batch.after_commit.1").exists())
        postgres.stop()
        away = visitor.get("/imports")
        assert away.status == 503
        assert "does not answer at the moment" in away.text
        assert int(away.headers["Retry-After"]) > 0
        postgres.start()
        until(lambda: visitor.get("/imports").status == 200, 10)
        running.engine.dispose()
        until(lambda: running.state(number) == "done")
        assert running.api.call("/api/followers/?page_size=1")["count"] == 15_000
        until(lambda: unended_jobs(running) == 0)


@pytest.mark.faults_long
@pytest.mark.postgres
def test_killed_connections_and_a_server_without_free_ones_are_503_and_pass(
    tmp_path: Path, postgres: OwnPostgres, bell: OwnRedis
) -> None:
    with on_postgres(tmp_path, postgres, bell) as running:
        visitor = Visitor(running.port)
        visitor.sign_in()
        numbers = [running.upload(export_json(many(2_000), owner=f"maker{number}")) for number in range(4)]
        admin = create_engine(make_url(postgres.url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        seen: Counter[int] = Counter()
        with admin.connect() as connection:
            for _ in range(20):
                kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'app_%'"
                connection.execute(text(kill))
                seen[visitor.get("/imports").status] += 1
        assert set(seen) <= {200, 503}
        assert seen[200]
        with contextlib.ExitStack() as hogs, contextlib.suppress(Exception):
            for _ in range(60):
                hogs.enter_context(admin.connect())
        admin.dispose()
        running.engine.dispose()
        until(lambda: unended_jobs(running) == 0)
        assert import_states(running) == dict.fromkeys(numbers, ImportState.READY)


@pytest.mark.faults_long
@pytest.mark.postgres
def test_postgresql_restarted_again_and_again(tmp_path: Path, postgres: OwnPostgres, bell: OwnRedis, seed: int) -> None:
    chance = random.Random(seed)
    with on_postgres(tmp_path, postgres, bell, LEASE_SECONDS="30", RECONCILE_SECONDS="10") as running:
        visitor = Visitor(running.port)
        visitor.sign_in()
        accepted: list[str] = []
        slowest = 0.0
        for number in range(30):
            with contextlib.suppress(urllib.error.URLError):
                accepted.append(running.upload(export_json(many(3_000), owner=f"maker{number}")))
            time.sleep(chance.uniform(0, 1.5))
            postgres.stop()
            assert visitor.get("/imports").status == 503
            postgres.start()
            began = time.monotonic()
            until(lambda: visitor.get("/imports").status == 200, 10)
            slowest = max(slowest, time.monotonic() - began)
        running.engine.dispose()
        began = time.monotonic()
        until(lambda: unended_jobs(running) == 0, 120)
        print(
            f"PostgreSQL restarted 30 times: {len(accepted)} accepted, pages back within {slowest:.1f} s,"
            f" all ended {time.monotonic() - began:.1f} s after the last"
        )
        states = import_states(running)
        assert {states[number] for number in accepted} == {ImportState.READY}
