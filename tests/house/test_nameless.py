"""Whoever sees numbers without names, and whoever masked their browser, meets no name of a person on the lists."""

from __future__ import annotations

import base64
import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories import Cast, account_scope, export_json, import_done, import_file, many
from tests.house.access_table import TABLE
from tests.house.actors import Actor, Caller
from tests.house.crawl import Walk, walk
from tests.house.furnished import furnish, publish
from webapp.domain.redaction import called
from webapp.domain.scope import Permission, Role
from webapp.extensions import db
from webapp.models import Follower, Following, Membership, Post
from webapp.services import access
from webapp.services.annotations import add_annotation
from webapp.services.imports import ImportWishes
from webapp.services.post_notes import add_note
from webapp.services.redaction import mask
from webapp.web.masking import Mask

MARK = "amber"
# Every name on the lists, and nothing else, is of this form.
NAME = re.compile(rf"{MARK}(?:fan|brand|new)[0-9]+|{MARK}friend|{MARK}renamed|{MARK}gone", re.IGNORECASE)
STAND_IN = re.compile(r"person\.[a-z2-7]{39}")
STAND_IN_SHORT = re.compile(r"person\.[a-z2-7]{8}(?![a-z2-7])")
CAPTION = re.compile(rf"{MARK} caption|secret words", re.IGNORECASE)
_ENCODED = re.compile(r"cursor=([A-Za-z0-9_-]+)")
# What lists only from a page on, or only for who asks for it.
MORE = (
    "/audience/followers?page=2",
    "/api/followers/?page_size=2",
    "/api/followers/common/?page_size=1",
    "/audience/changes?show=gained",
    "/audience/changes?show=lost",
    "/audience/changes?show=renamed",
    "/audience/changes?show=returned",
    "/audience/changes.csv?show=renamed",
    "/audience/changes.csv?show=gained&dialect=excel",
    "/audience/analysis/comparison?list=mutuals",
    "/figures/followers.csv",
    "/figures/mutuals.csv",
    "/figures/lost.csv",
    "/figures/gained",
)

MET = ("/audience/followers", "/audience/changes", "/api/followers/", "/audience/followers.csv", "/dashboard")

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def names(app: Flask, cast: Cast) -> set[str]:
    """Alice's team with something of every kind, some of which mentions people; the names on its lists."""
    with app.app_context():
        furnish(cast.alice, MARK)
        people = [
            *many(9, f"{MARK}fan"),
            (f"{MARK}friend", "2024-11-02 10:00:00"),
            (f"{MARK}gone", "2025-01-04 10:00:00"),
        ]
        brands = [*many(2, f"{MARK}brand"), (f"{MARK}friend", "2024-11-03 10:00:00")]
        told = f"secret words with @{MARK}friend and @{MARK}fan001"
        posts = [{"Date": "2025-02-01 12:00:00", "Likes": "7", "Title": told, "AlternateText": told}]
        wishes = {"exported_at": 1_768_000_000}
        import_done(cast.alice, export_json(people, brands, owner=f"{MARK}.maker", posts=posts), "three.json", **wishes)
        last = export_json(people[:-1], brands, owner=f"{MARK}.maker", posts=posts)
        import_done(cast.alice, last, "four.json", exported_at=1_769_000_000)
        waiting = export_json(people[5:], brands, owner=f"{MARK}.maker", posts=posts)
        import_file(cast.alice, waiting, "waiting.json", wishes=ImportWishes(exported_at=1_770_000_000))
        scope = account_scope(cast.alice)
        note = f"Thanked @{MARK}friend today"
        add_annotation(cast.alice.actor, scope, date(2025, 1, 5), note)
        for post in db.session.scalars(select(Post.public_id).where(Post.account_id == scope.account_id)).all():
            add_note(cast.alice.actor, scope, post, note)
        # Who sees no names writes reports like everybody else.
        db.session.execute(update(Membership).where(Membership.user_id == cast.erin.user_id).values(role=Role.EDITOR))
        db.session.commit()
        publish(cast.erin, account_scope(cast.erin), "nameless")
        found: set[str] = set()
        for model in (Follower, Following):
            found.update(db.session.scalars(select(model.username).where(model.account_id == scope.account_id)))
        db.session.remove()
    assert all(NAME.fullmatch(name) for name in found)
    return found


def starts(stand_ins: list[str]) -> list[str]:
    """Return every address without a part to fill in, some more views, and the pages of people."""
    plain = [rule for method, rule in TABLE if method == "GET" and "<" not in rule]
    return [*plain, *MORE, *(f"/audience/people/{name}" for name in stand_ins)]


def told(found: Walk, pattern: re.Pattern[str]) -> list[str]:
    """Return where the pattern stands, in an answer or in a place of a list that a link holds."""
    hits = []
    for url, text in found.answers.items():
        places = [base64.urlsafe_b64decode(f"{each}===").decode(errors="replace") for each in _ENCODED.findall(text)]
        hits += [f"{url}: {hit[0]}" for each in (text, *places) if (hit := pattern.search(each))]
    return hits


def test_who_sees_numbers_without_names_meets_no_name_anywhere(app: Flask, cast: Cast, names: set[str]) -> None:
    with app.app_context():
        redaction = account_scope(cast.erin).redaction
    pages = [redaction.name(name) for name in (f"{MARK}friend", f"{MARK}gone")]
    found = walk(app, Caller(app, cast, Actor.NAMELESS), starts(pages))
    assert told(found, NAME) == []
    sees_people(found, called(pages[0]))
    # Reports that a colleague made with names are not for them, those of their own call people by stand-ins.
    assert f"{MARK} report" not in found.answers["/reports"]
    for kind in ("/reports/", ".pdf"):
        assert any(kind in url and STAND_IN_SHORT.search(text) for url, text in found.answers.items()), kind
    # Whoever may see names meets them at the same addresses.
    viewer = Caller(app, cast, Actor.VIEWER)
    for url in (*MET, f"/audience/people/{MARK}friend"):
        assert NAME.search(viewer.open("GET", url).get_data(as_text=True)), url
    assert any("cursor=" in text for text in found.answers.values())


def test_a_masked_admin_meets_no_name_no_caption_and_no_address(app: Flask, cast: Cast, names: set[str]) -> None:
    with app.app_context():
        own = access.get_team_scope(cast.alice.user_id, Permission.ACCOUNT_READ).redaction
        redaction = mask(cast.alice.user_id, own, rounds_numbers=False)
    caller = Caller(app, cast, Actor.ADMIN)
    assert caller.open("POST", "/settings/masked", data={"masked": Mask.NAMES.value}).status_code == 303
    pages = [redaction.name(name) for name in (f"{MARK}friend", f"{MARK}gone")]
    found = walk(app, caller, starts(pages))
    assert told(found, NAME) == []
    assert told(found, CAPTION) == []
    assert [url for url, text in found.answers.items() if cast.alice.email in text] == []
    sees_people(found, called(pages[0]))


def sees_people(found: Walk, shown: str) -> None:
    """Fail where the walk met failures, or nobody under another name; ``shown`` is one of them on their own page."""
    assert [url for url, status in found.statuses.items() if status >= 500] == []
    for kind in (
        "/audience/followers",
        "/audience/changes",
        "/api/followers/",
        ".csv",
        "/audience/analysis/insights",
        "/dashboard",
    ):
        assert any(kind in url and STAND_IN.search(text) for url, text in found.answers.items()), kind
    assert any("/audience/people/" in url and f"<bdi>{shown}</bdi></h1>" in text for url, text in found.answers.items())
