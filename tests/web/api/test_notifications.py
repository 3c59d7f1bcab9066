"""Notifications for scripts: listed, filtered, paged and marked, each caller their own."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete

from tests.factories import Cast, Member, account_scope, export_json, sign_in
from tests.tells import followers, row_of, tell_members, unread_keys
from tests.web.api.conftest import Caller, Importer, make_key
from webapp.domain.notifications import Message, NoticeKind
from webapp.extensions import db
from webapp.models import Account, Notification

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIST = "/api/notifications/"


@pytest.fixture
def account(app: Flask, cast: Cast, import_now: Importer) -> str:
    """The account of five notifications of Alice's; one more is about no account."""
    import_now(export_json([]))
    with app.app_context():
        db.session.execute(delete(Notification))
        db.session.commit()
        scope = account_scope(cast.alice)
        told = [followers(number, scope.team_id, scope.account_id) for number in (100, 200, 300, 400, 500)]
        tell_members([cast.alice, cast.bob], told, at=[1_700_000_000 + number for number in range(5)])
        tell_members([cast.alice], [Message(NoticeKind.NEW_DEVICE, "device", {"browser": "x", "ip": "192.0.2.1"})])
        public_id = db.session.get_one(Account, scope.account_id).public_id
        db.session.remove()
    return public_id


def unread(app: Flask, member: Member) -> list[str]:
    with app.app_context():
        found = unread_keys(member)
        db.session.remove()
    return found


def test_a_script_pages_through_what_it_was_told(app: Flask, caller: Caller, account: str) -> None:
    first = caller.get(f"{LIST}?account={account}&type=follower_milestone&page_size=2").get_json()
    assert (first["count"], first["unread"], first["previous"]) == (5, 6, None)
    thresholds, page = [], first
    while True:
        thresholds += [item["params"]["threshold"] for item in page["results"]]
        if page["next"] is None:
            break
        parts = urlsplit(page["next"])
        page = caller.get(f"{parts.path}?{parts.query}").get_json()
    assert thresholds == [500, 400, 300, 200, 100]
    item = first["results"][0]
    assert (item["kind"], item["type"], item["account"]) == ("followers", "follower_milestone", account)
    assert (item["at"], item["is_read"], item["title"]) == ("2023-11-14T22:13:24Z", False, "500 followers reached")
    assert urlsplit(item["url"]).path == "/audience/analysis"
    assert caller.get(f"{LIST}{item['id']}/").get_json() == item


def test_a_script_marks_its_own_and_nobody_elses(app: Flask, cast: Cast, caller: Caller, account: str) -> None:
    first = caller.get(LIST).get_json()["results"][-1]
    read = caller.post(f"{LIST}{first['id']}/read/")
    assert (read.status_code, read.get_json()["is_read"]) == (200, True)
    assert unread(app, cast.alice) == ["200", "300", "400", "500", "device"]
    again = caller.post(f"{LIST}{first['id']}/read/", json={"is_read": False}).get_json()
    assert again["is_read"] is False
    assert caller.post(f"{LIST}read/?type=follower_milestone&account={account}").get_json() == {
        "marked": 5,
        "unread": 1,
    }
    assert [item["kind"] for item in caller.get(f"{LIST}?unread=1").get_json()["results"]] == ["new_device"]
    assert unread(app, cast.bob) == ["100", "200", "300", "400", "500"]
    with app.app_context():
        foreign = row_of(cast.bob, "100").public_id
        db.session.remove()
    assert caller.get(f"{LIST}{foreign}/").status_code == 404
    assert caller.post(f"{LIST}{foreign}/read/").status_code == 404
    assert unread(app, cast.bob)[0] == "100"


def test_what_cannot_be_asked_is_refused(
    app: Flask, cast: Cast, caller: Caller, stranger: Caller, account: str
) -> None:
    for query in ("type=odd", "unread=x", "page_size=0", "page_size=1001", "place=x", "page=1"):
        answer = caller.get(f"{LIST}?{query}")
        assert (answer.status_code, answer.get_json()["field"]) == (422, query.partition("=")[0])
    assert stranger.get(f"{LIST}?account={account}").status_code == 404
    assert stranger.post(f"{LIST}read/?account={account}").status_code == 404
    assert caller.post(f"{LIST}read/?unread=1").status_code == 422
    assert caller.post(f"{LIST}{'0' * 20}/read/", json={"read": True}).status_code == 422
    assert caller.get(f"{LIST}not-an-id/").status_code == 404
    reading = Caller(app.test_client(), make_key(app, cast.alice, can_write=False))
    assert reading.get(LIST).status_code == 200
    assert reading.post(f"{LIST}read/").status_code == 403
    browser = app.test_client()
    sign_in(browser, cast.alice)
    assert browser.get(LIST).status_code == 200
    assert browser.post(f"{LIST}read/").status_code == 403
    assert len(unread(app, cast.alice)) == 6
