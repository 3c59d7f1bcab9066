"""Accounts beside each other: a figure is the same on the page, in the API, in the download and in its drawer."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from tests.opened import drawer, opened_numbers, rows_of, value_in
from webapp.extensions import db
from webapp.models import Account

PAGE = "/audience/analysis/accounts"
API = "/api/accounts/comparison/"
# The figures of an account as page and API name them.
LABELS = {
    "Followers": "followers",
    "Following": "following",
    "Mutuals": "mutuals",
    "Follower ratio": "follower_ratio",
    "Gained": "gained",
    "No longer follow you": "lost",
    "Net change": "net",
}


@pytest.fixture
def team(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose team has two accounts with two exports each and one with a following list alone."""
    parse_here(monkeypatch)
    with app.app_context():
        for handle, before, after in (("anna", many(100), many(130)[20:]), ("berta", many(40, "b"), many(60, "b"))):
            import_done(alice, export_json(before, many(10), owner=handle), exported_at=at("2025-03-01T12:00:00"))
            content = export_json(after, many(15), owner=handle)
            import_done(alice, content, exported_at=at("2025-03-21T12:00:00"), losses_confirmed=True)
        import_done(alice, export_json(None, many(7), owner="clara"), exported_at=at("2025-03-20T12:00:00"))
        db.session.remove()
    sign_in(client, alice)
    return client


def figures(client: FlaskClient) -> Iterator[tuple[str, str, str, str]]:
    """Yield account, field, text and address of every figure of the table."""
    table = client.get(f"{PAGE}?period=all").text
    table = table[table.index('class="account-table"') :].split("</table>")[0]
    for number in opened_numbers(table):
        found = re.fullmatch(r"@(\w+), (.*): .*", number.label)
        assert found, number.label
        yield found[1], LABELS[found[2]], number.text, number.href


def plain(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace("+", ""))


def test_the_figures_of_every_account_are_the_same_on_every_surface(team: FlaskClient) -> None:
    answer: dict[str, Any] = json.loads(team.get(f"{API}?period=all").text)
    named = {each["handle"]: each for each in answer["accounts"]}
    table = list(csv.DictReader(io.StringIO(team.get(f"{PAGE}.csv?period=all").text)))
    totals = {row["account"]: row for row in table}
    seen = set()
    for account, field, text, href in figures(team):
        fragment = drawer(team, href)
        assert plain(text) == named[account][field] == float(totals[account][field]), (account, field)
        assert plain(value_in(fragment)) == plain(text), (account, field)
        seen.add((account, field))
        if field in ("followers", "following", "gained", "lost"):
            # Of nobody there is nothing to download.
            rows = rows_of(team, fragment) if plain(text) else []
            assert len(rows) == plain(text), (account, field)
    both = {(account, field) for account in ("anna", "berta") for field in LABELS.values()}
    assert seen == both | {("clara", "following")}


def test_the_sums_are_the_same_and_unknown_where_an_account_does_not_know(team: FlaskClient) -> None:
    totals = json.loads(team.get(f"{API}?period=all").text)["totals"]
    last = list(csv.DictReader(io.StringIO(team.get(f"{PAGE}.csv?period=all").text)))[-1]
    assert last["account"] == "(total)"
    assert {field: last[field] for field in totals} == {
        field: "" if value is None else str(value) for field, value in totals.items()
    }
    assert (totals["following"], totals["followers"], totals["follower_ratio"]) == (37, None, None)
    assert "@clara" in team.get(f"{PAGE}?period=all").text


def test_other_teams_accounts_and_too_many_are_refused(app: Flask, team: FlaskClient, charlie: Member) -> None:
    with app.app_context():
        import_done(charlie, export_json(many(3), [], owner="other"))
        other = db.session.query(Account).filter_by(handle="other").one().public_id
        db.session.remove()
    assert team.get(f"{API}?accounts={other}").status_code == 404
    assert team.get(f"{API}?accounts=no-id").status_code == 404
    six = ",".join(f"{number:020x}" for number in range(6))
    refused = team.get(f"{API}?accounts={six}")
    assert refused.status_code == 422
    assert json.loads(refused.text)["field"] == "accounts"
