"""What stands out: its page, marking in place, its download, the badges of the list, and the API that says the same."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, export_json, import_done, many, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.extensions import db
from webapp.models import Annotation, AuditAction, AuditEvent, ExpectedAnomaly, ForecastModel

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/content/anomalies"
FIRST = datetime(2025, 3, 1, 18, tzinfo=UTC)
PEAK, FLOP = 45, 50


def posts(count: int, likes: dict[int, int]) -> list[dict[str, Any]]:
    """Return a post every two days with about 100 likes, but for those given."""
    draw = random.Random(7)
    found = []
    for number in range(count):
        usual = round(100 * 2 ** draw.uniform(-0.5, 0.5))
        at = FIRST + timedelta(days=2 * number)
        found.append(
            {
                "Date": f"{at:%Y-%m-%d %H:%M:%S}",
                "Link": "",
                "Likes": str(likes.get(number, usual)),
                "Title": f"loaf {number}",
            }
        )
    return found


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, of whose 55 posts one got 9,000 likes and another none."""
    parse_here(monkeypatch)
    with app.app_context():
        content = export_json(many(20, year=2024), posts=posts(55, {PEAK: 9_000, FLOP: 0}))
        import_done(alice, content, exported_at=int((FIRST + timedelta(days=140)).timestamp()))
        db.session.remove()
    sign_in(client, alice)
    return client


def key_of(browser: FlaskClient, kind: str = "post_peak") -> str:
    found = re.search(rf'id="{kind}-([0-9a-f]{{20}})"', browser.get(PAGE).text)
    assert found
    return found[1]


def send(browser: FlaskClient, address: str, *, swaps: bool = False, **fields: str) -> TestResponse:
    headers = {"HX-Request": "true", "HX-Target": "anomalies"} if swaps else {}
    data = {"csrf_token": csrf_token(browser.get(PAGE)), **fields}
    return browser.post(address, data=data, headers=headers)


def test_a_post_far_from_its_range_stands_out_with_n_and_how_often_that_happens(browser: FlaskClient) -> None:
    page = words_of(browser.get(PAGE))
    assert "2 things stand out n = 55 posts that count." in page
    assert re.search(
        r"Exceptional peak May 30, 2025 loaf 45 9,000 likes; [\d,]+ to [\d,]+ were expected \(8 times in 10\)\. "
        r"Exceptional: \d+ times your usual\. That happens about once in (\d+) \(n = \d+\)\.",
        page,
    )
    assert re.search(r"Exceptional flop Jun 9, 2025 loaf 50 0 likes; .* Far below your usual \(÷ \d+\)\.", page)
    assert "there are 0 so far" in page
    # The newest first.
    assert page.index("loaf 50") < page.index("loaf 45")


def test_remarkable_posts_are_shown_when_asked_for_with_how_common_they_are(browser: FlaskClient) -> None:
    assert "1 post in 5" not in words_of(browser.get(PAGE))
    page = words_of(browser.get(f"{PAGE}?kind=remarkable"))
    assert "about 1 post in 5 lies outside it" in page
    assert "Above its range" in page or "Below its range" in page
    assert "Exceptional peak" not in page
    assert "Nothing of this kind lies in these days" in words_of(browser.get(f"{PAGE}?kind=followers"))
    assert browser.get(f"{PAGE}?kind=odd").status_code == 422
    assert browser.get(f"{PAGE}?compare=none").status_code == 422


def test_every_number_leads_to_its_rows(browser: FlaskClient) -> None:
    key = key_of(browser)
    found = re.findall(r'href="(/figures/[^"]+)"', browser.get(PAGE).text)
    assert f"/figures/post_likes?post={key}" in found
    for href in found:
        assert browser.get(unescape(href)).status_code == 200


def test_something_is_marked_and_unmarked_in_place_by_a_form(app: Flask, browser: FlaskClient) -> None:
    key = key_of(browser)
    address = f"{PAGE}/post_peak/{key}/expected?kind=posts"
    refused = send(browser, address, swaps=True, text=" ")
    assert refused.status_code == 422
    assert refused.text.startswith('<section id="anomalies"')
    assert re.search(rf'<input class="input" id="note-post_peak-{key}"[^>]*aria-invalid="true"', refused.text)
    marked = send(browser, address, swaps=True, text="the interview <b>")
    assert marked.text.startswith('<section id="anomalies"')
    assert "the interview &lt;b&gt;" in marked.text
    assert "expected" in words_of(marked)
    assert "the interview" in browser.get("/audience/annotations").text
    assert "loaf 45" not in words_of(browser.get(f"{PAGE}?expected=no"))
    unmarked = send(browser, f"{PAGE}/post_peak/{key}/unmark?kind=posts", swaps=True)
    assert "The mark was taken off." in unmarked.text
    # The way back is in the answer.
    assert 'name="text" value="the interview &lt;b&gt;"' in unmarked.text
    with app.app_context():
        assert db.session.scalars(select(Annotation)).all() == []
        assert db.session.scalars(select(ExpectedAnomaly)).all() == []
        actions = set(db.session.scalars(select(AuditEvent.action)))
        db.session.remove()
    assert {AuditAction.ANOMALY_EXPECTED, AuditAction.ANOMALY_UNMARKED} <= actions


def test_without_scripts_the_same_forms_lead_back_to_the_view(browser: FlaskClient) -> None:
    key = key_of(browser)
    marked = send(browser, f"{PAGE}/post_peak/{key}/expected?kind=posts&period=all", text="Fair")
    assert (marked.status_code, marked.headers["Location"]) == (303, f"{PAGE}?period=all&kind=posts")
    assert "Marked as expected; the note stands on your charts." in browser.get(PAGE).text
    unmarked = send(browser, f"{PAGE}/post_peak/{key}/unmark")
    assert "<html" in unmarked.text
    for kind, wrong in (("post_peak", "f" * 20), ("odd", key)):
        assert send(browser, f"{PAGE}/{kind}/{wrong}/expected", text="Fair").status_code == 404


