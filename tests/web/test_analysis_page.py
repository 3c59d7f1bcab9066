"""The tab about growth: what it claims, what it refuses to claim, and that its figures are those behind the links."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.analytics.statistics.histories import Truth, simulate
from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import at, written
from tests.opened import drawer, value_in
from webapp.analytics import growth as reads
from webapp.extensions import db
from webapp.models import Annotation

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

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
    section = page[page.index('<section id="analysis"') : page.index("</main>")]
    section = re.sub(r"<template.*?</template>", " ", section, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def chart(page: str, name: str) -> dict[str, Any]:
    """Return the data of a chart of the page."""
    figure = page[page.index(f'<figure class="chart" id="{name}"') :]
    data = figure[figure.index("<template data-chart-data>") : figure.index("</template>")]
    found: dict[str, Any] = json.loads(data[data.index(">") + 1 :])
    return found


def twin(page: str, name: str) -> list[list[str]]:
    """Return the rows of a chart's table as a person reads them."""
    figure = page[page.index(f'<figure class="chart" id="{name}"') :]
    body = figure[figure.index("<tbody>") : figure.index("</tbody>")]
    rows = body.split("<tr>")[1:]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def card(page: str, label: str) -> str:
    """Return what a person reads on a card."""
    cards = re.findall(r'<article class="card kpi">.*?</article>', page, re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found)).strip() for found in cards]
    return next(text for text in texts if text.startswith(f"{label} "))


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
    page = client.get("/audience/analysis?period=all").text
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
    page = client.get("/audience/analysis?period=all").text
    told = words(page)
    found = re.search(r"Of 100 new followers, about (\d+) stay after 30 days \(between (\d+) and (\d+)\)\.", told)
    assert found
    value, low, high = map(int, found.groups())
    # Eight of ten stay in truth.
    assert 60 <= low <= value <= high <= 95
    assert low <= 80 <= high
    assert f"{value}% estimate" in card(page, "Stay after 30 days")
    assert '"style": "estimate"' in page
    assert "Followed in all" in told
    for word in (" because of ", "unfollower", "churn"):
        assert word not in told.lower()


@pytest.mark.parametrize(
    ("period", "exports", "name"),
    [
        ("", 2, "28 days"),
        ("week", 1, "7 days"),
        ("month", 2, "30 days"),
        ("90d", 3, "90 days"),
        ("year", 3, "365 days"),
        ("all", 3, "All time"),
        ("last_import", 1, "Since the last import"),
        ("custom&date_from=2025-01-02&date_to=2025-03-10", 2, "From day to day"),
    ],
)
def test_a_period_shows_its_exports_and_28_days_are_shown_first(
    imported: Import, client: FlaskClient, period: str, exports: int, name: str
) -> None:
    for day, count in (("2025-01-02", 300), ("2025-03-10", 310), ("2025-04-01", 320)):
        imported(export_json(many(count), []), day)
    page = client.get(f"/audience/analysis?period={period}" if period else "/audience/analysis").text
    table = page[page.rindex("<tbody>") :]
    assert table.count('<th scope="row">') == exports
    assert re.search(r'id="analysis-period">.*?</span>([^<]+)</span>', page)[1] == name  # type: ignore[index]


def test_a_period_between_two_exports_shows_both_and_the_change_between_them(
    imported: Import, client: FlaskClient
) -> None:
    for day, count in (("2025-01-02", 300), ("2025-03-10", 310), ("2025-04-01", 320)):
        imported(export_json(many(count), []), day)
    choices = re.findall(r'<option value="(\w{20})"', client.get("/audience/analysis").text)
    newest, middle, oldest = choices[:3]
    page = client.get(f"/audience/analysis?period=exports&from={oldest}&to={middle}").text
    assert re.findall(r'<option value="(\w{20})" selected', page) == [oldest, middle]
    assert "Jan 2, 2025 to Mar 10, 2025" in words(page)
    drawn = chart(page, "chart-growth")
    dots = drawn["series"][0]["values"]
    assert [count for count in dots if count is not None] == [300, 310]
    assert "10 between Jan 2, 2025 and Mar 10, 2025" in card(page, "Gained")
    assert client.get(f"/audience/analysis?from={newest}0").status_code == 404


