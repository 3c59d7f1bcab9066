"""The page of insights: its states, what it claims and refuses, its marks, and its tables as downloads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from tests.web.pages import csrf_token
from webapp.analytics import growth as reads
from webapp.extensions import db
from webapp.services.people import add_tag
from webapp.web.insights import page as insights_page

PAGE = "/audience/analysis/insights"
TABLES = ("hours", "peaks", "suggestions", "engagement", "post-follows", "months")
Import = Callable[..., None]


@pytest.fixture
def imported(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import exports of Alice, who is signed in."""
    parse_here(monkeypatch)
    sign_in(client, alice)

    def run(content: bytes, day: str) -> None:
        with app.app_context():
            import_done(alice, content, exported_at=at(day), losses_confirmed=True)
            db.session.remove()

    return run


def posts(count: int, last: str = "2024-12-20", every: int = 3, **more: Any) -> list[dict[str, Any]]:
    newest = datetime.fromisoformat(last).replace(tzinfo=UTC)
    return [
        {
            "Date": (newest - timedelta(days=every * number)).strftime("%Y-%m-%d %H:%M:%S"),
            "Link": "",
            "Likes": str(100 + number),
            "Title": f"clip {number}",
            **more,
        }
        for number in range(count)
    ]


def words(page: str) -> str:
    """Return what a person reads of the page."""
    section = page[page.index('<section id="analysis"') : page.index("</main>")]
    section = re.sub(r"<script.*?</script>", " ", section, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def table(client: FlaskClient, name: str, more: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{PAGE}.csv?table={name}{more}").text)))


def everything(imported: Import) -> None:
    """Import three lists of 2,400 people with a crowd on one day, 30 posts and people who do not follow back."""
    crowd = [(f"crowd{number:03}", "2024-12-20 10:00:00") for number in range(200)]
    following = [*many(5), *((f"idol{number}", f"2024-06-{number + 1:02} 10:00:00") for number in range(15))]
    for day, gone in (("2025-01-03", 0), ("2025-02-03", 12), ("2025-03-03", 60)):
        imported(export_json([*many(2400)[gone:], *crowd[gone // 4 :]], following, posts=posts(30)), day)


def test_every_panel_says_how_many_it_counts_and_how_sure_it_is(imported: Import, client: FlaskClient) -> None:
    everything(imported)
    page = client.get(PAGE).text
    told = words(page)
    assert "n = 2,600 follows, counted from every list you imported." in told
    assert "It shows when people followed, not when to post" in told
    assert re.search(r"Dec 20, 2024 \S* ?224 about 2\d (9|10|9\.\d) times less than 1 in 1,000", told)
    assert "coincidence, no proof" in told
    assert "60 people no longer follow you since some day between Feb 3, 2025 and Mar 3, 2025." in told
    assert "You follow 20 people who do not follow you back." in told
    assert "20 people without a mark whom you have followed for at least 30 days" in told
    assert "Followed by you for 9 months, since Jun 1, 2024; does not follow back" in told
    assert "Typical likes of the older half of your posts" in told
    assert "half of them between" in told
    assert "30 posts are counted." in told
    assert re.search(r"Dec 20, 2024 clip 0 .*?296 9\d \+20\d", told)
    assert re.search(r"\d+ of \d+: 9\d\.\d% \(9\d\.\d% to \d+\.\d%\)", told)
    assert "Below 10 people no share is stated." in told
    for word in (" because of ", "unfollower", "churn", "best hour", "best time", "thanks to"):
        assert word not in told.lower()


def test_the_cells_of_the_hours_add_up_and_lead_to_their_figure(imported: Import, client: FlaskClient) -> None:
    everything(imported)
    page = client.get(PAGE).text
    cells = re.findall(r'<a href="(/figures/hour_follows[^"]*)"[^>]*aria-label="[^"]*: ([\d,]+)"', page)
    assert len(cells) == 168
    assert sum(int(count.replace(",", "")) for _, count in cells) == 2600
    assert {re.search(r"hour=(\d+)", href)[1] for href, _ in cells} == {str(hour) for hour in range(168)}  # type: ignore[index]
    rows = table(client, "hours")
    by_hour = {re.search(r"hour=(\d+)", href)[1]: count for href, count in cells}  # type: ignore[index]
    assert [row["follows"] for row in rows] == [by_hour[str(hour)] for hour in range(168)]
    assert page.index(">Mon</th>") < page.index(">Sun</th>")


def test_each_table_has_its_download_with_the_same_rows(imported: Import, client: FlaskClient) -> None:
    everything(imported)
    page = client.get(PAGE).text
    linked = {name for name in TABLES if f"{PAGE}.csv?table={name}" in page}
    assert linked == set(TABLES)
    assert len(table(client, "peaks")) == page.count("/figures/day_follows") // 2
    assert [row["username"] for row in table(client, "suggestions")][:10] == re.findall(
        r'<input type="hidden" name="username" value="([^"]+)"', page
    )
    assert len(table(client, "suggestions")) == 20
    gains = table(client, "post-follows")
    assert len(gains) == 20
    shown = re.findall(r'href="/figures/post_follows\?post=(\w+)"[^>]*>([\d,]+)</a>', page)
    assert [(row["post"], row["follows"]) for row in gains] == shown
    months = table(client, "months")
    assert len(months) == page.count("/figures/month_stayed") // 2
    assert {row["of"] for row in months if row["month"] == "2024-12-01"} == {"944"}
    assert sum(int(row["posts"]) for row in table(client, "engagement")) == 30
    excel = client.get(f"{PAGE}.csv?table=months&dialect=excel", headers={"Accept-Language": "fr"}).text
    assert excel.startswith("\ufeffmonth;list;later_list;")
    assert re.search(r";0,9\d+;", excel)


def test_posts_can_be_put_in_the_order_of_their_follows(imported: Import, client: FlaskClient) -> None:
    everything(imported)
    target = {"HX-Request": "true", "HX-Target": "post_gains"}
    fragment = client.get(f"{PAGE}?sort=gain", headers=target).text
    assert fragment.startswith('<section id="post_gains"')
    counts = [int(count) for count in re.findall(r"/figures/post_follows[^>]*>(\d+)</a>", fragment)]
    assert counts == sorted(counts, reverse=True)
    assert 'aria-sort="descending"><a href="/audience/analysis/insights?sort=gain"' in fragment
    assert [int(row["follows"]) for row in table(client, "post-follows", "&sort=gain")] == counts
    assert client.get(f"{PAGE}?sort=likes").status_code == 422


def test_a_mark_takes_a_person_off_the_suggestions_and_can_be_taken_back(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(3), [("idol", "2024-06-01 10:00:00"), ("star", "2024-07-01 10:00:00")]), "2025-01-03")
    fields = {"csrf_token": csrf_token(client.get(PAGE)), "username": "idol", "tag": "keep"}
    target = {"HX-Request": "true", "HX-Target": "not_back"}
    answer = client.post(PAGE, data=fields, headers=target)
    assert answer.text.startswith('<section id="not_back"')
    assert "1 person was given the tag “Keep”." in answer.text
    assert "1 person with a mark is left out." in answer.text
    assert [row["username"] for row in table(client, "suggestions")] == ["star"]
    whole = client.post(PAGE, data={**fields, "action": "remove"}).text
    assert "<html" in whole
    assert [row["username"] for row in table(client, "suggestions")] == ["idol", "star"]
    refused = client.post(PAGE, data={**fields, "tag": ""}, headers=target)
    assert refused.status_code == 422


def test_people_followed_lately_and_people_with_any_mark_are_not_suggested(
    app: Flask, alice: Member, imported: Import, client: FlaskClient
) -> None:
    following = [("old", "2024-06-01 10:00:00"), ("friend", "2024-06-01 10:00:00"), ("new", "2024-12-20 10:00:00")]
    imported(export_json(many(3), following), "2025-01-03")
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["friend"], "met in Lyon")
        db.session.remove()
    told = words(client.get(PAGE).text)
    assert "1 person without a mark whom you have followed for at least 30 days" in told
    assert "1 person with a mark is left out." in told
    assert "1 person whom you followed later than that is left out: they may still follow back." in told
    assert "You follow 3 people who do not follow you back." in told
    everybody = re.search(r'href="(/audience/following\?[^"]*unmarked[^"]*)"', client.get(PAGE).text)
    assert everybody
    assert "1 found" in client.get(everybody[1].replace("&amp;", "&")).text


def test_a_viewer_sees_the_suggestions_and_no_way_to_mark(imported: Import, client: FlaskClient, bob: Member) -> None:
    imported(export_json(many(3), [("idol", "2024-06-01 10:00:00")]), "2025-01-03")
    sign_in(client, bob)
    page = client.get(PAGE).text
    assert "idol" in page
    assert 'name="tag" value="keep"' not in page


def test_one_list_says_what_a_second_one_would_show(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), many(4), posts=posts(4)), "2025-01-03")
    told = words(client.get(PAGE).text)
    assert "needs at least 168 follows to show more than chance; your lists show 30 so far." in told
    assert "takes 56 days from your first follower on; your lists reach back" in told
    assert "Changes show from the second export on." in told
    assert "From the second list on you see how many of each month stayed." in told
    assert (
        "This needs 10 public posts that are at least 7 days old and whose likes your export tells; so far there are 4."
        in told
    )
    assert "%(" not in told
    for name in ("hours", "peaks", "engagement", "months"):
        assert client.get(f"{PAGE}.csv?table={name}").status_code == 404


def test_an_export_of_the_following_alone_says_that_nothing_is_known_of_followers(
    imported: Import, client: FlaskClient
) -> None:
    imported(export_json(None, many(4)), "2025-01-03")
    told = words(client.get(PAGE).text)
    assert "No export of this account holds the follower list whole" in told
    assert "Who follows back takes both lists" in told
    assert "No export of this account holds your posts." in told
    assert "You follow 0 people" not in told
    assert client.get(f"{PAGE}.csv?table=suggestions").status_code == 404


def test_following_nobody_is_said_as_such(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(4), []), "2025-01-03")
    told = words(client.get(PAGE).text)
    assert "You follow 0 people who do not follow you back." in told
    assert "0 people without a mark" in told
    assert table(client, "suggestions") == []


def test_posts_alone_are_shown_without_any_claim_about_followers(imported: Import, client: FlaskClient) -> None:
    imported(export_json(None, None, posts=posts(12)), "2025-01-03")
    told = words(client.get(PAGE).text)
    assert "12 posts are counted." in told
    assert "Your follower lists say nothing of this time." in told
    assert "No export of this account holds the follower list whole" in told


def test_likes_that_the_export_does_not_tell_are_unknown_and_no_zero(imported: Import, client: FlaskClient) -> None:
    silent = [{key: value for key, value in post.items() if key != "Likes"} for post in posts(6, "2024-11-01")]
    hidden = posts(2, "2024-10-01", WhoCanView="Only You")
    imported(export_json([], [], posts=[*posts(12, "2024-12-30", 1), *silent, *hidden]), "2025-01-03")
    told = words(client.get(PAGE).text)
    assert "This needs 10 public posts" in told
    imported(export_json([], [], posts=[*posts(20, "2024-12-30", 1), *silent, *hidden]), "2025-01-04")
    told = words(client.get(PAGE).text)
    assert "18 posts are counted." in told
    assert "The likes of 6 posts are not in your export: unknown, not counted." in told
    assert "2 posts are younger than 7 days and still growing: not counted." in told
    assert "2 posts are not public: not counted." in told
    buckets = table(client, "engagement")
    assert "0" not in {row["typical_likes"] for row in buckets}


def test_a_post_that_no_list_reaches_is_unknown_and_one_whose_days_are_not_over_is_marked(
    imported: Import, client: FlaskClient
) -> None:
    imported(export_json(many(40), []), "2025-01-02")
    late = posts(2, "2025-01-10", 9)
    imported(export_json(None, None, posts=late), "2025-01-12")
    told = words(client.get(PAGE).text)
    assert "Published after your newest follower list." in told
    assert "Not complete: your newest list was made before these days were over." in told
    assert [(row["follows"], row["is_complete"]) for row in table(client, "post-follows")] == [
        ("", "false"),
        ("13", "false"),
    ]


def test_while_a_job_is_at_it_the_page_says_so_and_asks_again(
    imported: Import, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "LONG_LIST", 100)
    imported(export_json(many(150), many(4), posts=posts(12)), "2025-01-03")
    page = client.get(PAGE).text
    told = words(page)
    assert "Being worked out" in told
    assert told.count("This is being worked out. It will be here in a moment.") == 4
    assert 'hx-trigger="load delay:5s" hx-target="#analysis"' in page
    assert "12 posts are counted." in told


def test_long_lists_are_compared_in_a_second_request(
    imported: Import, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(export_json(many(150), []), "2025-01-03")
    imported(export_json(many(150)[7:], []), "2025-02-03")
    whole = client.get(PAGE).text
    monkeypatch.setattr(insights_page, "LONG_LIST", 100)
    page = client.get(PAGE).text
    address = f"{PAGE}?left=1"
    assert f'hx-get="{address}" hx-trigger="load" hx-target="#left"' in page
    assert f'class="button button-secondary no-js" href="{address}"' in page
    assert "7 people no longer follow you" not in page
    fragment = client.get(address, headers={"HX-Request": "true", "HX-Target": "left"}).text
    assert fragment in whole
    assert "7 people no longer follow you since some day between Jan 3, 2025 and Feb 3, 2025." in fragment
    assert "7 people no longer follow you" in client.get(address).text


def test_without_any_list_or_account_the_page_says_how_to_begin(imported: Import, client: FlaskClient) -> None:
    assert client.get(PAGE).status_code == 200
    assert client.get(f"{PAGE}.csv?table=hours").status_code == 404
    imported(export_json(None, None), "2025-01-03")
    assert "choose all data, in the JSON format" in words(client.get(PAGE).text)


def test_a_table_that_is_not_there_is_refused(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(4), []), "2025-01-03")
    assert client.get(f"{PAGE}.csv?table=secrets").status_code == 422
    assert client.get(f"{PAGE}.csv").status_code == 422
    assert client.get(f"{PAGE}?period=week").status_code == 422
