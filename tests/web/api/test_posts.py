"""The posts of the account over the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.factories import export_json, many
from tests.ledgers import at
from tests.web.api.conftest import Caller, Importer

POSTS = [
    {"Date": "2026-01-09 23:30:00", "Likes": "4", "Title": "Fresh bread", "WhoCanView": "Everyone"},
    {
        "Date": "2025-12-20 18:00:00",
        "Likes": "1203",
        "Title": "Four steps #Baking #sourdough",
        "WhoCanView": "Friends",
        "Location": "Lyon",
        "Sound": "Slow morning - The Loaves",
    },
    {"Date": "2025-12-01 08:00:00", "Likes": "N/A", "Title": ""},
]
ITEM = {
    "published_at": "2025-12-20T18:00:00Z",
    "title": "Four steps #Baking #sourdough",
    "kind": "video",
    "likes": 1203,
    "views": None,
    "comments": None,
    "shares": None,
    "sound": {"name": "Slow morning", "author": "The Loaves"},
    "hashtags": ["Baking", "sourdough"],
    "location": "Lyon",
    "privacy": "friends",
    "permalink": None,
    "deleted_at": None,
}


def ask(caller: Caller, path: str = "/api/posts/", **arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = caller.get(path, query_string=arguments).get_json()
    return answer


# What differs between databases is read by `find_posts`, which its own tests ask of both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def three(import_now: Importer) -> None:
    """An account with three posts, of which two exports tell."""
    import_now(export_json(many(2), posts=[{**POSTS[1], "Likes": "900"}]), exported_at=at("2025-12-31"))
    import_now(export_json(many(2), posts=POSTS), exported_at=at("2026-01-10"))


def test_a_post_has_the_fields_of_the_contract(caller: Caller, three: None) -> None:
    answer = ask(caller, ordering="-likes")
    assert (answer["count"], answer["next"], answer["previous"]) == (3, None, None)
    first = dict(answer["results"][0])
    assert len(first.pop("id")) == 20
    assert first == ITEM
    silent = answer["results"][2]
    assert (silent["likes"], silent["title"], silent["sound"], silent["privacy"], silent["hashtags"]) == (
        None, None, None, None, [],
    )  # fmt: skip


def test_a_single_post_brings_its_history_oldest_first(caller: Caller, three: None) -> None:
    item = ask(caller, hashtag="BAKING")["results"][0]
    single = ask(caller, f"/api/posts/{item['id']}/")
    unknown = {"views": None, "comments": None, "shares": None}
    assert single == {
        **item,
        "history": [
            {"at": "2025-12-31T00:00:00Z", "likes": 900, **unknown},
            {"at": "2026-01-10T00:00:00Z", "likes": 1203, **unknown},
        ],
    }


def test_every_filter_of_the_contract_narrows(caller: Caller, three: None) -> None:
    cases: list[tuple[dict[str, str], int]] = [
        ({"search": "BREAD"}, 1),
        ({"date_from": "2025-12-20", "date_to": "2025-12-20"}, 1),
        ({"min_likes": "5"}, 1),
        ({"max_likes": "5"}, 1),
        ({"hashtag": "#sourdough"}, 1),
        ({"sound": "slow morning"}, 1),
        ({"privacy": "friends"}, 1),
        ({"kind": "photo"}, 0),
        ({"kind": "video"}, 3),
    ]
    for arguments, count in cases:
        answer = ask(caller, **arguments)
        assert (answer["count"], len(answer["results"])) == (count, count), arguments


@pytest.mark.parametrize("ordering", ["published_at", "-published_at", "likes", "-likes", "views", "-engagement"])
def test_next_and_previous_lead_through_the_whole_list(caller: Caller, three: None, ordering: str) -> None:
    whole = [item["id"] for item in ask(caller, ordering=ordering)["results"]]
    page, seen = ask(caller, ordering=ordering, page_size="1"), []
    while True:
        assert page["count"] == 3
        seen += [item["id"] for item in page["results"]]
        if page["next"] is None:
            break
        page = _follow(caller, page["next"])
    assert seen == whole
    assert _follow(caller, page["previous"])["results"][0]["id"] == whole[1]


def test_posts_that_no_export_holds_are_unknown(caller: Caller, import_now: Importer) -> None:
    assert ask(caller)["unknown"]["code"] == "no_account"
    import_now(export_json(many(2)))
    answer = ask(caller)
    assert (answer["count"], answer["results"], answer["unknown"]["code"]) == (None, [], "not_in_exports")


def test_an_empty_list_is_known(caller: Caller, import_now: Importer) -> None:
    import_now(export_json(many(2), posts=[]))
    assert ask(caller) == {"count": 0, "next": None, "previous": None, "results": []}


def test_the_count_can_be_explained(caller: Caller, three: None) -> None:
    answer = ask(caller, explain="1", search="bread")
    assert [(each["metric"], each["value"]) for each in answer["explain"]] == [("posts", 1.0)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"ordering": "shares"},
        {"kind": "reel"},
        {"min_likes": "9", "max_likes": "1"},
        {"privacy": "me"},
        {"page": "0"},
        {"cursor": "abc"},
        {"tag": "x"},
        {"weekday": "7"},
    ],
)
def test_a_bad_value_is_refused_by_its_name(caller: Caller, three: None, arguments: dict[str, str]) -> None:
    answer = caller.get("/api/posts/", query_string=arguments)
    assert answer.status_code == 422
    assert answer.get_json()["field"] in (*arguments, "max_likes")


def test_a_post_of_others_is_not_there(caller: Caller, stranger: Caller, three: None) -> None:
    item = ask(caller)["results"][0]
    for path in (f"/api/posts/{item['id']}/", f"/api/posts/{'f' * 20}/", "/api/posts/nothing/"):
        assert stranger.get(path).status_code == 404
    assert ask(stranger)["unknown"]["code"] == "no_account"


def _follow(caller: Caller, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    answer: dict[str, Any] = caller.get(f"{parts.path}?{parts.query}").get_json()
    return answer
