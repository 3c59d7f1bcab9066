"""Every route and who may use it: a route that is missing here fails the build."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Cast, Member, account_scope, export_json, import_done, import_file, many, sign_in
from webapp.extensions import db
from webapp.models import Account, ImportRun, Job
from webapp.services.imports import ImportWishes

ACTORS = ("anon", "bob", "alice", "charlie")
OPEN = (200, 200, 200, 200)
SIGNED_IN = (303, 200, 200, 200)
# anon, a viewer of the team, its admin, the admin of another team
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/about"): OPEN,
    ("GET", "/styleguide"): OPEN,
    ("GET", "/brand-<int:hue>.css"): OPEN,
    ("GET", "/static/<path:filename>"): OPEN,
    ("GET", "/media/<name>"): (404, 404, 404, 404),
    ("GET", "/register"): (200, 303, 303, 303),
    ("POST", "/register"): (422, 422, 422, 422),
    ("GET", "/login"): (200, 303, 303, 303),
    ("POST", "/login"): (422, 422, 422, 422),
    ("POST", "/logout"): (303, 303, 303, 303),
    ("POST", "/settings/language"): (303, 303, 303, 303),
    ("POST", "/settings/appearance"): (303, 303, 303, 303),
    ("GET", "/"): (303, 303, 303, 303),
    ("GET", "/dashboard"): SIGNED_IN,
    ("GET", "/audience/followers"): SIGNED_IN,
    ("GET", "/audience/following"): SIGNED_IN,
    ("GET", "/audience/analysis"): SIGNED_IN,
    ("GET", "/audience/analysis/comparison"): SIGNED_IN,
    ("GET", "/audience/analysis/comparison.csv"): (303, 200, 200, 404),
    ("GET", "/audience/analysis.csv"): (303, 200, 200, 404),
    ("GET", "/audience/analysis/accounts"): SIGNED_IN,
    ("GET", "/audience/analysis/accounts.csv"): (303, 200, 200, 404),
    ("GET", "/audience/analysis/insights"): SIGNED_IN,
    ("POST", "/audience/analysis/insights"): (303, 403, 422, 404),
    ("GET", "/audience/analysis/insights.csv"): (303, 422, 422, 404),
    ("POST", "/audience/followers"): (303, 403, 422, 404),
    ("POST", "/audience/following"): (303, 403, 422, 404),
    ("GET", "/audience/followers.csv"): (303, 200, 200, 404),
    ("GET", "/audience/following.csv"): (303, 200, 200, 404),
    ("GET", "/audience/people"): SIGNED_IN,
    ("GET", "/audience/people.csv"): (303, 200, 200, 404),
    ("GET", "/audience/people/<path:username>"): (303, 200, 200, 404),
    ("POST", "/audience/marks"): (303, 403, 404, 404),
    ("POST", "/audience/notes"): (303, 403, 404, 404),
    ("GET", "/audience/annotations"): SIGNED_IN,
    ("GET", "/audience/annotations.csv"): (303, 200, 200, 404),
    ("POST", "/audience/annotations"): (303, 403, 422, 404),
    ("POST", "/audience/annotations/<public_id>"): (303, 403, 404, 404),
    ("POST", "/audience/annotations/<public_id>/delete"): (303, 403, 404, 404),
    ("GET", "/audience/erasures"): (303, 200, 200, 404),
    ("POST", "/audience/erasures"): (303, 403, 404, 404),
    ("GET", "/audience/changes"): SIGNED_IN,
    ("GET", "/audience/changes.csv"): (303, 404, 404, 404),
    ("POST", "/audience/changes/renames"): (303, 403, 422, 404),
    ("GET", "/content/posts/<public_id>"): (303, 404, 404, 404),
    ("POST", "/content/posts/<public_id>/notes"): (303, 403, 404, 404),
    ("POST", "/content/posts/<public_id>/notes/<note_id>"): (303, 403, 404, 404),
    ("POST", "/content/posts/<public_id>/notes/<note_id>/delete"): (303, 403, 404, 404),
    ("POST", "/content/posts/<public_id>/cover"): (303, 403, 404, 404),
    ("POST", "/content/posts/<public_id>/cover/delete"): (303, 403, 404, 404),
    ("GET", "/content/covers"): SIGNED_IN,
    ("POST", "/content/covers"): (303, 403, 422, 404),
    ("GET", "/figures/<metric>"): (303, 200, 200, 404),
    ("GET", "/figures/<metric>.csv"): (303, 200, 200, 404),
    ("GET", "/content/posts"): SIGNED_IN,
    ("POST", "/content/posts"): (303, 422, 422, 404),
    ("GET", "/content/posts.csv"): (303, 404, 404, 404),
    ("GET", "/content/analytics"): SIGNED_IN,
    ("GET", "/content/analytics.csv"): (303, 422, 422, 404),
    ("GET", "/content/analytics/timing"): SIGNED_IN,
    ("GET", "/content/analytics/timing.csv"): (303, 422, 422, 404),
    ("GET", "/content/analytics/hashtags"): SIGNED_IN,
    ("GET", "/content/analytics/hashtags.csv"): (303, 422, 422, 404),
    ("GET", "/content/analytics/sounds"): SIGNED_IN,
    ("GET", "/content/analytics/sounds.csv"): (303, 422, 422, 404),
    ("GET", "/content/studio"): SIGNED_IN,
    ("GET", "/content/studio.csv"): (303, 422, 422, 404),
    ("POST", "/content/studio/videos/<platform_post_id>"): (303, 403, 422, 404),
    ("GET", "/content/analytics/trends"): SIGNED_IN,
    ("GET", "/content/analytics/trends.csv"): (303, 422, 422, 404),
    ("GET", "/imports"): SIGNED_IN,
    ("POST", "/imports"): (303, 403, 422, 422),
    ("GET", "/imports/<public_id>"): (303, 200, 200, 404),
    ("GET", "/imports/<public_id>/shape.json"): (303, 404, 404, 404),
    ("POST", "/imports/<public_id>/correct"): (303, 403, 303, 404),
    ("POST", "/imports/<public_id>/commit"): (303, 403, 409, 404),
    ("POST", "/imports/<public_id>/cancel"): (303, 403, 303, 404),
    ("GET", "/imports/<public_id>/row"): (303, 303, 303, 404),
    ("GET", "/imports/<public_id>/names"): (303, 422, 422, 404),
    ("GET", "/imports/<public_id>/names.csv"): (303, 422, 422, 404),
    ("GET", "/imports/<public_id>/move"): (303, 403, 409, 404),
    ("POST", "/imports/<public_id>/move"): (303, 403, 422, 404),
    ("GET", "/imports/<public_id>/undo"): (303, 403, 409, 404),
    ("POST", "/imports/<public_id>/undo"): (303, 403, 409, 404),
    ("POST", "/imports/ready"): (303, 403, 303, 303),
    ("POST", "/imports/sample"): (303, 403, 303, 303),
    ("POST", "/imports/sample/remove"): (303, 403, 303, 303),
    ("GET", "/accounts"): SIGNED_IN,
    ("POST", "/accounts"): (303, 403, 422, 422),
    ("GET", "/accounts/<public_id>"): (303, 200, 200, 404),
    ("POST", "/accounts/<public_id>"): (303, 403, 422, 404),
    ("POST", "/accounts/<public_id>/default"): (303, 403, 303, 404),
    ("POST", "/accounts/<public_id>/delete"): (303, 403, 422, 404),
    ("POST", "/accounts/<public_id>/select"): (303, 303, 303, 404),
    ("GET", "/accounts/<public_id>/reminder.ics"): (303, 200, 200, 404),
    ("POST", "/accounts/<public_id>/reminder/asked"): (303, 403, 303, 404),
    ("POST", "/accounts/<public_id>/reminder/snooze"): (303, 403, 303, 404),
    ("GET", "/guide/tiktok"): SIGNED_IN,
    ("GET", "/settings"): SIGNED_IN,
    ("POST", "/settings/keys"): (303, 403, 422, 422),
    ("POST", "/settings/keys/<public_id>/revoke"): (303, 404, 404, 404),
    ("POST", "/settings/sessions/<public_id>/end"): (303, 404, 404, 404),
    ("GET", "/admin/jobs"): (303, 404, 200, 404),
    ("POST", "/admin/jobs/<job_id>/cancel"): (303, 404, 409, 404),
    ("POST", "/admin/jobs/<job_id>/retry"): (303, 404, 409, 404),
    ("GET", "/api/openapi.json"): (401, 200, 200, 200),
    ("GET", "/api/docs"): (303, 200, 200, 200),
    ("GET", "/api/followers/"): (401, 200, 200, 200),
    ("GET", "/api/following/"): (401, 200, 200, 200),
    ("GET", "/api/followers/stats/"): (401, 200, 200, 200),
    ("GET", "/api/followers/common/"): (401, 200, 200, 200),
    ("GET", "/api/followers/followers-only/"): (401, 200, 200, 200),
    ("GET", "/api/followers/following-only/"): (401, 200, 200, 200),
    ("GET", "/api/followers/changes/"): (401, 200, 200, 200),
    ("GET", "/api/following/changes/"): (401, 200, 200, 200),
    ("GET", "/api/followers/growth/"): (401, 200, 200, 200),
    ("GET", "/api/exports/"): (401, 200, 200, 200),
    ("GET", "/api/accounts/"): (401, 200, 200, 200),
    ("GET", "/api/accounts/comparison/"): (401, 200, 200, 200),
    ("GET", "/api/accounts/<public_id>/"): (401, 200, 200, 404),
    ("PATCH", "/api/accounts/<public_id>/"): (401, 403, 403, 403),
    ("GET", "/api/posts/"): (401, 200, 200, 200),
    ("GET", "/api/posts/performance/"): (401, 200, 200, 200),
    ("GET", "/api/posts/stats/"): (401, 200, 200, 200),
    ("GET", "/api/studio/days/"): (401, 200, 200, 200),
    ("GET", "/api/studio/videos/"): (401, 200, 200, 200),
    ("GET", "/api/posts/trends/"): (401, 200, 200, 200),
    ("GET", "/api/posts/keywords/"): (401, 200, 200, 200),
    ("GET", "/api/posts/sounds/top/"): (401, 200, 200, 200),
    ("GET", "/api/posts/hashtags/top/"): (401, 200, 200, 200),
    ("GET", "/api/posts/<public_id>/"): (401, 404, 404, 404),
    ("GET", "/api/imports/"): (401, 200, 200, 200),
    ("POST", "/api/imports/"): (401, 403, 403, 403),
    ("GET", "/api/imports/<public_id>/"): (401, 200, 200, 404),
    ("POST", "/api/imports/<public_id>/commit/"): (401, 403, 403, 403),
    ("POST", "/api/imports/<public_id>/cancel/"): (401, 403, 403, 403),
    ("POST", "/api/imports/<public_id>/undo/"): (401, 403, 403, 403),
}


@dataclass(frozen=True)
class World:
    """Alice's team with something of every kind."""

    account: str
    waiting: str
    job: str


