"""The page of forecasts and the API that says the same: ranges, what they were worth, refusals, and one post."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from math import exp
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, export_json, import_done, sign_in
from tests.ledgers import at, parse_here
from tests.opened import drawer, posts_in, value_in
from tests.page_words import words_of
from tests.web.api.schema import faults
from webapp.analytics.forecasts import reading
from webapp.extensions import db
from webapp.services.api_keys import create_key
from webapp.web.auth import current_actor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/content/forecast"
API = "/api/ml/predict-engagement/"
HX = {"HX-Request": "true", "HX-Target": "asked"}
Import = Callable[..., None]


@pytest.fixture
def imported(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Import posts for Alice, who is signed in, as the list of a day."""
    parse_here(monkeypatch)
    sign_in(client, alice)

    def run(posts: list[dict[str, Any]] | None, day: str = "2025-06-01") -> None:
        with app.app_context():
            content = export_json([("somebody", "2025-01-01 10:00:00")], [], posts=posts)
            import_done(alice, content, exported_at=at(day), losses_confirmed=True)
            db.session.remove()

    return run


def posts(count: int, first: str = "2025-01-01", every: float = 2.0, seed: int = 7) -> list[dict[str, Any]]:
    """Return posts with likes around 400, a factor of three either way."""
    noise, begins = random.Random(seed), datetime.fromisoformat(f"{first} 18:00:00")
    return [
        {
            "Date": f"{begins + timedelta(days=number * every):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str(round(exp(6 + noise.gauss(0, 1.1)))),
            "Title": f"loaf {number} #bread",
            "Sound": "Slow morning",
        }
        for number in range(count)
    ]


