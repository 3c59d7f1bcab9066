"""The dashboard: what it says with no data, one export, several, and with lists or posts that no export holds."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs, sign_in
from tests.web.pages import csrf_token
from webapp.analytics import since_last
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import RenameState
from webapp.services.imports import ImportWishes
from webapp.services.people import add_tag
from webapp.services.renames import decide
from webapp.services.sample import load_sample

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = 86_400
SAME = "2024-11-11 11:11:11"
LINK = "https://www.tiktokv.com/share/video/7300000000000000001/"
SIGNED = "https://v16.tiktokcdn.com/video/tos/x?x-expires=1767300000"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def text_of(answer: TestResponse) -> str:
    plain = re.sub(r"<script.*?</script>", " ", answer.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain)))


def card(answer: TestResponse, label: str) -> str:
    """Return the words of one card."""
    cards = re.findall(r'<article class="card kpi">.*?</article>', answer.text, re.DOTALL)
    found = next(each for each in cards if re.search(rf'kpi-label">(?:<a[^>]*>)?{label}<', each))
    shown = re.sub(r'<details class="hint".*?</details>', " ", found, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))).strip()


def box(answer: TestResponse) -> str:
    """Return the words of the box about the last import."""
    found = re.search(r'aria-labelledby="since-last">.*?</section>', answer.text, re.DOTALL)
    assert found
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])))


def step_of(answer: TestResponse) -> str | None:
    found = re.search(r'<h2 id="next-step">([^<]*)</h2>', answer.text)
    return html.unescape(found[1]) if found else None


def post_row(second: int, title: str, likes: int | None, link: str = SIGNED, who: str = "Everyone") -> dict[str, Any]:
    return {
        "Date": datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "Link": link,
        "Likes": "" if likes is None else str(likes),
        "Title": title,
        "WhoCanView": who,
    }


@pytest.fixture
def browser(client: FlaskClient, alice: Member) -> FlaskClient:
    """A browser of Alice."""
    sign_in(client, alice)
    return client


def bring(app: Flask, member: Member, *exports: bytes, days_apart: int = 20, newest: int | None = None) -> None:
    """Import exports some days apart, the last one an hour old."""
    last = newest or now() - 3600
    with app.app_context():
        for place, content in enumerate(exports):
            second = last - (len(exports) - 1 - place) * days_apart * DAY
            import_done(member, content, exported_at=second, losses_confirmed=True)
        db.session.remove()


def test_somebody_without_data_sees_the_first_steps_and_what_will_be_there(browser: FlaskClient) -> None:
    answer = browser.get("/dashboard")
    text = text_of(answer)
    assert "1 of 5 done" in text
    for words in ("Ask TikTok for your export", "Import the file", "Load the sample account", "second export"):
        assert words in text
    assert 'class="empty-sample onboarding-sample" aria-hidden="true" inert' in answer.text
    assert "12,480" in text
    assert answer.text.count('aria-current="step"') == 1


def test_the_sample_comes_by_one_click_of_a_plain_form(app: Flask, browser: FlaskClient) -> None:
    page = browser.get("/dashboard")
    assert 'action="/imports/sample"' in page.text
    assert browser.post("/imports/sample", data={"csrf_token": csrf_token(page)}).status_code == 303
    with app.app_context():
        run_jobs()
        db.session.remove()
    answer = browser.get("/dashboard")
    assert "everything here is made up" in answer.text
    assert step_of(answer) == "Bring your own export"
    for label in ("Followers", "Following", "Mutuals", "Follower ratio", "Gained", "No longer follow you"):
        assert "Unknown" not in card(answer, label)


def test_only_who_may_remove_the_sample_is_offered_to(
    app: Flask, client: FlaskClient, alice: Member, bob: Member
) -> None:
    with app.app_context():
        load_sample(alice.actor, alice.scope)
        run_jobs()
        db.session.remove()
    for member, is_offered in ((bob, False), (alice, True)):
        sign_in(client, member)
        page = client.get("/dashboard").text
        assert "This is the sample account" in page
        assert ("/imports/sample/remove" in page) is is_offered


def test_a_viewer_of_an_empty_team_is_offered_nothing_to_write(client: FlaskClient, bob: Member) -> None:
    sign_in(client, bob)
    answer = client.get("/dashboard")
    assert "Your first steps" in answer.text
    assert "/imports/sample" not in answer.text
    assert "Show me how" in answer.text


def test_an_account_without_an_export_still_sees_the_first_steps_with_what_is_done(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    data = {"csrf_token": csrf_token(browser.get("/accounts")), "platform": "tiktok", "handle": "new.one"}
    browser.post("/accounts", data={**data, "timezone": "UTC"})
    assert "1 of 5 done" in text_of(browser.get("/dashboard"))
    with app.app_context():
        import_file(alice, export_json(many(3), owner=None), wishes=ImportWishes())
        db.session.remove()
    text = text_of(browser.get("/dashboard"))
    assert "2 of 5 done" in text
    assert "Your file is here." in text


def test_with_one_export_it_says_what_the_second_brings(app: Flask, browser: FlaskClient, alice: Member) -> None:
    people = many(40)
    bring(app, alice, export_json(people, [*people[:10], *many(6, "brand")]))
    answer = browser.get("/dashboard")
    assert card(answer, "Followers").startswith("Followers 40")
    assert "2.50" in card(answer, "Follower ratio")
    for label in ("Gained", "No longer follow you"):
        assert "Unknown It takes a second export to compare with." in card(answer, label)
    assert "There is one list so far. The second shows who came" in box(answer)
    assert step_of(answer) == "Plan your second export"
    assert 'class="delta' not in answer.text
    assert 'class="sparkline' not in answer.text


def test_with_two_exports_it_says_what_changed_since_the_one_before(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    was_there, old, new = ("came.back", SAME), ("old.name", "2024-12-12 12:12:12"), ("new.name", "2024-12-12 12:12:12")
    people = many(40)
    bring(
        app,
        alice,
        export_json([was_there, old, *people], many(9, "brand")),
        export_json([old, *people], many(9, "brand")),
        export_json([was_there, new, *people[:-2], *many(5, "fresh")], many(9, "brand")),
        days_apart=40,
    )
    answer = browser.get("/dashboard")
    said = box(answer)
    assert re.search(r"Between \w+ \d+, \d{4} and \w+ \d+, \d{4}: 40 days", said)
    assert "+7 people are new" in said
    assert "−3 no longer follow you" in said
    assert "1 may only have a new name" in said
    assert "1 came back" in said
    links = re.findall(r'<a href="(/audience/changes[^"]*)">', answer.text.partition("since-rows")[2])
    pages = [browser.get(html.unescape(link)).text for link in links]
    totals = [re.search(r"<strong>(\d+) (?:person|people|rename)", page) for page in pages]
    assert [total and total[1] for total in totals] == ["7", "3", "1", "1"]
    assert step_of(answer) == "Is this the same person?"
    with app.app_context():
        scope = account_scope(alice)
        assert decide(alice.actor, scope, Section.FOLLOWERS, [("old.name", "new.name")], RenameState.CONFIRMED) == 1
        db.session.remove()
    answer = browser.get("/dashboard")
    assert "+6 people are new" in box(answer)
    assert "−2 no longer follow you" in box(answer)
    assert "new name" not in box(answer)
    assert step_of(answer) == "Mark the people who matter"
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["person00001"], "keep")
        db.session.remove()
    assert step_of(browser.get("/dashboard")) == "Look at the 2 who no longer follow you"


def test_where_nothing_changed_that_is_said(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(app, alice, export_json(many(5), many(2, "brand")), export_json(many(5), many(3, "brand")))
    assert "Nobody came and nobody left." in box(browser.get("/dashboard"))


def test_many_changes_are_counted_and_not_looked_at_one_by_one(
    app: Flask, browser: FlaskClient, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(app, alice, export_json(many(30)), export_json([*many(30), *many(6, "fresh")]))
    monkeypatch.setattr(since_last, "MOST_COMPARED", 5)
    monkeypatch.setattr(since_last, "find_changes", lambda *_: pytest.fail("the changes were read"))
    said = box(browser.get("/dashboard"))
    assert "+6 people are new" in said
    assert "is told on the page of changes" in said


def test_an_import_that_waits_for_an_answer_comes_first(
    app: Flask, browser: FlaskClient, alice: Member, bob: Member
) -> None:
    bring(app, alice, export_json(many(40), many(9, "brand")))
    with app.app_context():
        run = import_file(
            alice, export_json(many(5), many(9, "brand")), "later.json", wishes=ImportWishes(exported_at=now())
        )
        public_id = run.public_id
        db.session.remove()
    answer = browser.get("/dashboard")
    assert step_of(answer) is None
    assert "A list may be incomplete: 35 people are not in it" in answer.text
    assert answer.text.index(f'href="/imports/{public_id}"') < answer.text.index('class="card kpi"')
    other = app.test_client()
    sign_in(other, bob)
    seen = other.get("/dashboard")
    assert "may be incomplete" not in seen.text
    assert step_of(seen) == "See how your audience grew"


def test_the_period_decides_what_is_gained_and_lost(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(
        app,
        alice,
        export_json(many(100)),
        export_json([*many(100), *many(20, "second")]),
        export_json([*many(90), *many(20, "second"), *many(30, "third")]),
        days_apart=30,
    )
    month = browser.get("/dashboard?period=month")
    assert "Gained 30" in card(month, "Gained")
    assert "+50 % per day; before: 20 in 30 days".replace(" %", "%") in card(month, "Gained")
    assert "No longer follow you 10" in card(month, "No longer follow you")
    assert "per day" not in card(month, "No longer follow you")
    assert "+20 (+17%)" in card(month, "Followers")
    everything = browser.get("/dashboard?period=all")
    assert "Gained 50" in card(everything, "Gained")
    assert "per day" not in card(everything, "Gained")
    week = browser.get("/dashboard?period=custom&date_from=2020-01-01&date_to=2020-02-01")
    assert "No two lists to compare lie in this period." in card(week, "Gained")
    assert "No list falls into this period." in week.text


@pytest.mark.parametrize("arguments", ["period=never", "colour=red", "compare=x"])
def test_an_address_that_means_nothing_is_refused(browser: FlaskClient, arguments: str) -> None:
    assert browser.get(f"/dashboard?{arguments}").status_code == 422


def test_every_value_opens_what_is_behind_it(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(app, alice, export_json(many(20), many(4)), export_json(many(22), many(5)))
    page = browser.get("/dashboard?period=month").text
    links = [html.unescape(link) for link in re.findall(r'href="(/figures/[^"]*)"', page.partition("<figure")[0])]
    metrics = {link.partition("?")[0].rsplit("/", 1)[1] for link in links}
    assert metrics == {"followers", "following", "mutuals", "follower_ratio", "gained", "lost"}
    for link in links:
        assert browser.get(link).status_code == 200


def test_with_the_following_list_alone_the_other_one_is_unknown(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    bring(app, alice, export_json(None, many(10, "brand")), export_json(None, many(12, "brand")))
    answer = browser.get("/dashboard")
    assert "Unknown No export of this account holds the follower list." in card(answer, "Followers")
    assert card(answer, "Following").startswith("Following 12")
    assert "You began to follow 2" in card(answer, "You began to follow")
    assert "You no longer follow 0" in card(answer, "You no longer follow")
    assert "+2 You began to follow" in box(answer)
    assert "Newest people you follow" in answer.text
    assert "Newest followers" not in answer.text
    assert "What is missing is unknown, not zero." in answer.text


def test_nobody_is_followed_is_zero_and_its_ratio_unknown(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(app, alice, export_json(many(10), []))
    answer = browser.get("/dashboard")
    assert card(answer, "Following").startswith("Following 0")
    assert card(answer, "Mutuals").startswith("Mutuals 0")
    assert "Unknown You follow nobody, so there is nothing to divide by." in card(answer, "Follower ratio")


def test_without_any_list_the_page_says_so(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(app, alice, export_json(None, None, posts=[post_row(now() - 5 * DAY, "hello", 3)]))
    answer = browser.get("/dashboard")
    assert card(answer, "Followers").endswith("No export of this account holds the follower list.")
    assert step_of(answer) == "Ask TikTok for all data"
    assert "No export holds a list, so nobody can say who came or left." in box(answer)
    assert "hello" in answer.text


def test_the_posts_of_the_period_stand_by_their_newest_likes(app: Flask, browser: FlaskClient, alice: Member) -> None:
    last = now() - 3600
    recent, older = last - 3 * DAY, last - 60 * DAY
    first = [post_row(older, "older", 900)]
    posts = [
        post_row(recent, "second", 50),
        post_row(recent + 60, "first <b>", 70, LINK),
        post_row(recent + 120, "unknown", None),
        post_row(recent + 180, "hidden", 999, who="Only You"),
        post_row(older, "older", 950),
    ]
    bring(app, alice, export_json(many(3), posts=first), export_json(many(3), posts=posts), newest=last)
    answer = browser.get("/dashboard")
    shown = answer.text.partition('class="top-posts"')[2]
    assert re.findall(r'<a href="/content/posts/\w{20}">([^<]+)<', shown)[:2] == ["first &lt;b&gt;", "second"]
    assert shown.count('class="cover cover-small cover-drawn') == 2
    assert "tiktokcdn" not in answer.text
    assert LINK not in answer.text
    assert "older" not in text_of(answer).partition("Top posts")[2].partition("Newest")[0].replace("older export", "")
    assert "The likes of 1 post are in no export." in answer.text
    assert "1 post that not everybody can see is left out." in answer.text
    everything = text_of(browser.get("/dashboard?period=all")).partition("Top posts")[2]
    assert everything.index("older") < everything.index("first <b>")
    assert "950" in everything


@pytest.mark.parametrize(
    ("posts", "said"),
    [
        (None, "No export of this account holds your posts."),
        ([], "No public post was published in this period."),
        ([("2020-01-01", 5)], "No public post was published in this period."),
        ([("recent", None)], "Your exports do not say how many likes the posts of this period have."),
    ],
)
def test_why_there_is_no_post_is_said(
    app: Flask, browser: FlaskClient, alice: Member, posts: list[tuple[str, int | None]] | None, said: str
) -> None:
    seconds = {"recent": now() - DAY, "2020-01-01": 1_577_836_800}
    rows = None if posts is None else [post_row(seconds[at], "x", likes) for at, likes in posts]
    bring(app, alice, export_json(many(3), posts=rows))
    assert said in text_of(browser.get("/dashboard"))


def test_old_data_are_said_once_above_the_page(app: Flask, browser: FlaskClient, alice: Member) -> None:
    bring(app, alice, export_json(many(5)), newest=now() - 50 * DAY)
    answer = browser.get("/dashboard")
    assert step_of(answer) is None
    assert "Your data are 50 days old" in answer.text
    assert "50 days old" in text_of(answer).rpartition("How far your data reach")[2]


def test_the_days_are_those_of_the_accounts_zone(app: Flask, browser: FlaskClient, alice: Member) -> None:
    second = int((datetime.now(UTC) - timedelta(days=9)).replace(hour=23, minute=30, second=0).timestamp())
    with app.app_context():
        import_done(
            alice,
            export_json([("late.one", datetime.fromtimestamp(second - 600, UTC).strftime("%Y-%m-%d %H:%M:%S"))]),
            exported_at=second,
        )
        public_id = browser_account(browser)
        db.session.remove()
    fields = {"display_name": "", "timezone": "Pacific/Auckland", "hold_percent": "20", "reminder_days": "30"}
    token = csrf_token(browser.get("/accounts"))
    assert browser.post(f"/accounts/{public_id}", data={"csrf_token": token, **fields}).status_code == 303
    tomorrow = datetime.fromtimestamp(second, UTC) + timedelta(days=1)
    assert f"late.one {tomorrow:%b} {tomorrow.day}, {tomorrow.year}" in text_of(browser.get("/dashboard"))


def browser_account(browser: FlaskClient) -> str:
    found = re.search(r"/accounts/([a-z0-9]+)/reminder\.ics", browser.get("/accounts").text)
    assert found
    return found[1]
