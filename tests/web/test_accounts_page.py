"""The accounts page, and the account other pages speak of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Member, sign_in
from tests.web.pages import csrf_token, send
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account, FormerHandle
from webapp.services import accounts
from webapp.web.accounts import current_scope


def add(app: Flask, member: Member, handle: str, timezone: str = "UTC") -> str:
    """Add an account and return its public id."""
    with app.app_context():
        return accounts.create_account(member.scope, Platform.TIKTOK, handle, timezone, member.actor)


@pytest.fixture
def ada(app: Flask, alice: Member) -> str:
    """Alice's first account."""
    return add(app, alice, "ada")


@pytest.fixture
def grace(app: Flask, alice: Member, ada: str) -> str:
    """Alice's second account."""
    return add(app, alice, "grace")


def test_an_account_is_added(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "No account yet" in client.get("/accounts").text
    answer = send(client, "/accounts", "/accounts", platform="tiktok", handle="@Ada", timezone="Europe/Paris")
    assert answer.status_code == 303
    page = client.get("/accounts").text
    assert "@Ada" in page
    assert "Europe/Paris" in page


def test_an_account_without_an_export_is_as_old_as_unknown_never_as_zero(
    client: FlaskClient, alice: Member, ada: str
) -> None:
    sign_in(client, alice)
    assert "Nothing has been imported for this account yet." in client.get("/accounts").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"platform": "tiktok", "handle": "N/A", "timezone": "UTC"}, "handle"),
        ({"platform": "tiktok", "handle": "ada", "timezone": "UTC"}, "handle"),
        ({"platform": "tiktok", "handle": "", "timezone": "UTC"}, "handle"),
        ({"platform": "tiktok", "handle": "new", "timezone": "../../etc/localtime"}, "timezone"),
        ({"platform": "myspace", "handle": "new", "timezone": "UTC"}, "platform"),
    ],
)
def test_a_refused_account_names_its_field(
    fields: dict[str, str], field: str, client: FlaskClient, alice: Member, ada: str
) -> None:
    sign_in(client, alice)
    answer = send(client, "/accounts", "/accounts", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-errors"' in answer.text


def test_details_change_and_the_first_account_too(client: FlaskClient, alice: Member, grace: str) -> None:
    sign_in(client, alice)
    page = f"/accounts/{grace}"
    wanted = {"display_name": "<b>Grace</b>", "timezone": "Asia/Tokyo", "hold_percent": "35", "reminder_days": "60"}
    assert send(client, page, page, **wanted).status_code == 303
    assert "&lt;b&gt;Grace&lt;/b&gt;" in client.get("/accounts").text
    assert send(client, page, f"{page}/default").status_code == 303
    with client.application.app_context():
        row = db.session.scalars(select(Account).where(Account.public_id == grace)).one()
        assert (row.timezone, row.is_default) == ("Asia/Tokyo", True)
        assert (row.hold_percent, row.reminder_days) == (35, 60)
    shown = client.get(page).text
    assert "a file that lacks more than 350 of them" in shown


@pytest.mark.parametrize(
    ("field", "value"), [("hold_percent", "0"), ("hold_percent", "101"), ("hold_percent", ""), ("reminder_days", "7")]
)
def test_a_refused_setting_names_its_field_and_changes_nothing(
    field: str, value: str, client: FlaskClient, alice: Member, grace: str
) -> None:
    sign_in(client, alice)
    page = f"/accounts/{grace}"
    wanted = {"display_name": "", "timezone": "Asia/Tokyo", "hold_percent": "35", "reminder_days": "60", field: value}
    answer = send(client, page, page, **wanted)
    assert answer.status_code == 422
    assert f'id="{field}-errors"' in answer.text
    with client.application.app_context():
        row = db.session.scalars(select(Account).where(Account.public_id == grace)).one()
        assert (row.timezone, row.hold_percent, row.reminder_days) == ("UTC", 20, 30)


def test_former_names_of_an_account_are_shown(client: FlaskClient, alice: Member, ada: str) -> None:
    with client.application.app_context():
        account = db.session.scalars(select(Account).where(Account.public_id == ada)).one()
        for name in ("ada.b", "ada.c"):
            row = FormerHandle(account_id=account.id, handle=name, handle_key=name, created_at=datetime.now(UTC))
            db.session.add(row)
            db.session.flush()
        db.session.commit()
    sign_in(client, alice)
    assert "<bdi>@ada.c</bdi>, <bdi>@ada.b</bdi>" in client.get(f"/accounts/{ada}").text


def test_an_account_goes_when_its_name_is_typed(client: FlaskClient, alice: Member, ada: str) -> None:
    sign_in(client, alice)
    page = f"/accounts/{ada}"
    refused = send(client, page, f"{page}/delete", typed_name="grace")
    assert refused.status_code == 422
    assert "nothing was deleted" in refused.text
    assert send(client, page, f"{page}/delete", typed_name="ada").status_code == 303
    assert client.get(page).status_code == 404


def test_a_viewer_sees_accounts_and_changes_none(client: FlaskClient, bob: Member, ada: str) -> None:
    sign_in(client, bob)
    page = client.get("/accounts")
    assert "@ada" in page.text
    assert "Add an account" not in page.text
    token = csrf_token(page)
    for path in ("/accounts", f"/accounts/{ada}", f"/accounts/{ada}/default", f"/accounts/{ada}/delete"):
        fields = {"csrf_token": token, "platform": "tiktok", "handle": "x", "timezone": "UTC", "typed_name": "ada"}
        assert client.post(path, data=fields).status_code == 403
    assert client.post(f"/accounts/{ada}/select", data={"csrf_token": token}).status_code == 303


def test_a_stranger_gets_the_same_answer_as_for_nothing(client: FlaskClient, charlie: Member, ada: str) -> None:
    sign_in(client, charlie)
    token = csrf_token(client.get("/accounts"))
    for account in (ada, "0" * 20):
        assert client.get(f"/accounts/{account}").status_code == 404
        for path in ("", "/default", "/delete", "/select"):
            fields = {"csrf_token": token, "timezone": "UTC", "typed_name": "ada"}
            assert client.post(f"/accounts/{account}{path}", data=fields).status_code == 404
        assert client.get(f"/accounts?account={account}").status_code == 404
        assert client.get(f"/nowhere?account={account}").status_code == 404
    assert "@ada" not in client.get("/accounts").text


def test_the_address_chooses_the_account_then_the_session_then_the_default(
    app: Flask, client: FlaskClient, alice: Member, ada: str, grace: str, charlie: Member
) -> None:
    foreign = add(app, charlie, "foreign")

    def handle() -> str:
        scope = current_scope()
        assert scope is not None
        return db.session.get_one(Account, scope.account_id).handle

    app.add_url_rule("/which", "which", handle)
    sign_in(client, alice)
    assert client.get("/which").text == "ada"
    assert client.get(f"/which?account={grace}").text == "grace"
    assert client.get(f"/which?account={foreign}").status_code == 404
    assert client.get(f"/which?account={ada}&account={grace}").status_code == 422
    assert send(client, "/accounts", f"/accounts/{grace}/select", next="/which").headers["Location"] == "/which"
    assert client.get("/which").text == "grace"
    with app.app_context():
        accounts.delete_account(alice.scope, grace, "grace", alice.actor)
    assert client.get("/which").text == "ada"
