from __future__ import annotations

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.web.pages import csrf_token
from webapp.analytics import list_index
from webapp.extensions import db
from webapp.models import Account

NAMES = re.compile(r'class="person-name"[^>]*>@<bdi>([^<]+)</bdi>')
LINKS = re.compile(r'(?:href|hx-get)="(/(?:audience|dashboard)[^"]*)"')


@pytest.fixture
def second(app: Flask, alice: Member, client: FlaskClient) -> str:
    """The id of the account that is not the default one of Alice, who is signed in; both have two pages of people."""
    with app.app_context():
        import_done(alice, export_json(many(150, "first"), owner="one"))
        import_done(alice, export_json(many(150, "second"), many(3, "second"), owner="two"))
        found = db.session.get_one(Account, account_scope(alice, "two").account_id).public_id
        db.session.remove()
    sign_in(client, alice)
    return found


def names(client: FlaskClient, address: str) -> list[str]:
    return NAMES.findall(client.get(address.replace("&amp;", "&")).text)


def test_every_way_from_a_page_that_names_an_account_keeps_it(client: FlaskClient, second: str) -> None:
    for room in ("/audience/followers", "/audience/following", "/dashboard"):
        page = client.get(f"{room}?account={second}").text
        ways = [address.replace("&amp;", "&") for address in LINKS.findall(page)]
        lost = [a for a in ways if parse_qs(urlsplit(a).query).get("account") != [second]]
        # The form's own address has no arguments: it brings the account in a field.
        assert set(lost) <= {room}
        assert ways
        if room != "/dashboard":
            assert f'<input type="hidden" name="account" value="{second}">' in page


def test_the_next_page_a_search_and_the_file_are_of_the_account_in_the_address(
    client: FlaskClient, second: str
) -> None:
    page = client.get(f"/audience/followers?account={second}").text
    following_page = re.search(r'rel="next" href="([^"]+)"', page)
    assert following_page
    table = csv.DictReader(io.StringIO(client.get(f"/audience/followers.csv?account={second}").text))
    for people in (
        names(client, following_page.group(1)),
        names(client, f"/audience/followers?search=0001&account={second}"),
        [row["username"] for row in table],
    ):
        assert people
        assert all(name.startswith("second") for name in people)


def test_choosing_an_account_in_the_menu_holds_for_every_page(client: FlaskClient, second: str) -> None:
    assert names(client, "/audience/followers")[0].startswith("first")
    page = client.get("/dashboard").text
    assert f'action="/accounts/{second}/select"' in page
    fields = {"csrf_token": csrf_token(client.get("/accounts")), "next": "/dashboard"}
    assert client.post(f"/accounts/{second}/select", data=fields).headers["Location"] == "/dashboard"
    assert names(client, "/audience/followers")[0].startswith("second")


def test_mutuals_that_cannot_be_known_are_said_to_be_unknown(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json(many(3), None))
        db.session.remove()
    sign_in(client, alice)
    page = client.get("/audience/followers?mutual=1").text
    assert "takes both lists" in page
    assert "0 found" not in page
    assert client.get("/audience/followers.csv?mutual=1").status_code == 404
    assert "3 people" in client.get("/audience/followers").text


@pytest.mark.parametrize(
    "arguments",
    ["ordering=name", "page=0", "page=1_0", "date_from=2025-13-01", "cursor=x", "serach=ann", "page=1&page=2"],
)
def test_a_bad_argument_is_a_sentence_with_the_right_status(client: FlaskClient, second: str, arguments: str) -> None:
    answer = client.get(f"/audience/followers?{arguments}")
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_an_error_of_a_part_says_where_its_sentence_goes(client: FlaskClient, second: str) -> None:
    answer = client.get("/audience/followers?page=0", headers={"HX-Request": "true", "HX-Target": "people"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#alerts")
    assert "alert-danger" in answer.text
    assert client.get("/audience/followers").text.count('id="alerts"') == 1


def test_a_total_that_takes_long_is_counted_after_the_page_came(
    client: FlaskClient, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Too long to be counted at once, and not packed yet.
    monkeypatch.setattr(list_index, "LEAST_ROWS", 100)
    page = client.get("/audience/followers?search=first").text
    link = re.search(r'<a [^>]*href="([^"]+)" hx-get="\1" hx-trigger="load, click" hx-target="#people_total"', page)
    assert link
    assert "1–100<" in page
    assert "found" not in page
    counted = link.group(1).replace("&amp;", "&")
    part = client.get(counted, headers={"HX-Request": "true", "HX-Target": "people_total"}).text
    assert part.startswith('<p class="list-total" id="people_total"')
    assert "<strong>150 found</strong>" in part
    # Without scripts the link leads to the same page with the total.
    whole = client.get(counted).text
    assert part in whole
    assert "1–100 of 150" in whole
    assert 'hx-trigger="load' not in whole


def test_a_total_that_is_known_anyway_is_shown_at_once(
    client: FlaskClient, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_index, "LEAST_ROWS", 100)
    assert "10 found" in client.get("/audience/followers?search=first0001").text
    assert "150 people" in client.get("/audience/followers").text


def test_the_api_counts_at_any_price(client: FlaskClient, second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_index, "LEAST_ROWS", 100)
    answer = client.get("/api/followers/?search=first&page_size=10").get_json()
    assert (answer["count"], len(answer["results"])) == (150, 10)


def test_a_row_is_the_card_of_the_component_page(app: Flask, client: FlaskClient, alice: Member) -> None:
    people = [
        ("Ada.lovelace", "2025-06-01 12:00:00"),
        ("été_9", "2025-06-01 11:00:00"),
        ("日本", "2025-05-01 00:00:00"),
    ]
    with app.app_context():
        import_done(alice, export_json(people, people[:1]))
        db.session.remove()
    sign_in(client, alice)
    page = client.get("/audience/followers").text
    days = ("Jun 1, 2025", "Jun 1, 2025", "May 1, 2025")
    with app.test_request_context():
        card = app.jinja_env.globals["ui"].person_card  # type: ignore[attr-defined]
        for (name, at), day in zip(people, days, strict=True):
            when = f"{at.replace(' ', 'T')}+00:00"
            assert card(name, f"since {day}", when, name == "Ada.lovelace") in page
