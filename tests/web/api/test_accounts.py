"""GET /api/accounts/ and PATCH /api/accounts/<id>/."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import export_json
from tests.web.api.conftest import Caller, Importer


@pytest.fixture
def accounts(caller: Caller, import_now: Importer) -> dict[str, dict[str, Any]]:
    """Two accounts by their handles; the first is the default one."""
    import_now(export_json([], [], owner="one"))
    import_now(export_json([("a", "2026-01-01 00:00:00")], [], owner="two"))
    return {row["handle"]: row for row in caller.get("/api/accounts/").get_json()["results"]}


def test_an_account_has_the_fields_of_the_contract(caller: Caller, accounts: dict[str, dict[str, Any]]) -> None:
    one = accounts["one"]
    assert one == {
        "id": one["id"],
        "platform": "tiktok",
        "handle": "one",
        "timezone": "UTC",
        "is_default": True,
        "hold_percent": 20,
    }
    assert caller.get(f"/api/accounts/{one['id']}/").json == one


def test_accounts_are_paged(caller: Caller, accounts: dict[str, dict[str, Any]]) -> None:
    first = caller.get("/api/accounts/?page_size=1").get_json()
    assert (first["count"], first["previous"], first["results"]) == (2, None, [accounts["one"]])
    second = caller.get(first["next"].partition("5000")[2]).get_json()
    assert (second["count"], second["next"], second["results"]) == (2, None, [accounts["two"]])
    assert second["previous"] == "http://127.0.0.1:5000/api/accounts/?page_size=1"


def test_time_zone_and_default_can_be_changed(caller: Caller, accounts: dict[str, dict[str, Any]]) -> None:
    two = accounts["two"]
    changed = caller.patch(f"/api/accounts/{two['id']}/", json={"timezone": "Asia/Kathmandu", "is_default": True})
    assert (changed.status_code, changed.json) == (200, {**two, "timezone": "Asia/Kathmandu", "is_default": True})
    assert caller.get(f"/api/accounts/{accounts['one']['id']}/").get_json()["is_default"] is False
    assert caller.patch(f"/api/accounts/{two['id']}/", json={}).json == changed.json


def test_the_share_from_which_on_a_list_is_held_can_be_changed(
    caller: Caller, accounts: dict[str, dict[str, Any]]
) -> None:
    two = accounts["two"]
    changed = caller.patch(f"/api/accounts/{two['id']}/", json={"hold_percent": 35})
    assert (changed.status_code, changed.json) == (200, {**two, "hold_percent": 35})
    both = caller.patch(f"/api/accounts/{two['id']}/", json={"timezone": "Europe/Paris"})
    assert both.json == {**two, "timezone": "Europe/Paris", "hold_percent": 35}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"hold_percent": 0}, "hold_percent"),
        ({"hold_percent": 101}, "hold_percent"),
        ({"hold_percent": "20"}, "hold_percent"),
        ({"hold_percent": 2.5}, "hold_percent"),
        ({"timezone": ["UTC"]}, "timezone"),
        ({"timezone": "UTC", "is_default": "true"}, "is_default"),
        ({"is_default": 1}, "is_default"),
        ({"is_default": False}, "is_default"),
        ({"handle": "three"}, "handle"),
        ({"id": "x", "timezone": "Europe/Paris"}, "id"),
    ],
)
def test_a_bad_change_is_refused_whole_by_the_name_of_its_field(
    caller: Caller, accounts: dict[str, dict[str, Any]], body: dict[str, Any], field: str
) -> None:
    one = accounts["one"]
    answer = caller.patch(f"/api/accounts/{one['id']}/", json=body)
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert caller.get(f"/api/accounts/{one['id']}/").json == one


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"timezone=UTC", "application/x-www-form-urlencoded", 415),
        (b"{}", None, 415),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"timezone": "\xff"}', "application/json", 400),
        (b'{"timezone": "\\ud800"}', "application/json", 400),
        (b'{"timezone": ' + b"[" * 100_000 + b"}", "application/json", 400),
        (b'{"deep": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
        (b'{"timezone": "' + b"a" * 1_000_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_not_small_sound_json_is_refused(
    caller: Caller, accounts: dict[str, dict[str, Any]], body: bytes, content_type: str | None, status: int
) -> None:
    answer = caller.patch(f"/api/accounts/{accounts['one']['id']}/", data=body, content_type=content_type)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
