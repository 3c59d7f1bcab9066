"""Devices: a browser is added with what it says of itself, shown to its person alone, tested and removed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Member, sign_in
from tests.push_service import Subscriber
from tests.web.pages import send
from webapp.extensions import db
from webapp.models import Job, PushDevice, PushMessage
from webapp.queue import JobKind
from webapp.services import push_keys

PAGE = "/notifications/devices"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def browser(client: FlaskClient, alice: Member) -> FlaskClient:
    """Alice at her browser."""
    sign_in(client, alice)
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    return client


def public_id(app: Flask) -> str:
    with app.app_context():
        found = db.session.scalars(select(PushDevice.public_id)).one()
        db.session.remove()
    return found


def test_a_browser_is_added_tested_and_removed(app: Flask, browser: FlaskClient) -> None:
    subscriber = Subscriber("https://push.example.org/send/secret")
    page = browser.get(PAGE)
    with app.app_context():
        assert f'data-key="{push_keys.public_key()}"' in page.text
    assert "There is no device yet." in page.text
    answer = send(browser, PAGE, PAGE, **subscriber.form())
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    page = browser.get(PAGE)
    assert "This browser gets your notifications from now on." in page.text
    assert "Firefox, Windows" in page.text
    assert "push.example.org" in page.text
    # The address is a secret: who has it can write to the browser's service.
    assert "/send/secret" not in page.text
    device = public_id(app)
    assert send(browser, PAGE, f"{PAGE}/{device}/test").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(PushMessage.notifications)).all() == [[]]
        assert db.session.scalars(select(Job.kind)).all() == [JobKind.PUSH_SEND]
    assert send(browser, PAGE, f"{PAGE}/{device}/remove").status_code == 303
    assert "There is no device yet." in browser.get(PAGE).text


@on_sqlite
def test_what_is_no_subscription_is_refused_in_words(browser: FlaskClient) -> None:
    good = Subscriber("https://push.example.org/send").form()
    for change in (
        {"endpoint": "https://169.254.169.254/"},
        {"p256dh": "x"},
        {"auth": ""},
        {"endpoint": "\x00" * 5000},
    ):
        answer = send(browser, PAGE, PAGE, **{**good, **change})
        assert answer.status_code == 422
        assert "a public https address was expected" in answer.text


@on_sqlite
def test_devices_of_others_are_not_there(app: Flask, browser: FlaskClient, bob: Member) -> None:
    send(browser, PAGE, PAGE, **Subscriber("https://push.example.org/send").form())
    device = public_id(app)
    other = app.test_client()
    sign_in(other, bob)
    assert "push.example.org" not in other.get(PAGE).text
    for deed in ("test", "remove"):
        assert send(other, PAGE, f"{PAGE}/{device}/{deed}").status_code == 404
    assert public_id(app) == device


@on_sqlite
def test_the_service_worker_gets_what_it_needs_to_renew_a_subscription(app: Flask, browser: FlaskClient) -> None:
    before, after = Subscriber("https://push.example.org/1"), Subscriber("https://push.example.org/2")
    send(browser, PAGE, PAGE, **before.form())
    known = browser.get(f"{PAGE}/key").get_json()
    with app.app_context():
        assert known["key"] == push_keys.public_key()
    form = after.form(earlier=before.endpoint)
    assert browser.post(PAGE, data=form).status_code == 403
    assert browser.post(PAGE, data={**form, "csrf_token": known["token"]}).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(PushDevice.endpoint)).all() == [after.endpoint]


@on_sqlite
def test_the_page_says_what_to_do_where_it_does_not_work(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text
    for state in ("insecure", "home_screen", "unsupported", "denied", "failed", "ready", "added"):
        assert f'data-push-state="{state}" hidden' in page
    assert 'class="no-js"' in page
