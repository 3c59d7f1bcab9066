"""The page of the notes on days: plain forms, no script needed."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.web.pages import csrf_token
from webapp.domain.annotations import PAGE_SIZE
from webapp.extensions import db
from webapp.services.annotations import add_annotation

PAGE = "/audience/annotations"
ODD = '<b>=1+1</b> "quoted", é'


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient) -> FlaskClient:
    """A browser of Alice, whose account has one export."""
    with app.app_context():
        import_done(alice, export_json(many(3)))
        db.session.remove()
    sign_in(client, alice)
    return client


def text_of(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def notes_of(client: FlaskClient, address: str = PAGE) -> list[tuple[str, str]]:
    rows = re.findall(
        r'class="day-note"><time datetime="([^"]+)">.*?<p[^>]*>(.*?)(?: <small|</p>)', client.get(address).text
    )
    return [(day, html.unescape(text)) for day, text in rows]


def post(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf_token(client.get(PAGE)), **fields})


def form_of(client: FlaskClient, address: str) -> tuple[str, str, str]:
    """Return where the form is sent, and the day and the text in it."""
    page = client.get(address).text
    found = re.search(
        r'class="note-form" method="post" action="([^"]+)".*?name="day" value="([^"]*)".*?name="text" value="([^"]*)"',
        page,
        re.DOTALL,
    )
    assert found
    return html.unescape(found[1]), found[2], html.unescape(found[3])


def test_without_a_note_the_page_says_what_one_is_for(browser: FlaskClient) -> None:
    text = text_of(browser.get(PAGE))
    assert "No note yet" in text
    assert "Days are those of the account's time zone, UTC." in text


def test_without_an_account_the_page_says_how_to_get_one(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404


def test_a_note_is_written_changed_deleted_and_brought_back_by_plain_forms(browser: FlaskClient) -> None:
    assert post(browser, PAGE, day="2025-03-09", text=ODD).status_code == 303
    assert "The note was saved." in browser.get(PAGE).text
    assert notes_of(browser) == [("2025-03-09", ODD)]
    edit = re.search(r'href="([^"]+edit=[^"]+)"', browser.get(PAGE).text)
    assert edit
    target, day, text = form_of(browser, html.unescape(edit[1]).partition("#")[0])
    assert (day, text) == ("2025-03-09", ODD)
    assert post(browser, target, day="2025-03-10", text="shorter").status_code == 303
    assert notes_of(browser) == [("2025-03-10", "shorter")]
    deleted = post(browser, f"{target}/delete")
    assert "The note on Mar 10, 2025 was deleted." in text_of(deleted)
    assert notes_of(browser) == []
    fields = dict(re.findall(r'name="(day|text)" value="([^"]*)"', deleted.text.partition("Undo")[0]))
    assert post(browser, PAGE, **fields).status_code == 303
    assert notes_of(browser) == [("2025-03-10", "shorter")]


def test_the_form_is_filled_with_the_day_of_the_address(browser: FlaskClient) -> None:
    assert form_of(browser, f"{PAGE}?day=2024-02-29")[1:] == ("2024-02-29", "")


def test_without_a_day_the_form_has_today_in_the_accounts_zone(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.web.day_notes.time.time", lambda: 1_741_503_599)
    assert form_of(browser, PAGE)[1] == "2025-03-09"


@pytest.mark.parametrize(
    ("day", "text", "said"),
    [
        ("2025-03-09", " ", "A note on a day has 1 to 200 letters"),
        ("2025-03-09", "x" * 201, "and this one has 201."),
        ("", "kept", "Choose a day from 1970-01-01 to 2100-12-31"),
        ("1969-12-31", "kept", "Choose a day from 1970-01-01 to 2100-12-31"),
        ("2025-03-01", "THERE", "This note is already there on this day."),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(browser: FlaskClient, day: str, text: str, said: str) -> None:
    post(browser, PAGE, day="2025-03-01", text="there")
    answer = post(browser, PAGE, day=day, text=text)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{text}"' in answer.text
    assert notes_of(browser) == [("2025-03-01", "there")]


@pytest.mark.parametrize("arguments", ["day=1969-12-31", "day=x", "edit=nothing", "page=0", "colour=red"])
def test_an_address_that_means_nothing_is_refused(browser: FlaskClient, arguments: str) -> None:
    assert browser.get(f"{PAGE}?{arguments}").status_code in (404, 422)


def test_a_refused_change_stays_in_the_form_of_its_note(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        note = add_annotation(alice.actor, account_scope(alice), date(2025, 1, 1), "one")
        db.session.remove()
    answer = post(browser, f"{PAGE}/{note}", day="2025-01-02", text="")
    assert answer.status_code == 422
    assert f'action="{PAGE}/{note}"' in answer.text
    assert "Change the note" in answer.text


def test_a_long_list_comes_in_pages_and_the_download_is_whole(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        scope = account_scope(alice)
        for number in range(PAGE_SIZE + 2):
            add_annotation(alice.actor, scope, date(2025, 1, 1), f"={number}")
        db.session.remove()
    first = browser.get(PAGE)
    assert len(notes_of(browser)) == PAGE_SIZE
    assert f"1–{PAGE_SIZE} of {PAGE_SIZE + 2}" in text_of(first)
    assert notes_of(browser, f"{PAGE}?page=2") == [("2025-01-01", "=1"), ("2025-01-01", "=0")]
    assert "Nothing on this page" in browser.get(f"{PAGE}?page=3").text
    rows = list(csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv").text)))
    assert len(rows) == PAGE_SIZE + 2
    assert rows[0] == {"day": "2025-01-01", "note": f"'={PAGE_SIZE + 1}"}
    excel = browser.get(f"{PAGE}.csv?dialect=excel").text
    assert excel.startswith("\ufeffday;note\r\n2025-01-01;")


def test_a_viewer_reads_and_is_offered_nothing_to_write(
    app: Flask, browser: FlaskClient, alice: Member, bob: Member
) -> None:
    with app.app_context():
        add_annotation(alice.actor, account_scope(alice), date(2025, 1, 1), "read me")
        db.session.remove()
    other = app.test_client()
    sign_in(other, bob)
    page = other.get(PAGE).text
    assert "read me" in page
    assert alice.email in page
    assert alice.email not in browser.get(PAGE).text.partition('id="annotations"')[2]
    assert "note-form" not in page
    assert "/delete" not in page
