"""Security settings: setting the second factor up and off, the proof before what is grave, browsers and devices."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, Authenticator, Member, give_second_factor, mail_text, sent_mails, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.domain import totp
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, KnownDevice, LoginSession, Team, User
from webapp.services import api_keys

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/settings/security"
APP = f"{PAGE}/authenticator"
NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


def begin_setup(client: FlaskClient) -> str:
    """Begin to set an app up; return the key that the page shows."""
    assert send(client, PAGE, APP).location == APP
    found = re.search(r'id="totp-secret">([A-Z2-7 ]{39})<', client.get(APP).text)
    assert found is not None
    return found[1].replace(" ", "")


def code_at(secret: str, seconds: int = 0) -> str:
    """Return the code of a clock that is so many seconds ahead of this one."""
    return totp.code_of(secret, totp.step_of(datetime.now(UTC).timestamp() + seconds))


def confirm(client: FlaskClient, code: str) -> TestResponse:
    """Enter the first code."""
    return send(client, APP, f"{APP}/confirm", code=code)


def is_in(client: FlaskClient) -> bool:
    """Return whether the browser is signed in."""
    return client.get("/settings").status_code == 200


def actions(app: Flask) -> list[AuditAction]:
    """Return what is on record, the oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_second_factor_is_set_up(client: FlaskClient, alice: Member) -> None:
    """SECURITY 8, 11, 20, 21: with its first code; codes are shown once, the secret is new, other browsers are out."""
    app, other = client.application, client.application.test_client()
    sign_in(other, alice)
    sign_in(client, alice)
    before = cookie(client)
    secret = begin_setup(client)
    assert "<svg" in client.get(APP).text
    page = confirm(client, code_at(secret))
    assert page.status_code == 200
    codes = re.findall(r"<code>([0-9a-z]{5}(?:-[0-9a-z]{5}){4})</code>", page.text)
    assert len(codes) == 10
    assert is_in(client)
    assert not is_in(other)
    assert cookie(client) != before
    thief = app.test_client()
    thief.set_cookie("s", str(before))
    assert not is_in(thief)
    shown = client.get(PAGE).text
    assert "10 of 10" in shown
    assert client.get(APP).location == PAGE
    with app.app_context():
        user = db.session.get_one(User, alice.user_id)
        assert user.totp_secret is not None
        assert secret not in user.totp_secret
    assert AuditAction.USER_SECOND_FACTOR_ENABLED in actions(app)
    assert sent_mails(app)[-1]["To"] == alice.email


@on_sqlite
def test_an_abandoned_set_up_leaves_the_old_factor(client: FlaskClient, alice: Member) -> None:
    """SECURITY 8: until the new app has shown a code, the old one counts."""
    phone = give_second_factor(client.application, alice)
    sign_in(client, alice)
    new = begin_setup(client)
    assert confirm(client, "000000").status_code == 422
    visitor = client.application.test_client()
    log_in(visitor, alice.email)
    step = "/login/second-factor"
    assert send(visitor, step, step, code=code_at(new), by="totp").status_code == 422
    assert send(visitor, step, step, code=phone.code(), by="totp").status_code == 303


@on_sqlite
@pytest.mark.parametrize(("seconds", "words"), [(300, "5 minutes ahead"), (-600, "10 minutes behind")])
def test_a_clock_that_is_off_is_named(seconds: int, words: str, client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    secret = begin_setup(client)
    answer = confirm(client, code_at(secret, seconds))
    assert answer.status_code == 422
    assert words in answer.text


@on_sqlite
def test_a_factor_needs_a_confirmed_address_and_a_fresh_proof(client: FlaskClient, alice: Member) -> None:
    """SECURITY 8, 24."""
    sign_in(client, alice, has_sudo=False)
    assert send(client, PAGE, APP).location.startswith("/settings/sudo?")
    sign_in(client, alice)
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == alice.user_id).values(verified_at=None))
        db.session.commit()
    assert send(client, PAGE, APP).status_code == 403


