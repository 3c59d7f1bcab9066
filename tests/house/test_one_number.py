"""One number, one function: a figure is the same on every surface that shows it."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from webapp.extensions import db
from webapp.models import Follower, FollowerSnapshot, Following

FOLLOWERS, FOLLOWING = 230, 140


@pytest.fixture
def filled(app: Flask, alice: Member, client: FlaskClient) -> FlaskClient:
    """A browser of Alice, whose account has more followers than a page holds."""
    people = many(FOLLOWERS)
    with app.app_context():
        import_done(alice, export_json(people, [*people[:90], *many(FOLLOWING - 90, "brand")]))
        db.session.remove()
    sign_in(client, alice)
    return client


def shown(pattern: str, html: str) -> int:
    found = re.search(pattern, html, re.DOTALL)
    assert found, f"{pattern} is not in the page"
    return int(found.group(1).replace(",", ""))


def kpi(html: str, label: str) -> int:
    return shown(rf'class="kpi-label">(?:<a[^>]*>)?{label}.*?class="kpi-value"[^>]*>(?:<span[^>]*>)?([\d,]+)', html)


@pytest.mark.parametrize(("section", "total"), [("followers", FOLLOWERS), ("following", FOLLOWING)])
def test_the_length_of_a_list_is_the_same_on_every_surface(
    filled: FlaskClient, app: Flask, alice: Member, section: str, total: int
) -> None:
    page = filled.get(f"/audience/{section}").text
    fragment = filled.get(f"/audience/{section}", headers={"HX-Request": "true", "HX-Target": "people"}).text
    dashboard = filled.get("/dashboard").text
    answer = json.loads(filled.get(f"/api/{section}/?page_size=10").text)
    table = list(csv.reader(io.StringIO(filled.get(f"/audience/{section}.csv").text)))
    with app.app_context():
        scope = account_scope(alice)
        model = Follower if section == "followers" else Following
        rows = db.session.query(model).filter_by(account_id=scope.account_id, gone_export_id=None).count()
        snapshot = db.session.query(FollowerSnapshot).one()
        counted = getattr(snapshot, section)
    assert {
        "page": shown(r"<strong>([\d,]+) people</strong>", page),
        "range": shown(r"of ([\d,]+)</p>", page),
        "fragment": shown(r"<strong>([\d,]+) people</strong>", fragment),
        "dashboard": kpi(dashboard, section.title()),
        "api": answer["count"],
        "csv": len(table) - 1,
        "rows": rows,
        "snapshot": counted,
    } == dict.fromkeys(("page", "range", "fragment", "dashboard", "api", "csv", "rows", "snapshot"), total)


def test_mutuals_are_the_same_on_every_surface(filled: FlaskClient, app: Flask, alice: Member) -> None:
    followers = filled.get("/audience/followers?mutual=1").text
    following = filled.get("/audience/following?mutual=1").text
    table = list(csv.DictReader(io.StringIO(filled.get("/audience/followers.csv").text)))
    answer = json.loads(filled.get("/api/followers/?page_size=1000").text)
    with app.app_context():
        snapshot = db.session.query(FollowerSnapshot).one().mutuals
    assert {
        "dashboard": kpi(filled.get("/dashboard").text, "Mutuals"),
        "followers": shown(r"<strong>([\d,]+) found</strong>", followers),
        "following": shown(r"<strong>([\d,]+) found</strong>", following),
        "csv": sum(row["is_mutual"] == "true" for row in table),
        "api": sum(row["is_mutual"] for row in answer["results"]),
        "snapshot": snapshot,
    } == dict.fromkeys(("dashboard", "followers", "following", "csv", "api", "snapshot"), 90)


@pytest.mark.parametrize(
    "arguments", ["search=erson0001", "date_from=2024-12-28", "search=person&mutual=1", "ordering=username"]
)
def test_a_filter_means_the_same_on_every_surface(filled: FlaskClient, arguments: str) -> None:
    answer = json.loads(filled.get(f"/api/followers/?page_size=1000&{arguments}").text)
    table = list(csv.DictReader(io.StringIO(filled.get(f"/audience/followers.csv?{arguments}").text)))
    page = filled.get(f"/audience/followers?page_size=1000&{arguments}").text
    names = [row["username"] for row in answer["results"]]
    assert names
    assert [row["username"] for row in table] == names
    assert re.findall(r"<bdi>([^<]+)</bdi><span class=\"sr-only\">", page) == names
    assert shown(r"<strong>([\d,]+) (?:found|people)</strong>", page) == len(names) == answer["count"]
