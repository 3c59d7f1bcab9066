"""The posts of the account, added up over the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import export_json, many
from tests.ledgers import at
from tests.web.api.conftest import Caller, Importer

NOW = at("2026-01-10")
PHOTOS = "https://a.ibyteimg.com/1.jpeg\nhttps://a.ibyteimg.com/2.jpeg"


def post(day: str, likes: str, title: str = "", who: str = "Everyone", **more: str) -> dict[str, Any]:
    return {"Date": f"{day} 12:00:00", "Likes": likes, "Title": title, "WhoCanView": who, **more}


POSTS = [
    post("2026-01-09", "8", "#Young"),
    post("2025-12-03", "90", "#Bread #fyp", Sound="Song - Artist"),
    post("2025-12-02", "10", "#bread", Sound="song - artist", Link=PHOTOS),
    post("2025-12-01", "N/A", who="Only You"),
]
GONE = post("2025-11-01", "30")
DELETED = post("2025-11-02", "5", DateDeleted="2026-01-05 10:00:00")


def ask(caller: Caller, **arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.get("/api/posts/stats/", query_string=arguments).get_json()
    return answer


@pytest.fixture
def brought(import_now: Importer) -> None:
    import_now(export_json(many(2), posts=[GONE, DELETED]), exported_at=at("2025-12-01"))
    import_now(export_json(many(2), posts=POSTS, deleted=[DELETED]), exported_at=NOW)


def test_posts_are_added_up(caller: Caller, brought: None) -> None:
    assert ask(caller) == {
        "as_of": "2026-01-10T00:00:00Z",
        "timezone": "UTC",
        "posts": 6,
        "counted": 2,
        "first_published_at": "2025-11-01T12:00:00Z",
        "last_published_at": "2026-01-09T12:00:00Z",
        "by_kind": [
            # ln(1 + likes) of 5, 8, 30 and 90: the median lies between those of 8 and 30.
            {"kind": "video", "posts": 5, "likes_total": 133, "typical_likes": pytest.approx(9**0.5 * 31**0.5 - 1)},
            {"kind": "photo", "posts": 1, "likes_total": 10, "typical_likes": pytest.approx(10)},
        ],
        "by_standing": [
            {"standing": "listed", "posts": 4},
            {"standing": "deleted", "posts": 1},
            {"standing": "gone", "posts": 1},
        ],
        "by_privacy": [{"privacy": "everyone", "posts": 5}, {"privacy": "only_you", "posts": 1}],
        "likes_total": 143,
        "typical_likes": pytest.approx(10),
        "likes_unknown": 1,
        "views_total": None,
        "typical_views": None,
        "views_unknown": 6,
        "engagement_rate": None,
        "hashtags": 3,
        "sounds": 1,
        "titles_unknown": 3,
    }


def test_a_filter_narrows_what_is_added_up(caller: Caller, brought: None) -> None:
    narrowed = ask(caller, hashtag="#BREAD", counted="1")
    assert (narrowed["posts"], narrowed["likes_total"], narrowed["hashtags"]) == (2, 100, 2)
    nothing = ask(caller, search="no such words")
    assert (nothing["posts"], nothing["likes_total"], nothing["typical_likes"]) == (0, None, None)
    assert nothing["first_published_at"] is None


def test_what_is_behind_the_figures_has_their_values(caller: Caller, brought: None) -> None:
    answer = ask(caller, kind="video", explain="1")
    values = {each["metric"]: each["value"] for each in answer["explain"]}
    assert (values["posts"], values["likes_total"], values["views_total"]) == (5, 133, None)
    assert values["typical_likes"] == pytest.approx(answer["typical_likes"])


def test_captions_that_no_post_has_are_unknown(caller: Caller, import_now: Importer) -> None:
    assert ask(caller)["unknown"]["code"] == "no_account"
    import_now(export_json(many(2)))
    assert (ask(caller)["posts"], ask(caller)["unknown"]["code"]) == (None, "not_in_exports")
    import_now(export_json(many(2), posts=[post("2025-12-01", "3", "N/A")]), exported_at=NOW)
    whole = ask(caller)
    assert (whole["posts"], whole["titles_unknown"], whole["hashtags"], whole["sounds"]) == (1, 1, None, None)
    assert ask(caller, hashtag="x")["unknown"]["code"] == "no_titles"


def test_an_unknown_argument_is_refused(caller: Caller) -> None:
    assert caller.get("/api/posts/stats/?page=2").status_code == 422
