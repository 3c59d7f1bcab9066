"""The tab about posts over time: its states, its tables as downloads, and the API that says the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, sign_in
from tests.ledgers import at, parse_here
from tests.page_words import words_of
from webapp.extensions import db
from webapp.models import Account
from webapp.services.accounts import change_account

# What is read from either database is checked with the table of posts.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/content/analytics/trends"
Import = Callable[..., None]


@pytest.fixture
def imported(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import posts for Alice, who is signed in, as the list of a day."""
    parse_here(monkeypatch)
    sign_in(client, alice)

    def run(posts: list[dict[str, Any]] | None, day: str, **facts: Any) -> None:
        with app.app_context():
            content = export_json([("somebody", "2025-01-01 10:00:00")], [], posts=posts, **facts)
            import_done(alice, content, exported_at=at(day), losses_confirmed=True)
            db.session.remove()

    return run


def posts(first: str, count: int, every: int = 1, likes: int = 100, title: str = "l'été {n}") -> list[dict[str, Any]]:
    begins = date.fromisoformat(first)
    return [
        {
            "Date": f"{begins + timedelta(days=number * every)} 18:00:00",
            "Link": "",
            "Likes": str(likes + number),
            "Title": title.format(n=number),
        }
        for number in range(count)
    ]


def table(client: FlaskClient, name: str, more: str = "period=all") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{PAGE}.csv?{more}&table={name}").text)))


def test_without_an_account_or_a_list_the_page_says_how_to_begin(
    imported: Import, client: FlaskClient, charlie: Member
) -> None:
    imported(None, "2025-06-01")
    assert "No posts in your exports yet" in words_of(client.get(PAGE))
    assert client.get(f"{PAGE}.csv?table=keywords").status_code == 404
    sign_in(client, charlie)
    assert client.get(PAGE).status_code == 200
    assert json.loads(client.get("/api/posts/trends/").text)["unknown"]["code"] == "no_account"


def test_a_period_without_posts_leads_to_all_time(imported: Import, client: FlaskClient) -> None:
    imported(posts("2023-01-01", 12), "2025-06-01")
    told = client.get(PAGE).text
    assert "No post in this period" in words_of(told)
    assert f'href="{PAGE}?period=all"' in told
    assert "12" in words_of(client.get(f"{PAGE}?period=all"))


def test_without_any_title_words_are_unknown_and_no_zero(imported: Import, client: FlaskClient) -> None:
    imported(posts("2025-03-01", 12, title="N/A"), "2025-06-01")
    assert "Your exports hold no captions, so the words of your titles are not known." in words_of(
        client.get(PAGE).text
    )
    assert client.get(f"{PAGE}.csv?table=keywords").status_code == 404
    answer = json.loads(client.get("/api/posts/keywords/").text)
    assert (answer["count"], answer["results"], answer["unknown"]["code"]) == (None, [], "no_titles")
    assert "which words and hashtags your posts have is not known" in client.get("/figures/posts?word=sun").text


def test_few_posts_are_indicative_and_what_takes_more_says_so(imported: Import, client: FlaskClient) -> None:
    imported([*posts("2025-04-01", 2), *posts("2025-05-30", 1, title="fresh")], "2025-06-01")
    told = words_of(client.get(f"{PAGE}?by=month"))
    assert "2 posts are counted. 1 post is younger than 7 days and still growing: not counted." in told
    assert "This needs 10 posts that count; in this period there are 2." in told
    assert "From the second export on you see how likes rise with the age of a post" in told
    assert "Views are not in your export, so there is no rate." in told
    months = table(client, "posts-over-time", "by=month")
    assert [(row["posts"], row["counted"], row["young"]) for row in months] == [
        ("2", "2", "0"), ("1", "0", "1"), ("0", "0", "0"),
    ]  # fmt: skip
    assert [row["typical_likes"] for row in months][1:] == ["", ""]


