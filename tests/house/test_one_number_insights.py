"""Each number of the insights equals the same number in the download, and in what opens when it is clicked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from webapp.extensions import db

PAGE = "/audience/analysis/insights"
CELL = r'<a[^>]*href="(/figures/{metric}\?[^"]*)"[^>]*>([^<]+)(?:<small>([^<]+)</small>)?</a>'


@pytest.fixture
def page(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of an account with three lists, a day on which a crowd came, and posts."""
    parse_here(monkeypatch)
    crowd = [(f"crowd{number:03}", "2024-12-20 10:00:00") for number in range(60)]
    posts = [
        {"Date": f"2024-12-{day:02} 18:00:00", "Link": "", "Likes": str(day), "Title": f"clip {day}"}
        for day in range(1, 31, 2)
    ]
    with app.app_context():
        for second, gone in (("2025-01-03", 0), ("2025-02-03", 9), ("2025-03-03", 40)):
            people = [*many(1400)[gone:], *crowd[gone:], ("last.one", "2024-10-01 10:00:00")]
            import_done(alice, export_json(people, [], posts=posts), exported_at=at(second), losses_confirmed=True)
        db.session.remove()
    sign_in(client, alice)
    return client.get(PAGE).text


def cells(page: str, metric: str) -> Iterator[tuple[str, dict[str, str], str, str]]:
    """Yield address, arguments, text and small text of each number of a metric."""
    for href, text, small in re.findall(CELL.format(metric=metric), page):
        address = href.replace("&amp;", "&")
        arguments = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        yield address, arguments, text, small


def drawer(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers={"HX-Request": "true", "HX-Target": "figure"})
    found = re.search(r'class="figure-value[^"]*">([^<]+)</p>', answer.text)
    assert found, address
    return found[1]


def table(client: FlaskClient, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{PAGE}.csv?table={name}").text)))


def test_the_follows_of_an_hour(page: str, client: FlaskClient) -> None:
    written = [row["follows"] for row in table(client, "hours")]
    found = list(cells(page, "hour_follows"))
    assert len(found) == len(written) == 168
    assert [text for _, _, text, _ in sorted(found, key=lambda cell: int(cell[1]["hour"]))] == written
    for address, arguments, text, _ in (found[0], found[100], max(found, key=lambda cell: int(cell[2]))):
        assert drawer(client, address) == text == written[int(arguments["hour"])]


def test_the_follows_of_a_peak(page: str, client: FlaskClient) -> None:
    written = {row["day"]: row["follows"] for row in table(client, "peaks")}
    found = {arguments["day"]: (address, text) for address, arguments, text, _ in cells(page, "day_follows")}
    assert {day: text for day, (_, text) in found.items()} == written
    assert written == {"2024-12-20": "84"}
    assert drawer(client, found["2024-12-20"][0]) == "84"


def test_the_follows_after_a_post(page: str, client: FlaskClient) -> None:
    written = {row["post"]: row["follows"] for row in table(client, "post-follows")}
    found = {arguments["post"]: (address, text) for address, arguments, text, _ in cells(page, "post_follows")}
    assert {post: text for post, (_, text) in found.items()} == written
    assert len(written) == 15
    for address, text in list(found.values())[::5]:
        assert drawer(client, address) == text


def test_who_stayed_of_a_month(page: str, client: FlaskClient) -> None:
    december = [arguments["export"] for _, arguments, _, _ in cells(page, "month_stayed") if "-12-" in arguments["day"]]
    day_of = dict(zip(december, ("2025-02-03", "2025-03-03"), strict=True))
    written = {(row["month"], row["later_list"][:10]): row for row in table(client, "months")}
    found = {(cell[1]["day"], day_of[cell[1]["export"]]): cell for cell in cells(page, "month_stayed")}
    assert found.keys() == written.keys()
    for key, (address, _, text, small) in found.items():
        row = written[key]
        if row["rate"]:
            assert (text, small) == (f"{float(row['rate']):.1%}", row["kept"])
            assert drawer(client, address) == text
        else:
            assert text == f"{row['kept']} of {row['of']}"
            assert drawer(client, address) == "Unknown"
    assert {key for key, row in written.items() if not row["rate"]}
    assert min(date.fromisoformat(month) for month, _ in written) == date(2024, 10, 1)
