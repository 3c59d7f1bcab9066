"""Every number can be opened, and what is behind it is that number on every surface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from tests.factories import Member, account_scope, sign_in
from tests.ledgers import parse_here
from tests.opened import ZONE, Opened, drawer, import_account, names_in, opened_numbers, posts_in, rows_of, value_in
from webapp.analytics.figures.explain import _EXPLAIN, explain
from webapp.analytics.figures.explanation import Explanation
from webapp.analytics.figures.rows import PostRows
from webapp.analytics.imports import list_exports
from webapp.domain.explained import Caveat
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import METRICS, MetricKey
from webapp.extensions import db
from webapp.models import ImportRun, Post
from webapp.services import growth
from webapp.web.kpis import format_value

MOST_LINKS = 4
# How a number is asked for: its metric alone, and what tells others of the metric from it. EXPORT and POST are ids
# that the account gives; a metric that is missing here fails.
QUESTIONS: dict[MetricKey, tuple[str, ...]] = {
    MetricKey.FOLLOWERS: ("", "export=EXPORT0", "export=EXPORT3"),
    MetricKey.FOLLOWING: ("", "export=EXPORT1"),
    MetricKey.MUTUALS: ("", "export=EXPORT0", "export=EXPORT3"),
    MetricKey.FOLLOWER_RATIO: ("", "export=EXPORT1"),
    MetricKey.PROFILE_FOLLOWERS: ("", "export=EXPORT1"),
    MetricKey.STAYING: ("",),
    MetricKey.FOLLOWERS_ONLY: ("",),
    MetricKey.FOLLOWING_ONLY: ("",),
    MetricKey.GAINED: ("", "period=all", "period=90d", "export=EXPORT2", "from=EXPORT0&to=EXPORT2"),
    MetricKey.LOST: ("", "period=all", "period=last_import", "export=EXPORT1"),
    MetricKey.NET: ("", "period=all", "export=EXPORT3"),
    MetricKey.FOLLOWING_GAINED: ("period=all", "export=EXPORT1"),
    MetricKey.FOLLOWING_LOST: ("period=all", "export=EXPORT3"),
    MetricKey.WEEK_FOLLOWERS: ("",),
    MetricKey.MONTH_FOLLOWERS: ("",),
    MetricKey.WEEK_FOLLOWING: ("",),
    MetricKey.MONTH_FOLLOWING: ("",),
    MetricKey.AT_LEAST: ("", "day=2025-06-20", "day=2025-06-30"),
    MetricKey.FOLLOWING_AT_LEAST: ("", "day=2025-06-20"),
    MetricKey.ESTIMATE: ("", "day=2025-06-20"),
    MetricKey.DAY_FOLLOWS: (
        "day=2024-06-06",
        "day=2025-06-29",
        "period=custom&date_from=2025-03-01&date_to=2025-03-31",
    ),
    MetricKey.HOUR_FOLLOWS: ("hour=0", "hour=100", "hour=167"),
    MetricKey.POST_FOLLOWS: ("post=POST",),
    MetricKey.STAYED: ("", "export=EXPORT1"),
    MetricKey.MONTH_STAYED: ("day=2024-05-01", "day=2024-05-01&export=EXPORT1"),
    MetricKey.POSTS: ("", "counted=1", "weekday=2&hour=12", "hashtag=walk", "date_from=2025-04-05&date_to=2025-04-08"),
    MetricKey.TYPICAL_LIKES: ("", "counted=1", "word=walk&counted=1", "min_likes=50&max_likes=90"),
    MetricKey.LIKES_TOTAL: ("", "kind=video&counted=1"),
    MetricKey.TYPICAL_VIEWS: ("", "counted=1"),
    MetricKey.VIEWS_TOTAL: ("counted=1",),
    MetricKey.TYPICAL_ENGAGEMENT: ("counted=1", "slot=4"),
    MetricKey.ENGAGEMENT_RATE: ("counted=1",),
    MetricKey.POST_LIKES: ("post=POST",),
    MetricKey.POST_VIEWS: ("post=POST",),
    MetricKey.POST_COMMENTS: ("post=POST",),
    MetricKey.POST_SHARES: ("post=POST",),
    MetricKey.POST_ENGAGEMENT: ("post=POST",),
    MetricKey.POST_RATE: ("post=POST",),
    MetricKey.POST_PERCENTILE: ("post=POST",),
    MetricKey.NEXT_LIKES: ("",),
    MetricKey.EXPECTED_LIKES: ("post=YOUNG",),
    # Takes more posts than these: tests/web/test_forecast_page.py.
    MetricKey.FORECAST_COVERAGE: (),
}


@pytest.fixture
def account(
    app: Flask, alice: Member, client: FlaskClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A browser of Alice, whose account has every kind of number: growth is kept on one database, and on the other not.

    Worked out anew for each number that is asked for, it takes most of the time of these tests.
    """
    parse_here(monkeypatch)
    if database_url.startswith("sqlite"):
        monkeypatch.setattr(growth, "LEAST_KEPT", 100)
    with app.app_context():
        import_account(alice)
    sign_in(client, alice)
    return client