def test_each_table_has_its_download_with_what_the_api_says(imported: Import, client: FlaskClient) -> None:
    listed = posts("2025-01-06", 40, every=3)
    imported(listed[:36], "2025-04-26")
    imported([{**post, "Likes": str(int(post["Likes"]) + 50)} for post in listed], "2025-06-01")
    answer = json.loads(client.get("/api/posts/trends/?step=month").text)
    steps = table(client, "posts-over-time", "period=all&by=month")
    assert [row["posts"] for row in steps] == [str(each["posts"]) for each in answer["trend"]]
    assert [row["date_from"] for row in steps] == [each["date_from"] for each in answer["trend"]]
    assert sum(each["posts"] for each in answer["trend"]) == answer["posts"] == 40
    (rhythm,) = table(client, "rhythm")
    assert float(rhythm["posts_a_week"]) == pytest.approx(answer["rhythm"]["posts_a_week"], abs=1e-5)
    assert (rhythm["days_between"], answer["rhythm"]["days_between"]) == ("3", 3)
    assert rhythm["most_weeks_in_a_row"] == str(answer["rhythm"]["most_weeks_in_a_row"])
    spread = table(client, "likes-spread")
    assert [(int(row["likes_from"]), int(row["posts"])) for row in spread] == [
        (each["from"], each["posts"]) for each in answer["likes_spread"]
    ]
    ages = table(client, "likes-by-age")
    assert [(int(row["days_from"]), int(row["readings"])) for row in ages] == [
        (each["days_from"], each["readings"]) for each in answer["ages"]
    ]
    assert sum(int(row["readings"]) for row in ages) == 72
    words_of = {row["word"]: row["posts"] for row in table(client, "keywords")}
    assert words_of == {each["word"]: str(each["posts"]) for each in api_words(client)} == {"été": "40"}
    assert client.get(f"{PAGE}.csv?table=engagement-rate").status_code == 404


def api_words(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.get("/api/posts/keywords/").text)["results"]
    return found


def test_a_period_is_counted_in_whole_days_back_from_the_newest_list_and_compared_with_the_one_before(
    imported: Import, app: Flask, alice: Member, client: FlaskClient
) -> None:
    imported(posts("2025-01-01", 130), "2025-05-11 12:00:00")
    with app.app_context():
        account = db.session.get_one(Account, account_scope(alice).account_id)
        change_account(alice.scope, account.public_id, alice.actor, timezone="Europe/Paris", display_name=None)
        db.session.remove()
    told = words_of(client.get(f"{PAGE}?period=28d"))
    assert "Apr 14, 2025 to May 11, 2025 compared with Mar 17, 2025 to Apr 13, 2025" in told
    assert "per day; before: 28 in 28 days" in told
    page = client.get(f"{PAGE}?period=28d").text
    href = re.search(r'href="(/figures/posts\?[^"]*)"', page)
    assert href
    assert unescape(href[1]) == "/figures/posts?date_from=2025-04-14&date_to=2025-05-11"
    week = json.loads(client.get("/api/posts/trends/?period=week&step=day").text)
    assert (week["date_from"], week["date_to"], week["posts"]) == ("2025-05-05", "2025-05-11", 6)
    assert [each["is_over"] for each in week["trend"]] == [True] * 6 + [False]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{PAGE}?by=year", 422),
        (f"{PAGE}?colour=red", 422),
        (f"{PAGE}.csv", 422),
        (f"{PAGE}.csv?table=charm", 422),
        ("/api/posts/trends/?step=year", 422),
        ("/api/posts/keywords/?step=day", 422),
        ("/api/posts/keywords/?page=0", 422),
    ],
)
def test_what_cannot_be_asked_is_refused(imported: Import, client: FlaskClient, address: str, status: int) -> None:
    imported(posts("2025-03-01", 3), "2025-06-01")
    assert client.get(address).status_code == status


def test_words_come_in_pages(imported: Import, client: FlaskClient) -> None:
    imported(posts("2025-03-01", 12, title="summer sun"), "2025-06-01")
    first = json.loads(client.get("/api/posts/keywords/?page_size=1&period=year").text)
    assert (first["count"], [each["word"] for each in first["results"]]) == (2, ["summer"])
    assert first["next"].endswith("/api/posts/keywords/?period=year&page=2&page_size=1")
    later = json.loads(client.get(first["next"].removeprefix("http://127.0.0.1:5000")).text)
    assert [each["word"] for each in later["results"]] == ["sun"]
    assert later["next"] is None
