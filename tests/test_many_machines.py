"""The same app on PostgreSQL and Redis, by configuration alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config import ROOT
from tests.browser.stack import ADMIN, running_stack
from tests.conftest import fresh_postgres, need
from tests.factories import export_json, many
from tests.test_supervisor import Stack, descendants, until

PEOPLE = 2345


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """The settings that choose an empty PostgreSQL database and an emptied Redis."""
    address = need("TEST_REDIS_URL", "Redis is not there: set TEST_REDIS_URL")
    with fresh_postgres() as database, redis.Redis.from_url(address) as server:
        server.flushdb()
        yield {"DATABASE_URL": database, "REDIS_URL": address, "WEB_WORKERS": "2"}
        server.flushdb()


def api_key(instance: Path, settings: dict[str, str]) -> str:
    environment = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(instance), **settings}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "create_api_key", ADMIN, "--name", "test", "--write"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return said.stdout.strip()


class Api:
    """A program that talks to the running app with a key."""

    def __init__(self, stack: Stack, key: str) -> None:
        self.base = f"http://127.0.0.1:{stack.port}"
        self.headers = {"Authorization": f"Bearer {key}"}

    def call(self, path: str, body: bytes | None = None, kind: str = "application/json") -> dict[str, object]:
        headers = {**self.headers, "Content-Type": kind} if body is not None else self.headers
        request = urllib.request.Request(self.base + path, body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def upload(self, content: bytes) -> str:
        edge = "a-line-that-is-in-no-export"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="user_data_tiktok.json"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return str(self.call("/api/imports/", body, f"multipart/form-data; boundary={edge}")["id"])


@pytest.mark.postgres
@pytest.mark.redis
def test_an_import_goes_through_postgresql_and_redis(tmp_path: Path, servers: dict[str, str]) -> None:
    with running_stack(tmp_path, **servers) as stack:
        assert not any("valkey" in command for command in descendants(stack.process.pid).values())
        api = Api(stack, api_key(tmp_path, servers))
        number = api.upload(export_json(many(PEOPLE), many(12)))
        until(lambda: api.call(f"/api/imports/{number}/")["state"] == "ready")
        api.call(f"/api/imports/{number}/commit/", b"{}")
        until(lambda: api.call(f"/api/imports/{number}/")["state"] == "done")
        assert api.call("/api/followers/?page_size=1")["count"] == PEOPLE
        assert api.call("/api/followers/?mutual=1")["count"] == 12
        assert not (tmp_path / "app.sqlite3").exists()
