"""Ideas: what the posts suggest, what speaks against it, which experiment would tell more, and the same by the API."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from tests.factories import Member, account_scope, export_json, import_done, run_jobs, sign_in
from tests.ledgers import parse_here
from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.fit import Expected, ForecastFit
from webapp.analytics.statistics.growth import Growth
from webapp.domain.experiments import ExperimentKind, ExperimentState, Outcome, Verdict
from webapp.domain.planner import PlanMatch, PlanState
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import Experiment, Job, Membership, PlannedPost
from webapp.queue import JobKind
from webapp.services.transaction import transaction
from webapp.web.api import rising as rising_api
from webapp.web.trends import rising as rising_page

# What is read from either database is checked with the table of posts.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE, TRENDS = "/planner/ideas", "/content/analytics/trends?period=all"
ADVICE, RISING = "/api/ml/recommendations/", "/api/ml/trends/"
NOW = datetime(2026, 6, 2, tzinfo=UTC)
EXPORTED = int(NOW.timestamp())
Import = Callable[..., None]


def posts(count: int, *, better: int = 6, new: bool = True, owner: int = 3) -> list[dict[str, Any]]:
    """Return a post a day; every fourth has #Bread and comes at six in the evening, the newest six have #Cake."""
    noise, begins = Random(owner), NOW - timedelta(days=count + 7)
    return [
        {
            "Date": f"{begins + timedelta(days=number, hours=18 if number % 4 == 0 else 12):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str(int((100 * better if number % 4 == 0 else 100) * noise.lognormvariate(0, 0.5))),
            "Title": " ".join(
                ["words", *(["#Bread"] if number % 4 == 0 else []), "#Cake" if new and number >= count - 6 else "#fyp"]
            ),
            "Sound": "song - singer" if number % 2 else "other",
        }
        for number in range(count)
    ]