def test_every_link_carries_the_period_and_the_step(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(300), many(9, "brand")), "2025-01-02")
    imported(export_json(many(310), many(9, "brand")), "2025-02-02")
    page = client.get("/audience/analysis?period=90d&compare=none&by=week").text
    section = page[page.index('<section id="analysis"') :]
    ways = [way.replace("&amp;", "&") for way in re.findall(r'href="(/audience/analysis[^"]*)"', section)]
    assert ways
    for way in ways:
        assert client.get(way).status_code == 200
    assert "/audience/analysis.csv?period=90d&compare=none" in ways
    assert "/audience/analysis?period=90d&compare=none&by=month" in ways
    assert '<input type="hidden" name="by" value="week">' in section
    assert '<input type="hidden" name="compare" value="none">' in section


@pytest.mark.parametrize(
    ("by", "days"),
    [
        # Weeks begin on Monday; what an export counted stays, whatever the step.
        ("week", ["2025-03-05", "2025-03-09", "2025-03-16", "2025-03-23", "2025-03-30", "2025-04-02"]),
        ("month", ["2025-03-05", "2025-03-31", "2025-04-02"]),
    ],
)
def test_curves_are_thinned_to_the_ends_of_weeks_and_months(
    imported: Import, client: FlaskClient, by: str, days: list[str]
) -> None:
    people = [(f"p{n:03}", written(at("2025-03-01") - n * 3600)) for n in range(60)]
    imported(export_json(people, []), at("2025-03-05T10:00:00"))
    imported(export_json(people[1:], []), at("2025-04-02T10:00:00"))
    shown = chart(client.get(f"/audience/analysis?by={by}").text, "chart-growth")["labels"]
    assert shown == days


def test_new_followers_are_counted_by_whole_steps_and_the_last_is_not_over(
    imported: Import, client: FlaskClient
) -> None:
    people = [(f"p{n:03}", written(at("2025-03-12T12:00:00") - n * 86_400)) for n in range(40)]
    imported(export_json(people, []), at("2025-03-12T18:00:00"))
    page = client.get("/audience/analysis?by=week").text
    drawn = chart(page, "chart-arrivals")
    whole, so_far = (series["values"] for series in drawn["series"])
    assert whole == [7, 7, 7, 7, None]
    assert so_far == [None, None, None, None, 3]
    assert [value_in(drawer(client, link)) for link in drawn["links"]] == ["7", "7", "7", "7", "3"]
    assert drawn["titles"][-1] == "Week of Mar 10, 2025 (not over yet)"
    assert twin(page, "chart-arrivals")[:2] == [["Mar 10, 2025 (not over yet)", "3"], ["Mar 3, 2025", "7"]]
    assert "New followers from Feb 10, 2025 to Mar 12, 2025: 31; the most in the week of Feb 10, 2025: 7." in words(
        page
    )
    assert "do not compare recent weeks with older ones" in words(page)
    days = chart(client.get("/audience/analysis").text, "chart-arrivals")
    assert days["links"][0] == "/figures/day_follows?day=2025-02-12"
    months = chart(client.get("/audience/analysis?period=all&by=month").text, "chart-arrivals")
    assert months["labels"] == ["Feb 2025", "Mar 2025"]
    assert [series["values"] for series in months["series"]] == [[28, None], [None, 12]]


def test_the_table_of_the_curves_has_the_numbers_and_the_links_of_the_chart(
    imported: Import, client: FlaskClient
) -> None:
    imported(export_json(many(300), many(9, "brand")), "2025-01-02")
    imported(export_json(many(310), many(11, "brand")), "2025-01-20")
    page = client.get("/audience/analysis").text
    drawn, rows = chart(page, "chart-growth"), twin(page, "chart-growth")
    assert [series["style"] for series in drawn["series"]] == ["dots", "bound", "dots", "bound"]
    columns = [list(column) for column in zip(*rows[::-1], strict=True)][1:]
    for series, column in zip(drawn["series"], columns, strict=True):
        assert [("–" if value is None else str(value)) for value in series["values"]] == column
    at_list = drawn["labels"].index("2025-01-20")
    href = drawn["series"][0]["links"][at_list]
    assert href.startswith("/figures/followers?export=")
    assert page.count(f'href="{href}"') >= 2
    assert drawn["series"][1]["link"] == "/figures/at_least?day={day}"
    assert 'href="/figures/at_least?day=2025-01-19"' in page
    assert 'href="/figures/following_at_least?day=2025-01-19"' in page