@pytest.fixture
def world(app: Flask, alice: Member) -> World:
    with app.app_context():
        import_done(alice, export_json(many(5), many(3, "brand")))
        waiting = import_file(alice, export_json(many(6), many(3, "brand")), wishes=ImportWishes()).public_id
        account = db.session.get_one(Account, account_scope(alice).account_id).public_id
        job = db.session.query(Job).join(ImportRun, Job.import_id == ImportRun.id).first()
        assert job is not None
        world = World(account, waiting, job.id)
        db.session.remove()
    return world


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def address(rule: str, world: World) -> str:
    subject = world.account if "/accounts/" in rule else world.waiting if "/imports/" in rule else "0" * 20
    return (
        rule.replace("<public_id>", subject)
        .replace("<job_id>", world.job)
        .replace("<int:hue>", "270")
        .replace("<path:filename>", "css/app.css")
        .replace("<path:username>", "person00001")
        .replace("<metric>", "followers")
    )


def test_every_route_is_in_the_table_and_the_other_way_round(app: Flask) -> None:
    assert routes(app) - TABLE.keys() == set(), "say who may use these"
    assert TABLE.keys() - routes(app) == set(), "these are gone"


@pytest.mark.parametrize("actor", ACTORS)
def test_everybody_gets_what_the_table_says(app: Flask, world: World, cast: Cast, actor: str) -> None:
    place = ACTORS.index(actor)
    wrong = []
    # Reading first, then in the order of the table; a correction is compared anew, so the commit after it must wait.
    order = sorted(TABLE.items(), key=lambda row: (row[0][0] != "GET", "cancel" in row[0][1], row[0][1] == "/logout"))
    for (method, rule), expected in order:
        client = app.test_client()
        if actor != "anon":
            sign_in(client, getattr(cast, actor))
        got = send(client, method, address(rule, world))
        if got != expected[place]:
            wrong.append(f"{actor} {method} {rule}: expected {expected[place]}, got {got}")
    assert not wrong, "\n".join(wrong)