@pytest.fixture
def imported(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import posts for Alice, who is signed in."""
    parse_here(monkeypatch)
    sign_in(client, alice)

    def run(made: list[dict[str, Any]], owner: str = "demo.maker", member: Member = alice) -> None:
        with app.app_context():
            import_done(member, export_json(posts=made, owner=owner), exported_at=EXPORTED)
            # What takes longest, and is not asked about.
            db.session.execute(delete(Job).where(Job.kind != JobKind.CONTENT_FIT))
            db.session.commit()
            run_jobs()
            db.session.remove()

    return run


def words(text: str, part: str = '<section id="ideas"') -> str:
    """Return what a person reads of a part of a page."""
    section = text[text.index(part) : text.index("</main>")]
    shown = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", section, flags=re.DOTALL)))
    return re.sub(r"\s+", " ", shown)


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_what_passed_is_told_alike_by_page_file_and_api(imported: Import, client: FlaskClient) -> None:
    imported(posts(80))
    page, answer = client.get(PAGE).text, client.get(ADVICE).get_json()
    told = {(each["about"], each["value"]): each for each in answer["results"]}
    assert {("slot", "6"), ("hashtag", "Bread")} <= set(told)
    assert (answer["posts"], answer["refused"], answer["experiments"]) == (80, None, [])
    shown = words(page)
    for each in answer["results"]:
        assert re.sub(r"\s+", " ", each["text"]) in shown
        assert f"(n = {each['posts']})" in each["text"]
        assert each["low"] == each["at_least"] <= each["effect"] <= each["high"]
    slot = told["slot", "6"]
    assert (slot["posts"], slot["older"]["posts"], slot["newer"]["posts"]) == (20, 10, 10)
    assert "In the older half of your posts (n = 10) likely" in shown
    assert "This does not prove the hour is the cause." in shown
    assert "the topic probably matters more than the tag" in shown
    table = {(row["about"], row["group"]): row for row in rows(client, f"{PAGE}.csv?table=recommendations")}
    assert table["slot", "6"]["posts"] == "20"
    assert float(table["slot", "6"]["at_least"]) == slot["at_least"]
    assert "/figures/posts?counted=1&slot=6" in html.unescape(page)
    assert "kind=slots" in page
    assert 'hashtags=Bread"' in page
    assert answer["generic_hashtags"] == ["fyp"]
    assert ("hashtag", "fyp") not in told
    assert [(each["sound"], each["posts"]) for each in answer["sounds"]] == [("other", 40), ("song", 40)]
    assert "What you use most, and no advice" in shown
    fragment = client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "ideas"}).text.strip()
    assert fragment.startswith('<section id="ideas"')
    assert fragment in page


def test_where_nothing_passes_an_experiment_is_proposed(imported: Import, client: FlaskClient) -> None:
    imported(posts(80, better=1))
    page, answer = words(client.get(PAGE).text), client.get(ADVICE).get_json()
    assert "Nothing stands out reliably in your 80 posts" in page
    assert answer["refused"]["code"] == "nothing"
    assert answer["refused"]["text"] in page
    slots, tag = answer["experiments"]
    assert (slots["kind"], {slots["first"], slots["second"]}, slots["own_spread"]) == ("slots", {"6", "4"}, True)
    assert (tag["kind"], tag["first"], tag["second"], tag["posts_first"], tag["posts_second"]) == (
        *("hashtag", "Bread", None, 20, 60),
    )
    for proposed in (slots, tag):
        for size in proposed["sizes"]:
            assert f"+{round(size['difference'] * 100)}% 2 × {size['posts_each']} about" in page
    table = rows(client, f"{PAGE}.csv?table=experiments")
    assert [int(row["posts_each"]) for row in table[:3]] == [size["posts_each"] for size in slots["sizes"]]
    assert int(table[0]["posts"]) == 2 * int(table[0]["posts_each"])


def test_few_posts_are_no_ground_for_advice_and_their_experiment_is_indicative(
    imported: Import, client: FlaskClient
) -> None:
    imported(posts(12))
    page, answer = words(client.get(PAGE).text), client.get(ADVICE).get_json()
    assert "Not enough posts yet for an honest comparison" in page
    assert (answer["refused"]["code"], answer["refused"]["needs"], answer["results"]) == ("few_posts", 40, [])
    assert "yours are too few to tell: an indicative number" in page
    assert [each["own_spread"] for each in answer["experiments"]] == [False] * len(answer["experiments"])
    assert "probably do" not in page
    for address in (f"{PAGE}?sort=x", f"{PAGE}.csv", f"{PAGE}.csv?table=x", f"{ADVICE}?sort=x", f"{RISING}?sort=x"):
        assert client.get(address).status_code == 422


def test_what_was_tried_stands_beside_it(app: Flask, alice: Member, imported: Import, client: FlaskClient) -> None:
    imported(posts(80))
    with app.app_context():
        scope = account_scope(alice)
        table = find_posts(scope)
        assert table is not None
        outcome = Outcome(Verdict.UNCLEAR, 20, 6, 20, False, 20, 20, 0, 0, difference=0.1, low=-0.2, high=0.4)
        with transaction() as session:
            common: dict[str, Any] = {
                "account_id": scope.account_id,
                "created_at": NOW,
                "kind": ExperimentKind.SLOTS,
                "arm_a": "4",
                "arm_b": "6",
                "posts_each": 20,
                "spread": 1.1,
                "effect": 1.0,
                "seed": 1,
            }
            result = {name: getattr(outcome, name) for name in Outcome.__slots__}
            session.add(Experiment(**common, state=ExperimentState.ENDED, result=result, ended_at=NOW))
            session.add(Experiment(**common, state=ExperimentState.RUNNING, result=None))
            row = next(row for row in table.counted if row.hashtags and table.tags[row.hashtags[0]].tag == "bread")
            session.add(
                PlannedPost(
                    account_id=scope.account_id,
                    state=PlanState.PUBLISHED,
                    planned_at=row.published_at,
                    match=PlanMatch.SURE,
                    match_published_at=row.published_at,
                    match_ordinal=row.ordinal,
                    expected=None,
                    created_at=NOW,
                    changed_at=NOW,
                )
            )
        db.session.remove()
    page, answer = client.get(PAGE).text, client.get(ADVICE).get_json()
    slot = next(each for each in answer["results"] if each["about"] == "slot")
    assert "experiment" in [each["code"] for each in slot["against"]]
    assert {each["state"] for each in slot["experiments"]} == {"ended", "running"}
    assert sum(slot["plans"].values()) == 1
    assert answer["running_experiment"] == next(
        each["id"] for each in slot["experiments"] if each["state"] == "running"
    )
    shown = words(page)
    assert "Against it: an experiment about it ended without showing it." in shown
    assert "An experiment is running" in shown
    assert "Planned and published so: 1." in shown
    assert "/planner/experiments/new" not in page


def test_who_may_not_plan_is_offered_nothing_to_start(app: Flask, alice: Member, bob: Member, imported: Import) -> None:
    imported(posts(80, better=1))
    with app.app_context():
        db.session.execute(update(Membership).where(Membership.user_id == bob.user_id).values(role=Role.VIEWER))
        db.session.commit()
        db.session.remove()
    visitor = app.test_client()
    sign_in(visitor, bob)
    page = visitor.get(PAGE).text
    assert "Try it out instead" in page
    assert "/planner/experiments/new" not in page
    assert "Plan such a post" not in page


def test_without_an_account_or_a_list_of_posts_the_reason_is_told(
    app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, alice)
    for address, name in ((ADVICE, "results"), (RISING, "hashtags")):
        answer = client.get(address).get_json()
        assert (answer["unknown"]["code"], answer["posts"], answer[name]) == ("no_account", None, [])
    assert client.get(PAGE).status_code == 200
    assert client.get(f"{PAGE}.csv?table=recommendations").status_code == 404
    parse_here(monkeypatch)
    with app.app_context():
        import_done(alice, export_json([("somebody", "2025-01-01 10:00:00")], [], posts=None), exported_at=EXPORTED)
        db.session.remove()
    for address in (ADVICE, RISING):
        assert client.get(address).get_json()["unknown"]["code"] == "not_in_exports"
    assert "No posts in your exports yet" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv?table=recommendations").status_code == 404


def test_what_rises_is_told_alike_by_page_file_and_api(imported: Import, client: FlaskClient) -> None:
    imported(posts(80))
    answer = client.get(RISING).get_json()
    (cake,) = answer["hashtags"]
    assert (cake["hashtag"], cake["recent"], cake["of_recent"], cake["earlier"], cake["of_earlier"]) == (
        *("Cake", 6, 20, 0, 60),
    )
    assert (answer["team"], answer["needs"]) == (None, 60)
    page = words(client.get(TRENDS).text, 'id="rising"')
    assert "#Cake 6 of 20 0 of 60 6" in page
    assert "Rising in several of your accounts" not in page
    (row,) = rows(client, "/content/analytics/trends.csv?period=all&table=rising")
    assert (row["name"], row["recent"], row["earlier"]) == ("cake", "6", "0")
    assert client.get("/content/analytics/trends.csv?period=all&table=rising-in-the-team").status_code == 404


def test_over_the_team_each_account_is_read_by_its_own_scope(
    app: Flask, alice: Member, bob: Member, charlie: Member, imported: Import, client: FlaskClient
) -> None:
    imported(posts(80))
    imported(posts(60, owner=4), "demo.baker")
    imported(posts(60, owner=5), "foreign.baker", charlie)
    team = client.get(RISING).get_json()["team"]
    (cake,) = team["hashtags"]
    assert (team["accounts"], team["looked_at"], team["posts"]) == (2, 2, 140)
    assert {(each["handle"], each["recent"]) for each in cake["accounts"]} == {("demo.maker", 6), ("demo.baker", 6)}
    page = words(client.get(TRENDS).text, 'id="rising-team"')
    assert "#Cake 12 of 40 0 of 100" in page
    assert "foreign.baker" not in page
    table = rows(client, "/content/analytics/trends.csv?period=all&table=rising-in-the-team")
    assert {(row["account"], row["recent"]) for row in table} == {("demo.maker", "6"), ("demo.baker", "6")}
    with app.app_context():
        narrowed = update(Membership).where(Membership.user_id == bob.user_id).values(sees_all_accounts=False)
        db.session.execute(narrowed)
        db.session.commit()
        db.session.remove()
    visitor = app.test_client()
    sign_in(visitor, bob)
    assert visitor.get(RISING).get_json()["unknown"]["code"] == "no_account"


def test_a_young_post_far_above_its_range_takes_off(
    imported: Import, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    flying = {"Date": f"{NOW - timedelta(days=2):%Y-%m-%d %H:%M:%S}", "Likes": "9000", "Title": "up", "Link": ""}
    late = {**flying, "Date": f"{NOW - timedelta(days=1):%Y-%m-%d %H:%M:%S}", "Likes": "90"}
    imported([*posts(40), flying, late])
    young = client.get("/api/posts/?ordering=-published_at&page_size=2").get_json()["results"]
    growth = Growth(0.0, 3.0, 20, 0.4, 0.3, 0.6, 0.7)
    expected = tuple(Expected(each["id"], 0, 42.4, 120.0, 1234.0) for each in young)
    fit = ForecastFit(as_of=EXPORTED, posts=40, growth=(growth,), young=expected)
    for module in (rising_page, rising_api):
        monkeypatch.setattr(module, "find_forecast_fit", lambda _: fit)
    (off,) = client.get(RISING).get_json()["taking_off"]
    assert (off["post"], off["likes"], off["low"], off["high"]) == (young[1]["id"], 9_000, 12_000, 16_000)
    assert (off["expected_low"], off["expected_high"], off["posts"], off["age_days"]) == (42, 1_200, 20, 2.0)
    page = words(client.get(TRENDS).text, 'id="taking-off"')
    assert "May 31, 2026 · up 9,000 42 to 1,200 It will probably end between 12,000 and 16,000 likes" in page
    (row,) = rows(client, f"{TRENDS.replace('?', '.csv?')}&table=taking-off")
    assert (row["post"], row["low"], row["expected_high"]) == (off["post"], "12000", "1200")
    for module in (rising_page, rising_api):
        monkeypatch.setattr(module, "find_forecast_fit", lambda _: None)
    assert client.get(RISING).get_json()["taking_off"] is None
    assert "This is being worked out." in words(client.get(TRENDS).text, 'id="taking-off"')
    assert client.get(f"{TRENDS.replace('?', '.csv?')}&table=taking-off").status_code == 404
