"""What Sentry is told of a fault: enough to find it, and nothing of anybody."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import redis

from config import ROOT
from tests.conftest import need
from webapp import __version__

FIELDS = {
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "release",
    "environment",
    "transaction",
    "sdk",
    "tags",
    "user",
    "request",
    "logentry",
    "exception",
}


class Sink(HTTPServer):
    """Stands where Sentry stands, and keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[str] = []
        self.headers: list[str] = []

    @property
    def dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.server_address[1]}/7"

    @property
    def events(self) -> list[dict[str, Any]]:
        found = []
        for envelope in self.received:
            lines = envelope.splitlines()
            found += [json.loads(body) for head, body in zip(lines[1::2], lines[2::2], strict=True) if "event" in head]
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}
        self.server.received.append(unpack[self.headers.get("Content-Encoding")](body).decode())
        self.server.headers.append(str(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(part: str, instance: Path, sink: Sink, **changes: str) -> tuple[list[str], str]:
    """Run the program; return what it printed and what it logged."""
    environment = {
        "PATH": os.defpath,
        "APP_ENV": "test",
        "RATE_LIMITS": "off",
        "INSTANCE_PATH": str(instance),
        "SENTRY_DSN": sink.dsn,
        "LOG_FORMAT": "json",
        **changes,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fault_program", part],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split(), ended.stderr


def assert_says_nothing_of_anybody(sink: Sink, instance: Path, logged: str) -> None:
    sent = "\n".join([*sink.received, *sink.headers])
    for unwanted in ("marked", "example.org", str(instance), os.uname().nodename, "127.0.0.1"):
        assert unwanted not in "\n".join(sink.received), unwanted
    assert "marked" not in sent
    assert "marked" not in logged
    for event in sink.events:
        assert set(event) <= FIELDS
        for error in event.get("exception", {}).get("values", []):
            assert set(error) <= {"type", "module", "value", "mechanism", "stacktrace"}
            for frame in error["stacktrace"]["frames"]:
                assert set(frame) <= {"filename", "function", "module", "lineno", "in_app"}


def test_a_fault_of_a_page_is_reported_without_what_was_sent(tmp_path: Path, sink: Sink) -> None:
    (status, number), logged = run("web", tmp_path, sink, TRUSTED_PROXIES="1")
    assert status == "500"
    (event,) = sink.events
    assert event["tags"] == {"request_id": number, "route": "/faults/<name>"}
    assert event["request"] == {"method": "POST"}
    assert event["transaction"] == "/faults/<name>"
    assert event["release"] == f"tiktok-analytics@{__version__}"
    assert event["environment"] == "test"
    assert event["logentry"] == {"message": "unexpected fault"}
    (error,) = event["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["stacktrace"]["frames"][-1]["function"] == "fault"
    assert_says_nothing_of_anybody(sink, tmp_path, logged)


@pytest.mark.redis
def test_a_fault_of_a_job_is_reported_with_its_id(tmp_path: Path, sink: Sink) -> None:
    url = need("TEST_REDIS_URL", "Redis is not there: set TEST_REDIS_URL")
    redis.Redis.from_url(url).flushdb()
    (job_id,), logged = run("job", tmp_path, sink, REDIS_URL=url)
    redis.Redis.from_url(url).flushdb()
    failed = [event for event in sink.events if event["tags"].get("job_id") == job_id]
    assert [event["tags"]["job_kind"] for event in failed] == ["sessions.purge"]
    assert failed[0]["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert_says_nothing_of_anybody(sink, tmp_path, logged)


def test_the_first_page_is_answered_while_sentry_is_away(tmp_path: Path, sink: Sink) -> None:
    sink.server_close()
    (status, _), _ = run("web", tmp_path, sink, TRUSTED_PROXIES="1")
    assert status == "500"
