"""Whoever reads French reads French: the catalogue is whole, keeps its placeholders, and reaches every page."""

from __future__ import annotations

import ast
import html
import re
from collections import Counter
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from deploy.translations import KEYWORDS, ROOT, extract, problems
from tests.factories import Member, account_scope, export_json, import_done, import_file, many, sign_in
from webapp.extensions import db
from webapp.models import Account, ImportState
from webapp.services.imports import ImportWishes

CATALOGUE = ROOT / "webapp" / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
FRENCH = {"Accept-Language": "fr"}
# What a program is answered, as the page of the API shows it: data, in the language that such an answer comes in.
_EXAMPLE = re.compile(r"<pre[^>]*><code>.*?</code></pre>", re.DOTALL)
PAGES = (
    "/dashboard",
    "/audience/followers",
    "/audience/followers?search=person&mutual=1&date_from=2024-12-01&date_to=2025-01-31",
    "/audience/following?search=nobody.is.called.so",
    "/audience/changes",
    "/content/posts",
    "/content/analytics",
    "/content/analytics/timing",
    "/content/analytics/trends",
    "/content/forecast",
    "/content/studio",
    "/content/covers",
    "/imports",
    "/accounts",
    "/settings",
    "/settings/security",
    "/settings/keys",
    "/admin/jobs",
    "/about",
    "/styleguide",
    "/api/docs",
    "/no-such-page",
)
IMPORTS = ("ready", "held", "failed", "ownerless", "done")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """The French catalogue as it is written."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr")


@pytest.fixture(scope="module")
def english() -> list[str]:
    """The English phrases that no French page may show: the longest part of every text between its placeholders."""
    phrases = (_longest_part(text) for message in extract(ROOT) for text in _forms(message.id))
    return [phrase for phrase in phrases if len(phrase.split()) >= 3]


@pytest.fixture
def reader(app: Flask, alice: Member, client: FlaskClient) -> FlaskClient:
    """A browser of Alice, who has one import in the history."""
    with app.app_context():
        import_done(alice, export_json(many(120), many(10)))
        db.session.remove()
    sign_in(client, alice)
    return client


def test_the_catalogue_holds_every_text_of_the_sources_and_no_other() -> None:
    assert sorted(problems(ROOT)) == []


def test_no_text_stands_where_the_extraction_does_not_look() -> None:
    """Before Python 3.12 a call inside an f-string is a part of one token, so its text is not found."""
    known = {text for message in extract(ROOT) for text in _forms(message.id)}
    hidden = {
        (path.relative_to(ROOT).as_posix(), text.value)
        for path in (ROOT / "webapp").rglob("*.py")
        for outer in ast.walk(ast.parse(path.read_text()))
        if isinstance(outer, ast.JoinedStr)
        for call in ast.walk(outer)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "gettext", "ngettext")
        for text in call.args
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value not in known
    }
    assert hidden == set()


def test_every_name_that_marks_a_text_is_known_to_the_extraction() -> None:
    known = {*DEFAULT_KEYWORDS, *(word.split(":")[0] for word in KEYWORDS.split())}
    unknown = [f"{path.relative_to(ROOT)}: {name}" for path, name in _names_of_gettext() if name not in known]
    assert unknown == []


def test_every_translation_has_the_placeholders_of_its_text(catalogue: Catalog) -> None:
    for message in catalogue:
        forms = zip(_forms(message.id), _forms(message.string), strict=True) if message.id else ()
        for wanted, text in forms:
            assert Counter(PLACEHOLDER.findall(text)) == Counter(PLACEHOLDER.findall(wanted)), message.id


def test_french_is_set_as_french_is_printed(catalogue: Catalog) -> None:
    straight = re.compile(r"\w'\w|\"|“|”| [:;!?»]|« |\.\.\.")
    wrong = [text for message in catalogue if message.id for text in _forms(message.string) if straight.search(text)]
    assert wrong == []


def test_texts_end_alike(catalogue: Catalog) -> None:
    def end(text: str) -> str:
        return text[-1:] if text[-1:] in ".:?!…" else ""

    wrong = [
        message.id
        for message in catalogue
        if message.id and end(_forms(message.id)[0]) != end(_forms(message.string)[0])
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    assert compiled.exists(), "The catalogue is not compiled: run `make setup`."
    with compiled.open("rb") as file:
        translations = GNUTranslations(file)
    stale = [
        message.id
        for message in catalogue
        if message.id and not message.pluralizable and translations.gettext(str(message.id)) != message.string
    ]
    assert stale == [], "The compiled catalogue is old: run `make setup`."


@pytest.mark.parametrize("address", ["/register", "/login", "/about", "/no-such-page"])
def test_a_visitor_reads_no_english(client: FlaskClient, alice: Member, english: list[str], address: str) -> None:
    _assert_french(client, address, english)


@pytest.mark.parametrize("address", ["/dashboard", "/audience/followers", "/imports", "/accounts"])
def test_a_beginner_reads_no_english(client: FlaskClient, alice: Member, english: list[str], address: str) -> None:
    sign_in(client, alice)
    _assert_french(client, address, english)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_with_data_shows_no_english(reader: FlaskClient, english: list[str], address: str) -> None:
    _assert_french(reader, address, english)


@pytest.mark.parametrize("kind", IMPORTS)
def test_an_import_shows_no_english(
    app: Flask, reader: FlaskClient, alice: Member, english: list[str], kind: str
) -> None:
    with app.app_context():
        public_id = _import(alice, kind)
        db.session.remove()
    _assert_french(reader, f"/imports/{public_id}", english)


def test_an_account_shows_no_english(app: Flask, reader: FlaskClient, alice: Member, english: list[str]) -> None:
    with app.app_context():
        public_id = db.session.get_one(Account, account_scope(alice).account_id).public_id
        db.session.remove()
    _assert_french(reader, f"/accounts/{public_id}", english)


def _assert_french(client: FlaskClient, address: str, english: list[str]) -> None:
    page = client.get(address, headers=FRENCH).text
    assert '<html lang="fr"' in page
    shown = re.sub(r"\s+", " ", html.unescape(_EXAMPLE.sub("", page)))
    assert [phrase for phrase in english if phrase in shown and _stands_alone(phrase, shown)] == []


def _stands_alone(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def _import(member: Member, kind: str) -> str:
    run = {
        "ready": lambda: import_file(member, export_json(many(121), many(10)), wishes=ImportWishes()),
        "held": lambda: import_file(member, export_json(many(5), many(10))),
        "failed": lambda: import_file(member, b"<html><body>TikTok</body></html>", "page.html"),
        "ownerless": lambda: import_file(member, export_json(many(30), None, owner=None)),
        "done": lambda: import_done(member, export_json(many(122), many(10))),
    }[kind]()
    expected = {"ownerless": ImportState.RECOGNISED}.get(kind) or ImportState(kind)
    assert run.state is expected, (run.state, run.error_code)
    return run.public_id


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (list, tuple)) else (str(text),)


def _longest_part(text: str) -> str:
    return max((part.strip() for part in PLACEHOLDER.split(text)), key=len)


def _names_of_gettext() -> Iterator[tuple[Path, str]]:
    for folder in ("webapp", "jobs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.ImportFrom) and node.module in ("flask_babel", "webapp.domain.text"):
                    names = ((name.name, name.asname or name.name) for name in node.names)
                    yield from ((path, bound) for name, bound in names if "gettext" in name or name == "N_")
