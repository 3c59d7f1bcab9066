"""A forgotten password and another one: links that open once, for half an hour, and tell nobody who is known here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.factories import Member, give_second_factor, link_of, mail_text, sent_mails, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Job, LoginSession, Mail, MailedToken, User
from webapp.services import users
from webapp.web import limits

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW = "seven quiet lakes in autumn"
FORGOT = "/password/forgot"


@pytest.fixture
def limited(alice: Member, make_app: MakeApp) -> Flask:
    """An application that counts tries; no queue server is there, so each process counts for itself."""
    return make_app(RATE_LIMITS="on")


def ask(client: FlaskClient, email: str) -> TestResponse:
    return send(client, FORGOT, FORGOT, email=email)


def mailed_link(client: FlaskClient, email: str) -> str:
    """Ask for a new password and return the path of the mailed link."""
    assert ask(client, email).status_code == 303
    mail = sent_mails(client.application)[-1]
    assert mail["To"] == email
    return link_of(mail)


def set_password(client: FlaskClient, link: str, password: str = NEW) -> TestResponse:
    page = client.get(link)
    return client.post(link, data={"csrf_token": csrf_token(page), "password": password})


def post_blindly(client: FlaskClient, link: str, password: str = NEW) -> TestResponse:
    """Send the form of a link that shows none any more."""
    return client.post(link, data={"csrf_token": csrf_token(client.get("/login")), "password": password})


def count(app: Flask, query: object) -> int:
    with app.app_context():
        return int(db.session.scalar(query) or 0)  # type: ignore[call-overload]


def test_a_forgotten_password_is_replaced_once(client: FlaskClient, alice: Member) -> None:
    """SECURITY 13: the link works once, logs nobody in and ends every session."""
    elsewhere = client.application.test_client()
    sign_in(elsewhere, alice)
    link = mailed_link(client, alice.email)
    for _ in range(2):  # what scans mails looks at links, and uses nothing up
        assert client.get(link).status_code == 200
    answer = set_password(client, link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert client.get("/accounts").status_code == 303
    assert elsewhere.get("/accounts").status_code == 303
    assert client.get(link).status_code == 404
    assert post_blindly(client, link).status_code == 404
    reused = select(func.count()).where(AuditEvent.action == AuditAction.TOKEN_REUSED)
    assert count(client.application, reused) == 1
    assert log_in(client, alice.email).status_code == 422
    assert log_in(client, alice.email, NEW).status_code == 303
    subjects = [mail["Subject"] for mail in sent_mails(client.application)]
    assert "Your password was changed" in subjects


@on_sqlite
def test_the_secret_is_kept_as_a_hash_alone(client: FlaskClient, alice: Member) -> None:
    """SECURITY 13."""
    link = mailed_link(client, alice.email)
    token = link.rpartition("/")[2]
    assert len(token) == 43
    with client.application.app_context():
        row = db.session.scalars(select(MailedToken)).one()
        assert token not in f"{row.token_hash}{row.data}"
        replayed = f"/password/reset/{row.token_hash}"
    assert client.get(replayed).status_code == 404


@on_sqlite
def test_the_link_lives_for_half_an_hour(client: FlaskClient, alice: Member) -> None:
    """SECURITY 13."""
    link = mailed_link(client, alice.email)
    with client.application.app_context():
        row = db.session.scalars(select(MailedToken)).one()
        assert row.expires_at - row.created_at == timedelta(minutes=30)
        db.session.execute(update(MailedToken).values(expires_at=datetime.now(UTC) + timedelta(seconds=5)))
        db.session.commit()
    assert client.get(link).status_code == 200
    with client.application.app_context():
        db.session.execute(update(MailedToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
    assert client.get(link).status_code == 404
    assert post_blindly(client, link).status_code == 404


@on_sqlite
@pytest.mark.parametrize("event", ["newer", "login", "password", "disabled"])
def test_the_link_dies_of_what_happens_meanwhile(client: FlaskClient, alice: Member, event: str) -> None:
    """SECURITY 13: the newest link counts; a log-in, another password and being shut out kill it."""
    link = mailed_link(client, alice.email)
    if event == "newer":
        mailed_link(client, alice.email)
    elif event == "login":
        log_in(client.application.test_client(), alice.email)
    elif event == "password":
        other = client.application.test_client()
        sign_in(other, alice)
        assert send(other, "/settings/password", "/settings/password", password=NEW).status_code == 303
    else:
        with client.application.app_context():
            db.session.execute(update(User).where(User.id == alice.user_id).values(is_disabled=True))
            db.session.commit()
    dead = (link, f"/password/reset/{'a' * 43}", "/password/reset/nonsense")
    answers = [client.get(path) for path in dead]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({_face(answer, path) for answer, path in zip(answers, dead, strict=True)}) == 1
    assert post_blindly(client, link).status_code == 404


def _face(answer: TestResponse, path: str) -> str:
    """Return the page without what is new in every answer."""
    return answer.text.replace(path, "").replace(answer.headers["X-Request-Id"], "").replace(csrf_token(answer), "")


@on_sqlite
def test_the_host_of_a_link_comes_from_the_settings(client: FlaskClient, alice: Member) -> None:
    """SECURITY 13."""
    token = csrf_token(client.get(FORGOT))
    headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Sec-Fetch-Site": "same-origin"}
    client.post(FORGOT, data={"csrf_token": token, "email": alice.email}, headers=headers)
    mails = sent_mails(client.application)
    answer = client.post(FORGOT, data={"csrf_token": token, "email": alice.email})
    assert answer.status_code == 303
    for mail in [*mails, *sent_mails(client.application)]:
        assert "evil" not in mail.as_string()
        assert "http://127.0.0.1:5000/password/reset/" in mail_text(mail)


@on_sqlite
def test_the_address_of_the_page_is_told_to_nobody(client: FlaskClient, alice: Member) -> None:
    """SECURITY 13, 65."""
    link = mailed_link(client, alice.email)
    page = client.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    # A browser that hides the address says of itself that it comes from nowhere.
    data = {"csrf_token": csrf_token(page), "password": NEW}
    assert client.post(link, data=data, headers={"Origin": "https://evil.test"}).status_code == 403
    assert client.post(link, data=data, headers={"Origin": "null"}).status_code == 303
    assert client.get(FORGOT).headers["Referrer-Policy"] == "same-origin"
    assert client.post(FORGOT, data=data, headers={"Origin": "null"}).status_code == 403


@on_sqlite
def test_a_refused_password_leaves_the_link_alive(client: FlaskClient, alice: Member) -> None:
    """SECURITY 1."""
    link = mailed_link(client, alice.email)
    for refused in ("fourteen chars", "alice@example.org", "password1password1", "x" * 257):
        answer = set_password(client, link, refused)
        assert answer.status_code == 422
        assert 'id="password-errors"' in answer.text
    assert set_password(client, link).status_code == 303


@on_sqlite
def test_the_second_factor_is_not_passed_by(client: FlaskClient, alice: Member) -> None:
    """SECURITY 1, 13: with a second factor ten characters are enough, and it is asked for after a reset."""
    give_second_factor(client.application, alice)
    link = mailed_link(client, alice.email)
    assert set_password(client, link, "nine char").status_code == 422
    assert set_password(client, link, "vast-fjord").status_code == 303
    answer = log_in(client, alice.email, "vast-fjord")
    assert answer.headers["Location"].startswith("/login/second-factor")
    assert client.get("/accounts").status_code == 303


@on_sqlite
def test_nobody_learns_whether_an_address_is_known(client: FlaskClient, alice: Member, bob: Member) -> None:
    """SECURITY 4."""
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == bob.user_id).values(is_disabled=True))
        db.session.commit()
    seen = []
    for email in (alice.email, "nobodys@example.org", bob.email):
        visitor = client.application.test_client()
        before = work(client.application)
        answer = ask(visitor, email)
        followed = visitor.get(answer.headers["Location"])
        headers = [name for name, _ in answer.headers]
        done = [after - earlier for after, earlier in zip(work(client.application), before, strict=True)]
        page = followed.text.replace(csrf_token(followed), "")
        seen.append((answer.status_code, answer.text, headers, page, done))
    assert seen[0] == seen[1] == seen[2]
    assert [mail["To"] for mail in sent_mails(client.application)] == [alice.email]


def work(app: Flask) -> list[int]:
    """Return how many jobs, mails and events were written so far."""
    return [count(app, select(func.count()).select_from(model)) for model in (Job, Mail, AuditEvent)]


@on_sqlite
def test_mail_goes_to_the_stored_address_of_the_one_who_is_meant(client: FlaskClient, app: Flask) -> None:
    """SECURITY 16: two addresses that look alike are two people."""
    with app.app_context():
        users.create_user("mike@example.org", NEW)
        users.create_user("mıke@example.org", NEW)
    ask(client, "mıke@example.org")
    assert [mail["To"] for mail in sent_mails(app)] == ["mıke@example.org"]
    ask(client, "MIKE@EXAMPLE.ORG")
    assert [mail["To"] for mail in sent_mails(app)] == ["mıke@example.org", "mike@example.org"]


@on_sqlite
def test_what_is_no_address_is_refused_kindly(client: FlaskClient, alice: Member) -> None:
    """SECURITY 5: W02."""
    for text in ("", "a@b", "no address", "a@e.org\r\nBcc: b@e.org", "x" * 400 + "@e.org", "a@e.org\0"):
        assert ask(client, text).status_code == 422
    assert sent_mails(client.application) == []


@on_sqlite
def test_nobodys_mailbox_is_filled(limited: Flask, alice: Member) -> None:
    """SECURITY 5: three mails in six hours for one address, from wherever they are asked for."""
    for target in (alice.email, "nobodys@example.org"):
        statuses = []
        for turn in range(4):
            visitor = limited.test_client()
            visitor.environ_base["REMOTE_ADDR"] = f"198.51.100.{turn}"
            answer = ask(visitor, target.upper() if turn % 2 else target)
            statuses.append(answer.status_code)
        assert statuses == [303, 303, 303, 429]
        assert int(answer.headers["Retry-After"]) > 0


@on_sqlite
def test_all_together_have_so_many_mails_sent(limited: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECURITY 5: from many networks for many addresses, there is an end all the same."""
    monkeypatch.setattr(limits, "MAIL_GLOBAL", "4 per hour")
    statuses = []
    for turn in range(5):
        visitor = limited.test_client()
        visitor.environ_base["REMOTE_ADDR"] = f"198.51.100.{turn}"
        statuses.append(ask(visitor, f"person{turn}@example.org").status_code)
    assert statuses == [303, 303, 303, 303, 429]


