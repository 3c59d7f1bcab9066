"""The page of notifications: by day, filtered, opened, marked and undone, with and without scripts."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, func, select
from werkzeug.test import TestResponse

from tests.factories import Cast, account_scope, export_json, import_done, many, sign_in
from tests.notices import PARAMS
from tests.tells import followers, row_of, tell_members, unread_keys
from tests.web.pages import csrf_token
from webapp.domain.notifications import Message, NoticeKind
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Account, AuditEvent, Notification

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/notifications"
FRAGMENT = {"HX-Request": "true", "HX-Target": "notifications"}
DAY = 86_400


@pytest.fixture
def scope(app: Flask, cast: Cast, client: FlaskClient) -> Scope:
    """Alice's account; her browser is signed in, and nobody was told of anything."""
    with app.app_context():
        import_done(cast.alice, export_json(many(2)))
        db.session.execute(delete(Notification))
        db.session.commit()
        found = account_scope(cast.alice)
        db.session.remove()
    sign_in(client, cast.alice)
    return found


def tell_alice(app: Flask, cast: Cast, *messages: Message, at: tuple[int, ...] = ()) -> None:
    with app.app_context():
        tell_members([cast.alice], messages, at=at)
        db.session.remove()


def unread(app: Flask, cast: Cast) -> list[str]:
    with app.app_context():
        found = unread_keys(cast.alice)
        db.session.remove()
    return found


def id_of(app: Flask, cast: Cast, key: str) -> str:
    with app.app_context():
        found = row_of(cast.alice, key).public_id
        db.session.remove()
    return found


def titles(page: TestResponse) -> list[str]:
    return [
        unescape(found) for found in re.findall(r"data-notice-open>(?:<span[^>]*>[^<]*</span>)?([^<]+)<", page.text)
    ]


def press(
    client: FlaskClient, target: str, page: str = PAGE, *, with_scripts: bool = False, **fields: str
) -> TestResponse:
    """Press a button of the page as a browser does, with and without scripts."""
    fields["csrf_token"] = csrf_token(client.get(PAGE))
    return client.post(target, data=fields, headers=FRAGMENT if with_scripts else {})


def test_every_kind_is_told_in_both_languages_and_opens_what_it_tells_of(
    app: Flask, cast: Cast, client: FlaskClient, scope: Scope
) -> None:
    messages = [Message(kind, kind.value, PARAMS[kind], scope.team_id, scope.account_id) for kind in NoticeKind]
    tell_alice(app, cast, *messages)
    page = client.get(PAGE)
    assert len(titles(page)) == len(NoticeKind)
    assert "10,000 followers reached" in titles(page)
    french = client.get(PAGE, headers={"Accept-Language": "fr"})
    assert french.status_code == 200
    for kind in NoticeKind:
        answer = press(client, f"{PAGE}/{id_of(app, cast, kind.value)}/open")
        assert answer.status_code == 303, kind
        assert re.fullmatch(r"/[a-z][^:]*", answer.location), answer.location
    assert unread(app, cast) == []


def test_days_are_those_of_the_account_and_the_first_page_is_about_today(
    app: Flask, cast: Cast, client: FlaskClient, scope: Scope
) -> None:
    with app.app_context():
        db.session.get_one(Account, scope.account_id).timezone = "Pacific/Auckland"
        db.session.commit()
        db.session.remove()
    now = int(time.time())
    # 13:30 in UTC is the next day on the other side of the world.
    messages = [followers(number, scope.team_id, scope.account_id) for number in (1, 2, 3, 4)]
    tell_alice(app, cast, *messages, at=(1_700_000_000, 1_700_060_000, now - DAY, now))
    page = client.get(PAGE).text
    days = re.findall(r'<h2 id="notices-([0-9-]+)">([^<]+)</h2>', page)
    assert [label for _, label in days] == [
        "Today",
        "Yesterday",
        "Thursday, November 16, 2023",
        "Wednesday, November 15, 2023",
    ]
    assert "4 unread notifications" in page


def test_marking_one_and_all_shows_how_it_is_undone(app: Flask, cast: Cast, client: FlaskClient, scope: Scope) -> None:
    tell_alice(app, cast, *(followers(number, scope.team_id) for number in (1, 2, 3)))
    one = press(client, f"{PAGE}/{id_of(app, cast, '2')}/read?unread=1", with_scripts=True)
    assert one.status_code == 200
    assert one.text.startswith('<section id="notifications"')
    assert "1 notification was marked as read." in one.text
    assert 'data-unread="2"' in one.text
    assert len(titles(one)) == 2
    assert unread(app, cast) == ["1", "3"]
    every = press(client, f"{PAGE}/read", with_scripts=True)
    assert "2 notifications were marked as read." in every.text
    assert "Everything is read." in every.text
    assert unread(app, cast) == []
    moments = [re.search(r'name="moment" value="(\d+)"', answer.text) for answer in (one, every)]
    assert all(moments)
    back = press(client, f"{PAGE}/undo", with_scripts=True, moment=moments[1][1])  # type: ignore[index]
    assert "They are unread again." in back.text
    assert unread(app, cast) == ["1", "3"]
    press(client, f"{PAGE}/undo", with_scripts=True, moment=moments[0][1])  # type: ignore[index]
    assert unread(app, cast) == ["1", "2", "3"]


