"""The way of a file through the API."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import export_json, many
from tests.web.api.conftest import Caller, Importer
from webapp.services.uploads import uploads_path

Work = Callable[[], None]


def send(caller: Caller, content: bytes, name: str = "user_data_tiktok.json", **fields: Any) -> TestResponse:
    data = {"file": (io.BytesIO(content), name), **fields}
    return caller.post("/api/imports/", data=data, content_type="multipart/form-data")


def watch(caller: Caller, answer: TestResponse) -> dict[str, Any]:
    base = "http://127.0.0.1:5000"
    assert answer.headers["Location"].startswith(f"{base}/api/imports/")
    shown: dict[str, Any] = caller.get(answer.headers["Location"].removeprefix(base)).get_json()
    return shown


def test_a_file_is_received_recognised_committed_and_shown(caller: Caller, work: Work) -> None:
    sent = send(caller, export_json(many(3), [], owner="demo.maker"))
    assert sent.status_code == 202
    body = sent.get_json()
    assert (body["state"], body["origin"], body["file_name"]) == ("received", "api", "user_data_tiktok.json")
    assert body["progress"] == {"step": None, "done": 0, "total": None}
    assert body["sections"] is body["preview"] is body["result"] is body["is_known"] is body["error"] is None
    work()
    ready = watch(caller, sent)
    assert (ready["state"], ready["owner"], ready["is_known"], ready["progress"]) == (
        "ready",
        "demo.maker",
        False,
        None,
    )
    assert ready["sections"]["followers"] == {"state": "filled", "read": 3, "kept": 3, "skipped": {}}
    assert ready["sections"]["posts"] == {"state": "missing", "read": None, "kept": None, "skipped": None}
    assert ready["preview"]["is_first"] is True
    assert caller.get("/api/accounts/").get_json()["count"] == 0
    committed = caller.post(f"/api/imports/{ready['id']}/commit/", json={"confirm_losses": False})
    assert (committed.status_code, committed.get_json()["state"]) == (202, "committing")
    work()
    done = watch(caller, committed)
    assert (done["state"], done["error"]) == ("done", None)
    assert done["result"]["followers"] == {
        "read": 3,
        "new": 3,
        "unchanged": 0,
        "changed": None,
        "gone": 0,
        "returned": 0,
        "refollowed": 0,
        "renamed": None,
        "ended_later": 0,
        "skipped": {},
    }
    assert done["account"] == caller.get("/api/accounts/").get_json()["results"][0]["id"]
    assert caller.get("/api/followers/").get_json()["count"] == 3


def test_account_and_time_can_be_said_by_the_sender(caller: Caller, work: Work) -> None:
    sent = send(
        caller, export_json(many(1), [], owner=None), account="@Ada.Lovelace", exported_at="2026-04-12T11:15:00+02:00"
    )
    work()
    shown = watch(caller, sent)
    assert (shown["state"], shown["owner"]) == ("ready", "Ada.Lovelace")
    assert (shown["exported_at"], shown["exported_at_source"]) == ("2026-04-12T09:15:00Z", "person")


def test_losses_have_to_be_confirmed(caller: Caller, import_now: Importer, work: Work) -> None:
    import_now(export_json(many(30), []), exported_at=1_770_000_000)
    sent = send(caller, export_json(many(10), []), exported_at="2026-06-01T00:00:00Z")
    work()
    held = watch(caller, sent)
    assert (held["state"], held["preview"]["held"], held["preview"]["held_count"]) == ("held", ["followers"], 20)
    refused = caller.post(f"/api/imports/{held['id']}/commit/", json={})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "import_held")
    assert caller.post(f"/api/imports/{held['id']}/commit/").status_code == 422
    assert caller.post(f"/api/imports/{held['id']}/commit/", json={"confirm_losses": True}).status_code == 202
    work()
    assert caller.get("/api/followers/").get_json()["count"] == 10


def test_each_held_list_gets_an_answer(caller: Caller, import_now: Importer, work: Work) -> None:
    import_now(export_json(many(30), many(20)), exported_at=1_770_000_000)
    sent = send(caller, export_json(many(10), []), exported_at="2026-06-01T00:00:00Z")
    work()
    held = watch(caller, sent)
    assert held["preview"]["held"] == ["followers", "following"]
    assert held["preview"]["sections"]["followers"]["renamed"] == 0
    commit = f"/api/imports/{held['id']}/commit/"
    for answers, field in (
        ({"followers": "complete"}, "confirm"),
        ({"followers": "later", "following": "complete"}, "answers"),
        ({"posts": "complete"}, "answers"),
        ("complete", "answers"),
    ):
        refused = caller.post(commit, json={"answers": answers})
        assert (refused.status_code, refused.get_json()["field"]) == (422, field), answers
    assert (
        caller.post(commit, json={"answers": {"followers": "complete", "following": "incomplete"}}).status_code == 202
    )
    work()
    done = watch(caller, sent)
    assert done["result"]["followers"]["gone"] == 20
    assert (done["result"]["following"]["gone"], done["result"]["following"]["skipped"]) == (0, {"left_out": 0})
    assert caller.get("/api/followers/").get_json()["count"] == 10
    assert caller.get("/api/following/").get_json()["count"] == 20
    exports = caller.get("/api/exports/").get_json()["results"]
    assert [each["sections"]["following"]["state"] for each in exports] == ["filled", "cut"]


def test_a_file_can_be_said_to_be_of_an_account_with_a_new_name(
    caller: Caller, import_now: Importer, work: Work
) -> None:
    import_now(export_json(many(30), owner="ada"), exported_at=1_770_000_000)
    sent = send(caller, export_json(many(29), owner="ada.new"), exported_at="2026-06-01T00:00:00Z")
    work()
    asked = watch(caller, sent)
    assert (asked["state"], asked["preview"]["owner_question"]) == ("ready", None), "a program is not asked"
    commit = f"/api/imports/{asked['id']}/commit/"
    for body, field in (
        ({"owner": "renamed"}, "account"),
        ({"owner": "renamed", "account": "nobody"}, "account"),
        ({"owner": "renamed", "account": "../x"}, "account"),
        ({"account": "ada"}, "account"),
        ({"owner": "mine"}, "owner"),
        ({"owner": "new_account", "answers": {"followers": "complete"}}, "answers"),
    ):
        refused = caller.post(commit, json=body)
        assert (refused.status_code, refused.get_json()["field"]) == (422, field), body
    assert caller.post(commit, json={"owner": "renamed", "account": "@ada"}).status_code == 202
    work()
    assert watch(caller, sent)["state"] == "done"
    assert [row["handle"] for row in caller.get("/api/accounts/").get_json()["results"]] == ["ada.new"]


def test_a_file_of_another_account_can_be_said_to_be_a_new_one(
    caller: Caller, import_now: Importer, work: Work
) -> None:
    import_now(export_json(many(30), owner="ada"), exported_at=1_770_000_000)
    sent = send(caller, export_json(many(29), owner="eve"), exported_at="2026-06-01T00:00:00Z")
    work()
    answer = caller.post(f"/api/imports/{sent.get_json()['id']}/commit/", json={"owner": "new_account"})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "received")
    work()
    assert watch(caller, sent)["state"] == "done"
    assert [row["handle"] for row in caller.get("/api/accounts/").get_json()["results"]] == ["ada", "eve"]


def test_an_import_can_be_undone(caller: Caller, import_now: Importer, work: Work) -> None:
    import_now(export_json(many(30)), exported_at=1_770_000_000)
    import_now(export_json(many(29)), exported_at=1_772_000_000)
    newest = caller.get("/api/imports/").get_json()["results"][0]
    answer = caller.post(f"/api/imports/{newest['id']}/undo/")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "undoing")
    work()
    assert watch(caller, answer)["state"] == "undone"
    assert caller.get("/api/followers/").get_json()["count"] == 30
    waiting = send(caller, export_json(many(30)), exported_at="2026-06-01T00:00:00Z")
    assert caller.post(f"/api/imports/{waiting.get_json()['id']}/undo/").status_code == 409


def test_a_cancelled_import_leaves_nothing(app: Flask, caller: Caller, work: Work) -> None:
    sent = send(caller, export_json(many(3), []))
    cancelled = caller.post(f"/api/imports/{sent.get_json()['id']}/cancel/")
    assert (cancelled.status_code, cancelled.get_json()["state"]) == (200, "cancelled")
    again = caller.post(f"/api/imports/{sent.get_json()['id']}/cancel/")
    assert (again.status_code, again.get_json()["state"]) == (200, "cancelled")
    assert caller.post(f"/api/imports/{sent.get_json()['id']}/commit/", json={}).status_code == 409
    work()
    assert caller.get("/api/accounts/").get_json()["count"] == 0
    with app.app_context():
        assert list(uploads_path().iterdir()) == []


def test_an_import_cannot_be_committed_while_it_is_read(caller: Caller) -> None:
    sent = send(caller, export_json(many(3), []))
    answer = caller.post(f"/api/imports/{sent.get_json()['id']}/commit/", json={})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "import_not_ready")


def test_a_file_that_is_no_export_fails_with_a_sentence(caller: Caller, work: Work) -> None:
    sent = send(caller, b'{"some": "thing"}')
    work()
    failed = watch(caller, sent)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "not_an_export")
    assert "TikTok" in failed["error"]["text"]
    assert failed["sections"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "file"),
        ({"file": "a text"}, "file"),
        ({"account": "../x"}, "account"),
        ({"account": "a" * 65}, "account"),
        ({"exported_at": "yesterday"}, "exported_at"),
        ({"exported_at": "2026-04-12T09:15:00"}, "exported_at"),
        ({"exported_at": "2026-04-12"}, "exported_at"),
        ({"exported_at": "1999-01-01T00:00:00Z"}, "exported_at"),
        ({"exported_at": "1776000000"}, "exported_at"),
        ({"commit": "1"}, "commit"),
        ({"account": ["a", "b"]}, "account"),
    ],
)
def test_a_bad_form_is_refused_by_the_name_of_its_field(
    app: Flask, caller: Caller, fields: dict[str, Any], field: str
) -> None:
    file = {} if field == "file" else {"file": (io.BytesIO(export_json()), "export.json")}
    answer = caller.post("/api/imports/", data={**fields, **file}, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert caller.get("/api/imports/").get_json()["count"] == 0
    with app.app_context():
        assert not uploads_path().is_dir() or list(uploads_path().iterdir()) == []


def test_two_files_at_once_are_refused(app: Flask, caller: Caller) -> None:
    files = [(io.BytesIO(export_json()), "a.json"), (io.BytesIO(export_json()), "b.json")]
    answer = caller.post("/api/imports/", data={"file": files}, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "field_repeated")
    with app.app_context():
        assert list(uploads_path().iterdir()) == []


def test_a_body_that_is_no_form_is_refused(caller: Caller) -> None:
    answer = caller.post("/api/imports/", data=export_json(), content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_body")


def test_a_file_reaches_its_place_whole(app: Flask, caller: Caller) -> None:
    content = export_json(many(5000), [])
    sent = send(caller, content, name="../../etc/TikTok_Data_1775985300.json")
    body = sent.get_json()
    assert (body["size_bytes"], body["file_name"]) == (len(content), "TikTok_Data_1775985300.json")
    with app.app_context():
        assert (uploads_path() / body["id"] / "upload").read_bytes() == content


def test_nobody_without_a_key_leaves_a_file(app: Flask, client: FlaskClient) -> None:
    data = {"file": (io.BytesIO(export_json()), "a.json")}
    answer = client.post("/api/imports/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 401
    with app.app_context():
        assert not uploads_path().is_dir() or list(uploads_path().iterdir()) == []


def test_imports_are_listed_newest_first_in_pages(caller: Caller) -> None:
    sent = [send(caller, export_json(many(number + 1), [])).get_json()["id"] for number in range(3)]
    first = caller.get("/api/imports/?page_size=2").get_json()
    assert (first["count"], [row["id"] for row in first["results"]]) == (3, [sent[2], sent[1]])
    assert first["next"] == "http://127.0.0.1:5000/api/imports/?page=2&page_size=2"
    second = caller.get("/api/imports/?page=2&page_size=2").get_json()
    assert (second["next"], [row["id"] for row in second["results"]]) == (None, [sent[0]])


def test_exports_are_listed_oldest_first_with_what_they_hold(caller: Caller, import_now: Importer) -> None:
    newer, older = 1_775_985_300, 1_770_000_000
    import_now(export_json(many(2), None), exported_at=newer)
    import_now(export_json(many(1), many(2, "other")), exported_at=older)
    answer = caller.get("/api/exports/").get_json()
    assert (answer["count"], answer["next"], answer["previous"]) == (2, None, None)
    assert [(row["at"], row["at_source"], row["state"]) for row in answer["results"]] == [
        ("2026-02-02T02:40:00Z", "person", "complete"),
        ("2026-04-12T09:15:00Z", "person", "partial"),
    ]
    sections = answer["results"][1]["sections"]
    assert sections["followers"] == {"state": "filled", "read": 2, "kept": 2, "skipped": {}}
    assert sections["following"] == {"state": "missing", "read": None, "kept": None, "skipped": None}
