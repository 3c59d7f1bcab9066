"""GET /api/followers/changes/ and /api/following/changes/."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import EXPECTED, FIRST, SECOND, THIRD, at
from tests.web.api.conftest import Caller, Importer
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import RenameState
from webapp.services.renames import decide
from webapp.web.api import changes

OLD, TWIN = "2025-06-01 00:00:00", "2025-07-07 07:07:07"
LISTS = ("gained", "lost", "renamed", "returned", "refollowed", "deleted")
NOTHING: dict[str, Any] = {name: [] for name in LISTS}


def names(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["username"] for row in rows)


def exports(caller: Caller) -> list[str]:
    return [row["id"] for row in caller.get("/api/exports/").get_json()["results"]]


def two(import_now: Importer) -> None:
    """Import two exports: one lost, one gained, one renamed, one who followed again."""
    import_now(
        export_json(
            [("lost", OLD), ("old.name", TWIN), ("again", OLD)],
            [("lost", OLD), ("stayed", OLD)],
        ),
        exported_at=at("2026-05-03T09:15:00"),
    )
    import_now(
        export_json(
            [("gained", "2026-05-29 18:04:11"), ("new.name", TWIN), ("again", "2026-05-20 06:07:08")],
            [("stayed", OLD)],
        ),
        exported_at=at("2026-06-02T08:40:12"),
        losses_confirmed=True,
    )


BETWEEN = ["2026-05-03T09:15:00Z", "2026-06-02T08:40:12Z"]


def test_the_answer_has_the_fields_of_the_contract(caller: Caller, import_now: Importer) -> None:
    two(import_now)
    first, last = exports(caller)

    def item(name: str, followed: str, was_mutual: bool) -> dict[str, Any]:
        return {"username": name, "date_followed": followed, "was_mutual": was_mutual, "between": BETWEEN}

    answer = caller.get("/api/followers/changes/").get_json()
    for name in ("gained", "lost"):
        answer[name].sort(key=lambda row: row["username"])
    assert answer == {
        "from": first,
        "to": last,
        "gained": [
            item("gained", "2026-05-29T18:04:11Z", False),
            item("new.name", "2025-07-07T07:07:07Z", False),
        ],
        "lost": [item("lost", "2025-06-01T00:00:00Z", True), item("old.name", "2025-07-07T07:07:07Z", False)],
        "renamed": [{"from": "old.name", "to": "new.name", "date_followed": "2025-07-07T07:07:07Z", "confirmed": None}],
        "returned": [],
        "refollowed": [
            {
                "username": "again",
                "date_previous": "2025-06-01T00:00:00Z",
                "date_followed": "2026-05-20T06:07:08Z",
            }
        ],
        "deleted": [],
    }
    assert caller.get("/api/following/changes/").get_json() == {
        **NOTHING,
        "from": first,
        "to": last,
        "lost": [item("lost", "2025-06-01T00:00:00Z", True)],
    }


@pytest.mark.parametrize(
    ("state", "confirmed", "stays"), [(RenameState.CONFIRMED, True, []), (RenameState.REJECTED, False, ["old.name"])]
)
def test_a_decided_rename_says_so(
    app: Flask,
    alice: Member,
    caller: Caller,
    import_now: Importer,
    state: RenameState,
    confirmed: bool,
    stays: list[str],
) -> None:
    two(import_now)
    with app.app_context():
        decide(alice.actor, account_scope(alice), Section.FOLLOWERS, [("old.name", "new.name")], state)
        db.session.remove()
    answer = caller.get("/api/followers/changes/").get_json()
    assert [row["confirmed"] for row in answer["renamed"]] == [confirmed]
    assert names(answer["lost"]) == sorted(["lost", *stays])
    assert len(answer["gained"]) == 1 + len(stays)


def test_the_series_of_demo_maker_answers_what_is_expected(caller: Caller, app: Flask, alice: Member) -> None:
    with app.app_context():
        for path in (THIRD, FIRST, SECOND):
            import_done(alice, path, losses_confirmed=True)
        db.session.remove()
    ids = exports(caller)
    for place, file in ((1, SECOND), (2, THIRD)):
        expected = EXPECTED[f"demo.maker/{file.name}"]["changes_since_previous"]
        asked = {"from": ids[place - 1], "to": ids[place]}
        found = caller.get("/api/followers/changes/", query_string=asked).get_json()
        assert {name: found[name] for name in asked} == asked
        assert {
            "gained": names(found["gained"]),
            "lost": names(found["lost"]),
            "renamed": [[row["from"], row["to"], row["date_followed"]] for row in found["renamed"]],
            "deleted": [[row["username"], row["date_followed"]] for row in found["deleted"]],
            "again": [[row["username"], row["date_previous"], row["date_followed"]] for row in found["refollowed"]],
        } == {
            "gained": sorted(expected["gained"]),
            "lost": sorted(expected["lost"]),
            "renamed": expected.get("renamed", []),
            "deleted": expected.get("turned_into_NA", []),
            "again": expected.get("refollowed_new_date", []),
        }


def test_what_cannot_be_known_says_why_and_is_never_no_change(caller: Caller, import_now: Importer) -> None:
    def reason(**asked: str) -> str:
        answer = caller.get("/api/following/changes/", query_string=asked).get_json()
        assert {name: answer[name] for name in LISTS} == NOTHING
        assert answer["from"] is None
        assert answer["unknown"]["text"]
        return str(answer["unknown"]["code"])

    assert reason() == "no_account"
    import_now(export_json([("ada", OLD)], None), exported_at=at("2026-01-01"))
    assert reason() == "not_in_exports"
    import_now(export_json([("ada", OLD)], [("bo", OLD)]), exported_at=at("2026-02-01"))
    assert reason() == "no_earlier_list"
    without, whole = exports(caller)
    assert reason(to=without) == "not_in_this_export"
    assert caller.get("/api/following/changes/", query_string={"to": whole}).get_json()["to"] == whole
    assert "unknown" not in caller.get("/api/followers/changes/").get_json()


def test_an_export_that_is_not_the_accounts_is_not_there(
    caller: Caller, stranger: Caller, import_now: Importer, charlie: Member
) -> None:
    two(import_now)
    first, last = exports(caller)
    import_now(export_json([("zoe", OLD)], [], owner="other"), member=charlie)
    for asked in ({"from": first}, {"to": last}, {"from": "f" * 20}, {"to": "nonsense"}):
        answer = stranger.get("/api/followers/changes/", query_string=asked)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    account = caller.get("/api/accounts/").get_json()["results"][0]["id"]
    assert stranger.get("/api/followers/changes/", query_string={"account": account}).status_code == 404


def test_without_an_account_no_export_is_there(caller: Caller) -> None:
    assert caller.get("/api/followers/changes/", query_string={"to": "f" * 20}).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("from={last}&to={first}", "from"),
        ("from={first}&to={first}", "to"),
        ("from={first}&from={last}", "from"),
        ("page=2", "page"),
        ("since={first}", "since"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(
    caller: Caller, import_now: Importer, arguments: str, field: str
) -> None:
    two(import_now)
    first, last = exports(caller)
    answer = caller.get(f"/api/followers/changes/?{arguments.format(first=first, last=last)}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["field"] == field


def test_a_list_that_is_too_long_is_refused_and_its_csv_named(
    caller: Caller, import_now: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(import_now)
    first, last = exports(caller)
    monkeypatch.setattr(changes, "MOST_ROWS", 2)
    assert caller.get("/api/followers/changes/").status_code == 200
    monkeypatch.setattr(changes, "MOST_ROWS", 1)
    answer = caller.get("/api/followers/changes/")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "changes_too_long")
    address = f"http://127.0.0.1:5000/audience/changes.csv?from={first}&to={last}&show=gained"
    assert answer.get_json()["title"].endswith(address)
