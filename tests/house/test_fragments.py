"""A fragment is a part of its page, byte for byte, and never a whole page where a history entry is restored."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, sign_in
from tests.house.furnished import furnish
from tests.studios import JUNE
from webapp.extensions import db
from webapp.models import Post, ReportRun, ShareLink
from webapp.services.imports import ImportWishes

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOKEN = re.compile(r'name="csrf_token"[^>]* value="[^"]+"')


@pytest.fixture
def pages(app: Flask, alice: Member, client: FlaskClient) -> dict[str, tuple[str, str]]:
    """Every page with a fragment: its address and the fragment's name."""
    with app.app_context():
        people = many(120)
        posts = [{"Date": f"2024-12-0{day} 12:00:00", "Likes": str(day), "Title": "#bread"} for day in range(1, 8)]
        import_done(alice, export_json(people, many(10, "brand"), posts=posts))
        renamed = [*people[:-1], ("new.name", people[-1][1])]
        import_done(alice, export_json(renamed, many(9, "brand")), exported_at=1_740_000_000)
        import_done(alice, JUNE / "Content_demo.maker.zip")
        post = db.session.scalars(select(Post.public_id).limit(1)).one()
        waiting = import_file(alice, export_json(many(121), many(10, "brand")), wishes=ImportWishes()).public_id
        db.session.remove()
    sign_in(client, alice)
    return {
        "followers": ("/audience/followers", "people"),
        "searched": ("/audience/followers?search=person0001", "people"),
        "nobody": ("/audience/following?search=zzz", "people"),
        "analysis": ("/audience/analysis?by=week", "analysis"),
        "accounts": ("/audience/analysis/accounts?scale=index", "analysis"),
        "figure": ("/figures/followers?page=2", "figure"),
        "insights": ("/audience/analysis/insights", "analysis"),
        "who left": ("/audience/analysis/insights?left=1", "left"),
        "not back": ("/audience/analysis/insights", "not_back"),
        "post gains": ("/audience/analysis/insights?sort=gain", "post_gains"),
        "dashboard": ("/dashboard?period=all", "dashboard"),
        "notes": ("/audience/annotations", "annotations"),
        "posts": ("/content/posts?layout=timeline&kind=video", "posts"),
        "notes on a post": (f"/content/posts/{post}", "notes"),
        "top posts": ("/content/posts?top=week&layout=grid", "posts"),
        "performance": ("/content/analytics", "analysis"),
        "timing": ("/content/analytics/timing?show=typical", "analysis"),
        "hashtags": ("/content/analytics/hashtags", "analysis"),
        "hashtag table": ("/content/analytics/hashtags?sort=last&search=br", "tags"),
        "posts of a hashtag": ("/content/analytics/hashtags?chosen=bread", "tag_posts"),
        "sounds": ("/content/analytics/sounds", "analysis"),
        "videos of Studio": ("/content/studio", "videos"),
        "trends": ("/content/analytics/trends?period=all&by=month", "analysis"),
        "forecast": ("/content/forecast", "analysis"),
        "ideas": ("/planner/ideas", "ideas"),
        "what stands out": ("/content/anomalies?kind=all&period=all", "anomalies"),
        "posts behind a number": (f"/figures/post_likes?post={post}", "figure"),
        "comparison": ("/audience/analysis/comparison?view=bars", "analysis"),
        "mutuals": ("/audience/analysis/comparison?search=0", "people"),
        "lost": ("/audience/changes?list=following", "changes"),
        "renamed": ("/audience/changes?show=renamed", "changes"),
        "not mutual": ("/audience/followers?relation=not_mutual&tag=keep", "people"),
        "picking": ("/audience/followers?pick=all", "people"),
        "marked": ("/audience/people?search=person", "marked"),
        "history": ("/imports", "history"),
        "waiting": ("/imports", "waiting"),
        "import": (f"/imports/{waiting}", "import_run"),
        "compared": (f"/imports/{waiting}/names?list=followers&show=new", "names"),
        "jobs": ("/admin/jobs", "jobs"),
        "record of actions": ("/audit?what=accounts", "events"),
    }


def plain(html: str) -> str:
    return TOKEN.sub("", html)


@pytest.mark.parametrize(
    "name",
    [
        "followers",
        "searched",
        "nobody",
        "comparison",
        "mutuals",
        "analysis",
        "accounts",
        "figure",
        "insights",
        "who left",
        "not back",
        "post gains",
        "dashboard",
        "notes",
        "posts",
        "notes on a post",
        "top posts",
        "performance",
        "posts behind a number",
        "trends",
        "forecast",
        "ideas",
        "what stands out",
        "timing",
        "hashtags",
        "hashtag table",
        "posts of a hashtag",
        "sounds",
        "lost",
        "renamed",
        "not mutual",
        "picking",
        "marked",
        "history",
        "import",
        "jobs",
        "record of actions",
    ],
)
def test_the_fragment_is_a_part_of_the_page(pages: dict[str, tuple[str, str]], client: FlaskClient, name: str) -> None:
    address, target = pages[name]
    fragment = client.get(address, headers={"HX-Request": "true", "HX-Target": target}).text
    page = client.get(address).text
    assert fragment.startswith(f'<section id="{target}"')
    assert plain(fragment) in plain(page)
    assert "<html" not in fragment


def test_the_fragments_of_the_room_of_reports_are_parts_of_their_pages(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    with app.app_context():
        furnish(alice, "amber")
        scope = account_scope(alice)
        (report,) = db.session.scalars(select(ReportRun.public_id).where(ReportRun.account_id == scope.account_id))
        (link,) = db.session.scalars(select(ShareLink.public_id).where(ShareLink.account_id == scope.account_id))
        db.session.remove()
    sign_in(client, alice)
    for address, target in (
        ("/reports", "reports"),
        (f"/reports/{report}", "report_state"),
        (f"/reports/links/{link}", "share_state"),
        ("/reports/images?design=growth", "card_preview"),
        ("/reports/downloads", "downloads"),
        ("/reports/goals", "goals"),
        ("/notifications?type=goal", "notifications"),
        ("/notifications/rules", "rules"),
    ):
        fragment = client.get(address, headers={"HX-Request": "true", "HX-Target": target}).text
        assert re.match(rf'<\w+ [^>]*id="{target}"', fragment), address
        assert plain(fragment) in plain(client.get(address).text), address
        assert "<html" not in fragment, address


def test_a_history_restore_gets_the_whole_page(pages: dict[str, tuple[str, str]], client: FlaskClient) -> None:
    address, target = pages["followers"]
    headers = {"HX-Request": "true", "HX-Target": target, "HX-History-Restore-Request": "true"}
    assert "<html" in client.get(address, headers=headers).text


def test_a_target_that_is_no_fragment_gets_the_whole_page(
    pages: dict[str, tuple[str, str]], client: FlaskClient
) -> None:
    answer = client.get("/audience/followers", headers={"HX-Request": "true", "HX-Target": "main"})
    assert "<html" in answer.text
    assert "HX-Request" in answer.headers["Vary"]
