from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import Member, account_scope, add_confirmed_rename, export_json, import_done, many
from tests.ledgers import FIRST, SECOND, THIRD, at
from tests.web.api.conftest import Caller, Importer
from webapp.analytics import growth as reads
from webapp.extensions import db
from webapp.services import growth

ADA, BO = ("ada", "2026-01-01 10:00:00"), ("bo", "2026-01-02 10:00:00")
CY, DI = ("cy", "2026-02-20 10:00:00"), ("di", "2026-03-20 10:00:00")


def growth_of(caller: Caller, **arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.get("/api/followers/growth/", query_string=arguments).get_json()
    return answer


@pytest.fixture
def three(import_now: Importer) -> None:
    """Three exports: cy came and bo left, then di came; the second lacks the following list."""
    import_now(export_json([ADA, BO], [ADA]), exported_at=at("2026-02-01"))
    import_now(export_json([ADA, CY], None), exported_at=at("2026-03-10"))
    import_now(export_json([ADA, CY, DI], [ADA, BO]), exported_at=at("2026-03-31"))


def test_every_export_is_a_point_with_the_fields_of_the_contract(caller: Caller, three: None) -> None:
    answer = growth_of(caller)
    assert {name: answer[name] for name in ("period", "data_points", "growth")} == {
        "period": "all",
        "data_points": 3,
        "growth": [
            {
                "date": "2026-02-01",
                "at": "2026-02-01T00:00:00Z",
                "follower_count": 2,
                "following_count": 1,
                "follower_ratio": 2.0,
                "followers_gained": None,
                "followers_lost": None,
                "following_gained": None,
                "following_lost": None,
                "net_follower_growth": None,
                "net_following_growth": None,
            },
            {
                "date": "2026-03-10",
                "at": "2026-03-10T00:00:00Z",
                "follower_count": 2,
                "following_count": None,
                "follower_ratio": None,
                "followers_gained": 1,
                "followers_lost": 1,
                "following_gained": None,
                "following_lost": None,
                "net_follower_growth": 0,
                "net_following_growth": None,
            },
            {
                "date": "2026-03-31",
                "at": "2026-03-31T00:00:00Z",
                "follower_count": 3,
                "following_count": 2,
                "follower_ratio": 1.5,
                "followers_gained": 1,
                "followers_lost": 0,
                "following_gained": 1,
                "following_lost": 0,
                "net_follower_growth": 1,
                "net_following_growth": 1,
            },
        ],
    }
    first, second = answer["retention"]
    assert (first["from"], first["to"]) == ("2026-02-01T00:00:00Z", "2026-03-10T00:00:00Z")
    assert (first["kept"], first["of"], first["rate"]) == (1, 2, 0.5)
    # The score interval of 1 of 2, as textbooks print it.
    assert (first["low"], first["high"]) == pytest.approx((0.0945, 0.9055), abs=5e-5)
    assert (second["kept"], second["of"], second["rate"], second["high"]) == (2, 2, 1.0, 1.0)


@pytest.mark.parametrize(
    ("period", "points", "shares"), [("week", 1, 1), ("month", 2, 2), ("year", 3, 2), ("all", 3, 2)]
)
def test_a_period_is_counted_back_from_the_newest_list(
    caller: Caller, three: None, period: str, points: int, shares: int
) -> None:
    answer = growth_of(caller, period=period)
    assert (answer["period"], answer["data_points"], len(answer["growth"])) == (period, points, points)
    assert len(answer["retention"]) == shares
    # What came and went before it is known, though the export before it is outside the period.
    assert answer["growth"][0]["followers_gained"] == (1 if points < 3 else None)


@pytest.mark.parametrize("value", ["decade", "Week", "7"])
def test_another_period_is_refused_by_name(caller: Caller, value: str) -> None:
    answer = caller.get("/api/followers/growth/", query_string={"period": value})
    assert (answer.status_code, answer.get_json()["field"]) == (422, "period")
    assert caller.get("/api/followers/growth/?days=7").get_json()["field"] == "days"


def test_without_anything_imported_the_answer_is_empty_and_says_why(caller: Caller) -> None:
    answer = growth_of(caller)
    assert {**answer, "unknown": answer["unknown"]["code"]} == {
        "period": "all",
        "data_points": 0,
        "growth": [],
        "retention": [],
        "peaks": [],
        "unknown": "no_account",
    }


def test_exports_without_any_list_are_unknown_and_never_zero(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(None, None))
    answer = growth_of(caller)
    assert (answer["growth"], answer["unknown"]["code"]) == ([], "not_in_exports")


def test_a_list_absent_between_two_others_is_a_gap(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([ADA, BO], [ADA]), exported_at=at("2026-02-01"))
    import_now(export_json(None, [ADA]), exported_at=at("2026-03-10"))
    import_now(export_json([ADA, CY, DI], [ADA]), exported_at=at("2026-03-31"))
    answer = growth_of(caller)
    assert [row["follower_count"] for row in answer["growth"]] == [2, None, 3]
    assert [row["followers_gained"] for row in answer["growth"]] == [None, None, 2]
    assert [row["net_follower_growth"] for row in answer["growth"]] == [None, None, 1]
    assert [(row["from"][:10], row["to"][:10], row["kept"]) for row in answer["retention"]] == [
        ("2026-02-01", "2026-03-31", 1)
    ]


def test_the_day_is_that_of_the_accounts_zone(
    caller: Caller, import_now: Importer, set_timezone: Callable[[str], None]
) -> None:
    import_now(export_json([ADA], []), exported_at=at("2026-02-01T20:00:00+00:00"))
    set_timezone("Asia/Tokyo")
    row = growth_of(caller)["growth"][0]
    assert (row["date"], row["at"]) == ("2026-02-02", "2026-02-01T20:00:00Z")


def test_a_confirmed_rename_is_neither_gained_nor_lost_and_was_kept(
    app: Flask, alice: Member, caller: Caller, import_now: Importer
) -> None:
    import_now(export_json([ADA, BO], []), exported_at=at("2026-02-01"))
    import_now(export_json([ADA, ("bobby", BO[1])], []), exported_at=at("2026-03-01"))
    before = growth_of(caller)
    with app.app_context():
        add_confirmed_rename(account_scope(alice), "bo", "bobby")
        db.session.remove()
    after = growth_of(caller)
    figures = [
        (row["followers_gained"], row["followers_lost"], row["net_follower_growth"])
        for row in (before["growth"][1], after["growth"][1])
    ]
    assert figures == [(1, 1, 0), (0, 0, 0)]
    assert [answer["retention"][0]["kept"] for answer in (before, after)] == [1, 2]


def test_who_followed_again_counts_as_kept(caller: Caller, import_now: Importer) -> None:
    import_now(export_json([ADA, BO], []), exported_at=at("2026-02-01"))
    import_now(export_json([ADA, ("bo", "2026-02-20 10:00:00")], []), exported_at=at("2026-03-01"))
    answer = growth_of(caller)
    assert (answer["growth"][1]["followers_gained"], answer["growth"][1]["followers_lost"]) == (0, 0)
    assert answer["retention"][0]["rate"] == 1.0


def test_peaks_say_what_was_usual_around_them(caller: Caller, import_now: Importer) -> None:
    crowd = [(f"crowd{number:03}", "2024-12-20 10:00:00") for number in range(200)]
    import_now(export_json([*many(2400, year=2025), *crowd], []), exported_at=at("2025-01-03"))
    answer = growth_of(caller)
    assert "peaks_unknown" not in answer
    (peak,) = answer["peaks"]
    assert (peak["date"], peak["followers_gained"]) == ("2024-12-20", 224)
    assert peak["expected"] == pytest.approx(24, abs=1)
    assert peak["p_value"] < 1e-9
    assert growth_of(caller, period="week")["peaks"] == []


def test_a_short_history_says_that_it_is_too_short_for_peaks(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(many(1000, year=2025), []), exported_at=at("2025-01-02"))
    answer = growth_of(caller)
    assert (answer["peaks"], answer["peaks_unknown"]["code"]) == ([], "too_few_days")


def test_a_large_account_is_not_waited_for(
    caller: Caller, import_now: Importer, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "LONG_LIST", 100)
    import_now(export_json(many(1500, year=2025), []), exported_at=at("2025-01-02"))
    answer = growth_of(caller)
    assert (answer["growth"][0]["follower_count"], answer["peaks"]) == (1500, [])
    assert answer["peaks_unknown"]["code"] == "being_worked_out"
    monkeypatch.setattr(growth, "LEAST_KEPT", 100)
    import_now(export_json(many(1501, year=2025), []), exported_at=at("2025-01-03"))
    work()
    assert "peaks_unknown" not in growth_of(caller)


def test_the_sample_series_gives_the_changes_that_its_makers_wrote_down(
    app: Flask, alice: Member, caller: Caller
) -> None:
    with app.app_context():
        for file in (FIRST, SECOND, THIRD):
            import_done(alice, file)
        db.session.remove()
    answer = growth_of(caller)
    shown = [
        (row["follower_count"], row["followers_gained"], row["followers_lost"], row["net_follower_growth"])
        for row in answer["growth"]
    ]
    assert shown == [(27, None, None, None), (49, 26, 4, 22), (53, 8, 4, 4)]
    assert [(kept["kept"], kept["of"]) for kept in answer["retention"]] == [(23, 27), (45, 49)]


def test_another_team_sees_nothing_of_it(three: None, stranger: Caller, caller: Caller) -> None:
    account = caller.get("/api/accounts/").get_json()["results"][0]["id"]
    assert stranger.get(f"/api/followers/growth/?account={account}").status_code == 404
    assert growth_of(stranger)["unknown"]["code"] == "no_account"
