"""Changes are taken from our own pages only."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import PASSWORD, Member, sign_in
from tests.web.pages import csrf_token
from webapp.extensions import db
from webapp.models import Account

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIELDS = {"platform": "tiktok", "handle": "ada", "timezone": "UTC"}


def accounts_in(client: FlaskClient) -> int:
    """Return how many accounts there are."""
    with client.application.app_context():
        return db.session.scalar(select(func.count()).select_from(Account)) or 0


@pytest.fixture
def token(client: FlaskClient, alice: Member) -> str:
    """The token of Alice, who is signed in."""
    sign_in(client, alice)
    return csrf_token(client.get("/accounts"))


@pytest.mark.parametrize("given", [None, "", "x", "x" * 100_000, "é", "a.b.c"])
def test_without_the_token_nothing_happens(given: str | None, client: FlaskClient, token: str) -> None:
    fields = FIELDS if given is None else {**FIELDS, "csrf_token": given}
    assert client.post("/accounts", data=fields).status_code == 403
    assert accounts_in(client) == 0


def test_the_token_of_another_person_is_worth_nothing(client: FlaskClient, token: str, charlie: Member) -> None:
    other = client.application.test_client()
    sign_in(other, charlie)
    assert other.post("/accounts", data={**FIELDS, "csrf_token": token}).status_code == 403
    assert accounts_in(client) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.test"},
    ],
)
def test_another_sites_page_is_refused_even_with_the_token(
    headers: dict[str, str], client: FlaskClient, token: str
) -> None:
    answer = client.post("/accounts", data={**FIELDS, "csrf_token": token}, headers=headers)
    assert answer.status_code == 403
    assert accounts_in(client) == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}]
)
def test_our_own_page_is_taken(headers: dict[str, str], client: FlaskClient, token: str) -> None:
    answer = client.post("/accounts", data={**FIELDS, "csrf_token": token}, headers=headers)
    assert answer.status_code == 303
    assert accounts_in(client) == 1


def test_the_token_may_come_in_the_header(client: FlaskClient, token: str) -> None:
    answer = client.post("/accounts", data=FIELDS, headers={"X-CSRFToken": token})
    assert answer.status_code == 303


@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
def test_a_body_of_another_type_carries_no_token(content_type: str, client: FlaskClient, token: str) -> None:
    answer = client.post("/accounts", data=f"csrf_token={token}", content_type=content_type)
    assert answer.status_code == 403


def test_a_stale_fragment_loads_the_page_again(client: FlaskClient, token: str) -> None:
    answer = client.post("/accounts", data=FIELDS, headers={"HX-Request": "true", "X-CSRFToken": "stale"})
    assert answer.status_code == 403
    assert answer.headers["HX-Refresh"] == "true"
    assert "Reload it" in client.get("/accounts").text


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_stale_form_before_login_keeps_what_was_typed(path: str, client: FlaskClient, alice: Member) -> None:
    """SECURITY 27."""
    client.get(path)
    answer = client.post(path, data={"csrf_token": "stale", "email": "typed@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert "typed@example.org" in answer.text
    assert PASSWORD not in answer.text
    elsewhere = client.post(
        path,
        data={"csrf_token": csrf_token(answer), "email": alice.email, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert elsewhere.status_code == 403
    assert client.get("/accounts").status_code == 303
