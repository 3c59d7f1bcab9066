"""Addresses: shown to be somebody's, changed, and given back; signing up tells nobody who is known here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, Member, link_of, mail_text, sent_mails, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.domain.errors import Conflict, ErrorCode, Forbidden
from webapp.extensions import db
from webapp.models import AuditEvent, Job, Mail, MailedToken, Membership, User
from webapp.services import passwords, users, verification
from webapp.services.audit import Actor
from webapp.services.transaction import transaction
from webapp.web.auth import public
from webapp.web.verified import needs_verified

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EMAIL = "someone@example.org"
OTHER = "other@example.org"
HERS = "a fine password of hers"
HIS = "a foul password of his"


@pytest.fixture
def unconfirmed(app: Flask, alice: Member) -> Member:
    """Alice, before her address was confirmed."""
    with app.app_context():
        db.session.execute(update(User).where(User.id == alice.user_id).values(verified_at=None))
        db.session.commit()
    return alice


def register(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD) -> TestResponse:
    return send(client, "/register", "/register", email=email, password=password)


def press(client: FlaskClient, link: str, **fields: str) -> TestResponse:
    """Open a mailed link and press its button."""
    return client.post(link, data={"csrf_token": csrf_token(client.get(link)), **fields})


def newest(app: Flask, address: str) -> EmailMessage:
    """Return the newest mail to an address."""
    return [mail for mail in sent_mails(app) if mail["To"] == address][-1]


def person(app: Flask, email: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.email == email)).one()


def ask_change(client: FlaskClient, email: str) -> TestResponse:
    return send(client, "/settings/email", "/settings/email", email=email)


def test_who_signs_up_is_in_once_the_link_was_opened(client: FlaskClient, alice: Member) -> None:
    """SECURITY 14."""
    answer = register(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/register/sent")
    assert log_in(client, EMAIL).status_code == 422
    link = link_of(newest(client.application, EMAIL))
    assert press(client, link, password="not the password of mine").status_code == 422
    answer = press(client, link, password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/accounts").status_code == 200
    found = person(client.application, EMAIL)
    assert (found.is_pending, found.verified_at is not None, found.is_admin) == (False, True, False)
    assert client.get(link).status_code == 404
    assert log_in(client.application.test_client(), EMAIL).status_code == 303


@on_sqlite
def test_a_link_that_confirms_lives_for_a_day(client: FlaskClient, alice: Member) -> None:
    """SECURITY 14."""
    register(client)
    link = link_of(newest(client.application, EMAIL))
    with client.application.app_context():
        row = db.session.scalars(select(MailedToken)).one()
        assert row.expires_at - row.created_at == timedelta(hours=24)
        db.session.execute(update(MailedToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
    assert client.get(link).status_code == 404


@on_sqlite
def test_signing_up_tells_nobody_who_is_known(
    client: FlaskClient, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY 4: free, taken, disabled and half signed-up addresses are answered alike, after one hash each."""
    register(client.application.test_client(), "half@example.org")
    hashes: list[str] = []
    hasher = passwords.hash_password

    def counted(text: str) -> str:
        hashes.append(text)
        return hasher(text)

    monkeypatch.setattr(passwords, "hash_password", counted)
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == bob.user_id).values(is_disabled=True))
        db.session.commit()
    seen = []
    for email in (EMAIL, alice.email, bob.email, "half@example.org"):
        visitor = client.application.test_client()
        jobs, events = count(client.application, Job), count(client.application, AuditEvent)
        hashes.clear()
        answer = register(visitor, email)
        headers = [name for name, _ in answer.headers]
        work = (count(client.application, Job) - jobs, count(client.application, AuditEvent) - events, len(hashes))
        page = visitor.get(answer.headers["Location"])
        text = page.text.replace(csrf_token(page), "")
        seen.append((answer.status_code, answer.text, headers, text, log_in(visitor, email, HIS).status_code, work))
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert [mail["To"] for mail in sent_mails(client.application)] == [
        "half@example.org",
        EMAIL,
        alice.email,
        "half@example.org",
    ]
    assert "/login" in mail_text(newest(client.application, alice.email))