def test_posts_round_numbers_peaks_and_notes_are_marked_and_listed(
    app: Flask, alice: Member, imported: Import, client: FlaskClient
) -> None:
    crowd = [(f"crowd{number:03}", "2024-12-20 10:00:00") for number in range(200)]
    posts = [
        {"Date": f"{day} 09:00:00", "Link": "", "Likes": "1", "Title": title}
        for day, title in (("2024-12-18", "my <b>bread</b>"), ("2024-12-19", ""), ("2023-01-01", "long ago"))
    ]
    imported(export_json([*many(2400), *crowd], [], posts=posts), "2025-01-03")
    with app.app_context():
        scope = account_scope(alice)
        db.session.add(
            Annotation(
                account_id=scope.account_id,
                day=date(2024, 12, 24),
                text="Bought a <camera>",
                created_by=alice.user_id,
                changed_at=datetime.now(UTC),
            )
        )
        db.session.commit()
    page = client.get("/audience/analysis").text
    marks = chart(page, "chart-growth")["markers"]
    assert [(mark["day"], mark["kind"], mark["text"]) for mark in marks] == [
        ("2024-12-24", "note", "Bought a <camera>"),
        ("2024-12-20", "peak", "224 instead of about 23"),
        ("2024-12-19", "post", "without words"),
        ("2024-12-18", "post", "my <b>bread</b>"),
    ]
    listed = page[page.index('<ul class="marks">') :]
    listed = listed[: listed.index("</ul>")]
    for text in ("Bought a &lt;camera&gt;", "224 instead of about 23", "my &lt;b&gt;bread&lt;/b&gt;"):
        assert text in listed
    assert 'href="/audience/annotations?day=2024-12-24"' in listed
    assert 'href="/figures/day_follows?day=2024-12-20"' in listed
    assert "long ago" not in page
    everything = chart(client.get("/audience/analysis?period=all").text, "chart-growth")["markers"]
    assert {"milestone", "post"} <= {mark["kind"] for mark in everything}
    assert "long ago" in [mark["text"] for mark in everything]


def test_gained_and_lost_say_between_which_lists_and_how_they_compare(imported: Import, client: FlaskClient) -> None:
    for day, count, gone in (("2025-01-01", 300, 0), ("2025-02-01", 320, 20), ("2025-03-01", 350, 40)):
        imported(export_json(many(count)[gone:], []), day)
    page = client.get("/audience/analysis").text
    assert "30 " in card(page, "Gained")
    assert "between Feb 1, 2025 and Mar 1, 2025" in card(page, "Gained")
    # 30 in 28 days against 20 in 31 days.
    assert "+66% per day; before: 20 in 31 days" in card(page, "Gained")
    assert "+11% per day; before: 20 in 31 days" in card(page, "No longer follow you")
    assert "+10 (+3.3%) since Feb 1, 2025" in card(page, "Followers")
    assert "per day" not in card(client.get("/audience/analysis?compare=none").text, "Gained")
    first = card(client.get("/audience/analysis?period=custom&date_from=2025-01-01&date_to=2025-02-01").text, "Gained")
    assert "20 between Jan 1, 2025 and Feb 1, 2025. No two lists lie in the time it would be compared with." in first


def test_a_base_of_a_few_people_is_no_base(imported: Import, client: FlaskClient) -> None:
    for day, count in (("2025-01-01", 300), ("2025-02-01", 303), ("2025-03-01", 350)):
        imported(export_json(many(count), []), day)
    gained = card(client.get("/audience/analysis").text, "Gained")
    assert "Before, it was 3: too few to compare with." in gained
    assert "%" not in gained


def test_a_total_shows_no_change_of_a_period_that_ended_before_its_list(imported: Import, client: FlaskClient) -> None:
    for day, count in (("2025-01-01", 300), ("2025-02-01", 320), ("2025-03-01", 350)):
        imported(export_json(many(count), []), day)
    page = client.get("/audience/analysis?period=custom&date_from=2025-01-01&date_to=2025-02-01").text
    assert "since" not in card(page, "Followers")
    assert "350" in card(page, "Followers")
    assert "20 between Jan 1, 2025 and Feb 1, 2025" in card(page, "Gained")


