"""The pages of experiments: plain forms, and the same words on the page, in the download and in the API."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.experiments import SLOTS, always_draw_the_same, begin, bring, published
from tests.factories import Cast, Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.analytics.experiments import get_experiment
from webapp.domain.experiments import Arm
from webapp.extensions import db
from webapp.services.experiments import start_experiment

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/planner/experiments"
SOON = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
WANTED = {"kind": "slots", "arm_a": "6", "arm_b": "4", "effect": "1", "every": "2", "first": SOON}


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account has no posts."""
    parse_here(monkeypatch)
    always_draw_the_same(monkeypatch)
    with app.app_context():
        import_done(alice, export_json(many(3)), exported_at=1_700_000_000)
        db.session.remove()
    sign_in(client, alice)
    return client


def post(client: FlaskClient, address: str = PAGE, **fields: str) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf_token(client.get(f"{PAGE}/new")), **fields})


def ended(app: Flask, alice: Member, factor: float) -> str:
    """Return an experiment of which the last import showed all posts."""
    with app.app_context():
        public_id = begin(alice)
        posts = get_experiment(account_scope(alice), public_id).posts
        bring(alice, public_id, published(posts, {Arm.A: factor, Arm.B: 1.0}))
        db.session.remove()
    return public_id


def test_without_an_account_and_without_an_experiment_the_pages_say_what_to_do(
    client: FlaskClient, alice: Member, app: Flask
) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404
    assert client.get("/api/planner/experiments/").get_json() == {"count": 0, "results": []}


def test_an_experiment_is_started_and_given_up_by_plain_forms(browser: FlaskClient) -> None:
    assert "No experiment yet" in words_of(browser.get(PAGE))
    started = post(browser, **WANTED)
    assert started.status_code == 303
    page = browser.get(started.location)
    assert "The order was drawn and the posts are planned." in page.text
    shown = words_of(page)
    assert "0 of 82 posts count so far; 82 are still to come or still growing." in shown
    assert "6 PM – 9 PM against 12 PM – 3 PM" in shown.replace("\u00a0", " ")
    assert len(re.findall(r'<td class="num">\d+</td>', page.text)) == 50
    assert "51–82 of 82" in words_of(browser.get(f"{started.location}?page=2"))
    assert "Two would get mixed up" in words_of(browser.get(f"{PAGE}/new"))
    assert "One experiment runs at a time" in post(browser, **WANTED).text
    assert post(browser, f"{started.location}/stop").status_code == 303
    assert "Given up: nothing is concluded." in words_of(browser.get(started.location))
    assert "One experiment runs at a time" not in browser.get(f"{PAGE}/new").text
    assert post(browser, f"{started.location}/end").status_code == 409


REFUSED = (
    ({"arm_b": "6"}, "two different times of day"),
    ({"first": "2020-01-01"}, "Choose a day from"),
    ({"first": ""}, "Choose the day of the first post."),
    ({"every": "0"}, "Enter a whole number of days from 1 to 14."),
    ({"effect": "0.25"}, "It would take 778 posts to see such a difference"),
    ({"effect": "0.3"}, "Not a valid choice"),
    ({"kind": "hashtag", "tag": "", "at": "18:00"}, "Enter the hashtag that every other post is to have."),
    ({"kind": "hashtag", "tag": "two words", "at": "18:00"}, "cannot be a hashtag"),
    ({"kind": "hashtag", "tag": "bread", "at": "noon"}, "Enter a time of day as in 18:30."),
)


def test_what_is_refused_is_said_and_nothing_is_planned(browser: FlaskClient) -> None:
    for changes, said in REFUSED:
        answer = post(browser, **{**WANTED, **changes})
        assert answer.status_code == 422, said
        assert said in words_of(answer)
    assert browser.get("/api/planner/experiments/").get_json()["count"] == 0


