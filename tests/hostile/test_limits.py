"""The limits of the parser's process, each reached on purpose: the process ends, and whoever waits for it lives."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from config import ROOT
from tests.conftest import make_settings
from tests.factories import export_json, import_file, many, receive
from tests.hostile.children import Children
from tests.hostile.conftest import Desk
from tests.hostile.json_files import beside
from tests.processes import descendants, until
from tests.test_supervisor import linux_only
from webapp import create_app
from webapp.domain.errors import AppError, ErrorCode
from webapp.extensions import db
from webapp.importers.child import EXIT_DIED
from webapp.importers.limits import MIB, Limits
from webapp.models import ImportOrigin, ImportRun, ImportState, Job, JobState
from webapp.services import parser_process
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, create_import
from webapp.services.jobs import run_job
from webapp.services.lease import Lease
from webapp.services.parser_process import extract_in_child

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite:///:memory:"])
_SLOW_LISTS = b"[" + b"[1]," * 3_000_000 + b"[]]"


def test_a_file_that_needs_more_memory_than_allowed_ends_with_a_word(children: Children, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(beside(b"{" + b",".join(b'"caption %0990d":1' % n for n in range(90_000)) + b"}"))
    free = children.read(upload, "x.json")
    assert free.code == 0, free.errors
    tight = children.read(upload, "x.json", Limits(max_memory=96 * MIB))
    assert tight.code == EXIT_DIED
    assert tight.error["code"] == ErrorCode.PARSER_DIED
    assert tight.peak_kib < free.peak_kib
    assert "caption" not in tight.output + tight.errors
    assert tight.written == 0


def test_an_output_without_end_stops_at_its_limit(children: Children, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(export_json(many(60_000)))
    free = children.read(upload, "x.json")
    assert (free.code, free.written > MIB // 2) == (0, True)
    ended = children.read(upload, "x.json", Limits(max_output=MIB // 4))
    assert ended.code in (EXIT_DIED, -signal.SIGXFSZ)
    assert ended.written <= MIB // 4


@linux_only
def test_a_file_that_needs_more_time_than_allowed_is_stopped_by_the_kernel(children: Children, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(beside(_SLOW_LISTS))
    ended = children.read(upload, "x.json", Limits(max_cpu_seconds=1))
    assert ended.code == -signal.SIGXCPU
    assert '"done"' in ended.output, "nobody was told of progress meanwhile"


def test_who_waits_for_a_slow_file_hears_that_it_took_too_long(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "instance", "sqlite:///:memory:", PARSER_CPU_SECONDS="1")
    app = create_app(settings)
    upload = tmp_path / "upload"
    upload.write_bytes(beside(_SLOW_LISTS))
    heard: list[tuple[int, int]] = []
    with app.app_context(), pytest.raises(AppError) as refusal:
        extract_in_child(upload, "x.json", tmp_path / "out", lambda done, total: heard.append((done, total)))
    assert (refusal.value.code, refusal.value.params["seconds"]) == (ErrorCode.PARSER_TIMEOUT, 1)
    assert heard[-1][0] > 0, "nobody was told of progress meanwhile"


@on_sqlite
@linux_only
def test_the_process_has_no_secret_and_no_network(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_PASSWORD"):
        monkeypatch.setenv(name, "do not tell")
    upload = tmp_path / "upload"
    os.mkfifo(upload)
    ended: list[ErrorCode] = []

    def wait_for_it() -> None:
        with app.app_context():
            try:
                extract_in_child(upload, "x.json", tmp_path / "out", lambda _done, _total: None)
            except AppError as error:
                ended.append(error.code)

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    until(lambda: bool(_parsers()))
    pid = _parsers()[0]
    # From then on it stands still at opening the upload.
    until(lambda: _is_bound(pid))
    if _may_leave_network():
        until(lambda: Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink())
    environment = _read(pid, "environ").split("\0")
    descriptors = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    os.close(os.open(upload, os.O_WRONLY))
    waiting.join(timeout=30)
    names = {entry.partition("=")[0] for entry in environment if entry}
    assert names <= {"LANG", "PATH", "PYTHONHASHSEED", "OPENBLAS_NUM_THREADS"}
    assert not any("do not tell" in entry for entry in environment)
    assert not any(name.startswith("socket:") or "sqlite" in name for name in descriptors)
    assert ended == [ErrorCode.PARSER_DIED], "a pipe is no file that can be read twice"


@linux_only
def test_code_that_runs_in_the_process_reaches_nobody() -> None:
    if not _may_leave_network():
        pytest.skip("this kernel lets nobody leave the network")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = (
            "import socket; from webapp.importers.child import restrict; from webapp.importers.limits import Limits\n"
            f"socket.create_connection(('127.0.0.1', {port}), 5).close(); restrict(Limits())\n"
            f"socket.create_connection(('127.0.0.1', {port}), 5)"
        )
        ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "unreachable" in ended.stderr


@linux_only
def test_a_file_that_crashes_the_process_is_tried_three_times_and_hurts_nobody_else(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = tmp_path / "tries"
    crash_on(monkeypatch, tmp_path, b"crash", tries)
    with desk.app.app_context():
        wishes = ImportWishes(commits_itself=True)
        bad = create_import(desk.alice.actor, desk.alice.scope, receive(b"crash"), ImportOrigin.WEB, wishes)
        for number in range(3):
            good = receive(export_json(many(number + 1), owner=f"neighbour{number}"))
            create_import(desk.charlie.actor, desk.charlie.scope, good, ImportOrigin.WEB, wishes)
        for _ in range(20):
            for job_id in db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).all():
                run_job(job_id, HANDLERS)
            db.session.rollback()
            db.session.execute(update(Job).where(Job.state == JobState.QUEUED).values(run_at=1))
            db.session.commit()
        assert tries.read_text() == "xxx"
        runs = db.session.scalars(select(ImportRun).order_by(ImportRun.id)).all()
        states = {run.public_id: run.state for run in runs}
        assert states.pop(bad) is ImportState.FAILED
        assert list(states.values()) == [ImportState.DONE] * 3


@linux_only
def test_a_slow_file_keeps_its_lease(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_process, "_WAIT_SECONDS", 0.05)
    leases: list[int] = []
    script = 'import time\nprint(\'{"done": 1, "total": 9}\', flush=True)\ntime.sleep(2.5)\nraise SystemExit(9)'
    stand_in(monkeypatch, tmp_path, script)

    def look(self: Lease, done: int, total: int, *, tick: Callable[[Lease, int, int], None] = Lease.tick) -> None:
        tick(self, done, total)
        leases.append(db.session.scalars(select(Job.lease_until).where(Job.id == self.job_id)).one() or 0)

    monkeypatch.setattr(Lease, "tick", look)
    with desk.app.app_context():
        run = import_file(desk.alice, b"{}")
    assert run.error_code == ErrorCode.PARSER_DIED
    assert len(set(leases)) >= 2, "the lease was not renewed"
    assert leases == sorted(leases)


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let another program stand where the parser stands."""
    package = tmp_path / "root" / "webapp" / "importers"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "child.py").write_text(script)
    monkeypatch.setattr(parser_process, "ROOT", tmp_path / "root")


def crash_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, tries: Path) -> None:
    """Let the parser's process die of a wrong pointer when it meets this content."""
    script = f"""
import ctypes, os, sys
if open(sys.argv[1], "rb").read() == {content!r}:
    open({str(tries)!r}, "a").write("x")
    ctypes.string_at(0)
os.chdir({str(ROOT)!r})
os.execv(sys.executable, [sys.executable, "-m", "webapp.importers.child", *sys.argv[1:]])
"""
    stand_in(monkeypatch, tmp_path, script)


def _parsers() -> list[int]:
    return [pid for pid, command in descendants(os.getpid()).items() if "webapp.importers.child" in command]


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def _is_bound(pid: int) -> bool:
    return re.search(r"^Max address space +1073741824 ", _read(pid, "limits"), re.MULTILINE) is not None


def _may_leave_network() -> bool:
    code = "import ctypes; c = ctypes.CDLL(None); raise SystemExit(c.unshare(0x40000000) and c.unshare(0x50000000))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
