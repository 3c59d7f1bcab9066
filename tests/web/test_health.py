"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from tests.conftest import make_settings, need
from tests.factories import Member, sign_in
from tests.web.conftest import MakeApp
from webapp import create_app, models
from webapp.extensions import db
from webapp.services import readiness
from webapp.services.uploads import uploads_path

GOOD = {"database": "ok", "uploads": "ok"}


def checks(client: FlaskClient) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    body = answer.get_json()
    assert set(body) == {"status", "checks"}
    assert (body["status"] == "ok") is (answer.status_code == 200)
    return answer.status_code, body["checks"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_never_kept_and_takes_no_other_method(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in client.get(path).headers
    for method in ("TRACE", "POST", "DELETE"):
        assert client.open(path, method=method).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_asks_nobody_who_they_are(client: FlaskClient, alice: Member, path: str) -> None:
    sign_in(client, alice)
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    # Readiness has a connection of its own.
    assert seen == []


def test_life_is_told_without_a_database(tmp_path: object, app: Flask) -> None:
    settings = make_settings(app.config["APP"].instance_path, "postgresql://nobody@127.0.0.1:1/none")
    client = create_app(settings).test_client()
    client.set_cookie("s", "x" * 43, domain="localhost")
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_a_queue_that_is_away_is_told_and_not_needed(client: FlaskClient) -> None:
    assert checks(client) == (200, {**GOOD, "queue": "away"})


@pytest.mark.redis
def test_everything_there_is_ready(make_app: MakeApp) -> None:
    url = need("TEST_REDIS_URL", "Redis is not there: set TEST_REDIS_URL")
    assert checks(make_app(REDIS_URL=url).test_client()) == (200, {**GOOD, "queue": "ok"})


def test_a_database_that_is_away_is_not_ready(app: Flask) -> None:
    settings = make_settings(app.config["APP"].instance_path, "postgresql://nobody:marked@127.0.0.1:1/none")
    answer = create_app(settings).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["database"] == "away"
    assert "marked" not in answer.text


@pytest.mark.parametrize("revision", ["0000", "9999", None])
def test_another_schema_is_not_ready(app: Flask, client: FlaskClient, revision: str | None) -> None:
    with app.app_context():
        head = readiness.head_revision()
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if revision:
                connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": revision})
    assert checks(client)[1]["database"] == "other_schema"
    assert checks(client)[0] == 503
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:r)"), {"r": head})
    assert checks(client)[0] == 200


def test_uploads_that_cannot_be_written_are_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        uploads_path().write_text("a file where the folder should be")
    status, found = checks(client)
    assert (status, found["uploads"]) == (503, "not_writable")


def test_a_disk_below_its_reserve_is_not_ready(make_app: MakeApp) -> None:
    status, found = checks(make_app(DISK_RESERVE_MB="1048576").test_client())
    assert (status, found["uploads"]) == (503, "full")


def test_readiness_leaves_nothing_behind(app: Flask, client: FlaskClient) -> None:
    client.get("/readyz")
    with app.app_context():
        assert list(uploads_path().iterdir()) == []


def test_readiness_names_no_version(client: FlaskClient) -> None:
    head = readiness.head_revision()
    assert head
    assert head not in json.dumps(client.get("/readyz").get_json())


def test_the_figures_are_not_served_beside_the_pages(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_the_head_is_the_newest_migration() -> None:
    assert readiness.head_revision() is not None
    assert models.Base.metadata.tables  # the schema that the head stands for