@on_sqlite
def test_codes_are_given_back_as_a_file_to_their_owner_alone(
    client: FlaskClient, alice: Member, charlie: Member
) -> None:
    """SECURITY 11, 94: the download is on record, and gives out nothing that is not there."""
    phone = give_second_factor(client.application, alice)
    sign_in(client, alice)
    token = csrf_token(client.get(PAGE))
    answer = client.post(f"{PAGE}/codes.txt", data={"csrf_token": token, "code": phone.recovery_codes})
    assert (answer.mimetype, answer.status_code) == ("text/plain", 200)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert all(code in answer.text for code in phone.recovery_codes)
    assert AuditAction.DATA_DOWNLOADED in actions(client.application)
    for wrong in (["<script>"], [], [*phone.recovery_codes[:2], "00000-00000-00000-00000-00000"]):
        assert client.post(f"{PAGE}/codes.txt", data={"csrf_token": token, "code": wrong}).status_code == 422
    other = client.application.test_client()
    sign_in(other, charlie)
    token = csrf_token(other.get(PAGE))
    refused = other.post(f"{PAGE}/codes.txt", data={"csrf_token": token, "code": phone.recovery_codes})
    assert refused.status_code == 422


@on_sqlite
def test_new_recovery_codes_end_the_old_ones(client: FlaskClient, alice: Member) -> None:
    """SECURITY 11."""
    phone = give_second_factor(client.application, alice)
    sign_in(client, alice)
    page = send(client, PAGE, f"{PAGE}/codes")
    new = re.findall(r"<code>([0-9a-z-]{29})</code>", page.text)
    assert len(new) == 10
    visitor, step = client.application.test_client(), "/login/second-factor"
    log_in(visitor, alice.email)
    for code, status in ((phone.recovery_codes[0], 422), (new[0], 303)):
        assert send(visitor, f"{step}?by=recovery_code", step, code=code, by="recovery_code").status_code == status


def test_switching_off_needs_a_code_and_is_mailed(client: FlaskClient, alice: Member) -> None:
    """SECURITY 21, 25: sudo alone is not enough, other browsers are signed out, the owner is told."""
    app, other = client.application, client.application.test_client()
    phone = give_second_factor(app, alice)
    sign_in(other, alice)
    sign_in(client, alice)
    before = cookie(client)
    assert send(client, f"{APP}/disable", f"{APP}/disable", code="000000").status_code == 422
    assert is_in(other)
    assert send(client, f"{APP}/disable", f"{APP}/disable", code=phone.recovery_codes[0]).location == PAGE
    assert is_in(client)
    assert cookie(client) != before
    assert not is_in(other)
    with app.app_context():
        user = db.session.get_one(User, alice.user_id)
        assert (user.totp_secret, user.totp_enabled_at) == (None, None)
    assert AuditAction.USER_SECOND_FACTOR_DISABLED in actions(app)
    assert sent_mails(app)[-1]["To"] == alice.email
    assert send(client, PAGE, f"{PAGE}/codes").status_code == 409