def test_the_download_and_the_api_hold_the_same_rows(browser: FlaskClient) -> None:
    send(browser, f"{PAGE}/post_peak/{key_of(browser)}/expected", text="=Fair")
    rows = list(csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv?kind=all&period=all").text)))
    body = browser.get("/api/posts/anomalies/?kind=all&explain=1").get_json()
    assert body["count"] == len(rows) == len(body["results"]) >= 3
    for row, item in zip(rows, body["results"], strict=True):
        assert (row["kind"], row["key"], row["day"]) == (item["kind"], item["key"], item["day"])
        assert (int(row["value"]), int(row["n"])) == (item["value"], item["n"])
        assert float(row["usual"]) == pytest.approx(item["usual"])
        assert (row["low"] == "") is (item["low"] is None) is item["kind"].startswith("follower")
    (peak,) = (item for item in body["results"] if item["kind"] == "post_peak")
    assert (peak["value"], peak["expected"]["note"], peak["title"]) == (9_000, "=Fair", "Exceptional peak")
    (row,) = (row for row in rows if row["kind"] == "post_peak")
    # A spreadsheet would run it.
    assert (row["expected"], row["note"]) == ("true", "'=Fair")
    assert {each["metric"] for each in body["explain"]} == {"post_likes", "day_follows"}
    assert [(each["watch"], each["found"], each["needed"]) for each in body["not_watched"]] == [("drops", 0, 4)]


def test_pages_of_the_api_and_its_filters(browser: FlaskClient) -> None:
    whole = browser.get("/api/posts/anomalies/?kind=posts").get_json()
    first = browser.get("/api/posts/anomalies/?page_size=1&date_from=2025-01-01").get_json()
    assert (whole["count"], first["count"], len(first["results"])) == (2, 2, 1)
    assert "date_from=2025-01-01" in first["next"]
    assert browser.get("/api/posts/anomalies/?kind=posts&date_to=2025-06-01").get_json()["count"] == 1
    assert browser.get("/api/posts/anomalies/?expected=yes").get_json()["count"] == 0
    assert browser.get("/api/posts/anomalies/?kind=odd").status_code == 422
    assert browser.get("/api/posts/anomalies/?period=week").status_code == 422


def test_posts_that_stand_out_carry_a_badge_on_their_list_and_tiles(browser: FlaskClient) -> None:
    for layout in ("list", "grid", "timeline"):
        page = words_of(browser.get(f"/content/posts?layout={layout}&search=loaf+45"))
        assert "Exceptional peak" in page, layout
        assert "Exceptional flop" not in page, layout


def test_without_an_account_or_posts_the_page_says_so(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404
    assert client.get("/api/posts/anomalies/").get_json()["unknown"]["code"] == "no_account"


def test_a_reader_marks_nothing_and_reads_the_reason(browser: FlaskClient, alice: Member) -> None:
    assert "Mark as expected" in browser.get(PAGE).text
    send(browser, f"{PAGE}/post_peak/{key_of(browser)}/expected", text="with @somebody")
    browser.post("/settings/masked", data={"csrf_token": csrf_token(browser.get(PAGE)), "masked": "names"})
    page = browser.get(PAGE).text
    assert "Mark as expected" not in page
    assert "@somebody" not in page


def test_a_lasting_change_shows_both_levels_and_is_marked_on_the_growth_chart(
    app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    sign_in(client, alice)
    with app.app_context():
        likes = {number: 900 + 7 * number for number in range(40, 59)}
        content = export_json(many(3, year=2025), posts=posts(59, likes))
        import_done(alice, content, exported_at=int((FIRST + timedelta(days=140)).timestamp()))
        db.session.remove()
    page = words_of(client.get(f"{PAGE}?kind=changes"))
    assert re.search(
        r"Posts get more than before \w+ \d+, 2025 loaf \d+ From about \w+ \d+, 2025 on your posts typically got \d+ "
        r"times what was usual before \(indicative, n = \d+ posts\)\. It showed at the post of \w+ \d+, 2025; when it "
        r"began is approximate\.",
        page,
    )
    assert re.search(r"Typical likes before [\d,]+ \(n = \d+\) Typical likes since 1,\d+ \(n = \d+\)", page)
    (change,) = client.get("/api/posts/anomalies/?kind=changes&explain=1").get_json()["results"]
    assert (change["kind"], change["value"]) == ("engagement_rise", None)
    assert 8 < change["factor"] < 16
    for href in re.findall(r'href="(/figures/typical_likes[^"]+)"', client.get(f"{PAGE}?kind=changes").text):
        assert client.get(unescape(href)).status_code == 200
    chart = client.get("/audience/analysis?period=all").text
    assert 'class="mark mark-level"' in chart
    assert "Posts get more or less than before" in chart


def test_while_a_job_is_at_it_the_page_says_so_and_asks_again(
    app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    sign_in(client, alice)
    with app.app_context():
        content = export_json(many(3), posts=posts(61, {PEAK: 9_000}))
        import_done(alice, content, exported_at=int((FIRST + timedelta(days=140)).timestamp()))
        db.session.execute(delete(ForecastModel))
        db.session.commit()
        db.session.remove()
    page = client.get(PAGE)
    assert "This is being worked out." in words_of(page)
    assert 'hx-trigger="load delay:5s"' in page.text
    codes = [each["code"] for each in client.get("/api/posts/anomalies/").get_json()["not_watched"]]
    assert codes[:2] == ["working", "working"]
    assert "Exceptional" not in words_of(client.get("/content/posts"))