def table(client: FlaskClient, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{PAGE}.csv?table={name}").text)))


def asked(client: FlaskClient, more: str = "") -> Any:
    return json.loads(client.get(API + more).text)


def test_without_an_account_or_a_list_the_page_and_the_api_say_so(
    imported: Import, client: FlaskClient, charlie: Member
) -> None:
    imported(None)
    assert "No posts in your exports yet" in words_of(client.get(PAGE))
    assert client.get(f"{PAGE}.csv?table=skill").status_code == 404
    assert asked(client)["refused"]["code"] == "no_posts"
    sign_in(client, charlie)
    assert client.get(PAGE).status_code == 200
    answer = asked(client)
    assert (answer["refused"]["code"], answer["data_version"], answer["typical"]) == ("no_posts", None, None)


def test_seven_posts_are_refused_with_how_many_it_takes_everywhere(imported: Import, client: FlaskClient) -> None:
    imported(posts(7))
    said = "Not enough posts yet for an honest forecast (7 of 10)."
    page = words_of(client.get(PAGE))
    assert said in page
    assert "Ask about one post" not in page
    answer = asked(client)
    assert answer["refused"] == {"code": "few_posts", "text": said, "needs": 10}
    assert (answer["typical"], answer["low"], answer["high"], answer["posts"]) == (None, None, None, 7)
    assert value_in(drawer(client, "/figures/next_likes")) == "Unknown"
    # Whoever wants a part of the page that is not there gets the whole of it.
    assert "<html" in client.get(f"{PAGE}?title=bread", headers=HX).text


def test_exports_without_likes_are_refused_for_that_reason(imported: Import, client: FlaskClient) -> None:
    imported([{name: value for name, value in post.items() if name != "Likes"} for post in posts(20)])
    assert "do not say how many likes" in words_of(client.get(PAGE))
    assert asked(client)["refused"]["code"] == "no_likes"


def test_while_a_job_works_it_out_nothing_is_forecast_and_the_page_asks_again(
    imported: Import, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(posts(20))
    monkeypatch.setattr(reading, "LEAST_FITTED", 20)
    page = client.get(PAGE).text
    assert "Being worked out" in page
    assert f'hx-get="{PAGE}"' in page
    assert asked(client)["refused"]["code"] == "not_ready"
    assert value_in(drawer(client, "/figures/next_likes")) == "Unknown"
    assert client.get(f"{PAGE}.csv?table=levels").status_code == 404


def test_page_api_drawer_and_download_give_one_range(imported: Import, client: FlaskClient) -> None:
    imported(posts(50))
    page, answer = client.get(PAGE).text, asked(client)
    low, high = (f"{answer[name]:,}" for name in ("low", "high"))
    share = f"{answer['coverage']['value']:.0%}"
    checked = answer["coverage"]["posts"]
    said = (
        f"Your posts usually get {low} to {high} likes (8 times in 10). Checked on your last {checked} posts: {share}"
    )
    assert said in words_of(page)
    assert 0 < answer["low"] < answer["typical"] < answer["high"]
    assert answer["refused"] is None
    assert (answer["indicative"], answer["method"]) == (False, "levels")
    assert sum(expert["weight"] for expert in answer["experts"]) == pytest.approx(1, abs=1e-3)
    shown = drawer(client, "/figures/next_likes")
    assert value_in(shown) == f"{answer['typical']:,}"
    assert f"{low} to {high}" in shown
    assert "In 80 of 100 cases between" in shown
    assert len(table(client, "levels")) == len(answer["experts"])
    explained = asked(client, "?explain=1")
    assert {each["metric"]: each["value"] for each in explained["explain"]} == {
        "next_likes": answer["typical"],
        "forecast_coverage": answer["coverage"]["value"],
    }
    document = json.loads(client.get("/api/openapi.json").text)
    content = document["paths"][API]["get"]["responses"]["200"]["content"]["application/json"]
    assert faults(explained, content["schema"], document) == []


def test_the_scoreboard_compares_with_three_baselines_and_says_what_it_is_worth(
    imported: Import, client: FlaskClient
) -> None:
    imported(posts(50))
    page, rows = words_of(client.get(PAGE)), table(client, "skill")
    assert [row["against"] for row in rows] == ["median_10", "median_all", "last"]
    assert all(float(row["low"]) <= float(row["skill"]) <= float(row["high"]) for row in rows)
    assert f"checked on {rows[0]['posts']} posts)" in page
    assert "Luck and content" in page
    answer = asked(client)
    assert answer["skill"]["against"] == "rolling median of 10"
    assert answer["skill"]["value"] == pytest.approx(float(rows[0]["skill"]))
    assert {"0.5", "0.8"} < {row["meant"] for row in table(client, "calibration")}


def test_the_share_in_range_opens_its_posts_and_each_range_was_made_of_earlier_posts(
    imported: Import, client: FlaskClient
) -> None:
    imported(posts(50))
    rows = table(client, "ranges")
    inside = [float(row["low"]) <= float(row["likes"]) <= float(row["high"]) for row in rows]
    assert [row["in_range"] == "true" for row in rows] == inside
    shown = drawer(client, "/figures/forecast_coverage")
    assert value_in(shown) == f"{sum(inside) / len(inside):.0%}"
    assert f"{sum(inside)} of {len(inside)}" in shown
    assert set(posts_in(shown)) <= {row["post"] for row in rows}
    expected = drawer(client, f"/figures/expected_likes?post={rows[0]['post']}")
    # Ten posts were 7 days old when the first one that could be forecast was published.
    assert len(posts_in(expected)) == 10
    assert rows[0]["post"] not in posts_in(expected)


def test_a_young_post_is_still_growing_and_keeps_what_was_expected(imported: Import, client: FlaskClient) -> None:
    imported([*posts(40), *posts(1, "2025-05-30")])
    page = words_of(client.get(PAGE))
    assert "Posted 1 day ago: still growing, not counted yet." in page
    (row,) = table(client, "young-posts")
    assert (row["low"], row["posts"], row["takes_off"]) == ("", "0", "false")
    assert float(row["expected_low"]) < float(row["expected_high"])
    one = words_of(client.get(f"/content/posts/{row['post']}"))
    assert "Against what was expected" in one
    assert "still growing, not counted yet" in one


def test_a_post_far_above_its_range_is_called_exceptional_with_how_often_that_happens(
    imported: Import, client: FlaskClient
) -> None:
    found = posts(50)
    found[45]["Likes"] = "900000"
    imported(found)
    row = next(row for row in table(client, "ranges") if row["likes"] == "900000")
    assert row["label"] == "peak"
    page = words_of(client.get(f"/content/posts/{row['post']}"))
    assert re.search(r"Exceptional: [\d,]+ times your usual\. That happens about once in \d+ \(n = \d+\)\.", page)


def test_the_form_answers_in_place_and_names_the_field_at_fault(imported: Import, client: FlaskClient) -> None:
    imported(posts(30))
    address = f"{PAGE}?at=2025-06-05T18:00&title=bread&hashtags=sourdough"
    good = client.get(address, headers=HX)
    assert good.status_code == 200
    assert good.text in client.get(address).text
    assert good.text.startswith('<section class="card panel" id="asked"')
    assert re.search(r"Expected: [\d,]+ to [\d,]+ likes \(8 times in 10; from 30 posts\)\.", good.text)
    assert "from 60 posts that count on" in good.text
    link = re.search(r'href="(/planner/[^"]+)"', good.text)
    assert link is not None
    assert "at=2025-06-05T18:00" in unquote(link[1])
    for query, field in (("at=tomorrow", "at"), ("sound=nobody+made+this", "sound"), ("hashtags=a%2Bb", "hashtags")):
        bad = client.get(f"{PAGE}?{query}")
        assert bad.status_code == 422
        assert f'id="{field}-errors"' in bad.text, field
    assert client.get(f"{PAGE}?kind=opera").status_code == 422
    assert client.get(f"{PAGE}?mood=good").status_code == 422


def test_a_key_that_may_only_read_may_ask_with_a_body_and_is_told_what_is_wrong(
    app: Flask, imported: Import, client: FlaskClient, alice: Member
) -> None:
    imported(posts(30))
    with app.test_request_context("/"):
        key = create_key(alice.scope, "reads", current_actor(), can_write=False).text
        db.session.remove()
    asking = app.test_client()
    headers = {"Authorization": f"Bearer {key}"}

    def post(body: object) -> Any:
        return asking.post(API, json=body, headers=headers)

    body = {"published_at": "2025-06-05T16:00:00Z", "title": "bread", "hashtags": ["#baking"], "sound": "Slow morning"}
    told = post(body)
    assert told.status_code == 200
    assert json.loads(told.text) == asked(client, "?published_at=2025-06-05T16:00:00Z&title=bread&hashtags=baking")
    assert json.loads(asking.post(API, headers=headers).text) == asked(client)
    for wrong, field in (
        ({"published_at": "2025-06-05T16:00:00"}, "published_at"),
        ({"published_at": "1066-10-14T09:00:00Z"}, "published_at"),
        ({"hashtags": ["no+good"]}, "hashtags"),
        ({"sound": "nobody made this"}, "sound"),
        ({"mood": "good"}, "mood"),
    ):
        refused = post(wrong)
        assert (refused.status_code, json.loads(refused.text).get("field")) == (422, field), wrong
    assert asking.post(API, json=body).status_code == 401
