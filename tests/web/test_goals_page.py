"""The page of goals: plain forms, the same numbers as the dashboard, the download and the API."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.domain.reports import GoalMetric
from webapp.extensions import db
from webapp.services.goals import set_goal

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/reports/goals"
NOW = datetime.now(UTC)
MONTH = NOW.date().replace(day=1)


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account had 20 followers before this month and has 1,230 now."""
    parse_here(monkeypatch)
    before = int(datetime.combine(MONTH, datetime.min.time(), UTC).timestamp()) - 86_400
    with app.app_context():
        import_done(alice, export_json(many(20, year=2024)), exported_at=before)
        import_done(alice, export_json(many(1230, year=2024)), exported_at=int(NOW.timestamp()))
        db.session.remove()
    sign_in(client, alice)
    return client


def post(client: FlaskClient, address: str = PAGE, **fields: str) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf_token(client.get(PAGE)), **fields})


def this_month() -> str:
    return f"{MONTH:%Y-%m}"


def test_without_a_goal_the_page_says_what_one_is_for(browser: FlaskClient) -> None:
    assert "No goal yet" in words_of(browser.get(PAGE))
    assert "Set a number of followers, posts or likes" in words_of(browser.get("/dashboard"))


def test_without_an_account_the_page_says_how_to_get_one(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404
    assert client.get("/api/goals/").get_json() == {"count": 0, "results": []}


def test_a_goal_is_set_changed_removed_and_brought_back_by_plain_forms(browser: FlaskClient) -> None:
    assert post(browser, month=this_month(), metric="followers", target="2 230").status_code == 303
    page = browser.get(PAGE)
    assert "The goal was saved." in page.text
    assert "of 2,230" in words_of(page)
    edit = re.search(r'href="([^"#]+edit=[^"#]+)#goal-form"', page.text)
    assert edit
    form = browser.get(unescape(edit[1]))
    assert 'value="2230"' in form.text
    assert len(re.findall("<option", form.text.partition('id="goal-form"')[2].partition("</form>")[0])) == 2
    assert post(browser, month=this_month(), metric="followers", target="1230").status_code == 303
    assert re.search(r"1,230 on .* the goal of 1,230 is met", words_of(browser.get(PAGE)))
    delete = re.search(r'action="([^"]+/delete)"', browser.get(PAGE).text)
    assert delete
    deleted = post(browser, delete[1])
    assert "The goal was removed." in words_of(deleted)
    assert "No goal yet" in words_of(deleted)
    fields = dict(re.findall(r'name="(month|metric|target)" value="([^"]*)"', deleted.text.partition("Undo")[0]))
    assert post(browser, **fields).status_code == 303
    assert "of 1,230" in words_of(browser.get(PAGE))


REFUSED = (
    ("2025-05", "followers", "", "Enter the number to reach"),
    ("2025-05", "followers", "many", "A goal is a number from 1 to 10,000,000,000"),
    ("2025-05", "engagement_rate", "0.001", "A goal is a number from 0.1 to 100"),
    ("2025-05", "views", "10", "Not a valid choice."),
    ("", "followers", "10", "Choose a month from 2016-01 to 2099-12"),
    ("2015-05", "followers", "10", "Choose a month from 2016-01 to 2099-12"),
)


def test_what_is_refused_is_said_and_what_was_typed_stays(browser: FlaskClient) -> None:
    for month, metric, target, said in REFUSED:
        answer = post(browser, month=month, metric=metric, target=target)
        assert answer.status_code == 422, said
        assert said in words_of(answer)
        assert f'value="{target}"' in answer.text
    assert browser.get("/api/goals/").get_json()["count"] == 0


def test_page_dashboard_download_and_api_say_the_same(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        set_goal(alice.actor, account_scope(alice), MONTH, GoalMetric.FOLLOWERS, 2440)
        db.session.remove()
    (item,) = json.loads(browser.get("/api/goals/").text)["results"]
    assert (item["actual"], item["start"], item["target"], item["share"]) == (1230, 20, 2440, 0.5)
    sentence = r"1,230 on .*?: 50% of the way from 20 to 2,440; an even pace would be at"
    said = re.search(sentence, words_of(browser.get(PAGE)))
    assert said
    assert said[0] in words_of(browser.get("/dashboard"))
    (row,) = csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv").text))
    assert (row["month"], row["actual"], row["share"], row["state"]) == (
        MONTH.isoformat(),
        "1230",
        "0.5",
        item["state"],
    )
    french = browser.get(f"{PAGE}.csv?dialect=excel", headers={"Accept-Language": "fr"}).text
    assert f"{MONTH.isoformat()};followers;2440;1230;20;0,5;" in french
    opened = re.search(r'class="opened" href="([^"]+)"', browser.get(PAGE).text)
    assert opened
    assert "1,230" in browser.get(unescape(opened[1])).text


def test_the_api_takes_months_and_explains(app: Flask, browser: FlaskClient, alice: Member) -> None:
    later = (MONTH + timedelta(days=40)).replace(day=1)
    with app.app_context():
        for month in (MONTH, later):
            set_goal(alice.actor, account_scope(alice), month, GoalMetric.FOLLOWERS, 2000)
        db.session.remove()
    address = f"/api/goals/?month_from={later:%Y-%m}"
    assert [item["month"] for item in browser.get(address).get_json()["results"]] == [later.isoformat()]
    assert browser.get(f"/api/goals/?month_to={this_month()}").get_json()["count"] == 1
    explained = browser.get("/api/goals/?explain=1").get_json()["explain"]
    assert [each["value"] for each in explained] == [1230]
    assert browser.get("/api/goals/?month_from=2025-5").get_json()["field"] == "month_from"
    assert browser.get("/api/goals/?month=2025-05").status_code == 422


def test_months_that_are_over_come_in_pages_newest_first(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        for number in range(14):
            month = date(2023 + number // 12, number % 12 + 1, 1)
            set_goal(alice.actor, account_scope(alice), month, GoalMetric.POSTS, 9)
        db.session.remove()
    heads = re.compile(r"<h2>([A-Z][a-z]+ 202[34])</h2>")
    first, second = browser.get(PAGE).text, browser.get(f"{PAGE}?page=2").text
    assert heads.findall(first)[:2] == ["February 2024", "January 2024"]
    assert len(heads.findall(first)) == 12
    assert heads.findall(second) == ["February 2023", "January 2023"]
    assert "1–12 of 14" in words_of(browser.get(PAGE))
    assert "Nothing on this page" in browser.get(f"{PAGE}?page=3").text


def test_an_address_that_means_nothing_is_refused(browser: FlaskClient) -> None:
    for arguments in ("edit=nothing", "page=0", "colour=red"):
        assert browser.get(f"{PAGE}?{arguments}").status_code in (404, 422), arguments


def test_a_viewer_reads_and_is_offered_nothing_to_write(
    app: Flask, browser: FlaskClient, alice: Member, bob: Member
) -> None:
    with app.app_context():
        set_goal(alice.actor, account_scope(alice), MONTH, GoalMetric.FOLLOWERS, 2000)
        db.session.remove()
    other = app.test_client()
    sign_in(other, bob)
    page = other.get(PAGE).text
    assert "of 2,000" in words_of(other.get(PAGE))
    assert "goal-form" not in page
    assert "/delete" not in page
    assert "edit=" not in page


def test_rounded_numbers_stay_rounded_in_the_form(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        goal = set_goal(alice.actor, account_scope(alice), MONTH, GoalMetric.FOLLOWERS, 2345)
        db.session.remove()
    browser.post("/settings/masked", data={"csrf_token": csrf_token(browser.get(PAGE)), "masked": "numbers"})
    page = browser.get(f"{PAGE}?edit={goal}").text
    assert "2,300" in page
    assert "2345" not in page
    assert "2,345" not in page