@on_sqlite
def test_one_network_asks_twenty_times_an_hour(limited: Flask) -> None:
    """SECURITY 5: one network, however it claims to be another; of IPv6 a /64 is one."""
    visitor = limited.test_client()
    statuses = []
    for turn in range(21):
        visitor.environ_base["REMOTE_ADDR"] = f"2001:db8::{turn + 1:x}"
        token = csrf_token(visitor.get(FORGOT))
        data = {"csrf_token": token, "email": f"person{turn}@example.org"}
        statuses.append(visitor.post(FORGOT, data=data, headers={"X-Forwarded-For": f"192.0.2.{turn}"}).status_code)
    assert statuses == [303] * 20 + [429]


def test_a_password_is_changed_from_the_settings(client: FlaskClient, alice: Member) -> None:
    """SECURITY 20, 21: the browser gets another secret, all others are out; the person is told by mail."""
    other = client.application.test_client()
    sign_in(client, alice)
    sign_in(other, alice)
    before = cookie(client)
    answer = send(client, "/settings/password", "/settings/password", password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/security")
    assert cookie(client) != before
    assert client.get("/accounts").status_code == 200
    assert other.get("/accounts").status_code == 303
    stale = client.application.test_client()
    stale.set_cookie("s", str(before), domain="localhost")
    assert stale.get("/accounts").status_code == 303
    assert [mail["Subject"] for mail in sent_mails(client.application)] == ["Your password was changed"]
    assert log_in(stale, alice.email, NEW).status_code == 303


@on_sqlite
def test_a_change_needs_a_fresh_proof_of_who_sits_there(client: FlaskClient, alice: Member) -> None:
    """SECURITY 24."""
    sign_in(client, alice, has_sudo=False)
    assert client.get("/settings/password").headers["Location"].startswith("/settings/sudo")
    token = csrf_token(client.get("/settings"))
    answer = client.post("/settings/password", data={"csrf_token": token, "password": NEW})
    assert answer.headers["Location"].startswith("/settings/sudo")
    assert log_in(client.application.test_client(), alice.email).status_code == 303


@on_sqlite
def test_a_refused_change_says_why(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    for refused in ("", "fourteen chars", "x" * 300):
        answer = send(client, "/settings/password", "/settings/password", password=refused)
        assert answer.status_code == 422
        assert 'id="password-errors"' in answer.text
    assert count(client.application, select(func.count()).select_from(LoginSession)) == 1
