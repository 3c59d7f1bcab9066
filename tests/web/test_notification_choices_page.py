"""The page of choices, and the link in a mail that ends these mails."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Cast, sign_in
from tests.web.pages import csrf_token, send
from webapp.domain.notifications import Channel, Frequency, Hours, NoticeType
from webapp.extensions import db
from webapp.models import AuditEvent, NotificationChoice, User
from webapp.services import notification_choices
from webapp.services.digest_links import stop_link, unsubscribe_link

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/notifications/choices"
GOAL_MAIL = (NoticeType.GOAL, Channel.MAIL)


@pytest.fixture
def browser(cast: Cast, client: FlaskClient) -> FlaskClient:
    """A browser of Bob, who may only look; how he is told is his own matter."""
    sign_in(client, cast.bob)
    return client


def chosen(app: Flask, cast: Cast) -> dict[tuple[NoticeType, Channel], Frequency]:
    """Return what Bob chose."""
    with app.app_context():
        found = notification_choices.list_choices(cast.bob.user_id)
        db.session.remove()
    return found


def hours(app: Flask, cast: Cast) -> Hours | None:
    """Return Bob's hours."""
    with app.app_context():
        found = notification_choices.get_hours(cast.bob.user_id)
        db.session.remove()
    return found


def link(app: Flask, cast: Cast) -> str:
    """Return the path that ends Bob's mails."""
    with app.app_context():
        public_id = db.session.scalars(select(User.public_id).where(User.id == cast.bob.user_id)).one()
        db.session.remove()
        return stop_link(public_id).removeprefix("http://127.0.0.1:5000")


def test_the_matrix_shows_and_takes_choices(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    page = browser.get(PAGE).text
    # Three for each type but security, of which only the devices can be chosen.
    assert len(re.findall(r'<select class="select" id="\w+-(?:app|mail|push)"', page)) == 28
    assert "Always shown" in page
    assert 'name="security-push"' in page
    before = chosen(app, cast)
    assert before[GOAL_MAIL] is Frequency.OFF
    answer = send(browser, PAGE, PAGE, **{"goal-mail": "daily", "trend-app": "off", "unknown-mail": "daily"})
    assert answer.location == PAGE
    trend = (NoticeType.TREND, Channel.APP)
    assert chosen(app, cast) == {**before, GOAL_MAIL: Frequency.DAILY, trend: Frequency.OFF}
    again = browser.get(PAGE).text
    goal = again.partition('id="goal-mail"')[2].partition("</select>")[0]
    assert '<option value="daily" selected>' in goal


def test_a_choice_is_saved_without_leaving_the_page(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    token = csrf_token(browser.get(PAGE))
    answer = browser.post(PAGE, data={"goal-mail": "weekly", "csrf_token": token}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, "")
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["kind"] == "success"
    assert chosen(app, cast)[GOAL_MAIL] is Frequency.WEEKLY


@pytest.mark.parametrize(
    "form", [{"goal-mail": "hourly"}, {"goal-app": "daily"}, {"security-mail": "daily"}, {"security-app": "off"}]
)
def test_what_no_channel_can_is_refused(app: Flask, cast: Cast, browser: FlaskClient, form: dict[str, str]) -> None:
    before = chosen(app, cast)
    answer = send(browser, PAGE, PAGE, **{"trend-mail": "daily", **form})
    assert answer.status_code == 422
    assert next(iter(form)) in answer.text
    assert chosen(app, cast) == before


def test_hours_are_set_and_taken_back(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    assert hours(app, cast) is None
    night = {"timezone": "Europe/Paris", "is_quiet": "y", "quiet_from": "21:30", "quiet_until": "07:15"}
    assert send(browser, PAGE, f"{PAGE}/hours", **night).location == PAGE
    assert hours(app, cast) == Hours("Europe/Paris", 21 * 60 + 30, 7 * 60 + 15)
    page = browser.get(PAGE).text
    assert 'value="21:30"' in page
    assert "Your time zone: Europe/Paris" in page
    for field, value in (("quiet_until", "21:30"), ("quiet_from", "25:00"), ("timezone", "Mars/Base")):
        refused = send(browser, PAGE, f"{PAGE}/hours", **{**night, field: value})
        assert refused.status_code == 422
        assert refused.text.count('class="field-errors"') == 1
    assert hours(app, cast) == Hours("Europe/Paris", 21 * 60 + 30, 7 * 60 + 15)
    off = {name: value for name, value in night.items() if name != "is_quiet"}
    assert send(browser, PAGE, f"{PAGE}/hours", **off).location == PAGE
    assert hours(app, cast) == Hours("Europe/Paris")
    send(browser, PAGE, PAGE, **{"goal-mail": "daily"})
    sign_in(browser, cast.alice)
    record = browser.get("/audit").text
    assert "Goals, By mail" in record
    assert "21:30" in record


def test_one_post_ends_the_mails_and_no_get_does(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **{"goal-mail": "daily", "trend-mail": "at_once", "goal-push": "weekly"})
    address, server = link(app, cast), app.test_client(use_cookies=False)
    page = server.get(address)
    assert page.status_code == 200
    assert "Stop the mails of your notifications?" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert chosen(app, cast)[GOAL_MAIL] is Frequency.DAILY
    # As mail services send it: no cookie, no token, from nowhere; twice is as good as once.
    for _ in range(2):
        answer = server.post(
            address,
            data={"List-Unsubscribe": "One-Click"},
            headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 200
        assert "The mails of your notifications are stopped" in answer.text
    after = chosen(app, cast)
    assert {after[kind, Channel.MAIL] for kind in NoticeType} == {Frequency.OFF}
    assert after[NoticeType.GOAL, Channel.PUSH] is Frequency.WEEKLY
    with app.app_context():
        [event] = [each for each in db.session.scalars(select(AuditEvent)) if each.detail.get("by_link")]
        assert event.detail["before"] == {"trend-mail": "at_once", "goal-mail": "daily"}
        assert event.user_id == cast.bob.user_id


def test_links_that_we_did_not_sign_end_nothing(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **{"goal-mail": "daily"})
    address, visitor = link(app, cast), app.test_client()
    with app.app_context():
        public_id = db.session.scalars(select(User.public_id).where(User.id == cast.bob.user_id)).one()
        digest = unsubscribe_link(public_id).rpartition("/")[2]
    tokens = (f"{address.rpartition('/')[2][:-22]}{'A' * 22}", digest, f"{'0' * 20}{'A' * 22}", "x", "a" * 300)
    for token in tokens:
        for method in ("GET", "POST"):
            assert visitor.open(f"/notifications/stop/{token}", method=method).status_code == 404
    assert chosen(app, cast)[GOAL_MAIL] is Frequency.DAILY
    with app.app_context():
        assert len(db.session.scalars(select(NotificationChoice)).all()) == 1
