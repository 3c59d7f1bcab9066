"""The planner's pages: what is planned and published, written, moved, matched and put back, by plain forms."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs, sign_in
from tests.house.world import EXPERIMENT
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.domain.planner import PlanDraft, PlanMatch, PlanState
from webapp.domain.scope import Role
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account, AuditAction, AuditEvent, PlannedPost
from webapp.services.accounts import create_account
from webapp.services.experiments import start_experiment
from webapp.services.planner import create_plan

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/planner"
NEWEST = datetime(2025, 6, 20, 16, 30, tzinfo=UTC)
# The list of posts was made some days later, so that all but the newest posts are mature.
AS_OF = int((NEWEST + timedelta(days=2)).timestamp())
SOUND = {"Sound": "Slow Morning", "Music": ""}


def _post(days: int) -> dict[str, str]:
    at = NEWEST - timedelta(days=days)
    title = f"soup number {days} #soup #fyp" if days % 3 else f"bread number {days} #bread"
    return {"Date": f"{at:%Y-%m-%d %H:%M:%S}", "Likes": str(90 + 7 * (days % 5)), "Title": title, **SOUND}


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account in Paris published a post every other day until 20 June 2025, at 18:30."""
    parse_here(monkeypatch)
    with app.app_context():
        posts = [_post(days) for days in range(0, 60, 2)]
        import_done(alice, export_json(many(20), posts=posts), exported_at=AS_OF)
        account = db.session.get_one(Account, account_scope(alice).account_id)
        account.timezone = "Europe/Paris"
        db.session.commit()
        run_jobs()
        db.session.remove()
    sign_in(client, alice)
    return client


def post(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf_token(client.get("/planner/posts/new")), **fields})


def fields(**changes: str) -> dict[str, str]:
    usual = {"planned_at": "2030-03-04T18:30", "title": "onion soup #soup", "kind": "video", "state": "planned"}
    return {**usual, **changes}


def plan(client: FlaskClient, **changes: str) -> str:
    """Plan a post by the form; return the address of its page."""
    answer = post(client, "/planner/posts", **fields(**changes))
    assert answer.status_code == 303, words_of(answer)
    page = client.get(answer.headers["Location"])
    return found(r'href="(/planner/posts/[0-9a-f]{20})[^"]*" aria-label="[^"]*onion soup', page)


def found(pattern: str, answer: TestResponse) -> str:
    match = re.search(pattern, answer.text)
    assert match is not None, pattern
    return unescape(match[1])


def plain(html: str) -> str:
    """Return what a page says but for its tokens, which differ from answer to answer."""
    return re.sub(r'name="csrf_token"[^>]*>', "", html)


def swap(client: FlaskClient, address: str, **given: str) -> TestResponse:
    token = csrf_token(client.get("/planner/posts/new"))
    headers = {"HX-Request": "true", "HX-Target": "planner", "X-CSRFToken": token}
    return client.post(address, data=given, headers=headers)


