"""Log lines: one a thing, in one form, and never what a stranger or a secret put into it."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import ROOT
from jobs.web_server_log import WebServerLog
from tests.conftest import make_settings
from webapp import logs
from webapp.domain.errors import AppError, ErrorCode

SQLITE = "sqlite:////nowhere/at/all.sqlite3"
HOSTILE = "a\r\n2026-01-01T00:00:00.000Z error forged: b\x1b[2Jc\u202ed\u2028e\x85f\x00g\ud800"
UNWANTED = set("\r\x1b\u202e\u2028\x85\x00\ud800")


@pytest.fixture(autouse=True)
def no_context() -> None:
    """Forget the request of a test before, whose answer nobody closed."""
    logs.end()


@pytest.fixture(params=["json", "text"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def formatter(tmp_path: Path, form: str = "json", **changes: str) -> logging.Formatter:
    return logs.make_formatter(make_settings(tmp_path, SQLITE, LOG_FORMAT=form, **changes))


def record(message: object, *args: object, error: BaseException | None = None, **fields: object) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(str(fields.pop("logger", "webapp.test")), logging.WARNING, "", 0, message, args, info)
    made.__dict__.update(fields)
    return made


def line(tmp_path: Path, made: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(formatter(tmp_path).format(made))
    return found


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_a_line_is_one_object_with_its_time_in_utc(tmp_path: Path) -> None:
    made = record("%s of %d", "one", 2)
    made.created = 1_768_463_100.0625
    assert line(tmp_path, made) == {
        "time": "2026-01-15T07:45:00.062Z",
        "level": "warning",
        "logger": "webapp.test",
        "message": "one of 2",
    }


def test_a_line_says_what_it_belongs_to_and_nothing_beside_the_named_fields(tmp_path: Path) -> None:
    with logs.bound(request_id="abc", secret="hidden"), logs.bound(job_id="j"):
        logs.note(job_kind="import.commit", status=None)
        found = line(tmp_path, record("x", job_kind="own", password="hidden"))
    assert {name: found[name] for name in logs.FIELDS if name in found} == {
        "request_id": "abc",
        "job_id": "j",
        "job_kind": "own",
    }
    assert "hidden" not in json.dumps(found)
    assert "request_id" not in line(tmp_path, record("x"))


def test_what_is_noted_outside_of_a_context_is_forgotten() -> None:
    logs.note(user_id=7)
    assert logs.current() == {}


def test_a_line_cannot_be_forged(tmp_path: Path, form: str) -> None:
    error = raised(OSError(errno.EIO, HOSTILE))
    with logs.bound(request_id=HOSTILE):
        written = formatter(tmp_path, form).format(record("%s", HOSTILE, error=error))
    assert not UNWANTED & set(written)
    first, *rest = written.split("\n")
    assert "forged" in first
    assert all(part.startswith("  ") for part in rest)
    assert not rest or form == "text"


def test_an_exception_is_its_type_and_frames_without_its_values(tmp_path: Path, form: str) -> None:
    error = raised(ValueError("marked-secret"), cause=KeyError("marked-key"))
    written = formatter(tmp_path, form).format(record("failed", error=error))
    assert "marked" not in written
    assert "ValueError" in written
    assert "KeyError" in written
    assert "tests/test_logs.py" in written
    assert "raised" in written
    assert str(ROOT) not in written


def test_the_code_of_a_known_error_is_told(tmp_path: Path) -> None:
    known = raised(AppError(ErrorCode.BUSY, name="marked"))
    assert line(tmp_path, record("x", error=known))["exception"][0]["detail"] == "busy"
    assert line(tmp_path, record("x", error=raised(OSError(errno.ENOSPC, "No space"))))["exception"][0]["detail"] == (
        "No space"
    )
    assert "detail" not in line(tmp_path, record("x", error=raised(KeyError("marked"))))["exception"][0]


def test_an_error_of_the_database_is_its_code_without_statement_and_values(tmp_path: Path, session: Session) -> None:
    try:
        session.execute(text("SELECT marked_name FROM nowhere WHERE x = :x"), {"x": "marked-value"})
    except SQLAlchemyError as caught:
        error = caught
    written = json.dumps(line(tmp_path, record("it said %s", error, error=error)))
    assert "marked" not in written
    assert "SQLITE_ERROR" in written or "42P01" in written
    # Also where a library writes the error out by itself.
    assert "marked-value" not in str(error)
    session.rollback()


def test_an_error_in_a_sentence_is_named_and_not_quoted(tmp_path: Path) -> None:
    found = line(tmp_path, record("it said %s", ValueError("marked")))
    assert found["message"] == "it said ValueError"
    assert line(tmp_path, record(AppError(ErrorCode.BUSY)))["message"] == "AppError (busy)"


def test_values_are_shown_to_a_developer_who_asks_for_them_and_to_nobody_else(tmp_path: Path) -> None:
    error = raised(ValueError("the-value"))
    shown = formatter(tmp_path, APP_ENV="development", LOG_LEVEL="debug", RATE_LIMITS="on")
    assert "the-value" in shown.format(record("x", error=error))
    for changes in ({"APP_ENV": "production"}, {"APP_ENV": "development", "LOG_LEVEL": "info"}):
        other = formatter(tmp_path, RATE_LIMITS="on", **{"LOG_LEVEL": "debug", **changes})
        assert "the-value" not in other.format(record("x", error=error))


@pytest.mark.parametrize("logger", ["rq.worker", "gunicorn.error"])
def test_the_traceback_in_a_servers_sentence_is_left_out(tmp_path: Path, logger: str) -> None:
    made = record("job failed (%s)\n%s", "run_job", "Traceback: marked", logger=logger)
    assert line(tmp_path, made)["message"] == "job failed (run_job)"


@pytest.fixture
def restored() -> Iterator[None]:
    names = ("webapp", "jobs", "__main__", "gunicorn", "gunicorn.error", "gunicorn.access", "rq", "py.warnings")
    loggers = [logging.getLogger(name) for name in (*names, "uncaught")]
    before = [(logger, logger.level, logger.propagate, list(logger.handlers)) for logger in (*loggers, logging.root)]
    hooks = sys.excepthook
    yield
    logging.captureWarnings(False)
    sys.excepthook = hooks
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate, logger.handlers = propagate, handlers


def test_gunicorn_logs_in_our_form_and_not_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored: None
) -> None:
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path))
    monkeypatch.setenv("LOG_FORMAT", "json")
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    log = WebServerLog(Config())
    try:
        raise InvalidRequestLine("GET /?token=marked HTTP/9")
    except InvalidRequestLine as error:
        log.warning(f"Invalid request from ip=1.2.3.4: {error}")  # noqa: G004  (as gunicorn does it)
    try:
        raise RuntimeError("marked")
    except RuntimeError:
        log.exception("Error handling request %s %s", "GET", "/?token=marked")
    log.warning("Worker was told %s", "something")
    written = output.getvalue()
    assert "marked" not in written
    messages = [json.loads(text)["message"] for text in written.splitlines()]
    assert messages == [
        "A request could not be read: InvalidRequestLine",
        "A request could not be answered.",
        "Worker was told something",
    ]
    assert not log.access_log_enabled


def test_only_our_own_chatter_follows_the_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored: None
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    logs.configure(make_settings(tmp_path, SQLITE, LOG_LEVEL="info"))
    for name in ("webapp.a", "jobs.b", "alembic.c", "sqlalchemy.engine", "rq.queue"):
        logging.getLogger(name).info("heard")
    written = output.getvalue()
    assert [text.split()[2] for text in written.splitlines()] == ["webapp.a:", "jobs.b:"]


def test_what_ends_a_process_is_a_log_line() -> None:
    program = (
        "import threading, config; from webapp import logs\n"
        "logs.configure(config.load()); logs.catch_uncaught()\n"
        "def fail(): raise KeyError('marked')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "import warnings; warnings.warn('old', stacklevel=1)\n"
        "fail()\n"
    )
    environment = {"LOG_FORMAT": "json", "APP_ENV": "test", "PYTHONPATH": str(ROOT), "PATH": os.defpath}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "marked" not in ended.stderr
    found = [json.loads(text) for text in ended.stderr.splitlines()]
    assert [entry["logger"] for entry in found] == ["uncaught", "py.warnings", "uncaught"]
    assert [entry["message"] for entry in found if "exception" in entry] == ["a thread ended", "the process ends"]


def test_a_sentence_for_the_person_takes_the_form_of_the_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], restored: None
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    logs.say("It runs.", "jobs.supervisor")
    logs.configure(make_settings(tmp_path, SQLITE, LOG_FORMAT="json"))
    logs.say("It runs.", "jobs.supervisor")
    plain, entry = capsys.readouterr().out.splitlines()
    assert plain == "It runs."
    assert json.loads(entry)["message"] == "It runs."


def test_everything_a_job_logs_names_the_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[dict[str, object]] = []

    @logs.names_job
    def work(job_id: str, state: str) -> str:
        seen.append(dict(logs.current()))
        return state

    with caplog.at_level(logging.INFO, "webapp.logs"):
        assert work("id-1", "done") == "done"
    assert seen == [{"job_id": "id-1"}]
    assert caplog.messages == ["a try ended: done"]
    assert logs.current() == {}
