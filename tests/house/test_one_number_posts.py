"""One number of posts on every surface: page, fragment, API, download, drawer, and the posts behind it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, sign_in
from tests.ledgers import parse_here
from tests.opened import drawer, import_account, opened_numbers, posts_in, rows_of, value_in

# The posts of the account: twelve at 12 h in Paris from 2 April 2025 on, a Wednesday, and a young one in June.
HX = {"HX-Request": "true"}


@pytest.fixture
def account(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose exports hold thirteen posts and a Studio file figures of two of them."""
    parse_here(monkeypatch)
    with app.app_context():
        import_account(alice)
    sign_in(client, alice)
    return client


def opened(client: FlaskClient, page: str, metric: str, *arguments: str, fragment: str = "") -> tuple[str, str]:
    """Return address and text of the first number of a metric with these arguments; a fragment says it alike."""
    texts = [client.get(page).text]
    if fragment:
        texts.append(client.get(page, headers={**HX, "HX-Target": fragment}).text)
        assert "<html" not in texts[1]
    found = [next(_numbers(text, metric, arguments)) for text in texts]
    assert len(set(found)) == 1, found
    return found[0]


def _numbers(text: str, metric: str, arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for href, shown in re.findall(r'<a [^>]*?href="(/figures/[^"]+)"[^>]*>([^<]*)<', text):
        address, _, query = unescape(href).partition("?")
        if address == f"/figures/{metric}" and set(arguments) == set(query.split("&")) - {""}:
            yield unescape(href), unescape(shown)


def api(client: FlaskClient, address: str) -> Any:
    return json.loads(client.get(address).text)


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).text)))


def check_drawer(client: FlaskClient, address: str, text: str, behind: int) -> None:
    """Check what a number opens: the same number, and as many posts, listed and in the download."""
    fragment = drawer(client, address)
    assert value_in(fragment) == text, address
    assert len(posts_in(fragment)) == len(rows_of(client, fragment)) == behind, address
    listed = re.search(r'href="(/content/posts[^"]*)">Open as a list', fragment)
    if listed:
        arguments = unescape(listed[1]).partition("?")[2]
        assert api(client, f"/api/posts/?{arguments}")["count"] == behind, address


def test_the_number_of_posts(account: FlaskClient) -> None:
    address, text = opened(account, "/content/analytics/trends?period=all", "posts", "date_to=2025-06-30",
                           fragment="analysis")  # fmt: skip
    assert text == "13"
    assert api(account, "/api/posts/trends/")["posts"] == api(account, "/api/posts/")["count"] == 13
    assert len(table(account, "/content/posts.csv")) == 13
    steps = table(account, "/content/analytics/trends.csv?period=all&by=month&table=posts-over-time")
    assert [row["posts"] for row in steps] == ["12", "0", "1"]
    assert [each["posts"] for each in api(account, "/api/posts/trends/?step=month")["trend"]] == [12, 0, 1]
    check_drawer(account, address, text, 13)


def test_what_posts_typically_get(account: FlaskClient) -> None:
    address, text = opened(account, "/content/analytics", "typical_likes", "counted=1", fragment="analysis")
    exact = api(account, "/api/posts/performance/")["typical"]
    assert exact == api(account, "/api/posts/trends/")["typical_likes"] == pytest.approx(77.8, abs=0.1)
    assert text == f"{exact:.0f}"
    months = table(account, "/content/analytics/trends.csv?period=all&by=month&table=posts-over-time")
    assert float(months[0]["typical_likes"]) == pytest.approx(exact, abs=1e-5)
    # Of all posts, the young one among them, the statistics of the whole list tell the same as the drawer.
    whole = api(account, "/api/posts/stats/")["typical_likes"]
    check_drawer(account, "/figures/typical_likes", f"{whole:.0f}", 13)
    check_drawer(account, address, text, 12)


def test_the_posts_of_an_hour_of_the_week(account: FlaskClient) -> None:
    address, text = opened(account, "/content/analytics/timing", "posts", "counted=1", "weekday=2", "hour=12",
                           fragment="analysis")  # fmt: skip
    slots = api(account, "/api/posts/performance/")["slots"]
    assert [str(each["posts"]) for each in slots if each["weekday"] == 2 and each["hour"] == 12] == [text] == ["2"]
    cells = table(account, "/content/analytics/timing.csv?table=hours")
    assert [row["posts"] for row in cells if (row["weekday"], row["hour"]) in (("wednesday", "12"), ("2", "12"))] == [
        text
    ]
    check_drawer(account, address, text, 2)


def test_the_uses_of_a_hashtag(account: FlaskClient) -> None:
    page = "/content/analytics/hashtags"
    address, text = opened(account, page, "posts", "counted=1", "hashtag=walk", fragment="analysis")
    tops = api(account, "/api/posts/hashtags/top/")["results"]
    assert [str(each["posts"]) for each in tops if each["hashtag"].lower() == "walk"] == [text] == ["1"]
    rows = table(account, f"{page}.csv?table=hashtags")
    assert [row["posts"] for row in rows if row["hashtag"].lstrip("#").lower() == "walk"] == [text]
    check_drawer(account, address, text, 1)


def test_the_uses_of_a_sound(account: FlaskClient) -> None:
    page = "/content/analytics/sounds"
    links = [number for number in opened_numbers(account.get(page).text) if number.href.startswith("/figures/posts")]
    swapped = opened_numbers(account.get(page, headers={**HX, "HX-Target": "analysis"}).text)
    assert links[0] in list(swapped)
    assert [each["posts"] for each in api(account, "/api/posts/sounds/top/")["results"]] == [12]
    assert [row["posts"] for row in table(account, f"{page}.csv?table=sounds")] == [links[0].text] == ["12"]
    check_drawer(account, links[0].href, links[0].text, 12)


@pytest.mark.parametrize(("metric", "name", "expected"), [("post_likes", "likes", 23), ("post_views", "views", 900)])
def test_the_figures_of_one_post(account: FlaskClient, metric: str, name: str, expected: int) -> None:
    item = api(account, "/api/posts/?ordering=published_at&page_size=1")["results"][0]
    public_id = item["id"]
    address, text = opened(account, f"/content/posts/{public_id}", metric, f"post={public_id}")
    assert text == str(expected)
    assert item[name] == api(account, f"/api/posts/{public_id}/")[name] == expected
    rows = {row["post"]: row for row in table(account, "/content/posts.csv")}
    assert rows[public_id][name] == text
    fragment = drawer(account, address)
    assert value_in(fragment) == text
    assert posts_in(fragment) == [row["post"] for row in rows_of(account, fragment)] == [public_id]


def test_the_words_of_titles(account: FlaskClient) -> None:
    page = "/content/analytics/trends?period=all"
    arguments = ("date_to=2025-06-30", "word=walk")
    address, text = opened(account, page, "posts", *arguments, fragment="analysis")
    typical, likes = opened(account, page, "typical_likes", *arguments, "counted=1", fragment="analysis")
    words = {each["word"]: each for each in api(account, "/api/posts/keywords/")["results"]}
    assert (str(words["walk"]["posts"]), f"{words['walk']['typical_likes']:.0f}") == (text, likes)
    rows = {row["word"]: row for row in table(account, "/content/analytics/trends.csv?period=all&table=keywords")}
    assert (rows["walk"]["posts"], rows["walk"]["counted"]) == (text, "11")
    check_drawer(account, address, text, 11)
    check_drawer(account, typical, likes, 11)
