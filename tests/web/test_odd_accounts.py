"""Accounts with too few, equal, unknown or wildly changing likes: every new page answers, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories import Cast, export_json, import_done, many, run_jobs
from tests.house.actors import Actor, Caller
from webapp.extensions import db

_PAGES = (
    "/content/forecast",
    "/content/anomalies?kind=all",
    "/planner/ideas",
    "/planner",
    "/planner/posts/new",
    "/planner/experiments/new",
    "/content/analytics/trends",
    "/api/ml/recommendations/",
    "/api/ml/trends/",
    "/api/posts/anomalies/",
)
_EXPORTED = datetime(2026, 6, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def posts(*likes: int | None) -> list[dict[str, Any]]:
    """Return a post a day, the last of them mature."""
    begun = _EXPORTED - timedelta(days=8 + len(likes))
    return [
        {
            "Date": f"{begun + timedelta(days=day):%Y-%m-%d %H:%M:%S}",
            "Title": f"Post {day} #cook",
            **({} if own is None else {"Likes": str(own)}),
        }
        for day, own in enumerate(likes)
    ]


def usual(count: int) -> list[int]:
    return [80 + at * 37 % 60 for at in range(count)]


@pytest.mark.parametrize(
    ("likes", "refused", "english", "french"),
    [
        ((), "few_posts", "0 of 10", "0 sur 10"),
        (usual(5), "few_posts", "5 of 10", "5 sur 10"),
        (usual(12), None, "indicative", "indicati"),
        (usual(40), None, "8 times in 10", "8 fois sur 10"),
        ([100] * 40, None, "8 times in 10", "8 fois sur 10"),
        ([0] * 40, None, "8 times in 10", "8 fois sur 10"),
        ([None] * 40, "no_likes", "do not say how many likes", "ne disent pas"),
        ([*usual(60), *(own * 100 for own in usual(40))], None, "8 times in 10", "8 fois sur 10"),
    ],
    ids=["none", "5", "12", "40", "all equal", "all 0", "without likes", "100 times as many"],
)
def test_an_odd_account_is_told_what_can_be_told(
    app: Flask, cast: Cast, likes: list[int | None], refused: str | None, english: str, french: str
) -> None:
    with app.app_context():
        import_done(
            cast.alice,
            export_json(many(3), posts=posts(*likes)),
            f"TikTok_Data_{int(_EXPORTED.timestamp())}.json",
            exported_at=int(_EXPORTED.timestamp()),
        )
        run_jobs()
        db.session.remove()
    caller = Caller(app, cast, Actor.ADMIN)
    for language, told in (("en", english), ("fr", french)):
        caller.open("POST", "/settings/language", data={"locale": language}).close()
        for page in _PAGES:
            with caller.open("GET", page) as answer:
                assert answer.status_code == 200, (language, page)
                assert page != "/content/forecast" or told in answer.get_data(as_text=True), (language, told)
    with caller.open("GET", "/api/ml/predict-engagement/") as answer:
        said = answer.get_json()
    assert (said["refused"] and said["refused"]["code"]) == refused
    assert (said["low"] is None) == (refused is not None)