def token(client: FlaskClient) -> str:
    found = re.search(r'X-CSRFToken&#34;: &#34;([^&]+)|"X-CSRFToken": "([^"]+)"', client.get("/about").text)
    assert found, "the page carries no token"
    return found.group(1) or found.group(2)


def send(client: FlaskClient, method: str, url: str) -> int:
    headers = {"Sec-Fetch-Site": "same-origin"}
    if method != "GET":
        headers["X-CSRFToken"] = token(client)
    data = {"locale": "fr", "theme": "dark"} if url.startswith("/settings/") else {}
    with client.open(url, method=method, headers=headers, data=data) as answer:
        return answer.status_code


@pytest.mark.parametrize(("method", "rule"), [row for row in TABLE if "<public_id>" in row[1]])
def test_a_thing_of_another_team_answers_like_a_thing_that_does_not_exist(
    app: Flask, world: World, cast: Cast, method: str, rule: str
) -> None:
    bodies = []
    for url in (address(rule, world), rule.replace("<public_id>", "f" * 20)):
        client = app.test_client()
        sign_in(client, cast.charlie)
        headers = {"Sec-Fetch-Site": "same-origin", "X-CSRFToken": token(client)}
        answer = client.open(url, method=method, headers=headers)
        number = answer.headers["X-Request-Id"]
        bodies.append((answer.status_code, answer.text.replace(number, "").replace(url, "")))
    statuses = {status for status, _ in bodies}
    assert len(statuses) == 1, (rule, statuses)


def test_every_unsafe_route_refuses_a_request_without_a_token(app: Flask, world: World, cast: Cast) -> None:
    wrong = []
    for (method, rule), hop in itertools.product(TABLE, ({}, {"Origin": "https://evil.test"})):
        if method == "GET" or rule.startswith("/api/"):
            continue
        client = app.test_client()
        sign_in(client, cast.alice)
        got = client.open(address(rule, world), method=method, headers=hop).status_code
        if got != 403:
            wrong.append(f"{method} {rule} {hop}: {got}")
    assert not wrong, "\n".join(wrong)