def count(app: Flask, model: type[Job | AuditEvent | Mail]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


@on_sqlite
def test_nobody_gets_an_account_confirmed_by_its_owner_unawares(client: FlaskClient, alice: Member) -> None:
    """SECURITY 14: who signs up with a foreign address has its owner neither confirm nor use his password."""
    register(client, EMAIL, HIS)
    his = link_of(newest(client.application, EMAIL))
    register(client, EMAIL, HERS)
    hers = link_of(newest(client.application, EMAIL))
    assert client.get(his).status_code == 404
    assert press(client, hers, password=HIS).status_code == 422
    assert press(client, hers, password=HERS).status_code == 303
    assert log_in(client.application.test_client(), EMAIL, HIS).status_code == 422


@on_sqlite
def test_a_new_password_by_mail_confirms_the_address_too(client: FlaskClient, alice: Member) -> None:
    register(client, EMAIL, HIS)
    send(client, "/password/forgot", "/password/forgot", email=EMAIL)
    assert press(client, link_of(newest(client.application, EMAIL)), password=HERS).status_code == 303
    assert log_in(client, EMAIL, HERS).status_code == 303
    assert client.get("/accounts").status_code == 200


def test_who_never_comes_back_is_forgotten(client: FlaskClient, alice: Member) -> None:
    register(client)
    app = client.application
    with app.app_context():
        found = db.session.scalars(select(User).where(User.email == EMAIL)).one()
        found.created_at = datetime.now(UTC) - timedelta(days=4)
        db.session.commit()
        with transaction() as session:
            verification.forget_abandoned(session)
        assert db.session.scalars(select(User).where(User.email == EMAIL)).all() == []
        assert db.session.scalars(select(Membership.user_id).where(Membership.user_id == found.id)).all() == []
        assert db.session.scalars(select(Mail)).all() == []
    assert register(client).status_code == 303
    assert person(app, EMAIL).is_pending


@on_sqlite
def test_somebody_invited_is_let_in_though_they_had_only_begun(app: Flask, client: FlaskClient, alice: Member) -> None:
    register(client, EMAIL, HIS)
    with app.app_context():
        stored = passwords.hash_password(HERS)
        with transaction() as session:
            users.add_verified_user(session, users.normalise_email(EMAIL), stored, Actor())
        with pytest.raises(Conflict) as refusal, transaction() as session:
            users.add_verified_user(session, users.normalise_email(alice.email), stored, Actor())
        assert refusal.value.code is ErrorCode.EMAIL_TAKEN
    assert log_in(client, EMAIL, HERS).status_code == 303


@on_sqlite
def test_what_needs_a_confirmed_address_is_refused_with_a_hint(app: Flask, unconfirmed: Member, bob: Member) -> None:
    """SECURITY 14."""
    guarded = needs_verified(lambda: "done")  # type: ignore[arg-type,return-value]
    app.add_url_rule("/guarded", "guarded", public(guarded))
    client = app.test_client()
    sign_in(client, unconfirmed)
    refused = client.get("/guarded")
    assert refused.status_code == Forbidden.status
    assert "confirmed" in refused.text
    sign_in(client, bob)
    assert client.get("/guarded").text == "done"


@on_sqlite
def test_a_banner_asks_to_confirm_and_sends_the_link_again(
    app: Flask, client: FlaskClient, unconfirmed: Member, bob: Member
) -> None:
    sign_in(client, bob)
    assert "not confirmed" not in client.get("/accounts").text
    sign_in(client, unconfirmed)
    assert "not confirmed" in client.get("/accounts").text
    send(client, "/accounts", "/settings/email/verify")
    visitor = app.test_client()
    link = link_of(newest(app, unconfirmed.email))
    assert "password" not in visitor.get(link).text.replace("/password/", "").replace("platform password", "")
    assert press(visitor, link).status_code == 303
    assert "not confirmed" not in client.get("/accounts").text
    assert visitor.get("/accounts").status_code == 303


@on_sqlite
def test_the_link_is_sent_again_three_times_in_six_hours(unconfirmed: Member, make_app: MakeApp) -> None:
    """SECURITY 5."""
    client = make_app(RATE_LIMITS="on").test_client()
    sign_in(client, unconfirmed)
    token = csrf_token(client.get("/accounts"))
    answers = [client.post("/settings/email/verify", data={"csrf_token": token}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]


@on_sqlite
def test_signing_up_fills_nobodys_mailbox_either(alice: Member, make_app: MakeApp) -> None:
    """SECURITY 5: what was refused is not counted, what was sent is."""
    app = make_app(RATE_LIMITS="on")
    statuses = []
    for turn in range(6):
        visitor = app.test_client()
        visitor.environ_base["REMOTE_ADDR"] = f"198.51.100.{turn}"
        statuses.append(register(visitor, alice.email, "short" if turn < 2 else PASSWORD).status_code)
    assert statuses == [422, 422, 303, 303, 303, 429]


@on_sqlite
def test_an_address_is_changed_once_the_new_one_is_confirmed(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15, 20, 21: the old address stays until then and is told afterwards; other browsers are out."""
    other = app.test_client()
    sign_in(client, alice)
    sign_in(other, alice)
    before = cookie(client)
    assert ask_change(client, OTHER).status_code == 303
    assert person(app, alice.email).id == alice.user_id
    assert log_in(app.test_client(), OTHER).status_code == 422
    link = link_of(newest(app, OTHER))
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert press(client, link).status_code == 303
    assert person(app, OTHER).id == alice.user_id
    assert cookie(client) != before
    assert client.get("/accounts").status_code == 200
    assert other.get("/accounts").status_code == 303
    assert client.get(link).status_code == 404
    notice = newest(app, alice.email)
    assert OTHER in mail_text(notice)
    assert log_in(app.test_client(), alice.email).status_code == 422
    assert log_in(app.test_client(), OTHER).status_code == 303
    with app.app_context():
        kept = " ".join(str(detail) for detail in db.session.scalars(select(AuditEvent.detail)))
    assert OTHER not in kept
    assert "o…@example.org" in kept


def test_a_change_is_taken_back_even_after_another_password(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15: the way back lives for seven days, restores the address and ends all sessions."""
    sign_in(client, alice)
    ask_change(client, OTHER)
    press(client, link_of(newest(app, OTHER)))
    back = link_of(newest(app, alice.email))
    assert send(client, "/settings/password", "/settings/password", password=HIS).status_code == 303
    ask_change(client, "third@example.org")
    press(client, link_of(newest(app, "third@example.org")))
    thiefs = link_of(newest(app, OTHER))
    with app.app_context():
        lives = db.session.scalars(
            select(MailedToken).where(MailedToken.data["email"].as_string() == alice.email)
        ).one()
        assert lives.expires_at - lives.created_at == timedelta(days=7)
    owner = app.test_client()
    assert press(owner, back).status_code == 303
    assert person(app, alice.email).id == alice.user_id
    assert client.get("/accounts").status_code == 303
    # What leads back to the other's own address is worth nothing any more.
    assert client.get(thiefs).status_code == 404
    assert client.get(back).status_code == 404
    reset = link_of(newest(app, alice.email))
    assert reset.startswith("/password/reset/")
    assert press(owner, reset, password=HERS).status_code == 303
    assert log_in(owner, alice.email, HERS).status_code == 303
    assert log_in(app.test_client(), alice.email, HIS).status_code == 422


def test_nobody_can_take_an_address_that_may_still_go_back(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15."""
    sign_in(client, alice)
    ask_change(client, OTHER)
    press(client, link_of(newest(app, OTHER)))
    back = link_of(newest(app, alice.email))
    mails = len(sent_mails(app))
    assert register(app.test_client(), alice.email).status_code == 303
    assert len(sent_mails(app)) == mails
    assert press(app.test_client(), back).status_code == 303


@on_sqlite
def test_a_taken_address_is_answered_like_a_free_one(
    app: Flask, client: FlaskClient, alice: Member, bob: Member
) -> None:
    """SECURITY 4, 15."""
    sign_in(client, alice)
    seen = []
    for email in (OTHER, bob.email, "third@example.org"):
        jobs, events = count(app, Job), count(app, AuditEvent)
        answer = ask_change(client, email)
        page = client.get(answer.headers["Location"])
        work = (count(app, Job) - jobs, count(app, AuditEvent) - events)
        told = page.text.count("Open the link in the mail that we have sent to the new address")
        seen.append((answer.status_code, answer.headers["Location"], answer.text, told, work))
    assert seen[0] == seen[1] == seen[2]
    assert "/email/change/" not in mail_text(newest(app, bob.email))
    assert ask_change(client, alice.email.upper()).status_code == 422


@on_sqlite
def test_of_two_changes_the_last_one_counts(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15."""
    sign_in(client, alice)
    links = []
    for email in (OTHER, "third@example.org"):
        ask_change(client, email)
        links.append(link_of(newest(app, email)))
    assert client.get(links[0]).status_code == 404
    assert press(client, links[1]).status_code == 303
    found = person(app, "third@example.org")
    assert (found.id, found.email_key) == (alice.user_id, "third@example.org")


def test_an_address_that_became_somebody_elses_is_not_moved_to(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15."""
    sign_in(client, alice)
    ask_change(client, OTHER)
    link = link_of(newest(app, OTHER))
    with app.app_context():
        users.create_user(OTHER, HERS)
    assert press(client, link).status_code == 404
    assert person(app, alice.email).id == alice.user_id
    assert client.get("/accounts").status_code == 200


@on_sqlite
def test_who_only_began_to_sign_up_gives_way(app: Flask, client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    register(app.test_client(), OTHER, HIS)
    ask_change(client, OTHER)
    link = link_of([mail for mail in sent_mails(app) if "/email/change/" in mail_text(mail)][-1])
    assert press(client, link).status_code == 303
    assert person(app, OTHER).id == alice.user_id
    assert log_in(app.test_client(), OTHER, HIS).status_code == 422


@on_sqlite
def test_a_change_of_address_needs_a_fresh_proof(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 15, 24."""
    sign_in(client, alice, has_sudo=False)
    assert client.get("/settings/email").headers["Location"].startswith("/settings/sudo")
    token = csrf_token(client.get("/settings"))
    answer = client.post("/settings/email", data={"csrf_token": token, "email": OTHER})
    assert answer.headers["Location"].startswith("/settings/sudo")
    assert sent_mails(app) == []


@on_sqlite
def test_links_that_open_nothing_are_kindly_refused(client: FlaskClient, alice: Member) -> None:
    """SECURITY 14, 15: W23."""
    token = csrf_token(client.get("/login"))
    texts = ("a", "a" * 43, "%C3%A9" * 20, "A" * 3000, "../" * 5, "x%00")
    for path in (f"/email/{kind}/{text}" for kind in ("verify", "change", "revert") for text in texts):
        answers = client.get(path), client.post(path, data={"csrf_token": token, "password": PASSWORD})
        assert {answer.status_code for answer in answers} <= {400, 404}


@on_sqlite
def test_a_link_of_one_kind_opens_nothing_of_another(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 13: W23."""
    register(client)
    token = link_of(newest(app, EMAIL)).rpartition("/")[2]
    for path in ("/password/reset", "/email/change", "/email/revert"):
        assert client.get(f"{path}/{token}").status_code == 404
    assert client.get(f"/email/verify/{token}").status_code == 200
    assert client.get(f"/email/verify/{token.swapcase()}").status_code == 404


@on_sqlite
def test_admins_read_the_outbox_while_developing(app: Flask, alice: Member, bob: Member, make_app: MakeApp) -> None:
    client = app.test_client()
    register(client)
    sent_mails(app)
    assert client.get("/admin/outbox").status_code == 303
    sign_in(client, bob)
    assert client.get("/admin/outbox").status_code == 404
    sign_in(client, alice)
    page = client.get("/admin/outbox")
    assert EMAIL in page.text
    name = page.text.partition("/admin/outbox/")[2].partition('"')[0]
    assert "/email/verify/" in client.get(f"/admin/outbox/{name}").text
    for wrong in ("x.eml", "..%2fsecret_key", name.replace("eml", "part")):
        assert client.get(f"/admin/outbox/{wrong}").status_code == 404
    with_server = make_app(MAIL_URL="smtp://127.0.0.1:9").test_client()
    sign_in(with_server, alice)
    assert with_server.get("/admin/outbox").status_code == 404
    assert "/admin/outbox" not in with_server.get("/accounts").text
