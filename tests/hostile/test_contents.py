"""Texts of every kind in an honest export: kept alike on both databases, and text wherever they are shown."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.factories import Member, import_done, import_file, sign_in
from tests.hostile.contents import NAMES, TEXTS, expected_line, expected_text, export, harmless
from tests.web.api.conftest import make_key
from webapp.domain.names import name_key
from webapp.extensions import db
from webapp.models import Account, Follower, ImportRun, Post, PostDetail, User

FILE_NAME = '"><img src=x onerror=alert(1)>{{7*7}}\u202egpj.json'
FORMULA_STARTS = tuple("=+-@\t\r\n|%＝＋－＠")


class Elements(HTMLParser):
    """What a page is made of: its elements with the names of their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, tuple(sorted(name for name, _ in attrs))] += 1
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "hx-get")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def page(app: Flask, client: FlaskClient, alice: Member) -> Iterator[FlaskClient]:
    """Alice's browser, after the export was imported."""
    with app.app_context():
        import_done(alice, export(), FILE_NAME)
        # Who runs the installation sees more of it.
        db.session.execute(update(User).values(is_admin=False))
        db.session.commit()
        db.session.remove()
    sign_in(client, alice)
    return client  # type: ignore[return-value]


def look(client: FlaskClient, address: str, **arguments: str) -> Elements:
    answer = client.get(address, query_string=arguments)
    assert answer.status_code == 200, (address, arguments)
    return Elements(answer.text)


def test_what_is_kept_is_the_normalised_text_on_either_database(app: Flask, alice: Member) -> None:
    with app.app_context():
        run = import_done(alice, export("  two\n\tlines " + "é" * 300))
        names = list(db.session.scalars(select(Follower.username).order_by(Follower.followed_at)))
        assert names == list(NAMES.values())
        keys = db.session.execute(select(Follower.username, Follower.username_key)).all()
        assert all(key == name_key(name) for name, key in keys)
        assert run.result is not None
        assert run.result["followers"]["skipped"] == {"bad_name": len(TEXTS) - len(NAMES)}
        rows = select(PostDetail).join(Post, Post.id == PostDetail.post_id).order_by(Post.published_at)
        for text, detail in zip(TEXTS.values(), db.session.scalars(rows), strict=True):
            kept = expected_text(text)
            assert detail.title == kept
            assert (detail.location or "") == ("" if kept.casefold() in ("null", "none") else kept.strip())
            assert detail.privacy is None or len(detail.privacy) <= 40
        account = db.session.scalars(select(Account)).one()
        assert account.display_name == expected_line("  two\n\tlines " + "é" * 300)
        assert len(account.display_name) == 200


def test_no_text_becomes_an_element_on_any_page(page: FlaskClient, app: Flask, charlie: Member) -> None:
    other = app.test_client()
    with app.app_context():
        import_done(charlie, harmless(), "plain.json")
        [alices, charlies] = db.session.scalars(select(ImportRun.public_id).order_by(ImportRun.id))
        db.session.remove()
    sign_in(other, charlie)
    for mine, theirs in [
        *((address, address) for address in ("/dashboard", "/imports", "/accounts")),
        *((f"/audience/{name}", f"/audience/{name}") for name in ("followers", "following", "analysis")),
        ("/audience/analysis/comparison", "/audience/analysis/comparison"),
        (f"/imports/{alices}", f"/imports/{charlies}"),
    ]:
        assert look(page, mine).found == look(other, theirs).found, mine


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_name_is_found_by_itself_and_shown_as_text(page: FlaskClient) -> None:
    for name in NAMES.values():
        elements = look(page, "/audience/followers", search=name)
        assert name in elements.texts, name
        assert all(address.startswith(("/", "#", "https://www.tiktok.com/@")) for address in elements.addresses)
        assert not any(address.startswith("//") for address in elements.addresses)


@pytest.mark.parametrize("dialect", ["", "excel"])
def test_no_text_is_a_formula_or_shifts_a_column(page: FlaskClient, dialect: str) -> None:
    answer = page.get("/audience/followers.csv", query_string={"dialect": dialect, "ordering": "date_followed"})
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if dialect else ","))[1:]
    assert all(len(row) == 3 for row in rows)
    assert [row[0].removeprefix("'") for row in rows] == [name.removeprefix("'") for name in NAMES.values()]
    assert [row[0] for row in rows if row[0].startswith(FORMULA_STARTS)] == []


def test_the_api_says_the_text_itself(page: FlaskClient, app: Flask, alice: Member) -> None:
    headers = {"Authorization": f"Bearer {make_key(app, alice)}"}
    answer = app.test_client().get("/api/followers/?page_size=500&ordering=date_followed", headers=headers)
    assert answer.headers["Content-Type"].startswith("application/json")
    found = json.loads(answer.data)
    assert [row["username"] for row in found["results"]] == list(NAMES.values())
    assert TEXTS["C02 image"] in look(page, "/accounts").texts
    [run] = json.loads(app.test_client().get("/api/imports/", headers=headers).data)["results"]
    assert run["file_name"] == FILE_NAME.replace("\u202e", "")


@pytest.mark.parametrize("owner", ["<script>alert(1)</script>", "{{7*7}}", "../../x", "a b", "\u202eabc", "..", "🌸"])
def test_an_owner_that_no_account_can_be_called_is_asked_for(owner: str, app: Flask, alice: Member) -> None:
    content = json.dumps(
        {"Profile And Settings": {"Profile Info": {"ProfileMap": {"userName": owner}}, "Follower": {"FansList": []}}}
    )
    with app.app_context():
        run = import_file(alice, content.encode())
        assert (run.state.value, run.owner) == ("recognised", None)