def test_an_account_with_following_lists_alone_is_told_of_them_and_of_nothing_else(
    imported: Import, client: FlaskClient
) -> None:
    imported(export_json(None, many(40)), "2025-01-02")
    imported(export_json(None, many(52)[2:]), "2025-01-20")
    page = client.get("/audience/analysis").text
    told = words(page)
    assert "Your exports hold the following list only" in told
    assert "Unknown No export of this account holds the follower list." in card(page, "Followers")
    assert "50" in card(page, "Following")
    assert "12 between Jan 2, 2025 and Jan 20, 2025" in card(page, "You began to follow")
    assert "2 between Jan 2, 2025 and Jan 20, 2025" in card(page, "You no longer follow")
    assert "Following over time" in told
    assert {series["key"] for series in chart(page, "chart-growth")["series"]} == {"following"}
    assert "The following list went from 40 on Jan 2, 2025 to 50 on Jan 20, 2025." in told
    for absent in ("chart-arrivals", "Days with many new followers", "From export to export", "Round numbers"):
        assert absent not in page
    assert client.get("/audience/analysis.csv").status_code == 200


def test_one_export_has_no_gain_and_says_why(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), many(4)), "2025-01-02")
    page = client.get("/audience/analysis").text
    assert "Unknown It takes a second export to compare with." in card(page, "Gained")
    assert "From export to export" not in page


def test_days_months_and_numbers_are_written_in_the_readers_language(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(1300), many(9, "brand")), "2025-01-02")
    page = client.get("/audience/analysis?period=all&by=month", headers={"Accept-Language": "fr"}).text
    drawn = chart(page, "chart-arrivals")
    assert drawn["labels"] == ["nov. 2024", "déc. 2024", "janv. 2025"]
    assert drawn["titles"][0] == "novembre 2024"
    assert twin(page, "chart-growth")[0][:2] == ["2 janv. 2025", "1\u202f300"]


def test_another_period_is_refused(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get("/audience/analysis?period=decade").status_code == 422
    assert client.get("/audience/analysis?since=2020").status_code == 422
    assert client.get("/audience/analysis?by=hour").status_code == 422
    assert client.get("/audience/analysis?compare=yesterday").status_code == 422


def test_a_list_that_an_export_lacks_is_unknown_there_and_no_zero(imported: Import, client: FlaskClient) -> None:
    imported(export_json(many(30), many(5)), "2025-01-02")
    imported(export_json(None, many(6)), "2025-02-02")
    page = client.get("/audience/analysis?period=all").text
    row = page[page.rindex('<th scope="row">Feb 2, 2025') :]
    cells = re.findall(r'<td class="num">(.*?)</td>', row[: row.index("</tr>")])
    assert ['class="unknown"' in cell for cell in cells] == [True, True, False, True, True]
    assert re.sub(r"<[^>]+>", "", cells[2]) == "6"
    assert "on the list of Jan 2, 2025" in card(page, "Followers")


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
    near = told[told.index("Days with many new followers") :]
    assert "too early" not in near
    assert "too late" not in near
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
    rows = list(csv.DictReader(io.StringIO(client.get("/audience/analysis.csv?period=all").text)))
    assert [(row["date"], row["follower_count"], row["following_count"]) for row in rows] == [
        ("2025-01-02", "30", "4"),
        ("2025-02-02", "31", ""),
    ]
    assert (rows[0]["followers_gained"], rows[1]["followers_gained"], rows[1]["kept"]) == ("", "1", "30")
    excel = client.get("/audience/analysis.csv?period=week&dialect=excel", headers={"Accept-Language": "fr"}).text
    assert excel.startswith("\ufeffdate;at;")
    assert excel.count("\r\n") == 2
    assert (
        ";1;0,8"
        in client.get("/audience/analysis.csv?period=all&dialect=excel", headers={"Accept-Language": "fr"}).text
    )


def test_without_an_account_the_page_says_how_to_begin(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get("/audience/analysis").status_code == 200
    assert client.get("/audience/analysis.csv").status_code == 404
