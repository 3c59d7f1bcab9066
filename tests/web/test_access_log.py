"""The line of a request: one, with its number, its route and its person, and nothing that was sent."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories
from tests.conftest import make_settings
from tests.factories import Member, export_json, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp import logs
from webapp.domain.scope import Permission
from webapp.services import access, api_keys
from webapp.services.audit import Actor

NUMBER = re.compile(r"[0-9a-f]{16}")


class Lines:
    """Everything that is logged at any level, as it would be written."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [line for line in self.all if line["message"] == "answered"]


class ClosingClient(FlaskClient):
    """A browser that reads every answer to its end."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        return super().open(*arguments, **{"buffered": True, **options})


@pytest.fixture
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    settings = make_settings(tmp_path_factory.mktemp("logs"), "sqlite:////none", LOG_FORMAT="json")
    found = Lines(logs.make_formatter(settings))
    logs.end()  # the request of a test before, whose answer nobody closed
    level = logging.root.level
    logging.root.addHandler(found.handler)
    logging.root.setLevel(logging.DEBUG)
    yield found
    logging.root.removeHandler(found.handler)
    logging.root.setLevel(level)


def test_a_request_is_one_line_with_its_route_and_without_its_address(
    client: FlaskClient, alice: Member, lines: Lines
) -> None:
    sign_in(client, alice)
    answer = client.get("/audience/followers?search=marked", buffered=True)
    (line,) = lines.answers
    assert line["route"] == "/audience/followers"
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["duration_ms"] > 0
    assert line["user_id"] == alice.user_id
    assert "marked" not in lines.stream.getvalue()
    assert logs.current() == {}


def test_an_import_names_no_id_in_its_route_and_its_team_by_number(
    client: FlaskClient, alice: Member, lines: Lines
) -> None:
    sign_in(client, alice)
    client.get("/imports/0123456789abcdef0123", buffered=True)
    (line,) = lines.answers
    assert line["route"] == "/imports/<public_id>"
    assert line["status"] == 404
    assert line["team_id"] == alice.team_id


def test_an_unknown_address_or_method_is_not_repeated(client: FlaskClient, lines: Lines) -> None:
    client.open("/marked/path?marked=1", method="MARKED", buffered=True)
    client.delete("/login", buffered=True)
    assert [(line["method"], line["route"]) for line in lines.answers] == [("other", "unknown"), ("DELETE", "unknown")]
    assert "marked" not in lines.stream.getvalue().lower()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/css/base.css"])
def test_what_is_asked_all_the_time_is_told_only_when_debugging(client: FlaskClient, path: str, lines: Lines) -> None:
    client.get(path, buffered=True)
    assert [line["level"] for line in lines.answers] == ["debug"]


def test_a_stream_is_logged_when_its_last_byte_was_sent(client: FlaskClient, alice: Member, lines: Lines) -> None:
    with client.application.app_context():
        factories.import_done(alice, export_json(factories.many(50)))
    sign_in(client, alice)
    answer = client.get("/audience/followers.csv")
    assert not lines.answers
    assert answer.text.count("person") == 50
    answer.close()
    assert [line["status"] for line in lines.answers] == [200]
    answer.close()
    assert len(lines.answers) == 1


def test_a_fault_is_logged_with_the_number_that_the_page_shows(app: Flask, lines: Lines) -> None:
    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("marked")

    fault.is_public = True  # type: ignore[attr-defined]
    answer = app.test_client().get("/fault", buffered=True)
    number = answer.headers["X-Request-Id"]
    assert NUMBER.fullmatch(number)
    assert number in answer.text
    faults = [line for line in lines.all if line["level"] == "error"]
    assert [line["request_id"] for line in faults] == [number]
    assert faults[0]["route"] == "/fault"
    assert faults[0]["exception"][0]["type"] == "RuntimeError"
    assert lines.answers[0]["status"] == 500
    assert "marked" not in lines.stream.getvalue()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0123456789abcdef0123456789ABCDEF", "0123456789abcdef0123456789ABCDEF"),
        ("abcd-EF_9", "abcd-EF_9"),
        ("2b1d9f4e-8d2a-4f6b-9c3e-5a7f1e2d3c4b", "2b1d9f4e8d2a4f6b9c3e5a7f1e2d3c4b"),
        ("short", None),
        ("x" * 33, None),
        ("two,values", None),
        ("12345678\u0661", None),
        ("1234567;8", None),
        ("<script>alert(1)</script>", None),
    ],
)
def test_a_proxys_number_is_kept_when_it_could_be_ours(make_app: MakeApp, given: str, kept: str | None) -> None:
    behind = make_app(TRUSTED_PROXIES="1").test_client()
    answer = behind.get("/healthz", headers={"X-Request-Id": given}, buffered=True)
    assert (answer.headers["X-Request-Id"] == kept) is (kept is not None)
    assert kept or NUMBER.fullmatch(answer.headers["X-Request-Id"])


def test_a_strangers_number_counts_for_nothing(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "0123456789abcdef0123456789abcdef"}, buffered=True)
    assert NUMBER.fullmatch(answer.headers["X-Request-Id"])


def test_the_job_of_a_request_is_linked_to_it(client: FlaskClient, alice: Member, lines: Lines) -> None:
    sign_in(client, alice)
    upload = {"file": (io.BytesIO(export_json(factories.many(3))), "user_data_tiktok.json")}
    token = csrf_token(client.get("/imports"))
    answer = client.post("/imports", data={"csrf_token": token, **upload}, buffered=True)
    assert answer.status_code == 303
    (queued,) = [line for line in lines.all if line["message"] == "a job was queued"]
    assert queued["request_id"] == answer.headers["X-Request-Id"]
    with client.application.app_context():
        factories.run_jobs()
    tries = [line for line in lines.all if line["message"].startswith("a try ended")]
    assert tries[0]["job_id"] == queued["job_id"]
    assert {line["job_kind"] for line in tries} >= {"import.recognise"}
    assert len({line["import_id"] for line in tries if line["job_kind"].startswith("import.")}) == 1


def test_no_secret_and_no_name_of_anybody_is_ever_logged(app: Flask, lines: Lines) -> None:
    app.test_client_class = ClosingClient
    client = app.test_client()
    password, wrong = "a marked passphrase of mine", "a marked wrong passphrase"
    answer = send(client, "/register", "/register", email="marked@example.org", password=password)
    assert answer.status_code == 303
    sent = [password, wrong, "marked@example.org", str(cookie(client))]
    client.post("/logout", data={"csrf_token": csrf_token(client.get("/settings"))})
    assert log_in(client, "marked@example.org", wrong).status_code == 422
    assert log_in(client, "marked@example.org", password).status_code == 303
    sent.append(str(cookie(client)))
    token = csrf_token(client.get("/imports"))
    sent.append(token)
    for content in (export_json(factories.many(5, "marked")), b'{"marked": '):
        upload = {"file": (io.BytesIO(content), "marked-file.json")}
        client.post("/imports", data={"csrf_token": token, **upload})
    with app.app_context():
        factories.run_jobs()
        user_id = 1
        team = access.get_team_scope(user_id, Permission.KEY_WRITE)
        key = api_keys.create_key(team, "marked-name", Actor(user_id, team.team_id), can_write=False)
    sent.append(key.text)
    bearer = {"Authorization": f"Bearer {key.text}"}
    script = app.test_client()
    assert script.get("/api/followers/?search=marked", headers=bearer).status_code == 200
    assert script.get(f"/api/followers/?key={key.text}").status_code == 400
    assert script.get("/api/followers/", headers={"Authorization": f"Bearer {key.text}x"}).status_code == 401
    client.get("/audience/followers?search=marked&order=marked")
    client.get("/marked", headers={"User-Agent": "marked", "Referer": "http://marked/", "X-Marked": "marked"})
    written = lines.stream.getvalue()
    assert len(lines.all) > 10
    assert [secret for secret in [*sent, "marked"] if secret in written] == []
