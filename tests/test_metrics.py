"""The figures: what processes count is added up, bounded, and true; and without the setting there is nothing."""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from config import ROOT, Settings
from jobs.metrics_server import MetricsServer
from tests import factories
from tests.conftest import make_settings
from tests.factories import Member, export_json
from tests.web.pages import log_in
from webapp import create_app, metrics, queue
from webapp.domain.errors import AppError, Conflict, ErrorCode
from webapp.extensions import db
from webapp.models import Job, JobState
from webapp.queue import JobKind
from webapp.services import jobs, parser_process
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import Handler
from webapp.services.transaction import transaction

TOKEN = "a-token-of-the-tests-0123456789-abcdef"
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def settings_of(instance: Path, database_url: str = "sqlite:////none", **changes: str) -> Settings:
    return make_settings(instance, database_url, METRICS_ADDRESS="127.0.0.1:9464", **changes)


@contextmanager
def serving(settings: Settings) -> Iterator[MetricsServer]:
    """The server on a free port."""
    with MetricsServer(settings, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(server: MetricsServer, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def figures(text: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Figures, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def scrape(settings: Settings) -> Figures:
    with serving(settings) as server:
        status, text = ask(server)
    assert status == 200
    return figures(text)


@pytest.fixture
def counting(app: Flask, tmp_path: Path) -> Iterator[Settings]:
    """The settings of an instance on the test's database whose figures this process counts."""
    settings = settings_of(tmp_path / "counted", app.config["APP"].database_url)
    metrics.stop()
    metrics.start(settings)
    yield settings
    metrics.stop()


def run_python(program: str, instance: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath, "APP_ENV": "test", "INSTANCE_PATH": str(instance), **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_without_the_settings_nothing_of_it_is_even_loaded(tmp_path: Path) -> None:
    program = (
        "import sys, wsgi\n"
        "from webapp import metrics\n"
        "metrics.count(metrics.REQUESTS, 'GET', '/', '2xx')\n"
        "metrics.observe(metrics.REQUEST_SECONDS, 1, '/')\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'prometheus_client', 'sentry_sdk', 'urllib3'}))"
    )
    assert run_python(program, tmp_path).stdout == "[]\n"
    assert not (tmp_path / "metrics").exists()
    loaded = run_python(program, tmp_path, METRICS_ADDRESS="127.0.0.1:9464").stdout
    assert loaded == "['prometheus_client']\n"


def test_children_that_follow_each_other_share_one_number_and_lose_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    program = (
        "import os, config; from webapp import metrics\n"
        "metrics.start(config.load())\n"
        "metrics.count(metrics.IMPORT_BYTES)\n"
        "for number in range(20):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        metrics.count(metrics.IMPORT_BYTES, amount=10)\n"
        "        metrics.observe(metrics.JOB_SECONDS, 2, 'import.commit')\n"
        "        os._exit(0) if number % 2 else os.abort()\n"
        "    os.waitpid(child, 0)\n"
        "metrics.count(metrics.IMPORT_BYTES)\n"
    )
    for _ in range(2):
        run_python(program, tmp_path, METRICS_ADDRESS="127.0.0.1:9464")
    assert sorted(path.name for path in settings.metrics_directory.glob("*.lock")) == ["0.lock", "1.lock"]
    found = scrape(settings)
    assert value(found, "import_bytes_total") == 2 * (2 + 20 * 10)
    assert value(found, "job_duration_seconds_count", kind="import.commit") == 40
    assert value(found, "job_duration_seconds_sum", kind="import.commit") == 80


def test_processes_that_live_together_have_files_of_their_own(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    program = (
        "import config, sys; from webapp import metrics\n"
        "metrics.start(config.load()); metrics.count(metrics.IMPORT_BYTES, amount=5)\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    environment = {
        "PATH": os.defpath,
        "APP_ENV": "test",
        "INSTANCE_PATH": str(tmp_path),
        "METRICS_ADDRESS": "127.0.0.1:9464",
    }
    together = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in together:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    assert len(list(settings.metrics_directory.glob("counter_*.db"))) == 3
    for process in together:
        process.kill()
        process.communicate()
    assert value(scrape(settings), "import_bytes_total") == 15


def test_the_supervisor_begins_with_nothing_counted(counting: Settings) -> None:
    metrics.count(metrics.IMPORT_BYTES)
    metrics.forget(counting)
    assert not counting.metrics_directory.exists()
    metrics.forget(counting)


def test_figures_that_cannot_be_kept_fail_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    metrics.stop()
    settings = settings_of(tmp_path)
    settings.metrics_directory.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING, "webapp.metrics"):
        metrics.start(settings)
        metrics.count(metrics.IMPORT_BYTES)
    assert caplog.messages == ["this process counts no more (FileExistsError)"]


def test_a_full_disk_ends_the_counting_and_not_the_process(
    counting: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Full:
        def labels(self, *_: str) -> Full:
            return self

        def inc(self, _amount: float) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setitem(metrics._meters, metrics.REQUESTS.name, Full())
    metrics.count(metrics.REQUESTS, "GET", "/", "2xx")
    metrics.count(metrics.REQUESTS, "GET", "/", "2xx")
    assert caplog.messages == ["this process counts no more (OSError)"]


def test_the_files_are_as_long_as_they_will_be_before_anything_is_counted(counting: Settings) -> None:
    for path in counting.metrics_directory.glob("*.db"):
        status = path.stat()
        assert status.st_blocks * 512 >= status.st_size == 512 * 1024, path.name


def test_requests_are_counted_by_pattern_and_class(app: Flask, counting: Settings) -> None:
    client = app.test_client()
    for path in ("/about", "/about?a=1", "/brand-7.css", "/brand-9.css", "/nowhere/1", "/nowhere/2", "/dashboard"):
        client.get(path, buffered=True)
    client.open("/about", method="MADEUP", buffered=True)
    found = scrape(counting)
    counted = {key[1]: number for key, number in found.items() if key[0] == "http_requests_total"}
    assert counted == {
        frozenset({("method", "GET"), ("route", "/about"), ("status", "2xx")}): 2,
        frozenset({("method", "GET"), ("route", "/brand-<int:hue>.css"), ("status", "2xx")}): 2,
        frozenset({("method", "GET"), ("route", "unknown"), ("status", "4xx")}): 2,
        frozenset({("method", "GET"), ("route", "/dashboard"), ("status", "3xx")}): 1,
        frozenset({("method", "other"), ("route", "unknown"), ("status", "4xx")}): 1,
    }
    assert value(found, "http_request_duration_seconds_count", route="/about") == 2


def test_an_import_is_counted_in_jobs_rows_and_bytes(app: Flask, counting: Settings, alice: Member) -> None:
    export = export_json(factories.many(30), factories.many(7, "other"))
    with app.app_context():
        factories.import_done(alice, export)
        ended = db.session.query(Job).filter(Job.state == JobState.DONE).count()
    found = scrape(counting)
    assert value(found, "import_rows_total", section="followers") == 30
    assert value(found, "import_rows_total", section="following") == 7
    assert value(found, "import_rows_per_second_count") == 1
    assert value(found, "import_bytes_total") == len(export)
    for kind in ("import.recognise", "import.commit"):
        assert value(found, "jobs_ended_total", kind=kind, state="done") == 1
        assert value(found, "job_duration_seconds_count", kind=kind) == 1
        assert value(found, "job_wait_seconds_count", kind=kind) == 1
        assert value(found, "jobs", kind=kind, state="done") == 1
    assert sum(number for key, number in found.items() if key[0] == "jobs_ended_total") == ended
    assert value(found, "imports", state="done") == 1
    assert value(found, "database_up") == 1
    assert value(found, "disk_free_bytes") > 0


def test_a_job_that_is_tried_again_waits_once_and_ends_once(app: Flask, counting: Settings) -> None:
    def fail(_lease: object) -> None:
        raise Conflict(ErrorCode.IMPORT_ENDED)

    def break_down(_lease: object) -> None:
        raise RuntimeError("by the test")

    with app.app_context():
        with transaction() as session:
            job_id = jobs.add_job(session, JobKind.SESSIONS_PURGE, rings=False).id
        jobs.run_job(job_id, {JobKind.SESSIONS_PURGE: Handler(break_down)})
        db.session.execute(update(Job).values(run_at=0))
        db.session.commit()
        assert jobs.run_job(job_id, {JobKind.SESSIONS_PURGE: Handler(fail)}) is JobState.FAILED
        assert jobs.run_job(job_id, HANDLERS) is None
    found = scrape(counting)
    kind = JobKind.SESSIONS_PURGE.value
    assert value(found, "job_wait_seconds_count", kind=kind) == 1
    assert value(found, "job_duration_seconds_count", kind=kind) == 2
    assert value(found, "jobs_ended_total", kind=kind, state="failed") == 1
    assert value(found, "jobs_ended_total", kind=kind, state="done") == 0
    assert value(found, "jobs", kind=kind, state="failed") == 1


def test_waiting_and_abandoned_jobs_are_seen(app: Flask, counting: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            for kind in (JobKind.UPLOADS_SWEEP, JobKind.SESSIONS_PURGE, JobKind.IMPORT_COMMIT):
                jobs.add_job(session, kind, rings=False)
            jobs.add_job(session, JobKind.UPLOADS_SWEEP, rings=False, delay_seconds=3600)
        now = int(time.time())
        values = {"run_at": now - 100}
        db.session.execute(update(Job).where(Job.kind == JobKind.SESSIONS_PURGE).values(**values))
        abandoned = {"state": JobState.RUNNING, "lease_until": now - 5, "started_at": datetime.now(UTC)}
        db.session.execute(update(Job).where(Job.kind == JobKind.IMPORT_COMMIT).values(**abandoned))
        db.session.commit()
    found = scrape(counting)
    assert value(found, "jobs", kind="uploads.sweep", state="queued") == 2
    assert value(found, "jobs", kind="import.commit", state="running") == 1
    assert value(found, "jobs_lease_expired") == 1
    assert value(found, "queue_age_seconds", queue="imports") == 0
    assert 100 <= value(found, "queue_age_seconds", queue="general") < 160


def test_refused_requests_are_counted(app: Flask, counting: Settings, tmp_path: Path) -> None:
    limited = create_app(make_settings(tmp_path / "limited", app.config["APP"].database_url, RATE_LIMITS="on"))
    client = limited.test_client()
    factories.make_cast(app)
    answers = [log_in(client, "alice@example.org", "not this one").status_code for _ in range(12)]
    with limited.app_context():
        db.engine.dispose()
    assert answers.count(429) == 2
    assert value(scrape(counting), "rate_limited_total", route="/login") == 2


def test_readers_that_die_are_counted(
    app: Flask, counting: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "dying"
    dying.write_text('#!/bin/sh\nkill -"$(cat "$3")" $$\n')
    dying.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(dying))
    upload = tmp_path / "upload"
    for number in (signal.SIGXCPU, signal.SIGSEGV, signal.SIGKILL):
        upload.write_text(str(int(number)))
        monkeypatch.setattr(parser_process, "ENVIRONMENT", {"PATH": os.environ["PATH"]})
        with app.app_context(), pytest.raises(AppError):
            parser_process.extract_in_child(upload, "name", tmp_path / "out", lambda _done, _total: None)
    found = scrape(counting)
    assert value(found, "parser_deaths_total", cause="timeout") == 1
    assert value(found, "parser_deaths_total", cause="crash") == 2


def test_lost_rings_are_counted(counting: Settings, tmp_path: Path) -> None:
    assert not queue.ring(f"unix://{tmp_path}/none.sock", "imports", "id-1")
    assert not queue.ring(f"unix://{tmp_path}/none.sock", "imports", "id-1")
    assert value(scrape(counting), "queue_ring_failures_total", queue="imports") == 2


def test_a_database_that_is_away_is_a_figure_and_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of(tmp_path, "postgresql://nobody:hunter2@127.0.0.1:1/none")
    found = scrape(settings)
    assert found[("database_up", frozenset())] == 0
    assert not [key for key in found if key[0] == "jobs"]
    assert "hunter2" not in caplog.text


def test_only_one_page_is_served_and_for_the_token_alone(tmp_path: Path, empty_sqlite: Path) -> None:
    url = f"sqlite:///{empty_sqlite}"
    with serving(settings_of(tmp_path, url)) as server:
        assert ask(server)[0] == 200
        assert [ask(server, path)[0] for path in ("/", "/metrics/", "/favicon.ico", "/../metrics")] == [404] * 4
        assert ask(server, "/metrics?name=x")[0] == 200
    with serving(settings_of(tmp_path, url, METRICS_TOKEN=TOKEN)) as server:
        for given in ("", "Bearer", f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN, "Bearer \xe9"):
            assert ask(server, Authorization=given) == (401, "")
        assert ask(server, Authorization=f"Bearer {TOKEN}")[0] == 200


def test_every_figure_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = [
        f"| `{measure.name}` | {measure.type} | {', '.join(f'`{label}`' for label in measure.labels) or '-'} |"
        f" {measure.meaning} |"
        for measure in (*metrics.MEASURES, *metrics.FIGURES)
    ]
    assert [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 5] == rows


def test_names_follow_the_rules_of_prometheus() -> None:
    for measure in (*metrics.MEASURES, *metrics.FIGURES):
        assert measure.name.endswith("_total") is (measure.type is metrics.MeasureType.COUNTER)
        assert bool(measure.buckets) is (measure.type is metrics.MeasureType.HISTOGRAM)
        assert not {"request_id", "job_id", "path", "user_id"} & set(measure.labels)


@pytest.mark.faults
def test_a_running_app_counts_on_through_kills_and_logs_one_object_a_line(tmp_path: Path) -> None:
    from tests.browser.stack import running_stack
    from tests.processes import answers, descendants, free_port, until

    port = free_port()
    changes = {
        "METRICS_ADDRESS": f"127.0.0.1:{port}",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "info",
        "WEB_WORKERS": "2",
    }

    def look() -> Figures:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return figures(text)

    def visit() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
        connection.request("GET", "/login?token=marked")
        assert connection.getresponse().status == 200
        connection.close()

    def visits() -> float:
        return value(look(), "http_requests_total", method="GET", route="/login", status="2xx")

    with running_stack(tmp_path, **changes) as stack:
        for _ in range(10):
            visit()
        until(lambda: visits() == 10)
        done = {"kind": "sessions.purge", "state": "done"}
        until(lambda: value(look(), "jobs_ended_total", **done) == 1)
        web = stack.child("gunicorn")
        workers = [pid for pid, command in descendants(web).items() if "gunicorn" in command]
        assert len(workers) == 2
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        stack.kill_and_await_return("jobs.worker general")
        stack.kill_and_await_return("jobs.metrics_server")
        until(stack.healthy)
        until(lambda: stack.child("jobs.metrics_server") != 0 and answers(port, "/", 404))
        for _ in range(10):
            visit()
        until(lambda: visits() == 20)
        found = look()
        assert value(found, "jobs_ended_total", **done) == value(found, "jobs", **done) == 1
        assert value(found, "scheduler_last_look_timestamp_seconds") > time.time() - 60
        assert value(found, "database_up") == 1
        assert len(list((tmp_path / "metrics").glob("*.lock"))) <= 8
        output = stack.output
    entries = [json.loads(line) for line in output.splitlines()]
    assert {entry["logger"] for entry in entries} >= {"jobs.supervisor", "gunicorn.error", "webapp.web.access_log"}
    assert len([entry for entry in entries if entry["message"] == "answered" and entry.get("route") == "/login"]) == 20
    assert "marked" not in output
