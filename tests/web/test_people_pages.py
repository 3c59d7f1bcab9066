"""Pages about people: one person, marks on many at once, everybody who is marked, and erasure."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, run_jobs, sign_in
from tests.web.pages import csrf_token
from webapp.extensions import db
from webapp.services.people import add_tag

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PEOPLE = [
    ("ada", "2025-06-03 12:00:00"),
    ("back/slash?", "2025-06-02 12:00:00"),
    ("<b>o", "2025-06-01 12:00:00"),
    ("cy", "2025-05-01 12:00:00"),
]
CARD = re.compile(r'class="person-name"[^>]*>@<bdi>([^<]+)</bdi>')
TICKED = re.compile(r'name="username" value="([^"]+)" id="[^"]+" checked')


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient) -> FlaskClient:
    """A browser of Alice, whose account has four followers and follows two of them."""
    with app.app_context():
        import_done(alice, export_json(PEOPLE, [*PEOPLE[:2], ("brand", "2025-01-01 00:00:00")]))
        db.session.remove()
    sign_in(client, alice)
    return client


def text_of(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    token = csrf_token(client.get("/accounts"))
    return client.post(address, data={"csrf_token": token, **fields})


@pytest.mark.parametrize("name", [name for name, _ in PEOPLE])
def test_a_card_leads_to_the_page_of_its_person(browser: FlaskClient, name: str) -> None:
    page = browser.get("/audience/followers").text
    links = dict(re.findall(r'class="person-name" href="([^"]+)">@<bdi>([^<]+)</bdi>', page))
    address = next(html.unescape(link) for link, shown in links.items() if html.unescape(shown) == name)
    answer = browser.get(address)
    assert answer.status_code == 200
    assert f"@ {name} " in text_of(answer)


def test_the_page_says_what_the_lists_say(browser: FlaskClient) -> None:
    text = text_of(browser.get("/audience/people/ADA"))
    assert "You follow each other" in text
    assert "Mutual since Jun 3, 2025" in text
    assert "Followed you on Jun 3, 2025" in text
    assert "You followed them on Jun 3, 2025" in text
    text = text_of(browser.get("/audience/people/cy"))
    assert "Is on none of your lists of people you follow." in text


def test_a_name_nobody_ever_had_is_not_found_with_a_sentence(browser: FlaskClient) -> None:
    answer = browser.get("/audience/people/stranger")
    assert answer.status_code == 404
    assert "Nobody called @stranger is or was on the lists of this account." in text_of(answer)


def test_a_direction_without_a_list_is_unknown(app: Flask, charlie: Member, client: FlaskClient) -> None:
    with app.app_context():
        import_done(charlie, export_json(PEOPLE, None))
        db.session.remove()
    sign_in(client, charlie)
    text = text_of(client.get("/audience/people/ada"))
    assert "Whether you follow them is unknown" in text
    assert "so nobody can say" in text


def test_tags_and_notes_are_written_by_plain_forms(browser: FlaskClient) -> None:
    for tag in ("family", "met in Lyon"):
        assert post(browser, "/audience/marks", username="ada", tag=tag, action="add").status_code == 303
    assert post(browser, "/audience/notes", username="ada", note="<i>kind</i>\nand quick").status_code == 303
    page = browser.get("/audience/people/ada").text
    assert "Remove the tag “Family”" in page
    assert "Remove the tag “met in Lyon”" in page
    assert "&lt;i&gt;kind&lt;/i&gt;\nand quick</textarea>" in page
    post(browser, "/audience/marks", username="ada", tag="Family", action="remove")
    assert "Remove the tag “Family”" not in browser.get("/audience/people/ada").text


@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("/audience/marks", {"tag": " "}, "A tag has 1 to 40"),
        ("/audience/notes", {"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_is_refused_is_said_beside_its_field(
    browser: FlaskClient, address: str, fields: dict[str, str], said: str
) -> None:
    answer = post(browser, address, username="ada", **fields)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_the_word_of_the_readers_language_means_the_mark(browser: FlaskClient) -> None:
    post(browser, "/audience/marks", username="ada", tag="FAMILY", action="add")
    assert browser.get("/api/followers/?tag=family").get_json()["count"] == 1


def test_many_are_marked_at_once_and_undo_takes_back_only_that(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["ada"], "brand")
        db.session.remove()
    page = browser.get("/audience/followers?pick=all").text
    names = [html.unescape(name) for name in TICKED.findall(page)]
    assert names == [name for name, _ in PEOPLE]
    assert TICKED.findall(browser.get("/audience/followers?pick=1").text) == []
    marked = post(browser, "/audience/followers?pick=1", username=names, tag="brand", action="add")
    assert marked.status_code == 200
    assert "3 people were given the tag “Brand”." in text_of(marked)
    form = r'<form method="post" action="(/audience/[^"]+)".*?name="tag" value="(.*?)".*?Undo'
    undo = re.search(form, marked.text, re.DOTALL)
    assert undo
    changed = re.findall(r'<input type="hidden" name="username" value="([^"]+)"', undo[0])
    assert [html.unescape(name) for name in changed] == names[1:]
    assert browser.get("/api/followers/?tag=brand").get_json()["count"] == 4
    fields = {"username": names[1:], "tag": undo[2], "action": "remove"}
    assert "was taken from 3 people" in text_of(post(browser, html.unescape(undo[1]), **fields))
    rows = browser.get("/api/followers/?tag=brand").get_json()["results"]
    assert [row["username"] for row in rows] == ["ada"]


def test_nobody_ticked_is_said(browser: FlaskClient) -> None:
    answer = post(browser, "/audience/following?pick=1", tag="keep")
    assert answer.status_code == 422
    assert "Nobody is ticked." in text_of(answer)


def test_tags_stand_on_the_rows_and_filter_them(app: Flask, browser: FlaskClient, alice: Member) -> None:
    assert 'id="tag"' not in browser.get("/audience/followers").text
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["cy"], "<i>odd</i>")
        db.session.remove()
    page = browser.get("/audience/followers").text
    assert "&lt;i&gt;odd&lt;/i&gt;</span></p>" in page
    assert "<i>odd" not in page
    filtered = browser.get("/audience/followers", query_string={"tag": "<I>ODD</I>"}).text
    assert CARD.findall(filtered) == ["cy"]
    assert "Remove the filter “Tag: &lt;i&gt;odd&lt;/i&gt;”" in filtered


def test_ignored_people_leave_only_the_list_of_who_is_not_mutual_and_it_says_so(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["cy", "brand", "ada"], "ignore")
        db.session.remove()
    assert len(CARD.findall(browser.get("/audience/followers").text)) == 4
    page = browser.get("/audience/followers?relation=not_mutual").text
    assert CARD.findall(page) == ["&lt;b&gt;o"]
    assert "1 person you marked as ignored is left out." in page
    show = re.search(r'href="([^"]+)"[^>]*>Show them<', page)
    assert show
    shown = browser.get(html.unescape(show[1])).text
    assert CARD.findall(shown) == ["&lt;b&gt;o", "cy"]
    assert "People you marked as ignored are shown." in shown
    nobody = browser.get("/audience/following?relation=not_mutual").text
    assert CARD.findall(nobody) == []
    assert "1 person you marked as ignored is left out." in nobody


def test_the_list_of_marked_people_filters_searches_and_downloads_alike(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    assert "Nobody is marked yet" in browser.get("/audience/people").text
    with app.app_context():
        scope = account_scope(alice)
        add_tag(alice.actor, scope, ["ada", "cy"], "keep")
        add_tag(alice.actor, scope, ["brand"], "=1+1")
        db.session.remove()
    post(browser, "/audience/notes", username="back/slash?", note="=cmd")
    for arguments, expected in (
        ("", ["ada", "back/slash?", "brand", "cy"]),
        ("?tag=keep", ["ada", "cy"]),
        ("?search=A", ["ada", "back/slash?", "brand"]),
        ("?tag=keep&search=c", ["cy"]),
        ("?tag=family", []),
    ):
        page = browser.get(f"/audience/people{arguments}").text
        assert [html.unescape(n) for n in re.findall(r'class="person-link"[^>]*>@<bdi>([^<]+)', page)] == expected
        table = list(csv.DictReader(io.StringIO(browser.get(f"/audience/people.csv{arguments}").text)))
        assert [row["username"] for row in table] == expected
    whole = {row["username"]: row for row in csv.DictReader(io.StringIO(browser.get("/audience/people.csv").text))}
    assert (whole["brand"]["tags"], whole["back/slash?"]["note"]) == ("'=1+1", "'=cmd")
    assert (whole["ada"]["follows_you"], whole["cy"]["you_follow"]) == ("true", "false")


def test_somebody_is_erased_from_their_page(app: Flask, browser: FlaskClient) -> None:
    link = re.search(r'href="(/audience/erasures\?[^"]+)"', browser.get("/audience/people/ada").text)
    assert link
    page = browser.get(html.unescape(link[1]))
    assert "Type ada to confirm." in text_of(page)
    target = re.search(r'<form class="form" method="post" action="([^"]+)"', page.text)
    assert target
    address = html.unescape(target[1])
    wrong = post(browser, address, username="ada", typed_name="adda")
    assert wrong.status_code == 422
    assert "What you typed is not @ada, so nothing was erased." in text_of(wrong)
    assert post(browser, address, username="ada", typed_name="@Ada ").status_code == 303
    assert "being erased" in text_of(browser.get("/audience/erasures"))
    with app.app_context():
        run_jobs()
        db.session.remove()
    assert browser.get("/audience/people/ada").status_code == 404
    record = text_of(browser.get("/audience/erasures"))
    assert "alice@example.org" in record
    assert "being erased" not in record
    assert "1 person was erased, on" in text_of(browser.get("/audience/people"))
    assert browser.get("/api/followers/").get_json()["count"] == 3


def test_a_viewer_sees_marks_and_changes_none(app: Flask, browser: FlaskClient, alice: Member, bob: Member) -> None:
    post(browser, "/audience/marks", username="ada", tag="family", action="add")
    client = app.test_client()
    sign_in(client, bob)
    page = client.get("/audience/people/ada").text
    assert "Family" in page
    assert "<textarea" not in page
    assert "Erase" not in page
    assert 'type="checkbox" name="username"' not in client.get("/audience/followers?pick=1").text
    assert client.get("/audience/erasures?username=ada").status_code == 403


def test_relation_and_the_older_argument_cannot_contradict_each_other(browser: FlaskClient) -> None:
    answer = browser.get("/api/followers/?mutual=1&relation=not_mutual")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "relation")
    assert browser.get("/api/followers/?mutual=1&relation=mutual").get_json()["count"] == 2


@pytest.mark.parametrize(
    ("arguments", "field"), [("relation=both", "relation"), ("ignored=1", "ignored"), (f"tag={'x' * 41}", "tag")]
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(browser: FlaskClient, arguments: str, field: str) -> None:
    answer = browser.get(f"/api/followers/?{arguments}")
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
