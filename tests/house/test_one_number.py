"""One number, one function: a figure is the same on every surface that shows it."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs, sign_in
from webapp.analytics import list_index
from webapp.analytics.renames import count_confirmed
from webapp.analytics.timeline import find_timeline
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, NEVER, Account, Follower, FollowerSnapshot, Following, RenameState
from webapp.services.imports import ImportWishes
from webapp.services.list_index import queue_list_index
from webapp.services.people import add_tag
from webapp.services.renames import decide
from webapp.services.transaction import transaction

FOLLOWERS, FOLLOWING = 230, 140
NAMES = re.compile(r'class="person-name"[^>]*>@<bdi>([^<]+)</bdi>')


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
    return shown(
        rf'class="kpi-label">(?:<a[^>]*>)?{label}.*?class="kpi-value"[^>]*>(?:<(?:a|span)[^>]*>)?([\d,]+)', html
    )


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
        "page": shown(r"<strong>(?:<a[^>]*>)?([\d,]+) people", page),
        "range": shown(r"of ([\d,]+)</p>", page),
        "fragment": shown(r"<strong>(?:<a[^>]*>)?([\d,]+) people", fragment),
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
    assert NAMES.findall(page) == names
    assert shown(r"<strong>(?:<a[^>]*>)?([\d,]+) (?:found|people)", page) == len(names) == answer["count"]


@pytest.mark.parametrize(
    ("part", "kind", "total"),
    [("mutuals", "common", 90), ("followers_only", "followers-only", 140), ("following_only", "following-only", 50)],
)
def test_the_parts_of_the_audience_are_the_same_on_every_surface(
    filled: FlaskClient, part: str, kind: str, total: int
) -> None:
    page = filled.get(f"/audience/analysis/comparison?list={part}&view=bars").text
    circles = filled.get(f"/audience/analysis/comparison?list={part}").text
    label = {"mutuals": "Mutuals", "followers_only": "Followers only", "following_only": "Following only"}[part]
    relation = "mutual" if part == "mutuals" else "not_mutual&ignored=show"
    section = "following" if part == "following_only" else "followers"
    people = filled.get(f"/audience/{section}?relation={relation}").text
    table = list(csv.DictReader(io.StringIO(filled.get(f"/audience/analysis/comparison.csv?list={part}").text)))
    stats = json.loads(filled.get("/api/followers/stats/").text)
    assert {
        "stats": stats["mutuals_count" if part == "mutuals" else f"{part}_count"],
        "list": json.loads(filled.get(f"/api/followers/{kind}/?page_size=1").text)["count"],
        "total": shown(r'<strong><a class="opened"[^>]*>([\d,]+) people</a></strong>', page),
        "table": shown(rf'<th scope="row">{label}</th><td class="num"><a[^>]*>([\d,]+)</a>', page),
        "circles": shown(rf'"key": "{part}"[^}}]*"value": ([\d,]+)', circles),
        "csv": len(table),
        "people": shown(r"<strong>([\d,]+) found</strong>", people),
        "drawer": shown(r'class="figure-value[^>]*>([\d,]+)', filled.get(f"/figures/{part}").text),
    } == dict.fromkeys(("stats", "list", "total", "table", "circles", "csv", "people", "drawer"), total)


MARKS = {
    "ignore": ("person00001", "person00100", "brand00003"),
    "family": ("person00001", "person00120", "person00007"),
}


@pytest.mark.parametrize("section", ["followers", "following"])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        "relation=mutual",
        "relation=not_mutual",
        "relation=not_mutual&ignored=show",
        "relation=not_mutual&search=0000",
        "relation=not_mutual&date_to=2024-12-28",
        "relation=mutual&ignored=hide",
        "ignored=hide&search=000",
        "tag=family",
        "tag=ignore&relation=not_mutual",
        "tag=family&relation=mutual&ordering=username",
        "tag=family&ignored=hide",
        "unmarked=1",
        "unmarked=1&search=0000&ordering=username",
        "unmarked=1&relation=not_mutual",
        "unmarked=1&relation=mutual",
        "unmarked=1&date_to=2024-12-28",
    ],
)
def test_relations_and_tags_mean_the_same_on_every_surface(
    filled: FlaskClient,
    app: Flask,
    alice: Member,
    monkeypatch: pytest.MonkeyPatch,
    section: str,
    arguments: str,
    *,
    is_packed: bool,
) -> None:
    wanted = dict(part.split("=") for part in arguments.split("&"))
    with app.app_context():
        for tag, people in MARKS.items():
            add_tag(alice.actor, account_scope(alice), people, tag)
        if is_packed:
            monkeypatch.setattr(list_index, "LEAST_ROWS", 100)
            account = db.session.get_one(Account, account_scope(alice).account_id)
            with transaction() as session:
                queue_list_index(session, session.get_one(Account, account.id))
            run_jobs()
        db.session.remove()
    everybody = json.loads(filled.get(f"/api/{section}/?page_size=1000&ordering={wanted.get('ordering', '')}").text)
    hides = wanted.get("ignored", "hide" if wanted.get("relation") == "not_mutual" else "show") == "hide"
    expected = [
        row["username"]
        for row in everybody["results"]
        if {"mutual": row["is_mutual"], "not_mutual": not row["is_mutual"]}.get(wanted.get("relation", ""), True)
        and ("tag" not in wanted or row["username"] in MARKS[wanted["tag"]])
        and ("unmarked" not in wanted or row["username"] not in {name for names in MARKS.values() for name in names})
        and not (hides and wanted.get("tag") != "ignore" and row["username"] in MARKS["ignore"])
        and wanted.get("search", "") in row["username"]
        and row["date_followed"][:10] <= wanted.get("date_to", "9999")
    ]
    answer = json.loads(filled.get(f"/api/{section}/?page_size=1000&{arguments}").text)
    table = list(csv.DictReader(io.StringIO(filled.get(f"/audience/{section}.csv?{arguments}").text)))
    page = filled.get(f"/audience/{section}?page_size=1000&{arguments}").text
    walked, address = [], f"/api/{section}/?page_size=7&{arguments}"
    while address:
        part = json.loads(filled.get(address).text)
        assert part["count"] == len(expected)
        walked += [row["username"] for row in part["results"]]
        address = (part["next"] or "").removeprefix("http://127.0.0.1:5000")
    numbered = json.loads(filled.get(f"/api/{section}/?page_size=5&page=2&{arguments}").text)["results"]
    assert [row["username"] for row in answer["results"]] == expected
    assert [row["username"] for row in table] == walked == NAMES.findall(page) == expected
    assert [row["username"] for row in numbered] == expected[5:10]
    assert answer["count"] == len(expected)
    if expected:
        assert shown(r"<strong>([\d,]+) found</strong>", page) == len(expected)


KINDS = ("gained", "lost", "renamed", "returned", "refollowed", "deleted")
LABELS = ("Gained", "Lost", "Renamed", "Came back", "Followed again", "Deleted accounts")


@pytest.mark.parametrize("section", [Section.FOLLOWERS, Section.FOLLOWING])
def test_changes_are_the_same_on_every_surface_before_and_after_a_rename_is_confirmed(
    app: Flask, alice: Member, client: FlaskClient, section: Section
) -> None:
    same, twin = "2025-03-03 03:03:03", "2025-04-04 04:04:04"
    was_there, renamed, deleted = ("came.back", same), ("old.name", twin), ("gone.account", "2025-05-05 05:05:05")
    lists = (
        [was_there, *many(150)],
        [renamed, deleted, ("again", same), *many(150)],
        [was_there, ("new.name", twin), ("N/A", deleted[1]), ("again", twin), *many(149), *many(120, "fresh")],
    )
    with app.app_context():
        for second, listed in enumerate(lists, 1_767_225_600):
            both = (listed, many(5)) if section is Section.FOLLOWERS else (many(5), listed)
            import_done(alice, export_json(*both), exported_at=second, losses_confirmed=True)
        db.session.remove()
    sign_in(client, alice)
    before = _changes_everywhere(app, client, alice, section)
    assert before == {"gained": 122, "lost": 3, "renamed": 1, "returned": 1, "refollowed": 1, "deleted": 1}
    with app.app_context():
        pair = [("old.name", "new.name")]
        assert decide(alice.actor, account_scope(alice), section, pair, RenameState.CONFIRMED) == 1
        db.session.remove()
    assert _changes_everywhere(app, client, alice, section) == {**before, "gained": 121, "lost": 2}


def _changes_everywhere(app: Flask, client: FlaskClient, member: Member, section: Section) -> dict[str, int]:
    """Return how many changes of every kind the last export shows, the same wherever one looks."""
    answer = json.loads(client.get(f"/api/{section.value}/changes/").text)
    page = client.get(f"/audience/changes?list={section.value}").text
    with app.app_context():
        scope = account_scope(member)
        export = find_timeline(scope, section).exports[-1]
        snapshot = db.session.query(FollowerSnapshot).filter_by(export_id=export.id, removed_revision=NEVER).one()
        confirmed = count_confirmed(scope, section).get(export.id, 0)
        model = DIRECTIONS[section]
        rows = db.session.query(model.username_key, model.first_export_id, model.gone_export_id).filter_by(
            account_id=scope.account_id, removed_revision=NEVER
        )
        began = {key for key, first, _ in rows if first == export.id}
        ended = {key for key, _, gone in rows if gone == export.id}
        stored = {
            kind: getattr(snapshot, f"{section.value}_{kind}") - (confirmed if kind != "refollowed" else 0)
            for kind in ("gained", "lost", "refollowed")
        }
    found: dict[str, int] = {}
    for kind, label in zip(KINDS, LABELS, strict=True):
        asked = f"list={section.value}&show={kind}"
        list_page = client.get(f"/audience/changes?{asked}").text
        found[kind] = shown(rf">{label} <span class=\"count\">([\d,]+)</span>", page)
        assert {
            "api": len(answer[kind]),
            "total": shown(r"<strong>([\d,]+) (?:people|person|renames?)</strong>", list_page),
            "csv": len(list(csv.DictReader(io.StringIO(client.get(f"/audience/changes.csv?{asked}").text)))),
        } == dict.fromkeys(("api", "total", "csv"), found[kind]), kind
    assert stored == {kind: found[kind] for kind in stored}
    assert len(began - ended) - confirmed == found["gained"]
    assert len(ended - began) - confirmed == found["lost"]
    assert len(ended & began) == found["refollowed"]
    return found


def test_growth_says_what_the_lists_and_the_changes_say(filled: FlaskClient, app: Flask, alice: Member) -> None:
    with app.app_context():
        people = [*many(FOLLOWERS - 12), *many(7, "newcomer")]
        import_done(alice, export_json(people, many(30, "brand")), losses_confirmed=True)
        account_id = account_scope(alice).account_id
        newest = db.session.query(FollowerSnapshot).filter_by(account_id=account_id, removed_revision=NEVER).all()[-1]
        snapshot = (newest.followers, newest.followers_gained, newest.followers_lost, newest.following)
        db.session.remove()
    row = json.loads(filled.get("/api/followers/growth/").text)["growth"][-1]
    changes = json.loads(filled.get("/api/followers/changes/").text)
    table = list(csv.DictReader(io.StringIO(filled.get("/audience/analysis.csv").text)))[-1]
    page = filled.get("/audience/analysis").text
    links = re.findall(r'<a href="(/audience/changes[^"]*)" aria-label="Show the', page)
    gained, lost = (filled.get(link.replace("&amp;", "&")).text for link in links[:2])
    assert snapshot == (FOLLOWERS - 5, 7, 12, 30)
    assert (row["follower_count"], row["followers_gained"], row["followers_lost"], row["following_count"]) == snapshot
    assert (len(changes["gained"]), len(changes["lost"])) == snapshot[1:3]
    assert tuple(int(table[name]) for name in ("follower_count", "followers_gained", "followers_lost")) == snapshot[:3]
    total = shown(r"<strong>(?:<a[^>]*>)?([\d,]+) people", filled.get("/audience/followers").text)
    assert kpi(page, "Followers") == total
    assert [shown(r'aria-label="Show the ([\d,]+) who came"', page), shown(r"who came\">([\d,]+)</a>", page)] == [7, 7]
    assert shown(r'aria-label="Show the ([\d,]+) who no longer', page) == 12
    assert (kpi(page, "Gained"), kpi(page, "No longer follow you")) == (7, 12)
    points = json.loads(page.split("<template data-chart-data>")[1].split("</template>")[0])
    dots = [series["values"][-1] for series in points["series"] if series["style"] == "dots"]
    assert dots == [total, snapshot[3]]
    assert shown(r"<strong>([\d,]+) (?:person|people)", gained) == 7
    assert shown(r"<strong>([\d,]+) (?:person|people)", lost) == 12


@pytest.mark.parametrize(("kind", "label", "total"), [("new", "New", 12), ("gone", "No longer there", 7)])
def test_what_a_comparison_found_is_the_same_on_every_surface(
    filled: FlaskClient, app: Flask, alice: Member, kind: str, label: str, total: int
) -> None:
    newer = [*many(FOLLOWERS - 7), *many(12, "fresh")]
    with app.app_context():
        run = import_file(alice, export_json(newer, None), wishes=ImportWishes())
        public_id = run.public_id
        db.session.remove()
    page = filled.get(f"/imports/{public_id}").text.split('aria-labelledby="section-followers"')[1]
    address = f"/imports/{public_id}/names"
    query = f"list=followers&show={kind}"
    names = filled.get(f"{address}?{query}").text
    table = list(csv.DictReader(io.StringIO(filled.get(f"{address}.csv?{query}").text)))
    answer = json.loads(filled.get(f"/api/imports/{public_id}/").text)
    assert {
        "page": shown(rf"<dt>{label}</dt><dd><a[^>]*>([\d,]+)</a>", page),
        "names": shown(r"<strong>([\d,]+) people</strong>", names),
        "cards": names.count('<li class="person-card">'),
        "csv": len(table),
        "api": answer["preview"]["sections"]["followers"][kind],
    } == dict.fromkeys(("page", "names", "cards", "csv", "api"), total)


def test_the_dashboard_says_what_the_api_the_changes_and_the_analysis_say(
    filled: FlaskClient, app: Flask, alice: Member
) -> None:
    with app.app_context():
        people = [*many(FOLLOWERS - 12), *many(7, "newcomer")]
        import_done(alice, export_json(people, many(30, "brand")), exported_at=1_740_000_000, losses_confirmed=True)
        db.session.remove()
    stats = json.loads(filled.get("/api/followers/stats/").text)
    changes = json.loads(filled.get("/api/followers/changes/").text)
    growth = json.loads(filled.get("/api/followers/growth/").text)["growth"][-1]
    page, analysis = (filled.get(f"{room}?period=last_import").text for room in ("/dashboard", "/audience/analysis"))
    since = page.partition('class="since-rows"')[2]
    seen = {"gained": len(changes["gained"]), "lost": len(changes["lost"])}
    assert seen == {"gained": 7, "lost": 12}
    for label, name in (("Gained", "gained"), ("No longer follow you", "lost")):
        assert {
            "card": kpi(page, label),
            "analysis": kpi(analysis, label),
            "drawer": shown(
                r'class="figure-value[^>]*>([\d,]+)', filled.get(f"/figures/{name}?period=last_import").text
            ),
            "growth": growth[f"followers_{name}"],
        } == dict.fromkeys(("card", "analysis", "drawer", "growth"), seen[name]), name
    assert shown(r'class="since-number">.*?>\+([\d,]+)</a>', since) == seen["gained"]
    assert shown(r'class="since-number">.*?>−([\d,]+)</a>', since) == seen["lost"]
    sizes = {"Followers": "total_followers", "Following": "total_following", "Mutuals": "mutuals_count"}
    for label, name in sizes.items():
        assert kpi(page, label) == kpi(analysis, label) == stats[name], label
