from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from tests.factories import Member, account_scope, export_json, run_jobs
from tests.ledgers import at
from tests.web.api.conftest import Caller, Importer
from webapp.analytics.content.fit_reading import find_fit
from webapp.extensions import db
from webapp.models import Account, ContentModel
from webapp.services.content import CONTENT
from webapp.services.transaction import transaction

PERFORMANCE, SOUNDS, TAGS = "/api/posts/performance/", "/api/posts/sounds/top/", "/api/posts/hashtags/top/"
NOON = datetime(2025, 1, 6, 12, tzinfo=UTC)
EXPORTED = at("2025-06-02")


def posts(count: int, **more: str) -> list[dict[str, Any]]:
    """Return a post a day; every fourth has #Bread, comes at six in the evening and gets six times as much.

    The newest five have #Cake, which none had before; all but one of the others have #fyp.
    """
    noise = Random(3)
    return [
        {
            "Date": f"{NOON + timedelta(days=number, hours=6 if number % 4 == 0 else 0):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str(int((600 if number % 4 == 0 else 100) * noise.lognormvariate(0, 0.5))),
            "Title": " ".join(
                ["words", *(["#Bread"] if number % 4 == 0 else []), "#Cake" if number >= count - 5 else "#fyp"]
            ),
            "Sound": "song - singer" if number % 2 else "other",
            **more,
        }
        for number in range(count)
    ]


