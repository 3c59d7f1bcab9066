"""The session's cookie: what it is, when it ends, and what is made of a bad one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event, func, select, update

from tests.conftest import SECRET
from tests.factories import Member, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import LoginSession, Membership, User
from webapp.services import login_sessions
from webapp.services.transaction import transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def writes(client: FlaskClient) -> Iterator[list[str]]:
    """The statements that change something."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_cookie_is_closed_to_scripts_and_other_sites(client: FlaskClient, alice: Member) -> None:
    """SECURITY 19: the session's cookie, and that by which a browser is known."""
    texts = log_in(client, alice.email).headers.getlist("Set-Cookie")
    assert [text.partition("=")[0] for text in sorted(texts)] == ["d", "s"]
    for text in texts:
        assert "HttpOnly" in text
        assert "SameSite=Lax" in text
        assert "Path=/" in text
        assert "Domain" not in text
        assert "Secure" not in text


def test_over_https_the_cookie_is_bound_to_the_host(alice: Member, make_app: MakeApp) -> None:
    """SECURITY 19."""
    visitor = make_app(BASE_URL="https://localhost").test_client()
    token = csrf_token(visitor.get("/login", base_url="https://localhost"))
    answer = visitor.post(
        "/login",
        data={"csrf_token": token, "email": alice.email, "password": "correct horse battery staple"},
        base_url="https://localhost",
    )
    texts = answer.headers.getlist("Set-Cookie")
    assert [text.partition("=")[0] for text in sorted(texts)] == ["__Host-d", "__Host-s"]
    for text in texts:
        assert "Secure" in text
        assert "Domain" not in text


def test_only_the_hash_of_the_secret_is_kept(client: FlaskClient, alice: Member) -> None:
    """SECURITY 19: what is in the database opens nothing."""
    log_in(client, alice.email)
    secret = cookie(client)
    assert secret is not None
    with client.application.app_context():
        row = db.session.scalars(select(LoginSession)).one()
        assert row.token_hash == hashlib.sha256(secret.encode()).hexdigest()
        assert secret not in str(vars(row))
        replayed = row.token_hash
    thief = client.application.test_client()
    thief.set_cookie("s", replayed)
    assert thief.get("/accounts").status_code == 303


def test_a_login_begins_a_new_session_and_ends_the_old_token(client: FlaskClient, alice: Member) -> None:
    """SECURITY 20, 26: what was set before the log-in is worth nothing after it."""
    before = csrf_token(client.get("/login"))
    old_cookie = cookie(client)
    log_in(client, alice.email)
    assert cookie(client) != old_cookie
    assert client.post("/logout", data={"csrf_token": before}).status_code == 403
    fixed = client.application.test_client()
    fixed.set_cookie("s", str(old_cookie))
    assert fixed.get("/accounts").status_code == 303


def test_language_and_theme_survive_login_and_logout(client: FlaskClient, alice: Member) -> None:
    send(client, "/login", "/settings/language", locale="fr", next="/login")
    log_in(client, alice.email)
    page = client.get("/accounts")
    assert '<html lang="fr"' in page.text
    client.post("/logout", data={"csrf_token": csrf_token(page)})
    assert '<html lang="fr"' in client.get("/login").text


def test_a_session_ends_an_hour_after_the_last_request(client: FlaskClient, alice: Member) -> None:
    """SECURITY 22."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    with time_machine.travel(NOW + timedelta(hours=1, seconds=-1), tick=False):
        assert client.get("/accounts").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=2, seconds=-2), tick=False):
        assert client.get("/accounts").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert client.get("/accounts").status_code == 303


def test_a_poll_does_not_keep_a_session_alive(client: FlaskClient, alice: Member) -> None:
    """SECURITY 22."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    for minutes in (20, 40, 59):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            assert client.get("/accounts?poll=1").status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert client.get("/accounts?poll=1").status_code == 303


