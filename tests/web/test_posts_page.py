"""The page of posts: layouts, filters, orders, the ten that lead, and its file."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at
from tests.web.pages import csrf_token
from webapp.extensions import db
from webapp.models import AuditEvent, User

# What differs between databases is read by `find_posts`, which its own tests ask of both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FRAGMENT = {"HX-Request": "true", "HX-Target": "posts"}
DAY = "2026-01-10 12:00:00"
NAME = re.compile(r'<a class="post-name[^"]*" href="[^"]*">([^<]+)</a>')


def video(date: str, likes: str, title: str = "", **more: Any) -> dict[str, Any]:
    return {"Date": date, "Link": "https://example.org/v", "Likes": likes, "Title": title, **more}


VIDEOS = [
    video("2026-01-09 23:30:00", "4", "Fresh bread", WhoCanView="Everyone"),
    video("2025-12-20 18:00:00", "1203", "Four steps #Baking #sourdough", WhoCanView="Everyone", Location="Lyon"),
    video("2025-12-01 08:00:00", "12", "=1+1 #baking", WhoCanView="Only You", Sound="Slow morning - The Loaves"),
    video("2025-11-02 08:00:00", "12", "", WhoCanView="Friends"),
    video("2025-06-02 08:00:00", "N/A", "Rolls & butter", WhoCanView="Everyone"),
]


@pytest.fixture
def bakery(app: Flask, alice: Member, client: FlaskClient) -> FlaskClient:
    """A browser of Alice, whose account has five posts."""
    with app.app_context():
        import_done(alice, export_json(many(3), posts=VIDEOS), exported_at=at(DAY))
        db.session.remove()
    sign_in(client, alice)
    return client


def names(client: FlaskClient, arguments: str = "") -> list[str]:
    """Return the names of the posts that the page shows, in order."""
    page = client.get(f"/content/posts{arguments}")
    assert page.status_code == 200
    return [html.unescape(name) for name in NAME.findall(page.text)]


def rows(client: FlaskClient, arguments: str = "") -> list[dict[str, str]]:
    """Return the rows of the file of a view."""
    answer = client.get(f"/content/posts.csv{arguments}")
    assert answer.status_code == 200
    text = answer.text
    return list(
        csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if "excel" in arguments else ",")
    )


def test_an_account_that_is_not_there_is_shown_the_way_to_one(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = client.get("/content/posts")
    assert page.status_code == 200
    assert "Bring your first export" in page.text
    assert client.get("/content/posts.csv").status_code == 404


def test_posts_that_no_export_holds_are_unknown_and_not_none(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json(many(3)))
        db.session.remove()
    sign_in(client, alice)
    page = client.get("/content/posts")
    assert "Your posts are not in your exports" in page.text
    assert "choose all data" in page.text
    assert client.get("/content/posts.csv").status_code == 404


def test_an_empty_list_of_posts_is_said_to_be_empty(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json(many(3), posts=[]))
        db.session.remove()
    sign_in(client, alice)
    assert "No post yet" in client.get("/content/posts").text


def test_the_newest_post_comes_first_and_one_without_a_caption_is_named_by_its_time(bakery: FlaskClient) -> None:
    found = names(bakery)
    assert found[:3] == ["Fresh bread", "Four steps #Baking #sourdough", "=1+1 #baking"]
    assert found[3].startswith("Post of Nov 2, 2025")


FILTERED = (
    ("?search=BREAD", ["Fresh bread"]),
    ("?search=%26", ["Rolls & butter"]),
    ("?hashtag=%23BAKING", ["Four steps #Baking #sourdough", "=1+1 #baking"]),
    ("?hashtag=baking&privacy=only_you", ["=1+1 #baking"]),
    ("?min_likes=12&max_likes=1202", ["=1+1 #baking", "Post of Nov 2, 2025, 8:00 AM"]),
    ("?date_from=2025-12-01&date_to=2025-12-31", ["Four steps #Baking #sourdough", "=1+1 #baking"]),
    ("?sound=slow+morning", ["=1+1 #baking"]),
    ("?kind=photo", []),
    ("?standing=deleted", []),
    ("?weekday=5", ["Four steps #Baking #sourdough"]),
    ("?hour=18", ["Four steps #Baking #sourdough"]),
    ("?title_length=none", ["Post of Nov 2, 2025, 8:00 AM"]),
    ("?tag_count=few", ["Four steps #Baking #sourdough", "=1+1 #baking"]),
    ("?word=butter", ["Rolls & butter"]),
    ("?counted=1", ["Four steps #Baking #sourdough"]),
)


def test_every_filter_narrows_list_and_file_alike_and_can_be_taken_away(bakery: FlaskClient) -> None:
    for arguments, expected in FILTERED:
        assert [name.replace("\u202f", " ") for name in names(bakery, arguments)] == expected, arguments
        assert len(rows(bakery, arguments)) == len(expected), arguments
        page = bakery.get(f"/content/posts{arguments}").text
        assert "chip-remove" in page, arguments
        assert re.search(r'href="/content/posts"[^>]*>Clear all</a>', page), arguments


def test_a_chip_takes_away_its_own_filter_and_keeps_the_rest(bakery: FlaskClient) -> None:
    page = bakery.get("/content/posts?hashtag=baking&counted=1&ordering=-likes&layout=grid").text
    chips = [html.unescape(href) for href in re.findall(r'class="chip-remove" href="([^"]+)"', page)]
    assert [("counted" in href, "hashtag" in href) for href in chips] == [(True, False), (False, True)]
    assert all("ordering=-likes" in href and "layout=grid" in href for href in chips)


def test_unknown_likes_are_last_and_said_to_be_unknown(bakery: FlaskClient) -> None:
    for order in ("likes", "-likes"):
        page = bakery.get(f"/content/posts?ordering={order}").text
        assert names(bakery, f"?ordering={order}")[-1] == "Rolls & butter"
        assert "not in your export" in page[page.index("Rolls &amp; butter") :]


def test_views_that_no_source_holds_are_no_column_and_lead_to_the_guide(bakery: FlaskClient) -> None:
    page = bakery.get("/content/posts").text
    assert "Views, comments and shares are not in your export" in page
    assert "ordering=-views" not in page


def test_what_is_private_young_or_gone_is_said_in_words(app: Flask, bakery: FlaskClient, alice: Member) -> None:
    page = bakery.get("/content/posts").text
    assert page.count("only you can see it") == 1
    assert page.count("friends can see it") == 1
    assert page.count("still growing") == 1
    with app.app_context():
        import_done(alice, export_json(many(3), posts=VIDEOS[1:]), exported_at=at("2026-02-10 12:00:00"))
        db.session.remove()
    page = bakery.get("/content/posts").text
    assert page.count("no longer on your list") == 1
    assert "still growing" not in page


def test_nothing_that_matches_is_no_empty_list_of_posts(bakery: FlaskClient) -> None:
    page = bakery.get("/content/posts?search=zzz").text
    assert "No post matches" in page
    assert "Clear the filters" in page


def test_without_captions_a_search_says_why_it_finds_nothing(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        silent = [video(each["Date"], each["Likes"], "N/A") for each in VIDEOS]
        import_done(alice, export_json(many(3), posts=silent), exported_at=at(DAY))
        db.session.remove()
    sign_in(client, alice)
    assert "Your exports hold no captions" in client.get("/content/posts?search=bread").text


# ---- layouts ----


def test_a_chosen_layout_is_kept_with_the_person_and_a_link_may_bring_another(app: Flask, bakery: FlaskClient) -> None:
    token = csrf_token(bakery.get("/content/posts?ordering=-likes"))
    answer = bakery.post("/content/posts?ordering=-likes", data={"csrf_token": token, "layout": "grid"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/content/posts?ordering=-likes")
    assert "post-grid" in bakery.get("/content/posts").text
    assert "post-table" in bakery.get("/content/posts?layout=list").text
    assert "post-grid" in bakery.get("/content/posts").text
    with app.app_context():
        assert db.session.query(User.post_layout).filter_by(email="alice@example.org").scalar() == "grid"
        change = {"before": {"post_layout": None}, "after": {"post_layout": "grid"}}
        assert db.session.query(AuditEvent).order_by(AuditEvent.id.desc()).first().detail == change
        db.session.remove()


def test_choosing_a_layout_by_htmx_answers_the_same_view_in_it(bakery: FlaskClient) -> None:
    token = csrf_token(bakery.get("/content/posts"))
    answer = bakery.post(
        "/content/posts?search=bread&layout=grid", data={"csrf_token": token, "layout": "timeline"}, headers=FRAGMENT
    )
    assert answer.text.startswith('<section id="posts"')
    assert "post-month" in answer.text
    assert NAME.findall(answer.text) == ["Fresh bread"]


@pytest.mark.parametrize("layout", ["", "map"])
def test_a_layout_that_is_none_is_refused(bakery: FlaskClient, layout: str) -> None:
    token = csrf_token(bakery.get("/content/posts"))
    assert bakery.post("/content/posts", data={"csrf_token": token, "layout": layout}).status_code == 422


def test_the_timeline_groups_by_month_and_is_always_in_order_of_time(bakery: FlaskClient) -> None:
    page = bakery.get("/content/posts?layout=timeline&ordering=-likes").text
    months = re.findall(r'<h2 id="month-[\d-]+">([^<]+) <span class="muted">([^<]+)</span>', page)
    assert months == [
        ("January 2026", "1 post"),
        ("December 2025", "2 posts"),
        ("November 2025", "1 post"),
        ("June 2025", "1 post"),
    ]
    assert names(bakery, "?layout=timeline&ordering=-likes")[0] == "Fresh bread"


# ---- pages ----


def test_pages_carry_filters_order_and_layout(app: Flask, client: FlaskClient, alice: Member) -> None:
    first = datetime(2025, 1, 1, 12, tzinfo=UTC)
    posts = [
        video((first + timedelta(hours=number)).strftime("%Y-%m-%d %H:%M:%S"), str(number % 7), f"Loaf {number}")
        for number in range(250)
    ]
    with app.app_context():
        import_done(alice, export_json(many(1), posts=posts), exported_at=at(DAY))
        db.session.remove()
    sign_in(client, alice)
    address, seen = "/content/posts?search=loaf&ordering=-likes&layout=grid", []
    while address:
        page = client.get(address).text
        seen += NAME.findall(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(found[1]) if found else ""
        assert not address or all(part in address for part in ("search=loaf", "ordering=-likes", "layout=grid"))
    assert len(seen) == len(set(seen)) == 250
    assert "201–250 of 250" in page
    assert client.get("/content/posts?ordering=likes&cursor=abc").status_code == 422


# ---- the ten that lead ----


def test_the_leaders_of_all_time_are_fewer_than_ten_and_it_says_so(bakery: FlaskClient) -> None:
    page = bakery.get("/content/posts?top=all").text
    assert names(bakery, "?top=all")[0] == "Four steps #Baking #sourdough"
    assert re.findall(r'<td class="post-number">([^<]+)</td>', page) == ["1", "= 2", "= 2", "4"]
    assert "Out of 5 posts. That makes a list of 4, not of ten." in page
    assert "Of 1 post this figure is not in your export" in page


def test_a_week_ends_with_the_newest_list_and_leads_to_earlier_posts(bakery: FlaskClient) -> None:
    assert names(bakery, "?top=week") == ["Fresh bread"]
    page = bakery.get("/content/posts?top=week").text
    assert "Jan 4, 2026 to Jan 10, 2026" in page
    earlier = html.unescape(re.search(r'id="post-step-1" href="([^"]+)"', page)[1])  # type: ignore[index]
    assert "until=2026-01-03" in earlier
    empty = bakery.get(earlier).text
    assert "No post was published in these days" in empty
    assert "until=2025-12-20" in html.unescape(empty)
    assert names(bakery, "?top=day&until=2025-12-20") == ["Four steps #Baking #sourdough"]


def test_the_file_of_the_leaders_has_their_rows_alone(bakery: FlaskClient) -> None:
    assert [row["likes"] for row in rows(bakery, "?top=month&until=2025-12-25")] == ["1203", "12"]


# ---- the file ----


def test_the_file_holds_every_word_and_figure_and_nothing_that_a_spreadsheet_runs(bakery: FlaskClient) -> None:
    found = rows(bakery)
    assert [row["title"] for row in found][:3] == ["Fresh bread", "Four steps #Baking #sourdough", "'=1+1 #baking"]
    bread, steps, private, _friends, rolls = found
    assert steps["published_at"] == "2025-12-20T18:00:00Z"
    assert (steps["likes"], steps["views"], steps["location"], steps["hashtags"]) == (
        "1203", "", "Lyon", "#Baking #sourdough",
    )  # fmt: skip
    assert (private["sound"], private["sound_author"], private["privacy"]) == ("Slow morning", "The Loaves", "only_you")
    assert (rolls["likes"], rolls["likes_per_day"], rolls["counts_in_statistics"]) == ("", "", "false")
    assert (steps["counts_in_statistics"], bread["counts_in_statistics"]) == ("true", "false")
    assert bread["words_of_export"] == "2026-01-10T12:00:00Z"


def test_the_file_for_a_spreadsheet_has_local_times_and_words(app: Flask, bakery: FlaskClient) -> None:
    answer = bakery.get("/content/posts.csv?dialect=excel")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    steps = rows(bakery, "?dialect=excel&search=four")[0]
    assert (steps["published_at"], steps["counts_in_statistics"]) == ("2025-12-20 18:00:00", "yes")


@pytest.mark.parametrize("arguments", ["?serach=a", "?ordering=shares", "?top=year", "?layout=map", "?until=soon"])
def test_a_bad_argument_is_refused(bakery: FlaskClient, arguments: str) -> None:
    assert bakery.get(f"/content/posts{arguments}").status_code == 422


@pytest.fixture(autouse=True)
def _closed(app: Flask) -> Iterator[None]:
    yield
    with app.app_context():
        db.session.remove()