def asked(app: Flask, member: Member, metric: MetricKey) -> list[str]:
    """Return the addresses that ask for the numbers of a metric."""
    names, addresses = ids_of(app, member), []
    for arguments in QUESTIONS[metric]:
        for name, public_id in names.items():
            arguments = arguments.replace(name, public_id)
        addresses.append(f"/figures/{metric.value}" + (f"?{arguments}" if arguments else ""))
    return addresses


def ids_of(app: Flask, member: Member) -> dict[str, str]:
    """Return the public ids of the exports, of the oldest post and of the young one by what stands for them here."""
    with app.app_context():
        exports = [export.public_id for export in list_exports(account_scope(member))]
        posts = [post.public_id for post in db.session.query(Post).order_by(Post.published_at)]
        names = {f"EXPORT{place}": public_id for place, public_id in enumerate(exports)}
        names |= {"POST": posts[0], "YOUNG": posts[-1]}
        db.session.remove()
    return names


def found_at(app: Flask, member: Member, address: str) -> Explanation:
    """Return the explanation that an address asks for."""
    with app.test_request_context(address) as context:
        metric = MetricKey(address.removeprefix("/figures/").partition("?")[0])
        found = explain(account_scope(member), FigureQuery.parse(metric, context.request.args, ZONE))
        db.session.remove()
    return found


def test_every_metric_can_be_opened_and_is_asked_for_here() -> None:
    assert set(_EXPLAIN) == set(MetricKey) == set(METRICS) == set(QUESTIONS)


# What the numbers are made of is compared on both databases where they are worked out.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_number_comes_with_its_people_its_imports_and_its_definition(
    app: Flask, alice: Member, account: FlaskClient
) -> None:
    with app.app_context():
        hashes = {run.sha256: run.file_name for run in db.session.query(ImportRun)}
        db.session.remove()
    for metric in MetricKey:
        for address in asked(app, alice, metric):
            found, fragment = found_at(app, alice, address), drawer(account, address)
            assert found.value is not None, (address, found.reason)
            with app.test_request_context("/"):
                assert value_in(fragment) == format_value(metric, found.value), address
            for said in (METRICS[metric].definition, METRICS[metric].formula, "Europe/Paris", "Period counted"):
                assert escape(said) in fragment, (address, said)
            shown = re.findall(r"<code>([0-9a-f]{64})</code>", fragment)
            assert set(shown) <= hashes.keys(), address
            assert 1 <= len(shown) == len(found.sources) == len(set(shown)), address
            check_rows(account, address, found, fragment)


def check_rows(client: FlaskClient, address: str, found: Explanation, fragment: str) -> None:
    """Check that the people behind a number are as many as it says, page by page and in the download."""
    if found.rows is None:
        assert found.parts or metric_of(found) is MetricKey.PROFILE_FOLLOWERS or has(found, Caveat.NOT_LISTED), address
        assert client.get(address.replace("?", ".csv?") if "?" in address else f"{address}.csv").status_code == 404
        return
    assert found.page is not None
    if isinstance(found.rows, PostRows):
        check_posts(client, address, found, fragment)
        return
    listed = rows_of(client, fragment) if found.page.rows else []
    names, page, number = names_in(fragment), fragment, 1
    while 'rel="next"' in page:
        number += 1
        page = drawer(client, f"{address}{'&' if '?' in address else '?'}page={number}")
        names += names_in(page)
    assert [row["username"] for row in listed] == names, address
    assert len(names) == found.page.total, address
    if metric_of(found) is MetricKey.STAYING:
        return
    if found.counted is not None:
        part, whole = found.counted
        counted = whole - part if metric_of(found) is MetricKey.STAYED else part
    else:
        counted = int(found.value or 0)
    assert len(names) + count(found, Caveat.GONE_SINCE) - count(found, Caveat.SEEN_LATER) == counted, address