def test_a_session_ends_after_a_day_however_busy(client: FlaskClient, alice: Member) -> None:
    """SECURITY 22."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    for half_hours in range(1, 48):
        with time_machine.travel(NOW + timedelta(minutes=30 * half_hours), tick=False):
            assert client.get("/accounts").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        assert client.get("/accounts").status_code == 303


def test_last_seen_is_written_at_most_once_a_minute(client: FlaskClient, alice: Member, writes: list[str]) -> None:
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    for seconds, expected in ((1, 0), (59, 0), (60, 1), (61, 1), (119, 1), (120, 2)):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            if seconds == 1:
                writes.clear()
            client.get("/accounts")
        assert len(writes) == expected


def test_a_visitor_who_only_reads_writes_nothing(client: FlaskClient, alice: Member, writes: list[str]) -> None:
    writes.clear()
    for path in ("/login", "/register", "/about", "/brand-270.css", "/healthz", "/accounts", "/nowhere"):
        client.get(path)
    assert writes == []


def test_a_person_has_at_most_twenty_sessions(client: FlaskClient, alice: Member) -> None:
    """SECURITY 23."""
    first = client.application.test_client()
    sign_in(first, alice)
    for _ in range(20):
        sign_in(client.application.test_client(), alice)
    assert first.get("/accounts").status_code == 303
    with client.application.app_context():
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 20


@pytest.mark.parametrize(
    "header",
    [
        "s=" + "a" * 16_000,
        "s=\xff\xfe",
        "s=%00",
        "s=" + "a" * 43,
        "s=" + "a" * 43 + "; s=" + "b" * 43,
        "s=.a.b",
        "s=e30.aaaaaa.bbbb",
        "s=",
        "=;;;",
        's="\\000"',
    ],
)
def test_a_bad_cookie_makes_a_visitor(header: str, client: FlaskClient, alice: Member) -> None:
    """SECURITY 28, W22."""
    bare = client.application.test_client(use_cookies=False)
    assert bare.get("/login", headers={"Cookie": header}).status_code == 200
    assert bare.get("/accounts", headers={"Cookie": header}).status_code == 303


def test_the_same_cookie_twice_makes_a_visitor(client: FlaskClient, alice: Member) -> None:
    """SECURITY 28."""
    sign_in(client, alice)
    secret = cookie(client)
    bare = client.application.test_client(use_cookies=False)
    assert bare.get("/accounts", headers={"Cookie": f"s={secret}"}).status_code == 200
    assert bare.get("/accounts", headers={"Cookie": f"s={secret}; s=x"}).status_code == 303


def test_a_visitors_cookie_never_says_who_somebody_is(client: FlaskClient, alice: Member) -> None:
    signer = URLSafeTimedSerializer(SECRET, salt="visitor-session")
    client.set_cookie("s", str(signer.dumps({"_user_id": str(alice.user_id)})))
    assert client.get("/accounts").status_code == 303


def test_a_remember_cookie_is_no_key(client: FlaskClient, alice: Member) -> None:
    log_in(client, alice.email)
    assert client.get_cookie("remember_token") is None


def test_ended_sessions_are_deleted_by_the_job(client: FlaskClient, alice: Member, bob: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, alice)
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        sign_in(client, bob)
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False), client.application.app_context():
        with transaction() as session:
            assert login_sessions.delete_expired_sessions(session) == 1
        assert db.session.scalars(select(LoginSession.user_id)).all() == [bob.user_id]


def test_a_changed_role_and_a_disabled_person_count_from_the_next_request(client: FlaskClient, bob: Member) -> None:
    """SECURITY 21, 35."""
    log_in(client, bob.email)
    assert send(client, "/imports", "/imports/sample").status_code == 403
    with client.application.app_context():
        db.session.execute(update(Membership).where(Membership.user_id == bob.user_id).values(role=Role.ADMIN))
        db.session.commit()
    assert send(client, "/imports", "/imports/sample").status_code == 303
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == bob.user_id).values(is_disabled=True))
        db.session.commit()
    assert client.get("/dashboard").location.startswith("/login")
