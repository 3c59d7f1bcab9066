"""Signing up, in and out; doors that are closed by default; where a login leads."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, Member, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token, log_in, send
from webapp.extensions import db
from webapp.models import LoginSession, User
from webapp.services import users
from webapp.web import limits
from webapp.web.redirects import safe_target

EMAIL = "someone@example.org"


@pytest.fixture
def limited(alice: Member, make_app: MakeApp) -> Flask:
    """An application that counts tries; no queue server is there, so each process counts for itself."""
    return make_app(RATE_LIMITS="on")


def test_the_first_visitor_signs_up_and_is_in(client: FlaskClient) -> None:
    assert client.get("/login").headers["Location"] == "/register"
    answer = send(client, "/register", "/register", email=EMAIL, password=PASSWORD, next="/accounts")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts")
    assert client.get("/accounts").status_code == 200
    with client.application.app_context():
        assert db.session.scalars(select(User.is_admin)).one()


def test_a_refused_sign_up_keeps_the_address_and_names_the_field(client: FlaskClient) -> None:
    answer = send(client, "/register", "/register", email=EMAIL, password="short")
    assert answer.status_code == 422
    assert f'value="{EMAIL}"' in answer.text
    assert 'id="password-errors"' in answer.text
    assert "short" not in answer.text.replace("shortcut", "")
    assert cookie(client) is not None
    with client.application.app_context():
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0


def test_a_body_of_a_megabyte_is_refused(client: FlaskClient) -> None:
    token = csrf_token(client.get("/register"))
    answer = client.post("/register", data={"csrf_token": token, "email": EMAIL, "password": "x" * 1_000_001})
    assert answer.status_code == 413


def test_unknown_fields_change_nothing(client: FlaskClient, alice: Member) -> None:
    extra = dict.fromkeys(("is_admin", "id", "team_id", "role", "verified_at", "created_at"), "1")
    send(client, "/register", "/register", email=EMAIL, password=PASSWORD, **extra)
    with client.application.app_context():
        user = db.session.scalars(select(User).where(User.email == EMAIL)).one()
        assert (user.is_admin, user.verified_at) == (False, None)


def test_a_person_logs_in_and_out(client: FlaskClient, alice: Member) -> None:
    assert log_in(client, "ALICE@example.org").status_code == 303
    page = client.get("/accounts")
    assert page.status_code == 200
    answer = client.post("/logout", data={"csrf_token": csrf_token(page)})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/accounts").headers["Location"] == "/login?next=/accounts"
    with client.application.app_context():
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0


def test_nobody_can_tell_an_unknown_address_from_a_wrong_password(
    client: FlaskClient, alice: Member, bob: Member
) -> None:
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == bob.user_id).values(is_disabled=True))
        db.session.commit()
    answers = []
    for email in (alice.email, "nobodys@example.org", bob.email):
        visitor = client.application.test_client()
        token = csrf_token(visitor.get("/login"))
        password = PASSWORD if email == bob.email else "wrong " + PASSWORD
        answer = visitor.post("/login", data={"csrf_token": token, "email": email, "password": password})
        page = answer.text.replace(email, "ADDRESS").replace(csrf_token(answer), "TOKEN")
        headers = {
            key: value for key, value in answer.headers if key not in ("X-Request-Id", "Content-Length", "Set-Cookie")
        }
        answers.append((answer.status_code, page, headers, len(answer.headers.getlist("Set-Cookie"))))
    assert answers[0][0] == 422
    assert answers[0] == answers[1] == answers[2]


def test_a_disabled_person_is_out_at_once(client: FlaskClient, bob: Member) -> None:
    sign_in(client, bob)
    assert client.get("/accounts").status_code == 200
    with client.application.app_context():
        db.session.execute(update(User).where(User.id == bob.user_id).values(is_disabled=True))
        db.session.commit()
    assert client.get("/accounts").status_code == 303


def test_by_invitation_the_form_is_closed_with_a_sentence(alice: Member, make_app: MakeApp) -> None:
    visitor = make_app(REGISTRATION="invite").test_client()
    answer = visitor.get("/register")
    assert answer.status_code == 403
    assert "invitation" in answer.text
    assert "/register" not in visitor.get("/login").text


def test_where_others_could_come_first_the_set_up_token_is_asked_for(make_app: MakeApp) -> None:
    app = make_app(HOST="0.0.0.0", REGISTRATION="invite")
    with app.app_context():
        token = users.ensure_setup_token(app.config["APP"])
    visitor = app.test_client()
    refused = send(visitor, "/register", "/register", email=EMAIL, password=PASSWORD, setup_token="wrong")
    assert refused.status_code == 422
    assert 'id="setup_token-errors"' in refused.text
    answer = send(visitor, "/register", "/register", email=EMAIL, password=PASSWORD, setup_token=str(token))
    assert answer.status_code == 303
    assert app.test_client().get("/register").status_code == 403


def test_every_page_is_closed_unless_it_is_marked_as_public(app: Flask) -> None:
    open_doors = {
        *("address.confirm", "address.revert", "address.show_confirm", "address.show_revert"),
        *("address.show_verify", "address.verify"),
        *(
            "auth.sent",
            "password.ask_reset",
            "password.forgot",
            "password.reset",
            "password.sent",
            "password.show_reset",
        ),
        "static",
        *("digest_doors.confirm", "digest_doors.end", "digest_doors.show_ending", "digest_doors.show_offer"),
        *("notification_doors.show_stop", "notification_doors.stop"),
        # Calendars do not sign in: the address itself is the secret.
        "planner_feeds.feed",
        *("shared.download", "shared.enter", "shared.image", "shared.lead_nowhere", "shared.show"),
        "about.index",
        "appearance.brand",
        "appearance.choose_language",
        "appearance.choose_theme",
        "auth.create",
        "auth.login",
        "auth.register",
        "auth.sign_in",
        "health.live",
        "health.ready",
        "installed_app.manifest",
        "installed_app.offline",
        "installed_app.service_worker",
        "invitations.show",
        "invitations.sign_up",
        "media.show",
        "second_factor.cancel",
        "second_factor.check",
        "second_factor.send_email",
        "second_factor.show",
        "styleguide.index",
    }
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint == "static" or getattr(app.view_functions[rule.endpoint], "is_public", False)
    }
    documents = {name for name in found if name.startswith("api.")}  # what they are is the API's own test
    assert found - documents == open_doors


def test_a_visitor_is_led_to_the_login_page_and_back(client: FlaskClient, alice: Member) -> None:
    answer = client.get("/accounts?search=a%26b")
    assert answer.headers["Location"] == "/login?next=/accounts?search%3Da%2526b"
    answer = send(
        client,
        answer.headers["Location"],
        "/login",
        email=alice.email,
        password=PASSWORD,
        next="/accounts?search=a%26b",
    )
    assert answer.headers["Location"] == "/accounts?search=a%26b"


def test_a_fragment_without_a_session_sends_the_whole_page_to_the_login(client: FlaskClient, alice: Member) -> None:
    answer = client.get("/accounts", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/accounts?x=1"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/accounts?x%3D1")
    elsewhere = client.get("/accounts", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test//evil"})
    assert elsewhere.headers["HX-Redirect"] == "/login"


def test_a_body_is_not_read_before_the_door_is_passed(client: FlaskClient, alice: Member) -> None:
    answer = client.post("/accounts", data=b"x" * 5_000_000, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/accounts/%00", "/accounts?account=%00", "/login?next=%00"])
def test_a_nul_in_an_address_is_refused(path: str, client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/%09/evil.test",
        "https:evil.test",
        "https://evil.test",
        "http:///evil.test",
        "//[::1]",
        "/..//evil.test",
        "/a//evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.test",
        "",
        " /accounts",
        "/acc\r\nLocation: //evil.test",
        "/acc%0d%0aLocation:%20x",
        "/%2f/evil.test",
        "/%5cevil.test",
        "/./x",
        "/.evil.test",
        "?next=x",
        "#x",
        "/\x00",
        "/a b",
        "/a\u0085b",
        "/" + "a" * 2000,
        "//evil.test/%2f..",
        "/\\/evil.test",
        "http://localhost/accounts",
    ],
)
def test_no_login_leads_to_another_place(target: str) -> None:
    assert safe_target(target, "/safe") == "/safe"


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/accounts",
        "/audience/followers?search=a&ordering=-username",
        "/x?next=http://elsewhere.test",
        "/a.b",
        "/é",
    ],
)
def test_a_login_leads_to_every_page_of_ours(target: str) -> None:
    assert safe_target(target, "/safe") == target


def test_an_account_can_be_tried_ten_times_from_changing_addresses(limited: Flask, alice: Member) -> None:
    statuses = [try_login(limited, alice.email, address=f"10.0.0.{number}").status_code for number in range(1, 12)]
    assert statuses == [422] * 10 + [429]


def test_an_address_can_try_twenty_times_with_changing_accounts(limited: Flask, alice: Member) -> None:
    statuses = [
        try_login(limited, f"person{number}@example.org", forwarded=f"1.2.3.{number}").status_code
        for number in range(21)
    ]
    assert statuses == [422] * 20 + [429]
    refused = try_login(limited, alice.email)
    assert 0 < int(refused.headers["Retry-After"]) <= 300


def test_a_network_of_ipv6_counts_as_one(limited: Flask, alice: Member) -> None:
    statuses = {
        try_login(limited, f"person{number}@example.org", address=f"2001:db8:1:2::{number:x}").status_code
        for number in range(20)
    }
    assert statuses == {422}
    assert try_login(limited, alice.email, address="2001:db8:1:2:ffff::1").status_code == 429
    assert try_login(limited, alice.email, address="2001:db8:1:3::1").status_code == 422


def test_all_together_can_try_so_often(limited: Flask, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECURITY 5: from many networks for many accounts, there is an end all the same; what was right does not count."""
    monkeypatch.setattr(limits, "LOGIN_GLOBAL", "3 per 5 minutes")
    assert try_login(limited, alice.email, password=PASSWORD, address="10.1.0.0").status_code == 303
    statuses = [
        try_login(limited, f"person{number}@example.org", address=f"10.1.{number}.1").status_code
        for number in range(1, 5)
    ]
    assert statuses == [422, 422, 422, 429]


def test_the_right_password_works_within_the_limit(limited: Flask, alice: Member) -> None:
    assert try_login(limited, alice.email, password=PASSWORD).status_code == 303


def try_login(
    app: Flask,
    email: str,
    *,
    password: str = "wrong " + PASSWORD,
    address: str = "127.0.0.1",
    forwarded: str | None = None,
) -> TestResponse:
    """Send one login from an address."""
    visitor = app.test_client()
    environment = {"REMOTE_ADDR": address}
    token = csrf_token(visitor.get("/login", environ_base=environment))
    return visitor.post(
        "/login",
        data={"csrf_token": token, "email": email, "password": password},
        environ_base=environment,
        headers={"X-Forwarded-For": forwarded} if forwarded else {},
    )
