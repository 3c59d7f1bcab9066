"""The badge of the bell: what it counts, when it is told anew, and that asking keeps no session alive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from tests.factories import Member, sign_in
from tests.notices import PARAMS
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, log_in, send
from webapp.domain.notifications import Message, NoticeKind
from webapp.extensions import db
from webapp.models import LoginSession, Notification
from webapp.services.notifications import tell
from webapp.services.transaction import transaction
from webapp.web import notification_badge

BADGE = "/notifications/badge"
STREAM = "/notifications/stream"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tell_of(app: Flask, member: Member, *keys: str, team_id: int | None = None) -> None:
    """Tell a person of imports, one for each key."""
    kind = NoticeKind.IMPORT_DONE
    messages = [Message(kind, key, PARAMS[kind], team_id=team_id or member.team_id) for key in keys]
    with app.app_context(), transaction() as session:
        tell(session, [member.user_id], messages)


def read_all(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(Notification).values(read_at=datetime.now(UTC)))
        db.session.commit()


def asked_with(client: FlaskClient, answer: TestResponse) -> TestResponse:
    return client.get(BADGE, headers={"If-None-Match": answer.headers["ETag"]})


@pytest.fixture
def streaming(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of an application that holds one connection a process and looks without a pause."""
    monkeypatch.setattr(notification_badge, "_LOOK_SECONDS", 0.0)
    return make_app(NOTIFICATION_STREAMS="1").test_client()


@pytest.fixture
def statements(client: FlaskClient) -> Iterator[list[str]]:
    """The statements that reach the database."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_badge_counts_what_is_unread_and_says_nothing_twice(
    client: FlaskClient, alice: Member, bob: Member
) -> None:
    sign_in(client, alice)
    empty = client.get(BADGE)
    assert empty.json is not None
    assert (empty.json["unread"], empty.json["newest"], empty.json["label"]) == (0, None, "Notifications")
    assert asked_with(client, empty).status_code == 304
    tell_of(client.application, alice, "a", "b")
    tell_of(client.application, bob, "c")
    two = asked_with(client, empty)
    assert two.status_code == 200
    assert two.json is not None
    assert (two.json["unread"], two.json["label"]) == (2, "2 unread notifications")
    unchanged = asked_with(client, two)
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["Cache-Control"] == "no-store"
    read_all(client.application)
    assert (asked_with(client, two).json or {})["unread"] == 0


def test_the_tag_is_of_the_person_the_team_and_the_language(client: FlaskClient, alice: Member, bob: Member) -> None:
    """What one reader knows is never what another one is told to have."""
    tell_of(client.application, alice, "a")
    tell_of(client.application, bob, "a")
    sign_in(client, alice)
    english = client.get(BADGE)
    send(client, "/accounts", "/settings/language", locale="fr", next="/accounts")
    french = asked_with(client, english)
    assert french.status_code == 200
    other = client.application.test_client()
    sign_in(other, bob)
    assert len({english.headers["ETag"], french.headers["ETag"], other.get(BADGE).headers["ETag"]}) == 3


def test_pages_carry_the_badge_that_the_bell_begins_with(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert 'data-bell-count aria-hidden="true" hidden>' in client.get("/accounts").text
    tell_of(client.application, alice, *(str(number) for number in range(120)))
    page = client.get("/accounts").text
    badge = client.get(BADGE).json or {}
    assert f'data-tag="{badge["tag"]}"' in page
    assert 'aria-label="120 unread notifications"' in page
    assert ">99+</span>" in page
    assert "data-stream" not in page


def test_asking_reads_little_and_writes_nothing(client: FlaskClient, alice: Member, statements: list[str]) -> None:
    tell_of(client.application, alice, "a")
    sign_in(client, alice)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=30)):
        statements.clear()
        assert client.get(BADGE).status_code == 200
    asked = [statement for statement in statements if statement.split()[0] not in ("BEGIN", "ROLLBACK")]
    assert [statement.split()[0] for statement in asked] == ["SELECT"] * 4


def test_a_page_left_open_does_not_keep_a_session_alive(client: FlaskClient, alice: Member) -> None:
    """SECURITY 22."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    for minutes in (20, 40, 59):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            assert client.get(BADGE).status_code == 200
            assert client.get(STREAM).status_code == 204
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert client.get(BADGE).status_code == 303
        assert client.get(STREAM).status_code == 303


def test_an_argument_is_refused(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get(f"{BADGE}?team=1").status_code == 422
    assert client.get(f"{STREAM}?team=1").status_code == 422


def test_a_stream_tells_of_changes_until_the_session_ends(streaming: FlaskClient, alice: Member) -> None:
    """SECURITY 21."""
    app = streaming.application
    sign_in(streaming, alice)
    assert 'data-stream="/notifications/stream"' in streaming.get("/accounts").text
    answer = streaming.get(STREAM)
    assert answer.mimetype == "text/event-stream"
    words = answer.iter_encoded()
    assert next(words) == b"retry: 5000\n\n"
    assert b'"unread": 0' in next(words)
    tell_of(app, alice, "a")
    changed = next(words).decode()
    assert '"unread": 1' in changed
    badge = streaming.get(BADGE)
    assert changed.startswith(f"id: {(badge.json or {})['tag']}\ndata: {badge.text}\n\n")
    with app.app_context():
        db.session.delete(db.session.scalars(select(LoginSession)).one())
        db.session.commit()
    assert list(words) == []
    answer.close()


def test_a_stream_goes_on_where_it_was_left_and_ends_with_its_time(
    streaming: FlaskClient, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(streaming, alice)
    tag = (streaming.get(BADGE).json or {})["tag"]
    monkeypatch.setattr(notification_badge, "_SILENT_SECONDS", 0.0)
    answer = streaming.get(STREAM, headers={"Last-Event-ID": tag})
    words = answer.iter_encoded()
    assert [next(words), next(words)] == [b"retry: 5000\n\n", b":\n\n"]
    answer.close()
    monkeypatch.setattr(notification_badge, "_CONNECTION_SECONDS", 0.0)
    with streaming.get(STREAM) as over:
        assert over.data == b"retry: 5000\n\n"


def test_there_are_no_more_streams_than_the_settings_allow(
    client: FlaskClient, streaming: FlaskClient, alice: Member
) -> None:
    """By default there is none; a place is free again once its page has gone, read or not."""
    sign_in(client, alice)
    assert client.get(STREAM).status_code == 204
    sign_in(streaming, alice)
    for _ in range(2):
        first = streaming.get(STREAM)
        assert first.status_code == 200
        assert (streaming.get(STREAM).status_code, streaming.get(BADGE).status_code) == (204, 200)
        first.close()
    assert cookie(streaming) is not None
