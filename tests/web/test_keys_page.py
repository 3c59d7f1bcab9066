"""The settings pages of keys, language and theme; and what a key opens."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Member, sign_in
from tests.web.pages import csrf_token, send
from webapp.domain.scope import Permission
from webapp.extensions import db
from webapp.models import ApiKey, User
from webapp.services import api_keys
from webapp.web.auth import current_actor, team_scope

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def probe(app: Flask) -> str:
    """A route of the API that tells who asks."""

    def who() -> dict[str, object]:
        return {"user": current_actor().user_id, "team": team_scope(Permission.ACCOUNT_READ).team_id}

    app.add_url_rule("/api/probe/", "probe", who, methods=["GET", "POST"])
    return "/api/probe/"


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {text}"}


def make_key(app: Flask, member: Member, *, can_write: bool = False) -> api_keys.NewKey:
    """Make a key through the service."""
    with app.app_context():
        return api_keys.create_key(member.scope, "script", member.actor, can_write=can_write)


def test_a_key_is_shown_once(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = send(client, "/settings/keys", "/settings/keys", name="backup", reach="write", days="365")
    found = re.search(r'id="new-key">(tta_[0-9A-Za-z]{46})<', page.text)
    assert found is not None
    again = client.get("/settings/keys").text
    assert found[1] not in again
    assert "backup" in again
    with client.application.app_context():
        key = db.session.scalars(select(ApiKey)).one()
        assert key.can_write
        assert (key.expires_at - key.created_at).days == 365


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"days": "3650"}, "days"),
        ({"days": "１"}, "days"),
        ({"reach": "root"}, "reach"),
    ],
)
def test_a_refused_key_names_its_field(fields: dict[str, str], field: str, client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    answer = send(client, "/settings/keys", "/settings/keys", **{"name": "x", "reach": "read", "days": "30", **fields})
    assert answer.status_code == 422
    assert f'id="{field}-errors"' in answer.text


def test_a_key_is_revoked(client: FlaskClient, alice: Member, probe: str) -> None:
    key = make_key(client.application, alice)
    sign_in(client, alice)
    script = client.application.test_client()
    assert script.get(probe, headers=bearer(key.text)).status_code == 200
    assert send(client, "/settings/keys", f"/settings/keys/{key.public_id}/revoke").status_code == 303
    assert script.get(probe, headers=bearer(key.text)).status_code == 401


def test_a_viewer_makes_no_key_and_nobody_revokes_anothers(client: FlaskClient, alice: Member, bob: Member) -> None:
    key = make_key(client.application, alice)
    sign_in(client, bob)
    page = client.get("/settings/keys")
    assert "Make a key" not in page.text
    fields = {"csrf_token": csrf_token(page), "name": "x", "reach": "read", "days": "30"}
    assert client.post("/settings/keys", data=fields).status_code == 403
    assert client.post(f"/settings/keys/{key.public_id}/revoke", data=fields).status_code == 404


def test_a_key_acts_for_its_person_and_reads_only_unless_it_may_write(
    client: FlaskClient, alice: Member, probe: str
) -> None:
    reader, writer = make_key(client.application, alice), make_key(client.application, alice, can_write=True)
    answer = client.get(probe, headers=bearer(reader.text))
    assert answer.json == {"user": alice.user_id, "team": alice.team_id}
    assert "Set-Cookie" not in answer.headers
    assert client.post(probe, headers=bearer(reader.text)).status_code == 403
    assert client.post(probe, headers=bearer(writer.text)).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Bearer tta_é", "Basic YTpi", "tta_x", "Bearer tta_" + "a" * 46]
)
def test_a_wrong_key_is_refused(header: str, client: FlaskClient, alice: Member, probe: str) -> None:
    answer = client.get(probe, headers={"Authorization": header})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_wrong_key_is_refused_even_beside_a_good_session(client: FlaskClient, alice: Member, probe: str) -> None:
    sign_in(client, alice)
    assert client.get(probe).status_code == 200
    assert client.get(probe, headers=bearer("tta_wrong")).status_code == 401


def test_a_session_only_reads_the_api(client: FlaskClient, alice: Member, probe: str) -> None:
    assert client.get(probe).status_code == 401
    assert client.post(probe).status_code == 401
    sign_in(client, alice)
    token = csrf_token(client.get("/accounts"))
    assert client.post(probe, headers={"X-CSRFToken": token}).status_code == 403


def test_a_key_opens_no_page(client: FlaskClient, alice: Member) -> None:
    key = make_key(client.application, alice, can_write=True)
    assert client.get("/accounts", headers=bearer(key.text)).status_code == 303


def test_a_key_in_an_address_is_refused_and_not_logged(
    client: FlaskClient, alice: Member, probe: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = make_key(client.application, alice)
    answer = client.get(probe, query_string={"key": key.text})
    assert answer.status_code == 400
    assert caplog.text
    assert key.text not in caplog.text


def test_language_and_theme_are_remembered_for_the_person(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert send(client, "/settings", "/settings/language", locale="fr", next="//evil.test").headers["Location"] == "/"
    assert (
        send(client, "/settings", "/settings/appearance", theme="dark", next="/settings").headers["Location"]
        == "/settings"
    )
    elsewhere = client.application.test_client()
    sign_in(elsewhere, alice)
    page = elsewhere.get("/settings").text
    assert '<html lang="fr" data-theme="dark"' in page
    with client.application.app_context():
        user = db.session.get_one(User, alice.user_id)
        assert (user.locale, user.theme) == ("fr", "dark")


def test_an_unknown_language_or_theme_is_refused(client: FlaskClient, alice: Member) -> None:
    assert send(client, "/login", "/settings/language", locale="xx").status_code == 422
    assert send(client, "/login", "/settings/appearance", theme="pink").status_code == 422


def test_the_hue_is_a_stylesheet_of_its_own(client: FlaskClient) -> None:
    answer = client.get("/brand-200.css")
    assert (answer.text, answer.mimetype) == (":root { --hue: 200; }\n", "text/css")
    assert client.get("/brand-360.css").status_code == 404
    assert client.get("/brand-x.css").status_code == 404


def test_about_names_the_libraries_to_people_who_are_signed_in(client: FlaskClient, alice: Member) -> None:
    visitor = client.get("/about")
    assert visitor.status_code == 200
    assert "SQLAlchemy" not in visitor.text
    sign_in(client, alice)
    page = client.get("/about").text
    assert "SQLAlchemy" in page
    assert "htmx.org" in page
