"""The second step of a log-in: half log-ins, codes that count once, ways for somebody without their phone."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, Authenticator, Member, give_second_factor, mail_text, sent_mails, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, LoginSession, RecoveryCode, User
from webapp.services import recovery_codes
from webapp.services.security import raise_version
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STEP = "/login/second-factor"
NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def phone(app: Flask, alice: Member) -> Authenticator:
    """Alice's second factor."""
    return give_second_factor(app, alice)


def show_code(client: FlaskClient, code: str, by: str = "totp", **fields: str) -> TestResponse:
    """Fill in the form of the second step."""
    return send(client, f"{STEP}?by={by}", STEP, code=code, by=by, **fields)


def count_events(app: Flask, action: AuditAction) -> int:
    """Return how often something is on record."""
    with app.app_context():
        query = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
        return db.session.scalar(query) or 0


def is_in(client: FlaskClient) -> bool:
    """Return whether the browser is signed in."""
    return client.get("/settings").status_code == 200


def leave(client: FlaskClient) -> None:
    """Log out."""
    send(client, "/settings", "/logout")


def change_security(app: Flask, member: Member) -> None:
    """Do what a change of the password or the address does."""
    with app.app_context(), transaction() as session:
        raise_version(session, session.get_one(User, member.user_id))


@on_sqlite
def test_the_password_alone_opens_nothing(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 12, 20: after the password there is no session; after the code there is one under a new secret."""
    before = cookie(client)
    answer = send(client, "/login", "/login", email=alice.email, password=PASSWORD, next="/accounts?x=1")
    assert (answer.status_code, answer.location) == (303, f"{STEP}?next=/accounts?x%3D1")
    half = cookie(client)
    with client.application.app_context():
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0
    for path in ("/", "/accounts", "/settings", "/settings/security", "/settings/sudo"):
        assert client.get(path).location.startswith("/login"), path
    assert client.get("/api/accounts/").status_code == 401
    answer = show_code(client, phone.code(), next="/accounts?x=1")
    assert (answer.status_code, answer.location) == (303, "/accounts?x=1")
    assert is_in(client)
    assert len({before, half, cookie(client)}) == 3
    thief = client.application.test_client()
    thief.set_cookie("s", str(half))
    assert not is_in(thief)


def test_a_code_counts_once_also_for_sudo(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 9, 96: a code that was taken is refused everywhere, and on record."""
    code = phone.code()
    log_in(client, alice.email)
    assert show_code(client, code).status_code == 303
    other = client.application.test_client()
    log_in(other, alice.email)
    assert show_code(other, code).status_code == 422
    sign_in(other, alice, has_sudo=False)
    assert send(other, "/settings/sudo", "/settings/sudo", code=code).status_code == 422
    assert count_events(client.application, AuditAction.TOKEN_REUSED) == 2


def test_an_older_code_is_refused_after_a_newer_one(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 9: both are within the window, and only the newer one counts."""
    newer, older = phone.code(1), phone.code()
    log_in(client, alice.email)
    assert show_code(client, newer).status_code == 303
    other = client.application.test_client()
    log_in(other, alice.email)
    assert show_code(other, older).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "text",
    ["１２３４５６", "١٢٣٤٥٦", "1_23456", "-00001", "1" * 10_000, "", "000000\0", "é" * 30, "<b>", "1e5"],
)
def test_odd_codes_are_refused_and_nothing_breaks(
    text: str, client: FlaskClient, alice: Member, phone: Authenticator
) -> None:
    """SECURITY 10, W03."""
    log_in(client, alice.email)
    for by in ("totp", "recovery_code", "email_code", "nonsense"):
        assert show_code(client, text, by).status_code == 422
    token = csrf_token(client.get(STEP))
    assert client.post(STEP, data={"csrf_token": token, "code[]": phone.code()}).status_code == 422
    assert not is_in(client)


@on_sqlite
def test_gaps_in_a_code_do_not_matter(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 10."""
    log_in(client, alice.email)
    code = phone.code()
    assert show_code(client, f" {code[:3]} {code[3:]} ").status_code == 303


@on_sqlite
def test_a_half_log_in_ends_after_five_minutes(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 12: at five minutes it is there, a second later it is not."""
    with time_machine.travel(NOW, tick=False):
        log_in(client, alice.email)
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert client.get(STEP).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=5, seconds=1), tick=False):
        answer = client.get(STEP)
        assert (answer.status_code, answer.location) == (303, "/login")


@on_sqlite
def test_a_half_log_in_dies_with_what_it_rests_on(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 12: after a change of password, address or factor, in another browser, and when it is given up."""
    log_in(client, alice.email)
    token = csrf_token(client.get(STEP))
    assert client.get(STEP, headers={"User-Agent": "another"}).status_code == 303
    change_security(client.application, alice)
    answer = client.post(STEP, data={"csrf_token": token, "code": phone.code(), "by": "totp"})
    assert (answer.status_code, answer.location) == (303, "/login")
    log_in(client, alice.email)
    assert send(client, STEP, f"{STEP}/cancel").location == "/login"
    assert client.get(STEP).status_code == 303


@on_sqlite
def test_without_a_first_step_there_is_no_second(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 12."""
    token = csrf_token(client.get("/login"))
    for path in (STEP, f"{STEP}/email", f"{STEP}/cancel"):
        answer = client.post(path, data={"csrf_token": token, "code": phone.code()})
        assert (answer.status_code, answer.location) == (303, "/login"), path
    assert not is_in(client)


def test_a_recovery_code_counts_once_and_is_told(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 11: it signs in, is used up, is mailed and on record, and says how many remain."""
    code = phone.recovery_codes[3]
    log_in(client, alice.email)
    assert show_code(client, code.upper().replace("-", " "), "recovery_code").status_code == 303
    assert "9 are left" in client.get("/settings/security").text
    other = client.application.test_client()
    log_in(other, alice.email)
    assert show_code(other, code, "recovery_code").status_code == 422
    app = client.application
    assert count_events(app, AuditAction.RECOVERY_CODE_USED) == 1
    assert count_events(app, AuditAction.TOKEN_REUSED) == 1
    assert any("9" in mail_text(mail) and "recovery code" in mail_text(mail).lower() for mail in sent_mails(app))


@on_sqlite
def test_secrets_are_nowhere_in_readable_form(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 8, 11: neither the key nor a recovery code is in a row, an event or a log."""
    log_in(client, alice.email)
    show_code(client, phone.recovery_codes[0], "recovery_code")
    with client.application.app_context():
        user = db.session.get_one(User, alice.user_id)
        rows = [
            *db.session.scalars(select(RecoveryCode.code_hash)),
            *map(str, db.session.scalars(select(AuditEvent.detail))),
        ]
        text = "\n".join([str(user.totp_secret), *rows]).lower()
        assert user.totp_pending_secret is None
    for secret in (
        phone.secret.lower(),
        *phone.recovery_codes,
        *(code.replace("-", "") for code in phone.recovery_codes),
    ):
        assert secret not in text


@on_sqlite
def test_recovery_codes_have_more_than_112_random_bits(app: Flask, alice: Member) -> None:
    """SECURITY 11: so that a plain hash is enough."""
    codes = give_second_factor(app, alice).recovery_codes
    assert len(set(codes)) == recovery_codes.COUNT == 10
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){4}", code) for code in codes)
    assert all(recovery_codes.digest_of(code) for code in codes)


@on_sqlite
def test_a_code_by_mail_only_where_it_is_allowed(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    log_in(client, alice.email)
    page = client.get(STEP)
    assert "by e-mail" not in page.text
    before = len(sent_mails(client.application))
    assert client.post(f"{STEP}/email", data={"csrf_token": csrf_token(page)}).status_code == 403
    assert len(sent_mails(client.application)) == before


def mailed_code(app: Flask) -> str:
    """Return the code of the last mail."""
    found = re.search(r"\b[0-9]{8}\b", mail_text(sent_mails(app)[-1]))
    assert found is not None
    return found[0]


def test_a_mailed_code_signs_in_once(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    app = client.application
    allow_email_codes(app, alice)
    log_in(client, alice.email)
    assert send(client, STEP, f"{STEP}/email", next="/accounts").location == f"{STEP}?by=email_code&next=/accounts"
    code = mailed_code(app)
    assert show_code(client, code, "email_code").status_code == 303
    assert is_in(client)
    other = app.test_client()
    log_in(other, alice.email)
    assert show_code(other, code, "email_code").status_code == 422
    assert code not in str(app.config)
    with app.app_context():
        assert not any(code in str(detail) for detail in db.session.scalars(select(AuditEvent.detail)))


@on_sqlite
def test_a_mailed_code_is_guessed_at_five_times(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 5: eight digits are few, so tries are few; and no more than three codes are mailed in six hours."""
    app = client.application
    allow_email_codes(app, alice)
    log_in(client, alice.email)
    send(client, STEP, f"{STEP}/email")
    code = mailed_code(app)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(5):
        assert show_code(client, wrong, "email_code").status_code == 422
    assert show_code(client, code, "email_code").status_code == 422
    assert [send(client, STEP, f"{STEP}/email").status_code for _ in range(3)] == [303, 303, 429]
    assert show_code(client, mailed_code(app), "email_code").status_code == 303


def allow_email_codes(app: Flask, member: Member) -> None:
    """Let codes by mail stand in for the member's app."""
    with app.app_context():
        db.session.execute(update(User).where(User.id == member.user_id).values(allows_email_code=True))
        db.session.commit()


@on_sqlite
def test_a_trusted_browser_is_asked_for_the_password_alone(
    client: FlaskClient, alice: Member, bob: Member, phone: Authenticator
) -> None:
    """Until thirty days are over or the person's security changes; another person's trust is nobody else's."""
    app = client.application
    give_second_factor(app, bob)
    log_in(client, alice.email)
    show_code(client, phone.code(), trusts="y")
    leave(client)
    assert log_in(client, alice.email).location == "/"
    leave(client)
    assert log_in(client, bob.email).location == STEP
    later = time.time() + timedelta(days=30, minutes=1).total_seconds()
    with time_machine.travel(later, tick=False):
        assert log_in(client, alice.email).location == STEP
    log_in(client, alice.email)
    assert is_in(client)
    change_security(app, alice)
    assert log_in(client, alice.email).location == STEP


@on_sqlite
def test_the_device_cookie_alone_signs_nobody_in(client: FlaskClient, alice: Member, phone: Authenticator) -> None:
    """SECURITY 28: whatever the cookie holds, the answer is a page."""
    log_in(client, alice.email)
    show_code(client, phone.code(), trusts="y")
    device = cookie(client, "d")
    thief = client.application.test_client()
    thief.set_cookie("d", str(device))
    assert not is_in(thief)
    for text in ("", "x", "." * 399, "a" * 43, f"{'a' * 43}." * 9, "é", "a" * 4_000):
        bare = client.application.test_client()
        bare.set_cookie("d", text)
        assert log_in(bare, alice.email).location == STEP


@on_sqlite
def test_five_tries_in_five_minutes(alice: Member, phone: Authenticator, make_app: MakeApp) -> None:
    """SECURITY 5, 7: the sixth waits, and the first was the right one; a browser that is known counts apart."""
    app = make_app(RATE_LIMITS="on")
    known = app.test_client()
    log_in(known, alice.email)
    assert show_code(known, phone.code()).status_code == 303
    client = app.test_client()
    log_in(client, alice.email)
    assert [show_code(client, "000000").status_code for _ in range(4)] == [422] * 4
    refused = show_code(client, "000000")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    other = app.test_client()
    other.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    log_in(other, alice.email)
    assert show_code(other, phone.code(1)).status_code == 429
    leave(known)
    log_in(known, alice.email)
    assert show_code(known, phone.code(1)).status_code == 303