def ask(caller: Caller, path: str, **arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.get(path, query_string=arguments).get_json()
    return answer


@pytest.fixture
def told(import_now: Importer) -> None:
    import_now(export_json(posts=posts(64)), exported_at=EXPORTED)


def test_the_performance_has_the_fields_of_the_contract(caller: Caller, told: None) -> None:
    answer = ask(caller, PERFORMANCE)
    assert list(answer) == [
        "as_of",
        "timezone",
        "metric",
        "posts",
        "typical",
        "by_kind",
        "by_weekday",
        "by_hour",
        "slots",
        "best_slots",
        "hashtag_effects",
        "sound_effects",
    ]
    assert (answer["as_of"], answer["timezone"], answer["metric"]) == ("2025-06-02T00:00:00Z", "UTC", "likes")
    assert (answer["posts"], answer["typical"]) == (64, 126)
    assert [list(row) for row in answer["by_kind"]] == [
        ["posts", "typical", "effect", "low", "high", "claim", "kind"]
    ] * 2
    assert [(row["kind"], row["posts"], row["effect"], row["claim"]) for row in answer["by_kind"]] == [
        ("video", 64, None, False),
        ("photo", 0, None, False),
    ]
    assert [row["weekday"] for row in answer["by_weekday"]] == list(range(7))
    assert [row["hour"] for row in answer["by_hour"] if row["posts"]] == [12, 18]
    assert len(answer["by_hour"]) == 24
    assert [(row["weekday"], row["hour"]) for row in answer["slots"]] == [
        (day, hour) for day in range(7) for hour in range(24)
    ]
    assert answer["slots"][18] == {"weekday": 0, "hour": 18, "posts": 3, "typical": 724}
    (slot,) = answer["best_slots"]
    assert (slot["hour_from"], slot["hour_to"], slot["posts"], slot["claim"]) == (18, 21, 16, True)
    assert 1 < slot["low"] < slot["effect"] < slot["high"]
    assert [(row["hashtag"], row["posts"], row["claim"]) for row in answer["hashtag_effects"]] == [
        ("Bread", 16, True),
        ("fyp", 59, False),
        ("Cake", 5, False),
    ]
    assert [(row["sound"], row["posts"], row["effect"], row["claim"]) for row in answer["sound_effects"]] == [
        ("other", 32, None, False),
        ("song", 32, None, False),
    ]


def test_views_that_no_import_holds_are_unknown_and_not_nought(caller: Caller, told: None) -> None:
    for metric in ("views", "engagement_rate"):
        answer = ask(caller, PERFORMANCE, metric=metric)
        assert (answer["posts"], answer["typical"], answer["by_kind"], answer["best_slots"]) == (None, None, [], [])
        assert answer["unknown"]["code"] == "few_views"
        assert "TikTok Studio" in answer["unknown"]["text"]
    refused = caller.get(PERFORMANCE, query_string={"metric": "fame"})
    assert (refused.status_code, refused.get_json()["field"]) == (422, "metric")


def test_the_top_hashtags_are_those_of_the_performance_and_the_fit(
    app: Flask, alice: Member, caller: Caller, told: None
) -> None:
    answer = ask(caller, TAGS)
    assert [(row["hashtag"], row["posts"], row["claim"], row["rising"]) for row in answer["results"]] == [
        ("fyp", 59, False, False),
        ("Bread", 16, True, False),
        ("Cake", 5, False, True),
    ]
    bread = answer["results"][1]
    assert list(bread) == [
        "hashtag",
        "posts",
        "typical_likes",
        "effect",
        "low",
        "high",
        "claim",
        "first_used",
        "last_used",
        "rising",
    ]
    assert (bread["first_used"], bread["last_used"]) == ("2025-01-06T18:00:00Z", "2025-03-07T18:00:00Z")
    ranked = ask(caller, TAGS, by="effect", page_size="2")
    assert [row["hashtag"] for row in ranked["results"]] == ["Bread", "fyp"]
    assert ranked["next"].endswith("?by=effect&page=2&page_size=2")
    (of_performance,) = (row for row in ask(caller, PERFORMANCE)["hashtag_effects"] if row["hashtag"] == "Bread")
    with app.app_context():
        fit = find_fit(account_scope(alice))
        db.session.remove()
    assert fit is not None
    (of_fit,) = (tag.group for tag in fit.likes.hashtags if tag.group.key == "bread")
    assert bread["effect"] == of_performance["effect"] == of_fit.effect
    assert bread["typical_likes"] == of_performance["typical"] == of_fit.typical


def test_the_top_sounds_have_what_they_typically_got_and_its_interval(caller: Caller, told: None) -> None:
    answer = ask(caller, SOUNDS)
    first = answer["results"][0]
    assert answer["count"] == 2
    assert first == {
        "sound": "other",
        "author": None,
        "posts": 32,
        "typical_likes": pytest.approx(352, abs=260),
        "low": first["low"],
        "high": first["high"],
        "first_used": "2025-01-06T18:00:00Z",
        "last_used": "2025-03-09T12:00:00Z",
    }
    assert first["low"] <= first["typical_likes"] <= first["high"]
    assert [row["sound"] for row in ask(caller, SOUNDS, by="typical")["results"]] == ["other", "song"]
    refused = caller.get(SOUNDS, query_string={"by": "beauty"})
    assert (refused.status_code, refused.get_json()["field"]) == (422, "by")


def test_what_cannot_be_known_says_why(app: Flask, caller: Caller, import_now: Importer) -> None:
    def codes() -> list[str]:
        return [ask(caller, path)["unknown"]["code"] for path in (PERFORMANCE, SOUNDS, TAGS)]

    assert codes() == ["no_account"] * 3
    import_now(export_json([], owner="demo.maker"), exported_at=EXPORTED)
    assert codes() == ["not_in_exports"] * 3
    import_now(export_json(posts=posts(64, Title="N/A", Sound="")), exported_at=EXPORTED + 1)
    assert ask(caller, TAGS)["unknown"]["code"] == "no_titles"
    assert ask(caller, TAGS)["count"] is None
    assert ask(caller, SOUNDS)["unknown"]["code"] == "no_sounds"
    answer = ask(caller, PERFORMANCE)
    assert (answer["hashtag_effects"], answer["hashtags_unknown"]["code"]) == ([], "no_titles")
    assert answer["posts"] == 64
    with app.app_context():
        db.session.query(ContentModel).delete()
        db.session.commit()
        db.session.remove()
    answer = ask(caller, PERFORMANCE)
    assert (answer["posts"], answer["unknown"]["code"]) == (None, "being_worked_out")


def test_the_numbers_explain_themselves(caller: Caller, told: None) -> None:
    for path in (PERFORMANCE, SOUNDS, TAGS):
        count, typical = ask(caller, path, explain="1")["explain"]
        assert (count["metric"], count["value"]) == ("posts", 64)
        assert (typical["metric"], typical["n"]) == ("typical_likes", 64)
        assert typical["value"] == ask(caller, PERFORMANCE)["typical"]


def test_hours_are_those_of_the_account_s_zone(
    caller: Caller, told: None, set_timezone: Callable[[str], None], app: Flask
) -> None:
    set_timezone("Asia/Tokyo")
    with app.app_context():
        with transaction() as session:
            CONTENT.queue(session, session.query(Account).one())
        run_jobs()
        db.session.remove()
    answer = ask(caller, PERFORMANCE)
    assert answer["timezone"] == "Asia/Tokyo"
    assert [row["hour"] for row in answer["by_hour"] if row["posts"]] == [3, 21]
    assert [(slot["hour_from"], slot["hour_to"]) for slot in answer["best_slots"]] == [(3, 6)]
