"""The page of rules of notifications: plain forms that save at once, and a way back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.analytics.notice_rules import list_rules
from webapp.domain.notice_rules import TUNINGS, value_of
from webapp.extensions import db
from webapp.models import Account

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/notifications/rules"


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, who has two accounts."""
    parse_here(monkeypatch)
    with app.app_context():
        for owner in ("demo.maker", "another"):
            import_done(alice, export_json(many(3), owner=owner))
        db.session.remove()
    sign_in(client, alice)
    return client


def send(client: FlaskClient, address: str = PAGE, *, swaps: bool = False, **fields: str) -> TestResponse:
    headers = {"HX-Request": "true"} if swaps else {}
    return client.post(address, data={"csrf_token": csrf_token(client.get(PAGE)), **fields}, headers=headers)


def chosen(app: Flask, member: Member, handle: str) -> dict[str, str]:
    """Return what holds for an account, but for defaults."""
    with app.app_context():
        rows = list_rules(account_scope(member, handle))
        db.session.remove()
    return {row.rule.kind.value: value_of(row.rule) for row in rows if not row.rule.is_default}


def test_without_an_account_the_page_says_how_to_get_one(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'href="/imports' in page.text


def test_every_kind_has_a_choice_with_words_and_its_defaults(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text
    for kind in TUNINGS:
        assert f'<label for="rule-{kind.value}">' in page
        assert f'id="rule-{kind.value}-about"' in page
    assert re.search(r'name="followers"[^>]*><option value="100" selected>100 followers or more</option>', page)
    assert '<option value="1" selected>Every lasting change</option><option value="1.5">' in page
    assert '<option value="on" selected>Told</option><option value="off">Not told</option>' in page
    assert page.count(" selected>") >= len(TUNINGS)


def test_a_choice_is_saved_at_once_or_by_the_button(app: Flask, browser: FlaskClient, alice: Member) -> None:
    saved = send(browser, swaps=True, followers="10000")
    assert saved.status_code == 204
    assert "The rule is saved." in saved.headers["HX-Trigger"]
    plain = send(browser, post_flop="off", engagement_drop="1.5")
    assert (plain.status_code, plain.headers["Location"]) == (303, PAGE)
    page = browser.get(PAGE)
    assert "The rules are saved." in page.text
    assert "1 kind is not told of." in words_of(page)
    assert re.search(r"Changed .* by " + re.escape(alice.email), words_of(page))
    assert '<option value="10000" selected>10,000 followers or more</option>' in page.text
    assert chosen(app, alice, "demo.maker") == {"followers": "10000", "post_flop": "off", "engagement_drop": "1.5"}
    assert chosen(app, alice, "another") == {}


def test_the_named_account_is_kept(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        account = db.session.scalars(select(Account.public_id).where(Account.handle == "another")).one()
        db.session.remove()
    page = browser.get(f"{PAGE}?account={account}").text
    assert f'action="{PAGE}?account={account}"' in page
    plain = send(browser, f"{PAGE}?account={account}", new_mutual="off")
    assert plain.headers["Location"] == f"{PAGE}?account={account}"
    assert chosen(app, alice, "another") == {"new_mutual": "off"}
    assert chosen(app, alice, "demo.maker") == {}


@pytest.mark.parametrize("fields", [{"followers": "7"}, {"new_mutual": "100"}, {"post_peak": ""}, {"post_peak": "nan"}])
def test_what_is_no_choice_changes_nothing(
    app: Flask, browser: FlaskClient, alice: Member, fields: dict[str, Any]
) -> None:
    refused = send(browser, **{"followers": "off", **fields})
    assert refused.status_code == 422
    assert next(iter(fields)) in refused.text
    assert chosen(app, alice, "demo.maker") == {}


def test_a_reset_can_be_taken_back(app: Flask, browser: FlaskClient, alice: Member) -> None:
    assert "All kinds have their defaults." in words_of(send(browser, f"{PAGE}/reset"))
    send(browser, followers="10000", post_flop="off")
    before = chosen(app, alice, "demo.maker")
    reset = send(browser, f"{PAGE}/reset")
    assert reset.status_code == 200
    assert chosen(app, alice, "demo.maker") == {}
    undo = dict(re.findall(r'<input type="hidden" name="(followers|post_flop)" value="([^"]+)">', reset.text))
    assert undo == before
    send(browser, **undo)
    assert chosen(app, alice, "demo.maker") == before


def test_a_viewer_reads_the_rules_and_changes_none(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    send(browser, followers="10000")
    viewer = app.test_client()
    sign_in(viewer, cast.bob)
    page = viewer.get(PAGE)
    assert "10,000 followers or more" in words_of(page)
    assert "<select" not in page.text.partition('id="rules"')[2]
    token = csrf_token(page)
    for address in (PAGE, f"{PAGE}/reset"):
        assert viewer.post(address, data={"csrf_token": token, "followers": "off"}).status_code == 403
