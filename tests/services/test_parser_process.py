"""The parser's process: what it says is relayed, and a file that kills it kills nothing else."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import export_json, many
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.services import parser_process
from webapp.services.parser_process import extract_in_child

pytestmark = pytest.mark.parametrize("database_url", ["sqlite:///:memory:"])


@pytest.fixture
def quick_reader() -> None:
    """Start the process as the services really do."""


def run(app: Flask, tmp_path: Path, content: bytes, name: str = "user_data_tiktok.json") -> list[tuple[int, int]]:
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    progress: list[tuple[int, int]] = []
    with app.app_context():
        extract_in_child(upload, name, tmp_path / "out", lambda done, total: progress.append((done, total)))
    return progress


def pretend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let another program stand where the parser stands."""
    package = tmp_path / "root" / "webapp" / "importers"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "child.py").write_text(textwrap.dedent(script))
    monkeypatch.setattr(parser_process, "ROOT", tmp_path / "root")


def refusal(app: Flask, tmp_path: Path, content: bytes = b"{}", name: str = "x.json") -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        run(app, tmp_path, content, name)
    return refused.value


def test_an_export_becomes_rows_and_a_summary_and_progress_reaches_its_end(app: Flask, tmp_path: Path) -> None:
    content = export_json(many(20))
    progress = run(app, tmp_path, content)
    assert progress[-1] == (len(content), len(content))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["sections"]["followers"]["kept"] == 20
    assert (tmp_path / "out" / "rows").exists()


def test_a_refusal_carries_its_code_and_parameters(app: Flask, tmp_path: Path) -> None:
    error = refusal(app, tmp_path, b'{"Profile": ')
    assert error.code is ErrorCode.JSON_BROKEN
    assert error.params
    assert not (tmp_path / "out" / "rows").exists()


def test_the_child_knows_nothing_of_ours(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@host/db")
    script = """
        import json, os, pathlib, sys
        pathlib.Path(sys.argv[3], "seen").write_text(json.dumps(dict(os.environ)))
    """
    pretend(monkeypatch, tmp_path, script)
    run(app, tmp_path, b"{}")
    seen = json.loads((tmp_path / "out" / "seen").read_text())
    assert set(seen) <= {"LANG", "PYTHONHASHSEED", "PATH", "OPENBLAS_NUM_THREADS", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("death", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", ErrorCode.PARSER_DIED),
        ("os.kill(os.getpid(), signal.SIGKILL)", ErrorCode.PARSER_DIED),
        ("os.kill(os.getpid(), signal.SIGXCPU)", ErrorCode.PARSER_TIMEOUT),
        ("sys.exit(9)", ErrorCode.PARSER_DIED),
    ],
)
def test_a_child_that_dies_without_a_word_is_a_sentence_for_the_person(
    death: str, code: ErrorCode, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, tmp_path, f"import os, signal, sys\n{death}\n")
    assert refusal(app, tmp_path).code is code


def test_a_file_that_wants_too_much_memory_is_refused_and_this_process_lives(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        import json, resource, sys
        limit = json.loads(sys.argv[4])["max_memory"]
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        hoard = [bytearray(64 * 1024 * 1024) for _ in range(1000)]
    """
    pretend(monkeypatch, tmp_path, script)
    assert refusal(app, tmp_path).code is ErrorCode.PARSER_DIED


def test_whoever_waits_is_called_every_second_and_can_stop_the_child(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        import os, pathlib, sys, time
        pathlib.Path(sys.argv[3], "pid").write_text(str(os.getpid()))
        print('{"done": 1, "total": 9}', flush=True)
        time.sleep(60)
    """
    pretend(monkeypatch, tmp_path, script)
    monkeypatch.setattr(parser_process, "_WAIT_SECONDS", 0.05)
    heard: list[tuple[int, int]] = []

    def stop_at_third(done: int, total: int) -> None:
        heard.append((done, total))
        if len(heard) >= 3 and heard[-1] == (1, 9):
            raise KeyError("stop")

    upload = tmp_path / "upload"
    upload.touch()
    began = time.monotonic()
    with app.app_context(), pytest.raises(KeyError, match="stop"):
        extract_in_child(upload, "x.json", tmp_path / "out", stop_at_third)
    assert time.monotonic() - began < 20
    pid = int((tmp_path / "out" / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


def test_lines_that_arrive_in_pieces_are_put_together(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
        import sys, time
        for piece in ('{"done": 1,', ' "total": 2}\\n{"done": 2, "to', 'tal": 2}\\n\\n'):
            sys.stdout.write(piece)
            sys.stdout.flush()
            time.sleep(0.05)
    """
    pretend(monkeypatch, tmp_path, script)
    assert run(app, tmp_path, b"{}") == [(1, 2), (2, 2)]


def test_a_name_that_looks_like_an_option_is_a_name(app: Flask, tmp_path: Path) -> None:
    assert run(app, tmp_path, export_json(many(1)), "--help; rm -rf $(HOME)\n.json")
    assert sys.executable
