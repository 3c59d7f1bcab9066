"""The pages on which members make public links, and the limits of the door that visitors stand before."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, run_jobs, sign_in
from tests.shares import furnish_account, make_share, make_shared_app, share_of
from tests.web.conftest import MakeApp
from tests.web.pages import csrf_token, send
from webapp.domain.errors import ErrorCode
from webapp.domain.redaction import NameDisplay
from webapp.extensions import db
from webapp.models import AuditEvent, ShareLink, SharePayload, User
from webapp.services.transaction import transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LINKS = "/reports/links"
WORD = "a long enough secret"
FIELDS = {
    "period": "28d",
    "section": ["figures", "changes", "notes"],
    "notes": "My own words",
    "mode": "frozen",
    "names": "hidden",
    "numbers": "absolute",
    "shows_account": "y",
    "language": "fr",
    "days": "30",
}


@pytest.fixture
def member(app: Flask, client: FlaskClient, cast: Cast) -> Member:
    with app.app_context():
        furnish_account(cast.alice)
        db.session.remove()
    sign_in(client, cast.alice)
    return cast.alice


def ask(client: FlaskClient, target: str = LINKS, **fields: object) -> TestResponse:
    token = csrf_token(client.get(f"{LINKS}/new"))
    return client.post(target, data={"csrf_token": token, **FIELDS, **fields})


def try_password(app: Flask, url: str, password: str, address: str = "203.0.113.9") -> TestResponse:
    client = app.test_client()
    environ = {"REMOTE_ADDR": address}
    token = csrf_token(client.get(url, environ_overrides=environ))
    return client.post(url, data={"csrf_token": token, "password": password}, environ_overrides=environ)


@pytest.mark.usefixtures("member")
def test_a_link_is_shown_once_and_opens_once_it_is_made(app: Flask, client: FlaskClient) -> None:
    made = ask(client, title="May", recipient="Acme")
    link = re.search(r'id="new-link">http[^<]*(/s/[\w-]{43})<', made.text)
    assert link is not None
    visitor = app.test_client()
    assert visitor.get(link[1]).status_code == 404, "nothing is shown before it is whole"
    with app.app_context():
        run_jobs()
        public_id = db.session.scalars(select(ShareLink.public_id)).one()
        db.session.remove()
    page = visitor.get(link[1], headers={"Accept-Language": "fr"})
    assert page.status_code == 200
    assert 'lang="fr"' in page.text
    assert "My own words" in page.text
    shown = client.get(LINKS).text + client.get(f"{LINKS}/{public_id}").text
    assert "May" in shown
    assert link[1] not in shown


@pytest.mark.usefixtures("member")
def test_the_preview_is_what_visitors_will_see_and_keeps_nothing(app: Flask, client: FlaskClient) -> None:
    preview = ask(client, f"{LINKS}/preview", recipient="Acme", title="May")
    assert "This is what visitors see" in preview.text
    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (ShareLink, SharePayload)]
        assert counts == [0, 0]
        db.session.remove()
    link = re.search(r"/s/[\w-]{43}", ask(client, recipient="Acme", title="May").text)
    assert link is not None
    with app.app_context():
        run_jobs()
        db.session.remove()
    page = app.test_client().get(link[0]).text

    def plain(text: str) -> str:
        body = text[text.index("<main") : text.index("</main>")]
        return re.sub(r"Made on [^<]*", "", body)

    assert plain(preview.text) == plain(page)


@pytest.mark.usefixtures("member")
def test_what_is_refused_is_said_beside_its_field(client: FlaskClient) -> None:
    for fields, sentence in (
        ({"days": "366"}, "Enter a whole number from 1 to 365."),
        ({"days": ""}, "Enter a whole number from 1 to 365."),
        ({"max_views": "-1"}, "Enter a whole number from 1 on"),
        ({"password": "short"}, "at least 10 characters"),
        ({"period": "whole_month", "month": "2026-13"}, "2026-13"),
        ({"period": "whole_month"}, "is not a value"),
        ({"period": "custom"}, "is not a value"),
        ({"title": "x" * 121}, "At most 120 characters"),
    ):
        # A preview has no door, and so no password that could be too short.
        for target in (LINKS,) if "password" in fields else (LINKS, f"{LINKS}/preview"):
            answer = ask(client, target, **fields)
            assert answer.status_code == 422, fields
            assert sentence in answer.text, fields
            assert "My own words" in answer.text, "what was typed is kept"


def test_a_link_is_changed_paused_opened_and_revoked_from_its_page(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    with app.app_context():
        made = make_share(member)
    page, url = f"{LINKS}/{made.public_id}", f"/s/{made.token}"
    visitor = app.test_client()
    assert send(client, page, page, title="June", recipient="", days="0").status_code == 303
    assert "June" in visitor.get(url).text
    for action, status in (("pause", 404), ("resume", 200), ("revoke", 404)):
        assert send(client, page, f"{page}/{action}").headers["Location"].startswith(page)
        assert visitor.get(url).status_code == status, action
    assert "revoked" in client.get(page).text
    again = client.post(f"{page}/revoke", data={"csrf_token": csrf_token(client.get(f"{LINKS}/new"))})
    assert again.status_code == 303
    assert "changed this link meanwhile" in client.get(page).text


def test_the_page_of_a_link_shows_what_visitors_see_without_counting(
    app: Flask, client: FlaskClient, member: Member
) -> None:
    with app.app_context():
        made = make_share(member, names=NameDisplay.SHOWN)
    view = f"{LINKS}/{made.public_id}/view"
    assert "newcomer00001" in client.get(view).text
    send(client, LINKS + "/new", "/settings/masked", masked="names", next="/dashboard")
    assert client.get(view).status_code == 403
    with app.app_context():
        assert share_of(made).views == 0


@pytest.mark.usefixtures("member")
def test_nobody_shares_without_an_address_that_is_theirs(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 14."""
    with app.app_context(), transaction() as session:
        session.get_one(User, cast.alice.user_id).verified_at = None
    assert ask(client).status_code == 403
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ShareLink)) == 0
        code = db.session.scalars(select(AuditEvent.detail).order_by(AuditEvent.id.desc())).first()
        assert code is not None
        assert code["code"] == ErrorCode.ADDRESS_UNVERIFIED.value


def test_a_network_has_five_wrong_passwords_for_a_link(cast: Cast, app: Flask, make_app: MakeApp) -> None:
    """SECURITY 75."""
    url = make_shared_app(app, cast.alice, password=WORD)
    limited = make_app(RATE_LIMITS="on")
    assert [try_password(limited, url, "wrong").status_code for _ in range(5)] == [422] * 5
    refused = try_password(limited, url, WORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert try_password(limited, url, WORD, "198.51.100.1").status_code == 303


def test_many_of_one_office_who_know_the_password_are_let_in(cast: Cast, app: Flask, make_app: MakeApp) -> None:
    url = make_shared_app(app, cast.alice, password=WORD)
    limited = make_app(RATE_LIMITS="on")
    assert {try_password(limited, url, WORD).status_code for _ in range(6)} == {303}
