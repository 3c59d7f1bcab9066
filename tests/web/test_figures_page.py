"""The page of a number: what it shows, what it refuses, and how it looks where a number is unknown."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from tests.opened import drawer, names_in, rows_of, value_in
from webapp.analytics.imports import list_exports
from webapp.extensions import db


@pytest.fixture
def exports(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two exports of Alice, who is signed in: 60 followers, then 50 of them and 30 others."""
    parse_here(monkeypatch)
    with app.app_context():
        import_done(alice, export_json(many(60), many(4)), exported_at=at("2025-02-01"))
        later = export_json([*many(50), *many(30, "fresh")], None)
        import_done(alice, later, exported_at=at("2025-03-01"), losses_confirmed=True)
        found = [export.public_id for export in list_exports(account_scope(alice))]
        db.session.remove()
    sign_in(client, alice)
    return found


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/figures/charm", 404, "There is no number of this name."),
        ("/figures/followers?day=yesterday", 422, "“yesterday” is not a value that “day” takes."),
        ("/figures/followers?hour=168", 422, "“168” is not a value that “hour” takes."),
        ("/figures/followers?colour=red", 422, "There is no field “colour” here."),
        ("/figures/day_follows", 422, "is not a value that “day” takes."),
        ("/figures/followers?export=ffffffffffffffffffff", 404, ""),
        ("/figures/post_follows?post=ffffffffffffffffffff", 404, ""),
        ("/figures/follower_ratio.csv", 404, "This number has no list of people to download."),
        ("/figures/followers.csv?dialect=klingon", 422, "“klingon” is not a value that “dialect” takes."),
    ],
)
def test_what_cannot_be_opened_is_refused_in_words(
    exports: list[str], client: FlaskClient, address: str, status: int, said: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, said in answer.text) == (status, True)
    in_place = client.get(address, headers={"HX-Request": "true", "HX-Target": "figure"})
    assert (in_place.status_code, in_place.headers["HX-Retarget"]) == (status, "#alerts")


def test_somebody_without_an_account_has_no_numbers(client: FlaskClient, charlie: Member) -> None:
    sign_in(client, charlie)
    assert client.get("/figures/followers").status_code == 404


def test_the_people_are_turned_by_the_page_and_downloaded_whole(exports: list[str], client: FlaskClient) -> None:
    first, second = drawer(client, "/figures/gained?period=all"), drawer(client, "/figures/gained?period=all&page=2")
    assert value_in(first) == "30"
    assert (len(names_in(first)), len(names_in(second))) == (25, 5)
    assert "1–25 of 30" in first
    assert "26–30 of 30" in second
    assert [row["username"] for row in rows_of(client, second)] == names_in(first) + names_in(second)
    assert "hx-push-url" not in first
    assert f'href="/audience/changes?from={exports[0]}&amp;to={exports[1]}&amp;show=gained"' in first


def test_an_unknown_number_says_why_and_has_no_value(exports: list[str], client: FlaskClient) -> None:
    fragment = drawer(client, f"/figures/following?export={exports[1]}")
    assert value_in(fragment) == "Unknown"
    assert "This export does not hold the list whole." in fragment
    assert "The people behind it" not in fragment
    staying = drawer(client, "/figures/staying")
    assert "An honest estimate needs 50 people" in staying
    assert "Who left between the lists" in staying
    assert len(names_in(staying)) == 10


def test_the_parts_of_a_number_can_be_opened_from_it(exports: list[str], client: FlaskClient) -> None:
    fragment = drawer(client, "/figures/net?period=all")
    links = re.findall(r'<a class="opened" href="([^"]+)"[^>]*>([^<]*)</a>', fragment)
    assert [text for _, text in links] == ["30", "10"]
    assert [value_in(drawer(client, href)) for href, _ in links] == ["30", "10"]


def test_the_number_is_in_the_language_of_its_reader(exports: list[str], client: FlaskClient) -> None:
    page = client.get("/figures/followers", headers={"Accept-Language": "fr"}).text
    assert '<h2 id="figure-title" tabindex="-1">Abonnés</h2>' in page
