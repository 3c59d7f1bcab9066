"""The same app on PostgreSQL and Redis, by configuration alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.api_program import Api, api_key
from tests.browser.stack import running_stack
from tests.conftest import fresh_postgres, need
from tests.factories import export_json, many
from tests.processes import descendants, until

PEOPLE = 2345


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """The settings that choose an empty PostgreSQL database and an emptied Redis."""
    address = need("TEST_REDIS_URL", "Redis is not there: set TEST_REDIS_URL")
    with fresh_postgres() as database, redis.Redis.from_url(address) as server:
        server.flushdb()
        yield {"DATABASE_URL": database, "REDIS_URL": address, "WEB_WORKERS": "2"}
        server.flushdb()


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