def check_posts(client: FlaskClient, address: str, found: Explanation, fragment: str) -> None:
    """Check that the posts behind a number are as many as it rests on, listed and in the download."""
    assert found.page is not None
    listed = [row["post"] for row in rows_of(client, fragment)]
    assert posts_in(fragment) == listed, address
    assert listed
    assert len(listed) == found.page.total == found.n, address
    if metric_of(found) is MetricKey.POSTS:
        assert found.value == len(listed), address


def metric_of(found: Explanation) -> MetricKey:
    return found.query.metric


def has(found: Explanation, code: Caveat) -> bool:
    return any(note.code is code for note in found.notes)


def count(found: Explanation, code: Caveat) -> int:
    return sum(note.count or 0 for note in found.notes if note.code is code)


@pytest.mark.parametrize(
    "page",
    [
        "/dashboard",
        "/dashboard?period=all",
        "/audience/analysis",
        "/audience/analysis?period=all",
        "/audience/analysis/comparison",
        "/audience/analysis/comparison?list=followers_only",
        "/audience/analysis/insights",
        "/audience/followers",
        "/audience/following?ordering=username",
        "/content/posts",
        "/content/posts/POST",
        "/content/posts/YOUNG",
        "/content/forecast",
        "/content/analytics",
        "/content/analytics/timing",
        "/content/analytics/hashtags",
        "/content/analytics/sounds",
        "/content/analytics/trends",
        "/content/analytics/trends?period=all&by=month",
        "/planner/ideas",
    ],
)
def test_every_number_of_a_page_that_can_be_opened_is_the_number_of_its_drawer(
    app: Flask, alice: Member, account: FlaskClient, page: str
) -> None:
    for name, public_id in ids_of(app, alice).items():
        page = page.replace(name, public_id)
    links = spread(opened_numbers(account.get(page).text))
    wrong = []
    for link in links:
        exact, behind = link.label.rpartition(": ")[2], value_in(drawer(account, link.href))
        said = {link.text, exact, *(text.partition(" ")[0] for text in (link.text, exact))}
        if behind not in said and not any(behind in text for text in (link.text, exact)):
            wrong.append(f"{link.href} ({link.label}): {link.text} on the page, {behind} behind it")
    assert links, "no number of this page can be opened"
    assert not wrong, "\n".join(wrong[:10])