def test_without_scripts_a_button_comes_back_to_the_view_and_can_be_undone(
    app: Flask, cast: Cast, client: FlaskClient, scope: Scope
) -> None:
    tell_alice(app, cast, *(followers(number, scope.team_id) for number in (1, 2)))
    answer = press(client, f"{PAGE}/read?type=follower_milestone")
    assert answer.status_code == 303
    assert answer.location.startswith("/notifications?type=follower_milestone&done=")
    page = client.get(answer.location)
    assert "2 notifications were marked as read." in page.text
    moment = re.search(r'name="moment" value="(\d+)"', page.text)
    assert moment is not None
    assert press(client, f"{PAGE}/undo?type=follower_milestone", moment=moment[1]).status_code == 303
    assert unread(app, cast) == ["1", "2"]
    # The address of before says nothing any more: nothing is as it was then.
    assert "marked as read." not in client.get(answer.location).text
    press(client, f"{PAGE}/{id_of(app, cast, '1')}/read")
    press(client, f"{PAGE}/{id_of(app, cast, '1')}/unread")
    assert unread(app, cast) == ["1", "2"]


def test_nothing_is_recorded_of_what_somebody_reads(app: Flask, cast: Cast, client: FlaskClient, scope: Scope) -> None:
    tell_alice(app, cast, followers(1, scope.team_id))

    def events() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0

    before = events()
    press(client, f"{PAGE}/{id_of(app, cast, '1')}/open")
    press(client, f"{PAGE}/read")
    assert events() == before


def test_looking_changes_nothing(app: Flask, cast: Cast, client: FlaskClient, scope: Scope) -> None:
    tell_alice(app, cast, followers(1, scope.team_id))
    for _ in range(2):
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}?unread=1").status_code == 200
    assert unread(app, cast) == ["1"]


def test_each_kind_of_emptiness_says_what_to_do(app: Flask, cast: Cast, client: FlaskClient, scope: Scope) -> None:
    assert "Nothing to tell yet" in client.get(PAGE).text
    tell_alice(app, cast, followers(1, scope.team_id))
    page = client.get(f"{PAGE}?type=goal").text
    assert "No notification fits these filters." in page
    assert 'href="/notifications"' in page
    press(client, f"{PAGE}/read")
    assert "You have read all of them." in client.get(f"{PAGE}?unread=1").text


def test_what_cannot_be_asked_is_refused_in_words(app: Flask, cast: Cast, client: FlaskClient, scope: Scope) -> None:
    tell_alice(app, cast, followers(1, scope.team_id))
    for query in (
        "type=odd",
        "unread=maybe",
        "place=older-1",
        f"place=older-{'0' * 20}",
        "done=1",
        "page=2",
        "type=goal&type=goal",
    ):
        assert client.get(f"{PAGE}?{query}").status_code == 422, query
    assert client.get(f"{PAGE}?account={'0' * 20}").status_code == 404
    for wish in ("read", "unread", "open"):
        assert press(client, f"{PAGE}/{'0' * 20}/{wish}").status_code == 404
    own = id_of(app, cast, "1")
    assert press(client, f"{PAGE}/undo", moment="soon").status_code == 422
    assert press(client, f"{PAGE}/{own}/read?odd=1").status_code == 422
    # Somebody else's is one that does not exist, whichever team they share.
    sign_in(client, cast.dana)
    for wish in ("read", "unread", "open"):
        assert press(client, f"{PAGE}/{own}/{wish}").status_code == 404
    assert unread(app, cast) == ["1"]


def test_a_long_list_is_paged_and_costs_the_same_questions(
    app: Flask, cast: Cast, client: FlaskClient, scope: Scope
) -> None:
    messages = [followers(number, scope.team_id, scope.account_id) for number in range(120)]
    tell_alice(app, cast, *messages[:60])
    client.get(PAGE)
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    client.get(PAGE)
    few = len(asked)
    tell_alice(app, cast, *messages[60:])
    asked.clear()
    page = client.get(PAGE)
    assert len(asked) == few
    assert len(titles(page)) == 30
    older = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert older is not None
    second = client.get(unescape(older[1]), headers=FRAGMENT)
    assert len(titles(second)) == 30
    assert not set(titles(second)) & set(titles(page))