def test_without_an_account_the_page_says_how_to_get_one(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404
    assert client.get(f"{PAGE}/posts/new").status_code == 404


def test_an_account_without_posts_is_planned_for_without_a_forecast(
    app: Flask, client: FlaskClient, alice: Member
) -> None:
    with app.app_context():
        create_account(replace(alice.scope, role=Role.ADMIN), Platform.TIKTOK, "new.maker", "UTC", alice.actor)
        db.session.remove()
    sign_in(client, alice)
    said = words_of(post(client, "/planner/hints", **fields(title="first #first")))
    assert "No export of this account holds your posts" in said
    # What no export says is unknown, not none.
    assert "#first" not in said.partition("What to expect of it")[2]
    address = plan(client)
    assert "Expected when it was planned" not in words_of(client.get(address))
    assert ",refused," in client.get(f"{PAGE}.csv").text
    assert "no_posts" in client.get(f"{PAGE}.csv?day=2030-03-04").text


def test_a_phone_has_five_places_and_the_fifth_holds_the_others(browser: FlaskClient) -> None:
    rail = browser.get(PAGE).text.partition('<nav class="rooms"')[2].partition("</nav>")[0]
    bar, more = rail.split('<details class="menu more-rooms"')
    shown = re.findall(r'<li><a class="room" href="([^"]+)"', bar)
    assert shown == ["/dashboard", "/audience/followers", "/content/posts", "/planner"]
    assert re.findall(r'class="menu-item" href="([^"]+)"', more) == ["/reports", "/imports", "/accounts"]
    assert 'href="/planner" data-tip="Planner" aria-current="page"' in bar
    reports = browser.get("/reports").text
    assert '<summary class="room" aria-current="true">' in reports


def test_a_month_shows_plans_and_published_posts_in_whole_weeks(browser: FlaskClient) -> None:
    page = browser.get(f"{PAGE}?day=2025-06-04")
    assert "June 2025" in words_of(page)
    days = re.findall(r'<li class="day([^"]*)" data-drop data-day="([^"]+)"', page.text)
    assert len(days) == 42
    assert (days[0][1], days[-1][1]) == ("2025-05-26", "2025-07-06")
    # 18:30 by the account's clock, 16:30 UTC.
    assert re.search(
        r'aria-label="6:30\s+PM, soup number 2 #soup #fyp, Posted, not planned, \d+ likes"', unescape(page.text)
    )
    french = unescape(browser.get(f"{PAGE}?day=2025-06-04", headers={"Accept-Language": "fr"}).text)
    assert "18:30, soup number 2" in french


def test_a_post_is_planned_changed_and_listed_with_what_is_expected_of_it(browser: FlaskClient) -> None:
    address = plan(browser, hashtags="#winter onion", notes="for the cold days", sound="Slow Morning")
    week = browser.get(f"{PAGE}?view=week&day=2030-03-04")
    assert re.search(r'data-day="2030-03-04" data-slot="6">\s*<ul><li class="plan-item">', week.text)
    listed = words_of(browser.get(f"{PAGE}?view=list&day=2030-03-04"))
    assert re.search(r"onion soup #soup Planned expected: \d+ to \d+ likes", listed)
    page = browser.get(address)
    assert 'value="2030-03-04T18:30"' in page.text
    assert 'value="#winter #onion"' in page.text
    assert 'value="Slow Morning"' in page.text
    assert "for the cold days" in page.text
    changed = post(browser, address, **fields(title="cold onion soup", planned_at="2030-03-05T07:00"))
    assert changed.status_code == 303
    assert "day=2030-03-05" in changed.headers["Location"]
    assert "cold onion soup" in words_of(browser.get(changed.headers["Location"]))


REFUSED = (
    ({"planned_at": ""}, "planned_at"),
    ({"planned_at": "tomorrow"}, "planned_at"),
    ({"hashtags": "so-up"}, "hashtags"),
    ({"title": "x" * 4_001}, "title"),
    ({"kind": "song"}, "kind"),
    ({"state": "lost"}, "state"),
)


def test_what_is_refused_stands_beside_its_field_and_what_was_typed_stays(app: Flask, browser: FlaskClient) -> None:
    for changes, field in REFUSED:
        answer = post(browser, "/planner/posts", **fields(notes="keep me", **changes))
        assert answer.status_code == 422, field
        assert f'id="{field}-errors"' in answer.text, field
        assert "keep me" in answer.text
    with app.app_context():
        assert db.session.scalars(select(PlannedPost)).first() is None


def test_an_idea_needs_no_time_and_gets_the_usual_hour_on_the_day_it_is_dropped_on(browser: FlaskClient) -> None:
    address = plan(browser, planned_at="", state="idea")
    page = browser.get(f"{PAGE}?day=2030-03-01")
    assert "Ideas without a time" in words_of(page)
    move = found(r'data-move="([^"]+)"', page)
    moved = swap(browser, move, day="2030-03-07")
    assert moved.text.startswith('<section id="planner"')
    assert re.search(r"“onion soup #soup” is planned for Thu, Mar 7, 2030, 6:00\s+PM", words_of(moved))
    back = found(r'name="back" value="([^"]+)"', moved)
    assert back == "none"
    again = swap(browser, move, back=back)
    assert "has no time any more" in words_of(again)
    assert 'name="planned_at" type="datetime-local" value=""' in browser.get(address).text


def test_a_post_is_moved_by_steps_by_slot_and_put_back(browser: FlaskClient) -> None:
    plan(browser)
    move = found(r'data-move="([^"]+)"', browser.get(f"{PAGE}?day=2030-03-01"))
    said = words_of(swap(browser, move, days="1", hours="-2"))
    assert re.search(r"Tue, Mar 5, 2030, 4:30\s+PM", said)
    answer = swap(browser, move, day="2030-03-06", slot="2")
    assert re.search(r"Wed, Mar 6, 2030, 7:30\s+AM", words_of(answer))
    back = found(r'name="back" value="([^"]+)"', answer)
    assert re.search(r"Tue, Mar 5, 2030, 4:30\s+PM", words_of(post(browser, move, back=back)))
    # Out of the month that is shown: the calendar follows, and so does the address.
    followed = swap(browser, move, days="30")
    assert "April 2030" in words_of(followed)
    assert followed.headers["HX-Replace-Url"] == "/planner?day=2030-04-04"


def test_a_move_next_to_another_post_says_so(browser: FlaskClient) -> None:
    plan(browser, title="first onion soup", planned_at="2030-03-04T18:00")
    plan(browser, title="second onion soup", planned_at="2030-03-05T18:30")
    page = browser.get(f"{PAGE}?day=2030-03-01")
    move = found(r'aria-label="[^"]*second onion soup[^>]*data-move="([^"]+)"', page)
    assert "another post is planned: “first onion soup”" in words_of(swap(browser, move, days="-1"))


def test_what_is_typed_is_spoken_of_and_nothing_is_kept(app: Flask, browser: FlaskClient) -> None:
    plan(browser, planned_at="2030-03-04T18:00")
    typed = fields(planned_at="2030-03-04T18:30", title="bread #bread #fyp #never", sound="Slow Morning")
    said = words_of(post(browser, "/planner/hints", **typed))
    assert re.search(r"Expected: \d+ to \d+ likes \(8 times in 10; from \d+ posts", said)
    assert "Less than an hour from it, at 6:00" in said
    assert re.search(r"#bread: in 10 of your posts", said)
    assert "#fyp says nothing about what a post is about" in said
    assert "#never: in none of your posts so far." in said
    assert "The sound: in 30 of your posts so far." in said
    assert re.search(r"Not enough posts yet for an honest comparison \(2\d of 60\)", said)
    with app.app_context():
        assert len(db.session.scalars(select(PlannedPost)).all()) == 1


CLOCKS = (
    ("2030-03-31T02:30", r"2:30\s+AM does not exist. The post is planned for 3:30\s+AM"),
    ("2030-10-27T02:30", r"2:30\s+AM comes twice. The first one is meant"),
    ("2025-06-23T18:00", r"This time is in the past"),
    ("2025-06-20T18:00", r"at 6:30\s+PM, a post was published: “bread number 0 #bread”"),
)


@pytest.mark.parametrize(("at", "said"), CLOCKS, ids=["gap", "twice", "past", "beside a post"])
def test_a_time_that_is_odd_is_warned_of(browser: FlaskClient, at: str, said: str) -> None:
    assert re.search(said, words_of(post(browser, "/planner/hints", **fields(planned_at=at))))


def test_a_form_that_cannot_be_read_yet_is_no_error(browser: FlaskClient) -> None:
    answer = post(browser, "/planner/hints", **fields(hashtags="so-up"))
    assert answer.status_code == 200
    assert "Something in the form cannot be read yet" in words_of(answer)


def test_copies_drops_and_deletions_have_a_way_back(app: Flask, browser: FlaskClient) -> None:
    address = plan(browser)
    copy = post(browser, f"{address}/duplicate")
    assert "This is the copy" in words_of(browser.get(copy.headers["Location"]))
    assert post(browser, f"{address}/state", state="dropped").status_code == 303
    month = f"{PAGE}?day=2030-03-04"
    assert len(re.findall(r'id="plan-', browser.get(month).text)) == 1
    assert "Plan it again" in words_of(browser.get(address))
    assert len(re.findall(r'id="plan-', browser.get(f"{month}&state=dropped").text)) == 1
    deleted = post(browser, f"{address}/delete")
    assert "The planned post was deleted." in words_of(deleted)
    form = deleted.text.partition('class="planner-done"')[2].partition("</form>")[0]
    sent = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    sent.pop("csrf_token")
    assert post(browser, "/planner/posts", **sent).status_code == 303
    with app.app_context():
        rows = db.session.scalars(select(PlannedPost).order_by(PlannedPost.id)).all()
        assert [(row.title, row.state) for row in rows] == [
            ("onion soup #soup", PlanState.PLANNED),
            ("onion soup #soup", PlanState.DROPPED),
        ]
        actions = set(db.session.scalars(select(AuditEvent.action)))
        assert {AuditAction.PLAN_WRITTEN, AuditAction.PLAN_DELETED} <= actions


def test_the_download_is_exactly_the_view(browser: FlaskClient) -> None:
    plan(browser, hashtags="winter", notes="=1+1")
    plan(browser, planned_at="2030-04-01T08:00", title="another onion soup")
    plan(browser, planned_at="", state="idea", title="onion soup idea")
    rows = list(csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv?day=2030-03-01").text)))
    assert [(row["title"], row["planned_at"], row["state"]) for row in rows] == [
        ("onion soup #soup", "2030-03-04T17:30:00Z", "planned"),
        ("onion soup idea", "", "idea"),
    ]
    assert rows[0]["notes"] == "'=1+1"
    assert int(rows[0]["expected_low"]) < int(rows[0]["expected_high"])
    found_by = csv.DictReader(io.StringIO(browser.get(f"{PAGE}.csv?day=2030-04-01&search=another").text))
    assert [row["title"] for row in found_by] == ["another onion soup"]


def test_the_fragments_are_parts_of_their_pages(browser: FlaskClient) -> None:
    address = plan(browser)
    for page, target in ((f"{PAGE}?view=week&day=2030-03-04", "planner"), (address, "hints")):
        fragment = browser.get(page, headers={"HX-Request": "true", "HX-Target": target}).text
        assert fragment.startswith(f'<section id="{target}"')
        assert "<html" not in fragment
        assert plain(fragment) in plain(browser.get(page).text)


def test_a_search_narrows_plans_and_posts(browser: FlaskClient) -> None:
    plan(browser, planned_at="2025-06-25T18:00")
    page = browser.get(f"{PAGE}?day=2025-06-01&search=BREAD")
    assert "bread number 6" in page.text
    assert "onion soup" not in page.text
    assert "Show everything" in page.text
    assert "Nothing matches on these days" in browser.get(f"{PAGE}?day=2030-03-01&search=nothing").text


def unsure(app: Flask, member: Member, client: FlaskClient) -> str:
    """Let a plan be one of which somebody is asked; return the address of its page."""
    with app.app_context():
        at = int((NEWEST - timedelta(days=10)).timestamp())
        scope = account_scope(member)
        draft = PlanDraft(planned_at=at + 3 * 3_600, title="something else altogether", state=PlanState.PLANNED)
        public_id = create_plan(member.actor, scope, draft)
        row = db.session.scalars(select(PlannedPost)).one()
        row.match, row.match_published_at, row.match_ordinal = PlanMatch.UNSURE, at, 0
        row.expected = {
            "typical": 50, "low": 20, "high": 500, "level": 0.8, "posts": 25, "indicative": True, "refused": None,
            "revision": 1,
        }  # fmt: skip
        db.session.commit()
        db.session.remove()
    return f"/planner/posts/{public_id}"


def test_a_person_confirms_the_post_and_sees_how_it_did(app: Flask, browser: FlaskClient, alice: Member) -> None:
    address = unsure(app, alice, browser)
    page = browser.get(PAGE)
    assert "Are these the posts that you planned?" in words_of(page)
    assert "something else altogether" in page.text
    assert post(browser, f"{address}/match", answer="maybe").status_code == 422
    assert post(browser, f"{address}/match", answer="yes").status_code == 303
    shown = words_of(browser.get(address))
    assert re.search(r"Expected when it was planned 20 to 500 likes 8 times in 10; from 25 posts, indicative", shown)
    assert re.search(r"What it got \d+ likes", shown)
    assert "in its range" in shown
    scores = words_of(browser.get(f"{PAGE}?day=2025-06-01"))
    assert "1 of 1 planned post that was published lies in the range" in scores
    assert "That is indicative" in scores
    assert re.search(r"Which ones .* something else altogether Jun 10, 2025 20 to 500 \d+ likes in its range", scores)
    # What an export shows is not rewritten; notes are.
    assert "data-move" not in browser.get(f"{PAGE}?day=2025-06-01").text.partition('id="planner"')[2]
    assert post(browser, address, **fields(title="other words", notes="went well")).status_code == 303
    kept = words_of(browser.get(address))
    assert "something else altogether" in kept
    assert "went well" in kept
    assert post(browser, f"{address}/match", answer="no").status_code == 303
    assert "What it got" not in words_of(browser.get(address))


def test_another_post_can_be_chosen_by_hand(app: Flask, browser: FlaskClient, alice: Member) -> None:
    address = unsure(app, alice, browser)
    assert post(browser, f"{address}/match", answer="no").status_code == 303
    page = browser.get(address)
    options = re.findall(r'<option value="([0-9a-f]{20})">([^<]+)', page.text)
    assert options
    chosen, name = options[-1]
    assert post(browser, f"{address}/match", answer="yes", post=chosen).status_code == 303
    assert f'href="/content/posts/{chosen}"' in browser.get(address).text
    assert name


def test_a_post_of_an_experiment_says_what_was_drawn_for_it(app: Flask, browser: FlaskClient, alice: Member) -> None:
    with app.app_context():
        start_experiment(alice.actor, account_scope(alice), EXPERIMENT)
        db.session.remove()
    page = browser.get(f"{PAGE}?view=list&day={EXPERIMENT.first}&state=planned")
    address = found(r'href="(/planner/posts/[0-9a-f]{20})', page)
    assert re.search(r"part of an experiment. Drawn for it: .*(6|12).PM", words_of(browser.get(address)))


def test_a_viewer_reads_and_is_offered_nothing_to_write(
    app: Flask, browser: FlaskClient, alice: Member, bob: Member
) -> None:
    address = plan(browser)
    other = app.test_client()
    sign_in(other, bob)
    for page in (other.get(f"{PAGE}?day=2030-03-04"), other.get(address)):
        assert "onion soup" in page.text
        for mark in ("data-move", 'id="plan-form"', "/delete", "/planner/posts/new"):
            assert mark not in page.text, mark
    assert other.get("/planner/posts/new").status_code == 403


def test_covered_words_stay_covered_and_plans_can_be_moved_only(browser: FlaskClient) -> None:
    address = plan(browser, notes="said @somebody")
    token = csrf_token(browser.get(PAGE))
    browser.post("/settings/masked", data={"csrf_token": token, "masked": "names"})
    for page in (f"{PAGE}?day=2030-03-04", address, f"{PAGE}.csv?day=2030-03-04"):
        text = browser.get(page).text
        assert "onion soup" not in text, page
        assert "somebody" not in text, page
    assert 'id="plan-form"' not in browser.get(address).text
    assert post_masked(browser, address).status_code == 403


def post_masked(client: FlaskClient, address: str) -> TestResponse:
    token = csrf_token(client.get(PAGE))
    return client.post(address, data={"csrf_token": token, **fields()})


def test_addresses_that_mean_nothing_are_refused(browser: FlaskClient) -> None:
    for address in ("?view=year", "?day=soon", "?colour=red", "/posts/new?at=noon", "/posts/new?hashtags=a-b"):
        assert browser.get(f"{PAGE}{address}").status_code == 422, address
    assert browser.get(f"{PAGE}/posts/{'0' * 20}").status_code == 404
    assert swap(browser, f"{PAGE}/posts/{'0' * 20}/move", days="1").status_code == 404
