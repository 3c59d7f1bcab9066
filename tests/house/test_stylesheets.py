"""A page links the stylesheets that its classes are in: those of every page, and that of its room."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from tests.factories import Cast
from tests.house.access_table import TABLE
from tests.house.actors import Actor, Caller
from tests.house.crawl import walk
from tests.house.furnished import furnish
from webapp.extensions import db
from webapp.web.rooms import STYLED

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FOLDER = ROOT / "static" / "css"
EVERYWHERE = ("app", "frame", "parts", "data")
_NOT_SELECTORS = re.compile(r'/\*.*?\*/|"[^"]*"|@[a-z-]+ [^{;]*[{;]', re.DOTALL)
_SELECTOR = re.compile(r"([^{}]*)\{")
_CLASS = re.compile(r"\.([a-z][\w-]*)")
_WORN = re.compile(r'class="([^"]*)"')
_LINKED = re.compile(r'rel="stylesheet" href="/static/css/(\w+)\.css\?v=')


@pytest.fixture(scope="module")
def sheets() -> dict[str, set[str]]:
    """The classes that each stylesheet says something of."""
    found = {}
    for path in set(FOLDER.glob("*.css")) - {FOLDER / "mail.css"}:  # what mails wear, no page does
        selectors = " ".join(_SELECTOR.findall(_NOT_SELECTORS.sub("", path.read_text())))
        found[path.stem] = set(_CLASS.findall(selectors))
    return found


def naked(text: str, sheets: dict[str, set[str]]) -> set[str]:
    """Return the classes in a page that only stylesheets know which it does not link."""
    worn = {name for names in _WORN.findall(text) for name in names.split()}
    linked: set[str] = set().union(*(sheets[name] for name in _LINKED.findall(text)))
    return worn & set().union(*sheets.values()) - linked


def test_every_page_links_what_it_wears(app: Flask, cast: Cast, sheets: dict[str, set[str]]) -> None:
    with app.app_context():
        furnish(cast.alice, "amber")
        db.session.remove()
    starts = [rule for method, rule in TABLE if method == "GET" and "<" not in rule]
    found = walk(app, Caller(app, cast, Actor.ADMIN), starts, every_word=False)
    pages = {url: text for url, text in found.answers.items() if "<!doctype html>" in text and "/mail.css" not in text}
    assert {url: missing for url, text in pages.items() if (missing := naked(text, sheets))} == {}
    linked = {name for text in pages.values() for name in _LINKED.findall(text)}
    assert linked >= {*EVERYWHERE, *STYLED}


def test_a_visitors_page_links_no_room(client: FlaskClient) -> None:
    assert tuple(_LINKED.findall(client.get("/about").text)) == (*EVERYWHERE, "public")
