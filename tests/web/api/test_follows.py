"""GET /api/followers/ and /api/following/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories import Member, export_json, many
from tests.web.api.conftest import Caller, Importer

ORDERS = ["date_followed", "-date_followed", "username", "-username"]


def names(answer: dict[str, Any]) -> list[str]:
    return [row["username"] for row in answer["results"]]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:5000"
    return f"{parts.path}?{parts.query}"


def test_an_item_has_the_three_fields_of_the_contract(caller: Caller, import_now: Importer) -> None:
    import_now(
        export_json([("ada", "2026-03-29 18:04:11"), ("bo", "2026-03-01 00:00:00")], [("Ada", "2026-01-01 00:00:00")])
    )
    assert caller.get("/api/followers/").json == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            {"username": "ada", "date_followed": "2026-03-29T18:04:11Z", "is_mutual": True},
            {"username": "bo", "date_followed": "2026-03-01T00:00:00Z", "is_mutual": False},
        ],
    }
    assert caller.get("/api/following/").json == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [{"username": "Ada", "date_followed": "2026-01-01T00:00:00Z", "is_mutual": True}],
    }


def test_a_missing_list_is_unknown_and_never_zero(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([("ada", "2026-03-29 18:04:11")], None))
    answer = caller.get("/api/following/").get_json()
    assert {**answer, "unknown": answer["unknown"]["code"]} == {
        "count": None,
        "next": None,
        "previous": None,
        "results": [],
        "unknown": "not_in_exports",
    }
    assert answer["unknown"]["text"].startswith("No export of this account holds this list whole.")
    assert caller.get("/api/followers/").get_json()["results"][0]["is_mutual"] is None


def test_an_empty_list_is_zero(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([], [("ada", "2026-01-01 00:00:00")]))
    assert caller.get("/api/followers/").json == {"count": 0, "next": None, "previous": None, "results": []}


def test_without_an_account_the_list_is_unknown(caller: Caller) -> None:
    answer = caller.get("/api/followers/").get_json()
    assert (answer["count"], answer["unknown"]["code"]) == (None, "no_account")


@pytest.mark.parametrize("ordering", ORDERS)
def test_following_next_visits_every_row_once_and_previous_leads_back(
    caller: Caller, import_now: Importer, ordering: str
) -> None:
    # Some share a second, so that the name has to break the tie.
    people = many(40) + [(f"twin{number}", "2024-05-05 05:05:05") for number in range(7)]
    import_now(export_json(people, []))
    pages, url = [], f"/api/followers/?ordering={ordering}&page_size=6&search=n"
    while url:
        answer = caller.get(url).get_json()
        assert answer["count"] == 47
        pages.append(names(answer))
        url = path_of(answer["next"]) if answer["next"] else ""
    visited = [name for page in pages for name in page]
    assert sorted(visited) == sorted(name for name, _ in people)
    by_name = {name: (at, name) for name, at in people}
    expected = sorted(by_name, key=lambda name: by_name[name] if "date" in ordering else name)
    assert visited == (expected[::-1] if ordering.startswith("-") else expected)
    for page in reversed(pages[:-1]):
        answer = caller.get(path_of(answer["previous"])).get_json()
        assert names(answer) == page
    assert answer["previous"] is None


def test_next_carries_every_other_argument(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(many(9), many(9)))
    account = caller.get("/api/accounts/").get_json()["results"][0]["id"]
    asked = {
        "search": "person",
        "date_from": "2024-01-01",
        "date_to": "2026-01-01",
        "mutual": "1",
        "ordering": "username",
        "page_size": "2",
        "account": account,
    }
    answer = caller.get("/api/followers/", query_string={**asked, "page": "2"}).get_json()
    assert names(answer) == ["person00002", "person00003"]
    sent = {name: values[0] for name, values in parse_qs(urlsplit(answer["next"]).query).items()}
    assert sent.pop("cursor")
    assert sent == asked
    assert names(caller.get(path_of(answer["previous"])).get_json()) == ["person00000", "person00001"]


def test_a_page_beyond_the_end_is_empty_and_keeps_the_count(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(many(3), []))
    answer = caller.get("/api/followers/?page=9").get_json()
    assert (answer["count"], answer["next"], answer["results"]) == (3, None, [])


@pytest.mark.parametrize(
    ("search", "found"),
    [("_", ["a_b"]), ("%", []), ("A_B", ["a_b"]), ("@a", ["a_b", "axb"]), ("b", ["a_b", "axb"]), ("\\", [])],
)
def test_search_takes_wildcards_literally(caller: Caller, import_now: Importer, search: str, found: list[str]) -> None:
    import_now(export_json([("a_b", "2026-01-02 00:00:00"), ("axb", "2026-01-01 00:00:00")], []))
    answer = caller.get("/api/followers/", query_string={"search": search}).get_json()
    assert names(answer) == found
    assert answer["count"] == len(found)


def test_days_are_inclusive_and_of_the_accounts_zone_across_the_change_of_clocks(
    caller: Caller, import_now: Importer, set_timezone: Callable[[str], None]
) -> None:
    # Paris went from +01:00 to +02:00 in the night of 29 March 2026: that day has 23 hours.
    import_now(
        export_json(
            [
                ("before", "2026-03-28 22:59:59"),
                ("first", "2026-03-28 23:00:00"),
                ("last", "2026-03-29 21:59:59"),
                ("after", "2026-03-29 22:00:00"),
            ],
            [],
        )
    )
    set_timezone("Europe/Paris")
    days = {"date_from": "2026-03-29", "date_to": "2026-03-29", "ordering": "date_followed"}
    assert names(caller.get("/api/followers/", query_string=days).get_json()) == ["first", "last"]
    set_timezone("UTC")
    assert names(caller.get("/api/followers/", query_string=days).get_json()) == ["last", "after"]


def test_mutual_keeps_only_who_is_on_both_lists(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(many(5), [("PERSON00002", "2026-01-01 00:00:00")]))
    answer = caller.get("/api/followers/?mutual=1").get_json()
    assert (names(answer), answer["count"]) == (["person00002"], 1)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        *[(f"page={value}", "page") for value in ("0", "-1", "1_0", "1e9", "１", "²", "NaN", "9223372036854775808")],
        *[(f"page_size={value}", "page_size") for value in ("0", "1001", "1.0", "all", "0x10")],
        *[
            (f"date_from={value}", "date_from")
            for value in ("2026-02-30", "20260201", "2026-1-1", "today", "0001-01-01")
        ],
        ("date_to=9999-12-31", "date_to"),
        ("date_from=2026-02-01&date_to=2026-01-31", "date_to"),
        *[(f"ordering={value}", "ordering") for value in ("date", "-id", "(select 1)", "username;drop table user")],
        ("mutual=maybe", "mutual"),
        (f"search={'a' * 65}", "search"),
        *[(f"cursor={value}", "cursor") for value in ("x", "é", "Zjow", "Zjox", "====")],
        *[(f"{name}=1&{name}=1", name) for name in ("page", "page_size", "search", "ordering", "cursor", "account")],
        ("pagesize=10", "pagesize"),
        ("limit=10", "limit"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(caller: Caller, arguments: str, field: str) -> None:
    answer = caller.get(f"/api/followers/?{arguments}")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["field"] == field


def test_another_teams_account_answers_as_one_that_does_not_exist(
    caller: Caller, stranger: Caller, import_now: Importer
) -> None:
    import_now(export_json(many(2), []))
    theirs = caller.get("/api/accounts/").get_json()["results"][0]["id"]

    def body(account: str) -> dict[str, Any]:
        answer = stranger.get("/api/followers/", query_string={"account": account})
        assert answer.status_code == 404
        return {name: value for name, value in answer.get_json().items() if name != "request_id"}

    assert body(theirs) == body("0" * 20) == body("nonsense")


def test_the_account_argument_chooses_the_account(caller: Caller, import_now: Importer, alice: Member) -> None:
    import_now(export_json([("ada", "2026-01-01 00:00:00")], [], owner="one"))
    import_now(export_json([("bo", "2026-01-01 00:00:00")], [], owner="two"))
    accounts = {row["handle"]: row["id"] for row in caller.get("/api/accounts/").get_json()["results"]}
    found = {
        handle: names(caller.get("/api/followers/", query_string={"account": public_id}).get_json())
        for handle, public_id in accounts.items()
    }
    assert found == {"one": ["ada"], "two": ["bo"]}
    assert names(caller.get("/api/followers/").get_json()) == ["ada"]