def spread(links: Iterable[Opened]) -> list[Opened]:
    """Return some links of every metric, from all parts of the page: charts and tables have hundreds."""
    of_metric: dict[str, list[Opened]] = {}
    for link in dict.fromkeys(links):
        of_metric.setdefault(link.href.partition("?")[0], []).append(link)
    return [link for found in of_metric.values() for link in found[:: -(-len(found) // MOST_LINKS)]]


def test_every_opened_card_stands_on_the_dashboard_and_on_statistics_alike(account: FlaskClient) -> None:
    pages = [
        {link.label for link in opened_numbers(account.get(address).text) if "/figures/followers" in link.href}
        for address in ("/dashboard?period=all", "/audience/analysis?period=all")
    ]
    assert pages[0] & pages[1], pages


API = {
    "/api/followers/": {MetricKey.FOLLOWERS: "count"},
    "/api/following/": {MetricKey.FOLLOWING: "count"},
    "/api/followers/common/": {MetricKey.MUTUALS: "count"},
    "/api/followers/followers-only/": {MetricKey.FOLLOWERS_ONLY: "count"},
    "/api/followers/following-only/": {MetricKey.FOLLOWING_ONLY: "count"},
    "/api/followers/stats/": {
        MetricKey.FOLLOWERS: "total_followers",
        MetricKey.FOLLOWING: "total_following",
        MetricKey.MUTUALS: "mutuals_count",
        MetricKey.FOLLOWERS_ONLY: "followers_only_count",
        MetricKey.FOLLOWING_ONLY: "following_only_count",
        MetricKey.FOLLOWER_RATIO: "follower_ratio",
        MetricKey.WEEK_FOLLOWERS: "weekly_growth.followers",
        MetricKey.WEEK_FOLLOWING: "weekly_growth.following",
        MetricKey.MONTH_FOLLOWERS: "monthly_growth.followers",
        MetricKey.MONTH_FOLLOWING: "monthly_growth.following",
    },
    "/api/followers/growth/": {
        MetricKey.GAINED: "growth.followers_gained",
        MetricKey.LOST: "growth.followers_lost",
        MetricKey.NET: "growth.net_follower_growth",
        MetricKey.FOLLOWING_GAINED: "growth.following_gained",
        MetricKey.FOLLOWING_LOST: "growth.following_lost",
        MetricKey.STAYED: "retention.rate",
        MetricKey.STAYING: "",
    },
    "/api/posts/": {MetricKey.POSTS: "count"},
    "/api/posts/POST/": {
        MetricKey.POST_LIKES: "likes",
        MetricKey.POST_VIEWS: "views",
        MetricKey.POST_COMMENTS: "comments",
        MetricKey.POST_SHARES: "shares",
    },
    "/api/posts/performance/": {MetricKey.POSTS: "posts", MetricKey.TYPICAL_LIKES: "typical"},
    "/api/posts/trends/": {
        MetricKey.POSTS: "posts",
        MetricKey.TYPICAL_LIKES: "typical_likes",
        MetricKey.LIKES_TOTAL: "likes_total",
        MetricKey.ENGAGEMENT_RATE: "engagement_rate",
    },
    "/api/posts/keywords/": {MetricKey.POSTS: ""},
    "/api/ml/recommendations/": {MetricKey.POSTS: "posts", MetricKey.TYPICAL_LIKES: ""},
    "/api/ml/trends/": {MetricKey.POSTS: "posts"},
}


@pytest.mark.parametrize("address", API)
def test_the_api_explains_its_numbers_as_the_drawer_does(
    app: Flask, alice: Member, account: FlaskClient, address: str
) -> None:
    asked_for = address.replace("POST", ids_of(app, alice)["POST"])
    plain, answer = (json.loads(account.get(asked_for + more).text) for more in ("", "?explain=1"))
    assert "explain" not in plain
    assert {name: value for name, value in answer.items() if name != "explain"} == plain
    explained = {MetricKey(each["metric"]): each for each in answer["explain"]}
    assert set(explained) == set(API[address])
    for metric, path in API[address].items():
        said = explained[metric]
        if path:
            assert said["value"] == pytest.approx(in_answer(answer, path), abs=1e-6), metric
        fragment = drawer(account, said["page"].removeprefix("http://127.0.0.1:5000"))
        with app.test_request_context("/"):
            assert value_in(fragment) == format_value(metric, said["value"])
        assert said["definition"] == METRICS[metric].definition
        assert [each["sha256"] for each in said["imports"]] == re.findall(r"<code>([0-9a-f]{64})</code>", fragment)
        assert all(each["text"] in fragment for each in said["caveats"])
        assert (said["timezone"], "unknown" in said) == ("Europe/Paris", False)


def in_answer(answer: dict[str, object], path: str) -> float:
    """Return a number of an answer: of a list of rows what they come to, of a share that of the last row."""
    value: object = answer
    for name in path.split("."):
        if isinstance(value, list):
            numbers = [row[name] for row in value if row[name] is not None]
            value = numbers[-1] if name == "rate" else sum(numbers)
        else:
            assert isinstance(value, dict)
            value = value[name]
    assert isinstance(value, int | float)
    return float(value)


def test_a_narrowed_list_says_that_the_explained_number_is_of_the_whole(account: FlaskClient) -> None:
    answer = json.loads(account.get("/api/followers/?explain=1&search=person000").text)
    said = answer["explain"][0]
    assert answer["count"] < said["value"] == json.loads(account.get("/api/followers/").text)["count"]
    assert said["caveats"][0]["code"] == "whole_list"
