"""The page about growth: what it claims, what it refuses to claim, and that its figures are those behind the links."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.analytics.statistics.histories import Truth, simulate
from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at, written
from webapp.analytics import growth as reads
from webapp.extensions import db

BEGIN = at("2025-01-01")
Import = Callable[..., None]


@pytest.fixture
def imported(app: Flask, alice: Member, client: FlaskClient) -> Import:
    """Import exports of Alice, who is signed in."""
    sign_in(client, alice)

    def run(content: bytes, day: str | int) -> None:
        with app.app_context():
            import_done(alice, content, exported_at=at(day) if isinstance(day, str) else day)
            db.session.remove()

    return run


def words(page: str) -> str:
    """Return what a person reads of the page."""
    section = page[page.index('<section id="growth"') : page.index("</main>")]
    section = re.sub(r"<script.*?</script>", " ", section, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def import_history(imported: Import, history: Truth, **extra: Any) -> None:
    for time in history.times:
        rows = [
            (f"user{number:05}", written(BEGIN + int(start * 86_400)))
            for number, (start, end) in enumerate(history.people)
            if start <= time < end
        ]
        imported(export_json(rows, [], **extra), BEGIN + int(time * 86_400))


def test_one_export_gives_a_lower_bound_that_is_called_so(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(300), []), "2025-01-02")
    page = client.get("/audience/analysis").text
    told = words(page)
    assert "Those who left are missing: the past is under-stated and the curve cannot go down." in told
    assert "One export shows who is here, not who left." in told
    assert " stay after 30 days (between" not in told
    assert '"style": "bound"' in page
    assert '"style": "estimate"' not in page
    assert "100 followers, at the latest on Dec 24, 2024" in told
    assert "reach back 14" in told


def test_too_few_losses_are_said_with_their_number(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(300), []), "2025-01-02")
    imported(export_json(many(293), []), "2025-02-02")
    told = words(client.get("/audience/analysis").text)
    assert "needs 50 people who no longer follow you between two exports; so far there are 7." in told
    assert " stay after 30 days (between" not in told


def test_with_enough_losses_it_says_how_many_stay_and_draws_a_band(imported: Import, client: FlaskClient) -> None:
    import_history(imported, simulate(3, 12, 200, (120, 150, 180, 200)))
    page = client.get("/audience/analysis").text
    told = words(page)
    found = re.search(r"Of 100 new followers, about (\d+) stay after 30 days \(between (\d+) and (\d+)\)\.", told)
    assert found
    value, low, high = map(int, found.groups())
    # Eight of ten stay in truth.
    assert 60 <= low <= value <= high <= 95
    assert low <= 80 <= high
    assert f"{value}% estimate" in told
    assert '"style": "estimate"' in page
    assert "Followed in all" in told
    for word in (" because of ", "unfollower", "churn"):
        assert word not in told.lower()


@pytest.mark.parametrize(("period", "exports"), [("week", 1), ("month", 2), ("year", 3), ("all", 3)])
def test_a_period_shows_its_exports_and_the_page_without_one_shows_all(
    imported: Import, client: FlaskClient, period: str, exports: int
) -> None:
    for day, count in (("2025-01-02", 300), ("2025-03-10", 310), ("2025-04-01", 320)):
        imported(export_json(many(count), []), day)
    page = client.get(f"/audience/analysis?period={period}").text
    table = page[page.rindex("<tbody>") :]
    assert table.count('<th scope="row">') == exports
    assert re.findall(r'aria-current="page">(7 days|30 days|365 days|All time)', page) == [
        {"week": "7 days", "month": "30 days", "year": "365 days", "all": "All time"}[period]
    ]
    assert client.get("/audience/analysis").text.count("<tr>") >= page.count("<tr>")


def test_another_period_is_refused(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get("/audience/analysis?period=decade").status_code == 422
    assert client.get("/audience/analysis?since=2020").status_code == 422


def test_a_list_that_an_export_lacks_is_unknown_there_and_no_zero(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), many(5)), "2025-01-02")
    imported(export_json(None, many(6)), "2025-02-02")
    page = client.get("/audience/analysis").text
    row = page[page.rindex("Feb 2, 2025") :]
    cells = re.findall(r'<td class="num">(.*?)</td>', row[: row.index("</tr>")])
    assert ['class="unknown"' in cell for cell in cells] == [True, True, False, True, True]
    assert cells[2] == "6"


def test_without_any_list_the_page_says_what_to_ask_for(imported: Import, client: FlaskClient) -> None:
    imported(export_json(None, None), "2025-01-02")
    assert "choose all data, in the JSON format" in words(client.get("/audience/analysis").text)
    assert client.get("/audience/analysis.csv").status_code == 404


def test_the_profiles_own_number_stands_beside_the_list(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), [], profile={"followerCount": 34}), "2025-01-02")
    told = words(client.get("/audience/analysis").text)
    assert "Followers by your profile" in told
    assert "4 more than the list" in told
    assert "It differs from the list by a few per cent" in told


def test_a_peak_names_the_posts_of_the_three_days_before(imported: Import, client: FlaskClient) -> None:
    crowd = [(f"crowd{number:03}", "2024-12-20 10:00:00") for number in range(200)]
    posts = [
        {"Date": f"2024-12-{day} 09:00:00", "Link": "", "Likes": "1", "Title": title}
        for day, title in (("16", "too early"), ("17", "my <b>bread</b>"), ("21", "too late"))
    ]
    imported(export_json([*many(2400), *crowd], [], posts=posts), "2025-01-03")
    page = client.get("/audience/analysis").text
    told = words(page)
    assert "Dec 20, 2024 · 224 instead of about 23" in told
    assert "coincides with the post of Dec 17, 2024: “my &lt;b&gt;bread&lt;/b&gt;”" in told
    assert "too early" not in told
    assert "too late" not in told
    listed = re.search(r'href="(/audience/followers\?date_from=2024-12-20[^"]*)"', page)
    assert listed
    assert "224 found" in client.get(listed[1].replace("&amp;", "&")).text


def test_a_large_account_sees_its_exact_points_while_the_rest_is_worked_out(
    imported: Import, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "LONG_LIST", 100)
    imported(export_json(many(150), []), "2025-01-02")
    told = words(client.get("/audience/analysis").text)
    assert "Being worked out" in told
    assert "150" in told


def test_the_download_holds_every_export_of_the_period_in_both_forms(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), many(4)), "2025-01-02")
    imported(export_json(many(31), None), "2025-02-02")
    rows = list(csv.DictReader(io.StringIO(client.get("/audience/analysis.csv").text)))
    assert [(row["date"], row["follower_count"], row["following_count"]) for row in rows] == [
        ("2025-01-02", "30", "4"),
        ("2025-02-02", "31", ""),
    ]
    assert (rows[0]["followers_gained"], rows[1]["followers_gained"], rows[1]["kept"]) == ("", "1", "30")
    excel = client.get("/audience/analysis.csv?period=week&dialect=excel", headers={"Accept-Language": "fr"}).text
    assert excel.startswith("\ufeffdate;at;")
    assert excel.count("\r\n") == 2
    assert ";1;0,8" in client.get("/audience/analysis.csv?dialect=excel", headers={"Accept-Language": "fr"}).text


def test_without_an_account_the_page_says_how_to_begin(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get("/audience/analysis").status_code == 200
    assert client.get("/audience/analysis.csv").status_code == 404