@on_sqlite
def test_sudo_lasts_half_an_hour(client: FlaskClient, alice: Member) -> None:
    """SECURITY 20, 24: at thirty minutes it is over; a new proof opens it again under a new secret."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    with time_machine.travel(NOW + timedelta(minutes=30, seconds=-1), tick=False):
        assert send(client, "/settings/keys", "/settings/keys", name="x", reach="read", days="30").status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=30, seconds=1), tick=False):
        answer = send(client, "/settings/keys", "/settings/keys", name="x", reach="read", days="30")
        assert answer.location.startswith("/settings/sudo?")
        before = cookie(client)
        refused = send(client, "/settings/sudo", "/settings/sudo", password="not " + PASSWORD)
        assert refused.status_code == 422
        proved = send(client, "/settings/sudo", "/settings/sudo", password=PASSWORD, next="/settings/keys")
        assert proved.location == "/settings/keys"
        assert cookie(client) != before
        assert send(client, "/settings/keys", "/settings/keys", name="x", reach="read", days="30").status_code == 200
        thief = client.application.test_client()
        thief.set_cookie("s", str(before))
        assert not is_in(thief)
    found = actions(client.application)
    assert AuditAction.USER_SUDO_FAILED in found
    assert AuditAction.USER_SUDO_ENTERED in found


@on_sqlite
def test_a_post_without_sudo_leads_back_to_its_page(client: FlaskClient, alice: Member) -> None:
    """SECURITY 24, 30: what was posted is not sent again, and a foreign page leads nowhere else."""
    sign_in(client, alice, has_sudo=False)
    token = csrf_token(client.get("/settings/keys"))
    for referrer, wanted in (
        ("http://localhost/settings/keys?a=1", "/settings/keys?a%3D1"),
        ("http://evil.test//evil", "/settings/security"),
        ("", "/settings/security"),
    ):
        headers = {"Referer": referrer} if referrer else {}
        answer = client.post("/settings/keys", data={"csrf_token": token, "name": "x"}, headers=headers)
        assert answer.location == f"/settings/sudo?next={wanted}&again=1"
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://localhost/settings/keys", "X-CSRFToken": token}
    answer = client.post("/settings/keys", headers=htmx)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/settings/sudo?next=/settings/keys&again=1")


@on_sqlite
def test_sudo_takes_neither_a_recovery_code_nor_anothers_password(
    client: FlaskClient, alice: Member, charlie: Member
) -> None:
    """SECURITY 24."""
    phone = give_second_factor(client.application, alice)
    with client.application.app_context():
        from webapp.services.passwords import hash_password

        other = hash_password("somebody else's own password")
        db.session.execute(update(User).where(User.id == charlie.user_id).values(password_hash=other))
        db.session.commit()
    sign_in(client, alice, has_sudo=False)
    for fields in (
        {"code": phone.recovery_codes[0]},
        {"password": "somebody else's own password"},
        {"password": "", "code": ""},
    ):
        assert send(client, "/settings/sudo", "/settings/sudo", **fields).status_code == 422
    assert send(client, "/settings/sudo", "/settings/sudo", code=phone.code()).status_code == 303


@on_sqlite
def test_sudo_is_tried_ten_times_a_day(alice: Member, make_app: MakeApp) -> None:
    """SECURITY 24: refused proofs count, the right ones do not."""
    client = make_app(RATE_LIMITS="on").test_client()
    sign_in(client, alice, has_sudo=False)
    page = client.get("/settings/sudo")
    fields = {"csrf_token": csrf_token(page), "code": "000000"}
    assert [client.post("/settings/sudo", data=fields).status_code for _ in range(11)] == [422] * 10 + [429]


@on_sqlite
def test_one_browser_or_all_are_signed_out(client: FlaskClient, alice: Member, bob: Member) -> None:
    """SECURITY 21, 23: each alone, every other one, and all of them; nobody else's."""
    app = client.application
    second, third, bobs = (app.test_client() for _ in range(3))
    for browser, member in ((client, alice), (second, alice), (third, alice), (bobs, bob)):
        sign_in(browser, member)
    page = client.get(PAGE).text
    assert page.count("/end") == 3
    with app.app_context():
        ids = list(db.session.scalars(select(LoginSession.public_id).order_by(LoginSession.id)))
    assert send(client, PAGE, f"/settings/sessions/{ids[1]}/end").location == PAGE
    assert send(client, PAGE, f"/settings/sessions/{ids[3]}/end").status_code == 404
    assert [is_in(browser) for browser in (client, second, third, bobs)] == [True, False, True, True]
    assert send(client, PAGE, "/settings/sessions/end", reach="others").location == PAGE
    assert [is_in(browser) for browser in (client, third, bobs)] == [True, False, True]
    answer = send(client, PAGE, "/settings/sessions/end", reach="all")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert [is_in(browser) for browser in (client, bobs)] == [False, True]


@on_sqlite
def test_a_remembered_browser_stays_for_thirty_days(client: FlaskClient, alice: Member) -> None:
    """SECURITY 22: used or not; what is grave needs a proof all the same."""
    with time_machine.travel(NOW, tick=False):
        answer = send(client, "/login", "/login", email=alice.email, password=PASSWORD, remembers="y")
        assert any("Max-Age=2592000" in text for text in answer.headers.getlist("Set-Cookie"))
    with time_machine.travel(NOW + timedelta(days=30, seconds=-1), tick=False):
        assert is_in(client)
        assert "30 days" in client.get(PAGE).text
        assert send(client, PAGE, APP).location.startswith("/settings/sudo")
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        assert not is_in(client)


@on_sqlite
def test_a_new_browser_is_told_by_mail_and_can_be_forgotten(client: FlaskClient, alice: Member) -> None:
    """SECURITY 7, 96: the first browser is no news, the same one again neither, another one is."""
    app, other = client.application, client.application.test_client()
    for _ in range(2):
        log_in(client, alice.email)
        send(client, PAGE, "/logout")
    assert sent_mails(app) == []
    log_in(other, alice.email)
    assert [mail["To"] for mail in sent_mails(app)] == [alice.email]
    with app.app_context():
        known = list(db.session.scalars(select(KnownDevice.public_id).order_by(KnownDevice.id)))
    assert len(known) == 2
    assert other.get(PAGE).text.count("This one") == 2
    assert send(other, PAGE, f"/settings/devices/{known[0]}/forget").location == PAGE
    assert send(other, PAGE, f"/settings/devices/{known[0]}/forget").status_code == 404
    log_in(client, alice.email)
    assert len(sent_mails(app)) == 2