def test_the_form_takes_what_an_idea_proposes_and_tells_its_size(browser: FlaskClient) -> None:
    slots = browser.get(f"{PAGE}/new?kind=slots&arm_a=2&arm_b=5&effect=1").text
    assert re.findall(r'<option selected value="([^"]+)"', slots) == ["2", "5", "1"]
    tag = browser.get(f"{PAGE}/new?kind=hashtag&tag=bread&effect=0.5")
    assert 'value="bread"' in tag.text
    assert "is not known yet, for it takes 40 of them" in words_of(tag)
    for told in ("+25% 778: too many –", "+50% 236 (2 × 118)", "+100% 82 (2 × 41)"):
        assert told in words_of(tag).replace("\u00a0", " ")
    part = browser.get(f"{PAGE}/new?every=3&first={SOON}", headers={"HX-Request": "true", "HX-Target": "size"}).text
    assert part.startswith('<div id="size"')
    assert "<html" not in part
    assert browser.get(f"{PAGE}/new?effect=0.3").status_code == 422
    assert browser.get(f"{PAGE}/new?slot=3").status_code == 422


def test_page_list_download_and_api_tell_the_same_of_a_true_difference(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    public_id = ended(app, alice, 3.0)
    (item,) = browser.get("/api/planner/experiments/").get_json()["results"]
    outcome = item["outcome"]
    assert (item["state"], item["pairs"], outcome["verdict"], outcome["as_drawn"]) == ("ended", 41, "clear", 82)
    assert 0 < outcome["low"] < outcome["difference"] < outcome["high"]
    page = words_of(browser.get(f"{PAGE}/{public_id}"))
    assert " ".join(outcome["text"].split()) in page
    assert "n = 41 pairs of posts" in page
    assert "So the cause is the time itself" in page
    assert "A difference" in words_of(browser.get(PAGE))
    (row,) = csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv").text))
    assert (row["id"], row["verdict"], float(row["difference"])) == (public_id, "clear", outcome["difference"])
    posts = list(csv.DictReader(io.StringIO(browser.get(f"{PAGE}/{public_id}.csv").text)))
    assert len(posts) == 82
    assert {row["stage"] for row in posts} == {"counted"}
    assert all(row["likes"] for row in posts)
    french = browser.get(f"{PAGE}.csv?dialect=excel", headers={"Accept-Language": "fr"}).text
    assert ";clear;" in french


def test_without_a_reliable_difference_no_cause_is_spoken_of(app: Flask, browser: FlaskClient, alice: Member) -> None:
    page = words_of(browser.get(f"{PAGE}/{ended(app, alice, 1.0)}"))
    assert "No reliable difference: one of +100% would probably have shown. Post when it suits you." in page
    assert "the cause" not in page


def test_while_it_runs_nothing_compares_the_two(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        public_id = begin(alice)
        posts = get_experiment(account_scope(alice), public_id).posts
        bring(alice, public_id, published(posts[:40], {Arm.A: 9.0, Arm.B: 1.0}), days_after=-30)
        db.session.remove()
    page = browser.get(f"{PAGE}/{public_id}")
    assert "40 of 82 posts count so far" in words_of(page)
    assert "Typical likes" not in page.text
    assert "Waits for an import" in page.text
    (item,) = browser.get("/api/planner/experiments/").get_json()["results"]
    assert (item["state"], item["outcome"], item["counted"], item["pairs"]) == ("running", None, 40, 20)
    rows = csv.DictReader(io.StringIO(browser.get(f"{PAGE}/{public_id}.csv").text))
    assert {row["likes"] for row in rows} == {""}


def test_a_viewer_reads_and_another_team_finds_nothing(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(3)), exported_at=1_700_000_000)
        public_id = start_experiment(cast.alice.actor, account_scope(cast.alice), SLOTS)
        db.session.remove()
    sign_in(client, cast.bob)
    page = client.get(f"{PAGE}/{public_id}")
    assert page.status_code == 200
    assert "Give it up" not in page.text
    assert client.get(f"{PAGE}/new").status_code == 403
    sign_in(client, cast.charlie)
    assert client.get(f"{PAGE}/{public_id}").status_code == 404
