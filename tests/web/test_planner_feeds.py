"""The calendar addresses of the planner: shown once, read by strict calendars, and dead when they should be."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.calendars import read_strictly
from tests.factories import Cast, Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from tests.web.pages import send
from webapp.domain.planner import PlanDraft, PlanState
from webapp.domain.secret_texts import digest_of
from webapp.extensions import db
from webapp.models import AuditEvent, Membership, PlannerFeed, User
from webapp.services import planner_feeds as service
from webapp.services.members import remove_member
from webapp.services.planner import create_plan, delete_plan, move_plan, set_state

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/planner/feeds"
NOON = at("2027-03-27 12:00:00")
# Everything that a calendar has to escape or to fold.
TITLE = "Déjà vu; à Paris, \\o/ avec @ada.lovelace " + "é🌍" * 40 + "\nline two\n#travel"


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.fixture
def browser(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    """A browser of Bob, who may look and change nothing."""
    with app.app_context():
        import_done(cast.alice, export_json(many(3)), exported_at=at("2026-05-01"))
        db.session.remove()
    sign_in(client, cast.bob)
    return client


def make(client: FlaskClient) -> str:
    """Make an address and return its path, as the page shows it this once."""
    page = send(client, PAGE, PAGE)
    assert page.status_code == 200, page.text
    found = re.search(r'id="new-address">http://[^/]+(/planner/feed/[A-Za-z0-9_-]{43}\.ics)<', page.text)
    assert found is not None
    assert found[1] not in client.get(PAGE).text
    return found[1]


def plan(app: Flask, member: Member, second: int | None, title: str, **facts: object) -> str:
    with app.app_context():
        draft = PlanDraft(planned_at=second, title=title, **facts)  # type: ignore[arg-type]
        public_id = create_plan(member.actor, account_scope(member), draft)
        db.session.remove()
    return public_id


def test_a_strict_calendar_reads_what_is_planned_and_what_changed(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    path, reader = make(browser), app.test_client()
    plan(app, cast.alice, None, "without a time", state=PlanState.IDEA)
    first = plan(app, cast.alice, NOON, TITLE, hashtags=("cuisine",), notes="Ask @ada.lovelace, please")
    answer = reader.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    [event] = read_strictly(answer.data)
    assert (int(event.starts.timestamp()), event.status, event.sequence) == (NOON, "CONFIRMED", 0)
    assert event.uid.startswith(f"plan-{first}@")
    assert event.summary.startswith("Post: Déjà vu; à Paris, \\o/ avec @ada.lovelace")
    assert "line two" in event.description
    assert "#cuisine" in event.description
    assert event.url.partition("?")[0].endswith(f"/planner/posts/{first}")
    with app.app_context():
        scope = account_scope(cast.alice)
        move_plan(cast.alice.actor, scope, first, NOON + 86_400)
        set_state(cast.alice.actor, scope, first, PlanState.DROPPED)
        db.session.remove()
    [event] = read_strictly(reader.get(path).data)
    assert (int(event.starts.timestamp()), event.status, event.sequence) == (NOON + 86_400, "CANCELLED", 2)
    with app.app_context():
        delete_plan(cast.alice.actor, account_scope(cast.alice), first)
        db.session.remove()
    assert read_strictly(reader.get(path).data) == []


def test_a_calendar_that_has_it_already_gets_no_body(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    path, reader = make(browser), app.test_client()
    public_id = plan(app, cast.alice, NOON, "Packing light")
    first = reader.get(path)
    again = reader.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with app.app_context():
        move_plan(cast.alice.actor, account_scope(cast.alice), public_id, NOON + 60)
        db.session.remove()
    changed = reader.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"] != first.headers["ETag"]) == (200, True)
    assert changed.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in changed.headers


def test_names_are_kept_from_whom_they_are_kept_on_every_page(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    plan(app, cast.alice, NOON, "With @ada.lovelace", notes="Ask @grace.hopper", sound_text="@ada.lovelace live")
    sign_in(browser, cast.erin)
    body = app.test_client().get(make(browser)).data
    assert len(read_strictly(body)) == 1
    assert b"ada.lovelace" not in body
    assert b"grace.hopper" not in body


def test_only_a_digest_is_kept_and_every_event_is_without_the_secret(app: Flask, browser: FlaskClient) -> None:
    path = make(browser)
    token = path.rpartition("/")[2].removesuffix(".ics")
    with app.app_context():
        feed = db.session.scalars(select(PlannerFeed)).one()
        assert feed.token_hash == digest_of(token)
        assert all(token not in str((event.target, event.detail)) for event in db.session.scalars(select(AuditEvent)))
        db.session.remove()
    assert "never" in browser.get(PAGE).text
    app.test_client().get(path)
    assert ">never<" not in browser.get(PAGE).text


def test_an_address_is_withdrawn_by_its_person_alone(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    path = make(browser)
    with app.app_context():
        public_id = db.session.scalars(select(PlannerFeed.public_id)).one()
        db.session.remove()
    sign_in(browser, cast.alice)
    assert send(browser, PAGE, f"{PAGE}/{public_id}/revoke").status_code == 404
    sign_in(browser, cast.bob)
    assert send(browser, PAGE, f"{PAGE}/{public_id}/revoke").location == PAGE
    assert send(browser, PAGE, f"{PAGE}/{public_id}/revoke").status_code == 404
    assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize("end", ["removed", "disabled", "narrowed"])
def test_an_address_ends_with_what_its_person_may_see(app: Flask, cast: Cast, browser: FlaskClient, end: str) -> None:
    path, reader = make(browser), app.test_client()
    assert reader.get(path).status_code == 200
    with app.app_context():
        if end == "removed":
            whose = db.session.get_one(User, cast.bob.user_id).public_id
            remove_member(cast.alice.scope, whose, cast.alice.actor)
            assert db.session.scalars(select(PlannerFeed)).all() == []
        elif end == "disabled":
            db.session.execute(update(User).where(User.id == cast.bob.user_id).values(is_disabled=True))
        else:
            mine = Membership.user_id == cast.bob.user_id
            db.session.execute(update(Membership).where(mine).values(sees_all_accounts=False))
        db.session.commit()
    dead = reader.get(path)
    unknown = reader.get(f"/planner/feed/{'A' * 43}.ics")
    assert (dead.status_code, unknown.status_code) == (404, 404)
    assert plain(dead.text) == plain(unknown.text)


def plain(page: str) -> str:
    """Return a page without the address that was asked for, which its forms lead back to, and the number of it."""
    return re.sub(r"/planner/feed/[\w-]{43}|Request [0-9a-f]{16}", "", unescape(page))


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "A" * 10_000, "%2e%2e", "A" * 42 + "!"])
def test_whatever_is_no_secret_opens_nothing(app: Flask, token: str) -> None:
    assert app.test_client().get(f"/planner/feed/{token}.ics").status_code == 404


def test_there_are_so_many_addresses_and_no_more(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_FEEDS", 1)
    make(browser)
    answer = send(browser, PAGE, PAGE)
    assert answer.status_code == 422
    assert "there can be no more" in answer.text


def test_who_has_no_account_is_told_how_to_get_one(app: Flask, cast: Cast, client: FlaskClient) -> None:
    sign_in(client, cast.frank)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Make an address" not in page.text