@on_sqlite
def test_guesses_of_others_do_not_lock_the_owner_out(client: FlaskClient, alice: Member) -> None:
    """SECURITY 7: after a hundred the password opens nothing, but in a browser that is known; two mails are sent."""
    app, stranger = client.application, client.application.test_client()
    log_in(client, alice.email)
    send(client, PAGE, "/logout")
    with app.app_context():
        db.session.execute(update(User).where(User.id == alice.user_id).values(failed_logins=9))
        db.session.commit()
    assert log_in(stranger, alice.email, "wrong " + PASSWORD).status_code == 422
    assert log_in(stranger, alice.email, "wrong " + PASSWORD).status_code == 422
    assert "15" in mail_text(sent_mails(app)[-1])
    with app.app_context():
        db.session.execute(update(User).where(User.id == alice.user_id).values(failed_logins=99))
        db.session.commit()
    wrong = log_in(stranger, alice.email, "wrong " + PASSWORD)
    right = log_in(stranger, alice.email)
    assert (right.status_code, wrong.status_code) == (422, 422)
    assert "/password/forgot" in mail_text(sent_mails(app)[-1])
    assert len(sent_mails(app)) == 2
    assert log_in(client, alice.email).status_code == 303
    assert log_in(stranger, alice.email).status_code == 303


@on_sqlite
def test_a_known_browser_comes_in_while_others_are_throttled(alice: Member, make_app: MakeApp) -> None:
    """SECURITY 5, 7: the limit of the account holds for every network, and not for its owner's own browser."""
    app = make_app(RATE_LIMITS="on")
    known, owner = app.test_client(), app.test_client()
    log_in(known, alice.email)
    send(known, PAGE, "/logout")
    statuses = []
    for number in range(12):
        stranger = app.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        statuses.append(log_in(stranger, alice.email, "wrong " + PASSWORD).status_code)
    assert statuses == [422] * 9 + [429] * 3  # the first of ten was the right one
    assert log_in(owner, alice.email).status_code == 429
    assert log_in(known, alice.email).status_code == 303


@on_sqlite
def test_one_network_keeps_nobody_out_for_more_than_a_quarter_of_an_hour(alice: Member, make_app: MakeApp) -> None:
    """SECURITY 7: whoever goes on guessing has soon spent their own share, and the owner comes in from elsewhere."""
    app = make_app(RATE_LIMITS="on")
    stranger, owner = app.test_client(), app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.1"
    fields = {"csrf_token": csrf_token(stranger.get("/login")), "email": alice.email, "password": "wrong " + PASSWORD}
    for minutes, tried, owners in ((0, 10, 429), (5, 10, 429), (10, 6, 303)):
        with time_machine.travel(NOW + timedelta(minutes=minutes, seconds=minutes), tick=False):
            statuses = [stranger.post("/login", data=fields).status_code for _ in range(12)]
            assert statuses == [422] * tried + [429] * (12 - tried)
            assert log_in(owner, alice.email).status_code == owners


@on_sqlite
def test_a_team_may_ask_everybody_for_a_second_factor(client: FlaskClient, alice: Member) -> None:
    """The door leads to the set-up, keys open nothing, and everything opens once the factor is on."""
    app = client.application
    with app.app_context():
        key = api_keys.create_key(alice.scope, "script", alice.actor)
        db.session.execute(update(Team).where(Team.id == alice.team_id).values(requires_second_factor=True))
        db.session.commit()
    sign_in(client, alice)
    for path in ("/dashboard", "/accounts", "/settings/keys"):
        assert client.get(path).location == PAGE, path
    assert client.get("/api/accounts/").status_code == 403
    script = app.test_client()
    bearer = {"Authorization": f"Bearer {key.text}"}
    assert script.get("/api/accounts/", headers=bearer).status_code == 401
    assert "Your team asks everybody" in client.get(PAGE).text
    secret = begin_setup(client)
    assert confirm(client, code_at(secret)).status_code == 200
    assert client.get("/accounts").status_code == 200
    assert script.get("/api/accounts/", headers=bearer).status_code == 200
    assert Authenticator(secret, []).code() == code_at(secret)
