"""Who may ask: keys, sessions, roles, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from tests.conftest import make_settings
from tests.factories import Member, export_json, make_cast, sign_in
from tests.web.api.conftest import Caller, Importer, make_key
from webapp import create_app
from webapp.extensions import db
from webapp.models import ApiKey, Membership, User

LIST = "/api/accounts/"


def change(app: Flask, statement: Any) -> None:
    with app.app_context():
        db.session.execute(statement)
        db.session.commit()
        db.session.remove()


def status(client: FlaskClient, key: str, method: str = "GET", path: str = LIST) -> int:
    return client.open(path, method=method, headers={"Authorization": f"Bearer {key}"}).status_code


def test_without_key_or_session_nothing_is_told(client: FlaskClient) -> None:
    for path in ("/api/followers/", LIST, "/api/exports/", "/api/imports/", "/api/openapi.json"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), path
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_only_a_whole_valid_key_opens(app: Flask, client: FlaskClient, alice: Member) -> None:
    key = make_key(app, alice)
    assert status(client, key) == 200
    wrong = [
        key[:-1],
        key + "a",
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        key.upper(),
        "",
        "tta_",
        "é" * 50,
        f'"{key}"',
    ]
    assert [status(client, each) for each in wrong] == [401] * len(wrong)
    for header in (key, f"Basic {key}", f"Token {key}", "Bearer"):
        assert client.get(LIST, headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    "end",
    [
        update(ApiKey).values(revoked_at=datetime.now(UTC)),
        update(ApiKey).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)),
        update(User).values(is_disabled=True),
        delete(Membership),
    ],
    ids=["revoked", "expired", "person disabled", "person left the team"],
)
def test_a_key_ends_with_what_it_stands_on(app: Flask, client: FlaskClient, alice: Member, end: Any) -> None:
    key = make_key(app, alice)
    assert status(client, key) == 200
    change(app, end)
    assert status(client, key) == 401


def test_a_key_in_the_address_is_refused_even_beside_a_good_one(app: Flask, caller: Caller, alice: Member) -> None:
    key = make_key(app, alice)
    for path in (f"{LIST}?key={key}", f"/api/followers/?search={key}"):
        answer = caller.get(path)
        assert answer.status_code == 400
        assert answer.get_json()["code"] == "key_in_address"
        assert key not in answer.text


def test_a_key_that_may_only_read_changes_nothing(app: Flask, client: FlaskClient, alice: Member) -> None:
    key = make_key(app, alice, can_write=False)
    assert status(client, key) == 200
    unsafe = [("POST", "/api/imports/"), ("PATCH", f"{LIST}{'0' * 20}/"), ("POST", f"/api/imports/{'0' * 20}/commit/")]
    assert [status(client, key, method, path) for method, path in unsafe] == [403] * 3


def test_a_key_goes_no_further_than_the_role_of_its_person(app: Flask, client: FlaskClient, bob: Member) -> None:
    key = make_key(app, bob)
    assert status(client, key) == 200
    assert [
        status(client, key, "POST", "/api/imports/"),
        status(client, key, "PATCH", f"{LIST}{'0' * 20}/"),
    ] == [403, 403]


def test_a_session_may_read_and_not_write(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get(LIST).status_code == 200
    for method, path in (("POST", "/api/imports/"), ("PATCH", f"{LIST}{'0' * 20}/")):
        answer = client.open(path, method=method, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "session_read_only")


def test_a_bad_key_is_not_rescued_by_a_session(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert status(client, "tta_nonsense") == 401


def test_nobody_sees_another_team(stranger: Caller, import_now: Importer) -> None:
    import_now(export_json([("ada", "2026-01-01 00:00:00")], []))
    for path in (LIST, "/api/exports/", "/api/imports/"):
        answer = stranger.get(path).get_json()
        assert (answer["count"], answer["results"]) == (0, []), path
    assert stranger.get("/api/followers/").get_json()["unknown"]["code"] == "no_account"


def test_things_of_another_team_answer_as_things_that_do_not_exist(
    caller: Caller, stranger: Caller, import_now: Importer
) -> None:
    import_now(export_json([("ada", "2026-01-01 00:00:00")], []))
    account = caller.get(LIST).get_json()["results"][0]["id"]
    run = caller.get("/api/imports/").get_json()["results"][0]["id"]

    def told(method: str, pattern: str, public_id: str) -> tuple[int, Any]:
        ask = {"GET": stranger.get, "POST": stranger.post, "PATCH": stranger.patch}[method]
        answer = ask(pattern.format(public_id))
        return answer.status_code, {**answer.get_json(), "request_id": None}

    for method, pattern, public_id in (
        ("GET", "/api/accounts/{}/", account),
        ("PATCH", "/api/accounts/{}/", account),
        ("GET", "/api/imports/{}/", run),
        ("POST", "/api/imports/{}/commit/", run),
        ("POST", "/api/imports/{}/cancel/", run),
    ):
        theirs = told(method, pattern, public_id)
        assert theirs[0] == 404
        assert theirs == told(method, pattern, "0" * 20) == told(method, pattern, "nonsense")


def test_a_missing_slash_is_led_to_the_right_address(caller: Caller) -> None:
    for path in ("/api/followers", "/api/following", "/api/accounts", "/api/exports", "/api/imports"):
        answer = caller.get(path)
        assert answer.status_code == 308
        assert answer.headers["Location"].endswith(f"{path}/")


def test_unknown_addresses_and_methods_are_problems(caller: Caller) -> None:
    assert (caller.get("/api/nothing/").status_code, caller.get("/api/nothing/").mimetype) == (
        404,
        "application/problem+json",
    )
    answer = caller.post("/api/followers/")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


def test_six_hundred_calls_an_hour_are_counted_for_each_key(empty_sqlite: Path, tmp_path: Path) -> None:
    copy = tmp_path / "app.sqlite3"
    copy.write_bytes(empty_sqlite.read_bytes())
    app = create_app(make_settings(tmp_path / "instance", f"sqlite:///{copy}", RATE_LIMITS="on"))
    cast = make_cast(app)
    first, second = (Caller(app.test_client(), make_key(app, member)) for member in (cast.alice, cast.charlie))
    answers = [first.get("/api/imports/?page=0" if number % 2 else "/api/accounts/?page=0") for number in range(601)]
    assert [answer.status_code for answer in answers] == [422] * 600 + [429]
    assert answers[0].headers["X-RateLimit-Limit"] == "600"
    assert [answers[number].headers["X-RateLimit-Remaining"] for number in (0, 1, 599)] == ["599", "598", "0"]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].mimetype == "application/problem+json"
    assert second.get(LIST).status_code == 200
