"""GET /api/followers/stats/, /common/, /followers-only/ and /following-only/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.factories import Member, account_scope, add_confirmed_rename, export_json, many
from tests.ledgers import FIRST, SAMPLES, SECOND, THIRD, at
from tests.recount import Recount, count_file
from tests.web.api.conftest import Caller, Importer
from webapp.extensions import db
from webapp.services.people import add_tag

LISTS = ("common", "followers-only", "following-only")
NOTHING = {"followers": None, "following": None}
ADA, BO, CY = ("ada", "2026-03-29 18:04:11"), ("bo", "2026-03-01 00:00:00"), ("cy", "2026-02-01 00:00:00")
TIMES = {FIRST: at("2023-11-05T09:00:00"), SECOND: at("2025-06-10T18:30:00"), THIRD: 1_768_463_100}


def names(answer: dict[str, Any]) -> list[str]:
    return [row["username"] for row in answer["results"]]


def walk(caller: Caller, path: str) -> list[dict[str, Any]]:
    """Return every row of a list by following its addresses forwards, and insist that they lead back as well."""
    pages, address = [], path
    while address:
        answer = caller.get(address).get_json()
        pages.append(answer["results"])
        address = (answer["next"] or "").removeprefix("http://127.0.0.1:5000")
        assert not address.startswith("http")
    rows = [row for page in pages for row in page]
    assert answer["count"] == len(rows)
    for page in reversed(pages[:-1]):
        answer = caller.get(answer["previous"].removeprefix("http://127.0.0.1:5000")).get_json()
        assert answer["results"] == page
    assert answer["previous"] is None
    return rows


def everything(caller: Caller) -> dict[str, Any]:
    """Return the figures and the lists whole."""
    stats = caller.get("/api/followers/stats/").get_json()
    stats.pop("unknown", None)
    lists = {kind: walk(caller, f"/api/followers/{kind}/?page_size=4") for kind in LISTS}
    return {"stats": stats, **lists}


def recounted(counted: Recount) -> dict[str, Any]:
    """Return the same from the files; a list that cannot be known is empty here and null in its count."""
    return {
        "stats": counted.stats(),
        "common": counted.common(),
        "followers-only": counted.followers_only(),
        "following-only": counted.following_only(),
    }


def test_the_figures_have_the_fields_of_the_contract(caller: Caller, import_now: Importer) -> None:
    old = ("di", "2026-01-31 00:00:00")
    import_now(export_json([ADA, BO, CY, old], [BO, ("eve", "2026-03-30 00:00:00")]), exported_at=at("2026-04-01"))
    assert caller.get("/api/followers/stats/").json == {
        "as_of": "2026-04-01T00:00:00Z",
        "total_followers": 4,
        "total_following": 2,
        "mutuals_count": 1,
        "followers_only_count": 3,
        "following_only_count": 1,
        "follower_ratio": 2.0,
        "weekly_growth": {"followers": 1, "following": 1},
        "monthly_growth": {"followers": 1, "following": 1},
        "top_acquisition_dates": [
            {"date": "2026-03-29", "followers_gained": 1},
            {"date": "2026-03-01", "followers_gained": 1},
            {"date": "2026-02-01", "followers_gained": 1},
            {"date": "2026-01-31", "followers_gained": 1},
        ],
    }


@pytest.mark.parametrize(("second", "week"), [("2026-03-25 00:00:00", 0), ("2026-03-25 00:00:01", 1)])
def test_a_week_begins_after_the_second_seven_days_before_the_export(
    caller: Caller, import_now: Importer, second: str, week: int
) -> None:
    import_now(export_json([("ada", second), ("late", "2026-04-01 00:00:01")], []), exported_at=at("2026-04-01"))
    answer = caller.get("/api/followers/stats/").get_json()
    assert answer["weekly_growth"] == {"followers": week, "following": 0}
    assert answer["monthly_growth"]["followers"] == 1


def test_days_are_of_the_accounts_zone_and_the_later_one_goes_first_on_a_tie(
    caller: Caller, import_now: Importer, set_timezone: Callable[[str], None]
) -> None:
    moments = ["2026-03-28 23:30:00", "2026-03-29 21:30:00", "2026-03-29 22:30:00", "2026-03-01 12:00:00"]
    early = [f"2026-01-{day:02} 12:00:00" for day in range(1, 12)]
    people = [(f"person{number}", moment) for number, moment in enumerate([*moments, *early])]
    import_now(export_json(people, []), exported_at=at("2026-04-01"))
    set_timezone("Europe/Paris")
    days = caller.get("/api/followers/stats/").get_json()["top_acquisition_dates"]
    assert len(days) == 10
    assert [(day["date"], day["followers_gained"]) for day in days[:4]] == [
        ("2026-03-29", 2),
        ("2026-03-30", 1),
        ("2026-03-01", 1),
        ("2026-01-11", 1),
    ]


def test_an_item_of_each_list_has_the_fields_of_the_contract(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([ADA, BO], [("ADA", "2026-01-01 00:00:00"), CY]))
    found = {kind: caller.get(f"/api/followers/{kind}/").get_json() for kind in LISTS}
    both = {"date_followed": "2026-03-29T18:04:11Z", "date_following": "2026-01-01T00:00:00Z", "is_mutual": True}
    one = {"date_followed": "2026-03-01T00:00:00Z", "date_following": None, "is_mutual": False}
    other = {"date_followed": None, "date_following": "2026-02-01T00:00:00Z", "is_mutual": False}
    assert found == {
        "common": {"count": 1, "next": None, "previous": None, "results": [{"username": "ada", **both}]},
        "followers-only": {"count": 1, "next": None, "previous": None, "results": [{"username": "bo", **one}]},
        "following-only": {"count": 1, "next": None, "previous": None, "results": [{"username": "cy", **other}]},
    }


def test_mutuals_are_ordered_and_narrowed_by_the_later_of_the_two_dates(caller: Caller, import_now: Importer) -> None:
    followers = [("ann", "2026-01-01 00:00:00"), ("bea", "2026-01-05 00:00:00"), ("cat", "2026-01-02 00:00:00")]
    following = [("ann", "2026-01-09 00:00:00"), ("bea", "2026-01-01 00:00:00"), ("cat", "2026-01-03 00:00:00")]
    import_now(export_json(followers, following))
    asked = {"": "ann bea cat", "date_followed": "cat bea ann", "username": "ann bea cat", "-username": "cat bea ann"}
    for ordering, wanted in asked.items():
        assert names(caller.get(f"/api/followers/common/?ordering={ordering}").get_json()) == wanted.split()
    days = caller.get("/api/followers/common/?date_from=2026-01-03&date_to=2026-01-05").get_json()
    assert (names(days), days["count"]) == (["bea", "cat"], 2)


@pytest.mark.parametrize(("followers", "following"), [([ADA], None), (None, [ADA])])
def test_where_one_list_is_missing_what_takes_both_is_unknown(
    caller: Caller, import_now: Importer, followers: Any, following: Any
) -> None:
    import_now(export_json(followers, following), exported_at=at("2026-04-01"))
    stats = caller.get("/api/followers/stats/").get_json()
    assert stats.pop("unknown")["code"] == "not_in_exports"
    one, other = (None if people is None else 1 for people in (followers, following))
    assert stats == {
        "as_of": "2026-04-01T00:00:00Z",
        "total_followers": one,
        "total_following": other,
        "mutuals_count": None,
        "followers_only_count": None,
        "following_only_count": None,
        "follower_ratio": None,
        "weekly_growth": {"followers": one, "following": other},
        "monthly_growth": {"followers": one, "following": other},
        "top_acquisition_dates": None if one is None else [{"date": "2026-03-29", "followers_gained": 1}],
    }
    for kind in LISTS:
        answer = caller.get(f"/api/followers/{kind}/").get_json()
        assert (answer["count"], answer["results"], answer["unknown"]["code"]) == (None, [], "not_in_exports")


def test_empty_lists_are_zero_and_the_ratio_is_unknown(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([ADA], []), exported_at=at("2026-04-01"))
    stats = caller.get("/api/followers/stats/").get_json()
    counts = ("total_following", "mutuals_count", "followers_only_count", "following_only_count", "follower_ratio")
    assert [stats[name] for name in counts] == [0, 0, 1, 0, None]
    assert "unknown" not in stats
    assert caller.get("/api/followers/common/").json == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("has_export", [False, True])
def test_without_an_account_or_a_list_everything_is_unknown(
    caller: Caller, import_now: Importer, *, has_export: bool
) -> None:
    if has_export:
        import_now((SAMPLES / "partial_g4_only_posts.json").read_bytes(), handle="demo.maker")
    code = "not_in_exports" if has_export else "no_account"
    stats = caller.get("/api/followers/stats/").get_json()
    assert stats.pop("unknown")["code"] == code
    assert stats.pop("weekly_growth") == stats.pop("monthly_growth") == NOTHING
    assert set(stats.values()) == {None}
    for kind in LISTS:
        answer = caller.get(f"/api/followers/{kind}/").get_json()
        assert (answer["count"], answer["results"], answer["unknown"]["code"]) == (None, [], code)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_the_samples_are_told_as_a_second_count_of_the_files_has_them(
    caller: Caller, import_now: Importer, set_timezone: Callable[[str], None], zone: str
) -> None:
    held = []
    for file, second in TIMES.items():
        import_now(file.read_bytes(), exported_at=second, losses_confirmed=True)
        set_timezone(zone)
        held.append(count_file(file.read_bytes(), second))
        assert everything(caller) == recounted(Recount(tuple(held), zone))


@pytest.mark.parametrize(
    "file", ["txt_en_2025.zip", "empty_g3_nulls.json", "empty_g4_lists.json", "other.person_2026-01.zip"]
)
def test_every_other_sample_is_told_as_a_second_count_has_it(caller: Caller, import_now: Importer, file: str) -> None:
    content = (SAMPLES / file).read_bytes()
    import_now(content, name=file, exported_at=at("2026-01-16"))
    assert everything(caller) == recounted(Recount((count_file(content, at("2026-01-16")),), "UTC"))


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("ordering", ["date_followed", "-date_followed", "username", "-username"])
def test_every_row_is_visited_once_in_every_order(
    caller: Caller, import_now: Importer, kind: str, ordering: str
) -> None:
    # Some share a second, so that the name has to break the tie.
    twins = [(f"twin{number}", "2024-05-05 05:05:05") for number in range(7)]
    people = [*many(20), *twins, *many(11, "fan")]
    import_now(export_json(people, [*many(20), *twins, *many(9, "brand")]))
    rows = walk(caller, f"/api/followers/{kind}/?ordering={ordering}&page_size=4&search=n")
    if "date" in ordering:
        keys = [(max(row["date_followed"] or "", row["date_following"] or ""), row["username"]) for row in rows]
    else:
        keys = [("", row["username"]) for row in rows]
    assert len(rows) == {"common": 27, "followers-only": 11, "following-only": 9}[kind]
    assert keys == sorted(set(keys), reverse=ordering.startswith("-"))


@pytest.mark.parametrize("kind", LISTS)
def test_next_carries_every_other_argument(
    app: Flask, alice: Member, caller: Caller, import_now: Importer, kind: str
) -> None:
    people = many(9)
    import_now(export_json([*people, *many(9, "fan")], [*people, *many(9, "brand")]))
    account = caller.get("/api/accounts/").get_json()["results"][0]["id"]
    asked = {
        "search": "0000",
        "date_from": "2024-01-01",
        "date_to": "2026-01-01",
        "ordering": "username",
        "ignored": "hide",
        "unmarked": "1",
        "page_size": "2",
        "account": account,
    }
    answer = caller.get(f"/api/followers/{kind}/", query_string={**asked, "page": "2"}).get_json()
    assert [name[-1] for name in names(answer)] == ["2", "3"]
    sent = {name: values[0] for name, values in parse_qs(urlsplit(answer["next"]).query).items()}
    assert sent.pop("cursor")
    assert sent == asked
    assert urlsplit(answer["next"]).path == f"/api/followers/{kind}/"


@pytest.mark.parametrize("kind", LISTS)
def test_marks_leave_nobody_out_unless_the_caller_says_so(
    app: Flask, alice: Member, caller: Caller, import_now: Importer, kind: str
) -> None:
    people = [("one.both", ADA[1]), ("two.both", BO[1]), ("ign.both", CY[1])]
    fans = [(name.replace("both", "fan"), day) for name, day in people]
    brands = [(name.replace("both", "brand"), day) for name, day in people]
    import_now(export_json([*people, *fans], [*people, *brands]))
    end = {"common": "both", "followers-only": "fan", "following-only": "brand"}[kind]
    with app.app_context():
        scope = account_scope(alice)
        add_tag(alice.actor, scope, [f"ign.{end}"], "ignore")
        add_tag(alice.actor, scope, [f"two.{end}"], "family")
        add_confirmed_rename(scope, f"two.{end}", "a.new.name")
        db.session.remove()
    asked = {
        "": "one two ign",
        "ignored=hide": "one two",
        "unmarked=1": "one",
        "tag=family": "two",
        "tag=ignore": "ign",
    }
    for argument, wanted in asked.items():
        answer = caller.get(f"/api/followers/{kind}/?{argument}").get_json()
        assert names(answer) == [f"{name}.{end}" for name in wanted.split()], argument
        assert answer["count"] == len(answer["results"])


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("page=0", "page"),
        ("page_size=1001", "page_size"),
        ("date_from=2026-02-30", "date_from"),
        ("date_from=2026-02-01&date_to=2026-01-31", "date_to"),
        ("ordering=date_following", "ordering"),
        ("cursor=x", "cursor"),
        ("ignored=maybe", "ignored"),
        ("unmarked=maybe", "unmarked"),
        ("unmarked=1&tag=family", "unmarked"),
        ("search=a&search=b", "search"),
        ("mutual=1", "mutual"),
        ("relation=all", "relation"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(caller: Caller, kind: str, arguments: str, field: str) -> None:
    answer = caller.get(f"/api/followers/{kind}/?{arguments}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["field"] == field


def test_an_unknown_argument_of_the_figures_is_refused(caller: Caller) -> None:
    answer = caller.get("/api/followers/stats/?perod=all")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "perod")


@pytest.mark.parametrize("kind", ["stats", *LISTS])
def test_another_teams_account_answers_as_one_that_does_not_exist(
    caller: Caller, stranger: Caller, import_now: Importer, kind: str
) -> None:
    import_now(export_json([ADA], [ADA]))
    theirs = caller.get("/api/accounts/").get_json()["results"][0]["id"]
    for account in (theirs, "0" * 20, "nonsense"):
        assert stranger.get(f"/api/followers/{kind}/", query_string={"account": account}).status_code == 404
    assert caller.get(f"/api/followers/{kind}/", query_string={"account": theirs}).status_code == 200
