"""The page with accounts side by side: who is on it, its chart and table, and whom it refuses."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from webapp.domain.accounts_query import AccountsQuery, Scale
from webapp.extensions import db
from webapp.models import Account

PAGE = "/audience/analysis/accounts"
FIRST, SECOND = at("2025-03-01T12:00:00"), at("2025-03-21T12:00:00")
# Followers at both exports, the first list longer by those who left.
SIZES = {"anna": (100, 130), "berta": (200, 220), "clara": (50, 40)}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.fixture
def team(app: Flask, alice: Member, client: FlaskClient) -> dict[str, str]:
    """Three accounts of Alice's team with two exports each: public ids by name."""
    with app.app_context():
        for handle, sizes in SIZES.items():
            for size, second in zip(sizes, (FIRST, SECOND), strict=True):
                content = export_json(many(size), many(10), owner=handle)
                import_done(alice, content, exported_at=second, losses_confirmed=True)
        ids = {row.handle: row.public_id for row in db.session.scalars(select(Account))}
        db.session.remove()
    sign_in(client, alice)
    return ids


def chart_of(html: str) -> dict[str, Any]:
    found = re.search(r"<template data-chart-data>(.*?)</template>", html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def table_of(html: str) -> list[list[str]]:
    """Return the cells of the table of figures, a row an account and one of totals."""
    table = html[html.index('class="account-table"') :].split("</table>")[0]
    body = table[table.index("<tbody>") :]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_every_account_has_a_line_and_a_row_and_the_totals_add_them_up(
    team: dict[str, str], client: FlaskClient
) -> None:
    html = client.get(f"{PAGE}?period=all").text
    data = chart_of(html)
    assert data["labels"] == ["2025-03-01", "2025-03-21"]
    assert {one["label"]: one["values"] for one in data["series"]} == {
        f"@{name}": list(sizes) for name, sizes in SIZES.items()
    }
    assert len({one["colour"] for one in data["series"]}) == 3
    assert table_of(html) == [
        ["@anna", "Mar 21, 2025", "130", "10", "10", "13.00", "30", "0", "+30", "+1.5", "Mar 1, 2025 – Mar 21, 2025"],
        ["@berta", "Mar 21, 2025", "220", "10", "10", "22.00", "20", "0", "+20", "+1.0", "Mar 1, 2025 – Mar 21, 2025"],
        ["@clara", "Mar 21, 2025", "40", "10", "10", "4.00", "0", "10", "−10", "−0.5", "Mar 1, 2025 – Mar 21, 2025"],
        ["Total", "", "390", "30", "30", "–", "50", "10", "+40", "+2.0", ""],
    ]
    assert "counts twice in the totals" in html


def test_indexed_every_line_begins_at_100(team: dict[str, str], client: FlaskClient) -> None:
    html = client.get(f"{PAGE}?period=all&scale=index").text
    assert {one["label"]: one["values"] for one in chart_of(html)["series"]} == {
        "@anna": [100.0, 130.0],
        "@berta": [100.0, 110.0],
        "@clara": [100.0, 80.0],
    }
    assert "begins at 100 with its first export of this period" in html


def test_the_accounts_that_are_named_keep_their_colour_and_stay_in_every_link(
    team: dict[str, str], client: FlaskClient
) -> None:
    colours = {one["label"]: one["colour"] for one in chart_of(client.get(PAGE).text)["series"]}
    repeated = client.get(f"{PAGE}?accounts={team['clara']}&accounts={team['berta']}").text
    named = f"{team['berta']},{team['clara']}"
    joined = client.get(f"{PAGE}?accounts={named}").text
    for html in (repeated, joined):
        assert {one["label"]: one["colour"] for one in chart_of(html)["series"]} == {
            name: colours[name] for name in ("@berta", "@clara")
        }
        assert [row[0] for row in table_of(html)] == ["@berta", "@clara", "Total"]
    links = re.findall(r'href="(/audience/analysis/accounts[^"]*)"', joined[joined.index("period-bar") :])
    assert links
    assert all("accounts=" in link for link in links)
    checked = re.findall(r'value="(\w+)" checked', joined)
    assert set(checked) == {team["berta"], team["clara"]}


def test_the_figures_open_those_of_their_own_account(team: dict[str, str], client: FlaskClient) -> None:
    html = client.get(f"{PAGE}?period=all").text
    hrefs = {label: href.replace("&amp;", "&") for href, label in re.findall(
        r'class="opened" href="([^"]+)"[^>]*aria-label="([^"]+)"', html
    )}  # fmt: skip
    wanted = {
        "@clara, Followers: 40": "40",
        "@berta, Gained: 20": "20",
        "@clara, No longer follow you: 10": "10",
        "@anna, Mutuals: 10": "10",
        "@anna, Mar 1, 2025: 100": "100",
    }
    for label, value in wanted.items():
        page = client.get(hrefs[label])
        assert page.status_code == 200
        assert value in re.findall(r"[\d,]+", re.sub(r"<[^>]+>", " ", page.text))
        assert f"account={team[label[1:].split(',')[0]]}" in hrefs[label]


def test_the_download_is_the_table(team: dict[str, str], client: FlaskClient) -> None:
    rows = list(csv.reader(io.StringIO(client.get(f"{PAGE}.csv?period=all&accounts={team['anna']}").text)))
    assert rows == [
        ["account", "as_of", "followers", "following", "mutuals", "follower_ratio", "gained", "lost", "net",
         "net_per_day", "from", "to"],
        ["anna", "2025-03-21T12:00:00Z", "130", "10", "10", "13.0", "30", "0", "30", "1.5", "2025-03-01T12:00:00Z",
         "2025-03-21T12:00:00Z"],
        ["(total)", "", "130", "10", "10", "", "30", "0", "30", "1.5", "", ""],
    ]  # fmt: skip
    text = client.get(f"{PAGE}.csv?period=all&dialect=excel", headers={"Accept-Language": "fr"}).text
    assert text.startswith("\ufeffaccount;as_of;")
    assert "anna;2025-03-21 12:00:00;130;10;10;13;30;0;30;1,5;" in text


def test_a_missing_figure_is_named_in_the_total(
    team: dict[str, str], client: FlaskClient, app: Flask, alice: Member
) -> None:
    with app.app_context():
        import_done(alice, export_json(many(70), None, owner="dora"), exported_at=SECOND)
        db.session.remove()
    html = client.get(f"{PAGE}?period=all").text
    rows = {row[0]: row for row in table_of(html)}
    assert rows["@dora"][2:9] == ["70", *["unknown: Its exports do not tell it for this period."] * 6]
    assert rows["Total"][2:9] == ["460", "30 without @dora", "30 without @dora", "–"] + [
        f"{known} without @dora" for known in ("50", "10", "+40")
    ]
    cells = list(csv.reader(io.StringIO(client.get(f"{PAGE}.csv?period=all").text)))[-1]
    assert cells[:8] == ["(total)", "", "460", "", "", "", "", ""]


def test_a_gap_breaks_the_line_between_its_neighbours(
    team: dict[str, str], client: FlaskClient, app: Flask, alice: Member
) -> None:
    with app.app_context():
        for day, people in ((5, many(140)), (9, None), (13, many(150))):
            content = export_json(people, many(10 + day), owner="anna")
            import_done(alice, content, exported_at=SECOND + day * 86_400)
        db.session.remove()
    html = client.get(f"{PAGE}?period=all").text
    data = chart_of(html)
    anna, berta = (next(one for one in data["series"] if one["label"] == name) for name in ("@anna", "@berta"))
    assert anna["values"] == [100, 130, 140, None, 150]
    assert anna["breaks"] == [[2, 4]]
    assert (berta["values"], berta["breaks"]) == ([200, 220, None, None, None], [])
    assert "not in this export" in html


def test_more_than_five_and_accounts_of_others_are_refused(
    team: dict[str, str], client: FlaskClient, app: Flask, charlie: Member
) -> None:
    with app.app_context():
        import_done(charlie, export_json(many(3), owner="theirs"))
        foreign = db.session.scalars(select(Account.public_id).where(Account.handle == "theirs")).one()
        db.session.remove()
    for address in (PAGE, f"{PAGE}.csv"):
        assert client.get(f"{address}?accounts={foreign}").status_code == 404
        assert client.get(f"{address}?accounts={team['anna']},{foreign}").status_code == 404
        assert client.get(f"{address}?accounts=nobody").status_code == 404
        six = client.get(f"{address}?accounts=a,b,c,d,e,f")
        assert six.status_code == 422
        assert "You chose 6 accounts, and up to 5" in six.text
        assert client.get(f"{address}?scale=log").status_code == 422
        assert client.get(f"{address}?acounts=a").status_code == 422
    assert foreign not in client.get(PAGE).text


def test_with_one_account_the_page_says_what_it_would_take(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json(many(30), []))
        db.session.remove()
    sign_in(client, alice)
    html = client.get(PAGE).text
    assert "There is one account so far" in html
    assert "account-picker" not in html
    assert [row[0] for row in table_of(html)] == ["@demo.maker"]


@pytest.mark.parametrize(
    "content",
    [export_json(None, None, posts=[]), export_json(None, many(4)), export_json([], [])],
    ids=["no list", "following only", "empty lists"],
)
def test_accounts_without_followers_are_shown_as_such(
    app: Flask, client: FlaskClient, alice: Member, content: bytes
) -> None:
    with app.app_context():
        import_done(alice, content)
        import_done(alice, content.replace(b"demo.maker", b"other.one"))
        db.session.remove()
    sign_in(client, alice)
    for address in (PAGE, f"{PAGE}?period=all&scale=index", f"{PAGE}?period=last_import"):
        assert client.get(address).status_code == 200


def test_without_an_account_the_page_says_how_to_begin(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert client.get(PAGE).status_code == 200
    assert client.get(f"{PAGE}.csv").status_code == 404


def test_the_query_survives_its_own_address() -> None:
    query = AccountsQuery(("a1", "b2"), Scale.INDEX)
    arguments = query.to_args()
    assert arguments == {"accounts": "a1,b2", "scale": "index"}

    class Given(dict[str, str]):
        def getlist(self, key: str) -> list[str]:
            return [self[key]] if key in self else []

    assert AccountsQuery.parse(Given(arguments)) == query
    parse: Callable[[Any], AccountsQuery] = AccountsQuery.parse
    assert parse(Given(accounts="a1, a1,,b2,")).accounts == ("a1", "b2")


def test_without_a_choice_the_account_one_looks_at_is_among_the_five(
    app: Flask, alice: Member, client: FlaskClient, team: dict[str, str]
) -> None:
    with app.app_context():
        for number in range(4):
            import_done(alice, export_json(many(20), many(3), owner=f"more{number}"), exported_at=FIRST)
        ids = {row.handle: row.public_id for row in db.session.scalars(select(Account))}
        db.session.remove()
    assert len(ids) == 7
    for handle, public_id in ids.items():
        page = client.get(f"{PAGE}?account={public_id}").text
        ticked = set(re.findall(r'value="([0-9a-f]{20})" checked', page))
        assert public_id in ticked, handle
        assert len(ticked) == 5
