"""Days and hours are those of the account's zone, also in the nights in which its clocks change: answers by hand."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, sign_in
from tests.ledgers import at, parse_here, written
from webapp.analytics import list_index
from webapp.analytics.audience import list_top_days
from webapp.analytics.growth import find_growth
from webapp.analytics.growth_cohorts import count_cohorts
from webapp.analytics.growth_model import LowerBound, work_out
from webapp.analytics.relationships import count_by_day
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Account

DAY = 86_400
NAMES = re.compile(r'class="person-name"[^>]*>@<bdi>([^<]+)</bdi>')


class Follow(NamedTuple):
    """A follow as the file has it, in UTC, and what the clocks of the account showed."""

    utc: str
    local: str


# In Los Angeles the hour from two on 9 March is missing, and the hour from one on 2 November comes twice.
LOS_ANGELES = [
    Follow("2025-01-16 07:59:59", "2025-01-15 23:59:59"),
    Follow("2025-01-16 08:00:00", "2025-01-16 00:00:00"),
    Follow("2025-03-09 07:59:59", "2025-03-08 23:59:59"),
    Follow("2025-03-09 08:00:00", "2025-03-09 00:00:00"),
    Follow("2025-03-09 09:59:59", "2025-03-09 01:59:59"),
    Follow("2025-03-09 10:00:00", "2025-03-09 03:00:00"),
    Follow("2025-03-10 06:59:59", "2025-03-09 23:59:59"),
    Follow("2025-03-10 07:00:00", "2025-03-10 00:00:00"),
    Follow("2025-11-02 06:59:59", "2025-11-01 23:59:59"),
    Follow("2025-11-02 07:00:00", "2025-11-02 00:00:00"),
    Follow("2025-11-02 08:30:00", "2025-11-02 01:30:00"),
    Follow("2025-11-02 09:30:00", "2025-11-02 01:30:00"),
    Follow("2025-11-02 10:00:00", "2025-11-02 02:00:00"),
    Follow("2025-11-03 07:59:59", "2025-11-02 23:59:59"),
    Follow("2025-11-03 08:00:00", "2025-11-03 00:00:00"),
]
# In Auckland the hour from two comes twice on 6 April and is missing on 28 September.
AUCKLAND = [
    Follow("2025-01-15 10:59:59", "2025-01-15 23:59:59"),
    Follow("2025-01-15 11:00:00", "2025-01-16 00:00:00"),
    Follow("2025-04-05 10:59:59", "2025-04-05 23:59:59"),
    Follow("2025-04-05 11:00:00", "2025-04-06 00:00:00"),
    Follow("2025-04-05 13:30:00", "2025-04-06 02:30:00"),
    Follow("2025-04-05 14:30:00", "2025-04-06 02:30:00"),
    Follow("2025-04-05 15:00:00", "2025-04-06 03:00:00"),
    Follow("2025-04-06 11:59:59", "2025-04-06 23:59:59"),
    Follow("2025-04-06 12:00:00", "2025-04-07 00:00:00"),
    Follow("2025-09-27 11:59:59", "2025-09-27 23:59:59"),
    Follow("2025-09-27 12:00:00", "2025-09-28 00:00:00"),
    Follow("2025-09-27 13:59:59", "2025-09-28 01:59:59"),
    Follow("2025-09-27 14:00:00", "2025-09-28 03:00:00"),
    Follow("2025-09-28 10:59:59", "2025-09-28 23:59:59"),
    Follow("2025-09-28 11:00:00", "2025-09-29 00:00:00"),
]
PER_DAY = {
    "America/Los_Angeles": {
        date(2025, 1, 15): 1,
        date(2025, 1, 16): 1,
        date(2025, 3, 8): 1,
        date(2025, 3, 9): 4,
        date(2025, 3, 10): 1,
        date(2025, 11, 1): 1,
        date(2025, 11, 2): 5,
        date(2025, 11, 3): 1,
    },
    "Pacific/Auckland": {
        date(2025, 1, 15): 1,
        date(2025, 1, 16): 1,
        date(2025, 4, 5): 1,
        date(2025, 4, 6): 5,
        date(2025, 4, 7): 1,
        date(2025, 9, 27): 1,
        date(2025, 9, 28): 4,
        date(2025, 9, 29): 1,
    },
}
WED, THU, SAT, SUN, MON = 2 * 24, 3 * 24, 5 * 24, 6 * 24, 0
PER_HOUR = {
    "America/Los_Angeles": {
        WED + 23: 1,
        THU: 1,
        SAT + 23: 2,
        SUN: 2,
        SUN + 1: 3,
        SUN + 2: 1,
        SUN + 3: 1,
        SUN + 23: 2,
        MON: 2,
    },
    "Pacific/Auckland": {
        WED + 23: 1,
        THU: 1,
        SAT + 23: 2,
        SUN: 2,
        SUN + 1: 1,
        SUN + 2: 2,
        SUN + 3: 2,
        SUN + 23: 2,
        MON: 2,
    },
}
FOLLOWS = {"America/Los_Angeles": LOS_ANGELES, "Pacific/Auckland": AUCKLAND}
HANDLES = {"America/Los_Angeles": "west.coast", "Pacific/Auckland": "kiwi"}
ZONES = pytest.mark.parametrize("zone", sorted(FOLLOWS))
PACKED = pytest.mark.parametrize("is_packed", [False, True], ids=["stored", "packed"])


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def names_of(follows: list[Follow]) -> list[tuple[str, str]]:
    """Return rows of a file; each is named after the moment that the account's clocks showed."""
    return [(f"p{number}", follow.utc) for number, follow in enumerate(follows)]


def import_both(member: Member) -> dict[str, str]:
    """Import an account of each zone into one team; return their public ids by zone."""
    for zone, follows in FOLLOWS.items():
        content = export_json(names_of(follows), names_of(follows)[:4], owner=HANDLES[zone])
        import_done(member, content, exported_at=at("2025-12-02"))
        db.session.execute(update(Account).where(Account.handle == HANDLES[zone]).values(timezone=zone))
        db.session.commit()
    found = db.session.execute(select(Account.timezone, Account.public_id)).all()
    return {row.timezone: row.public_id for row in found}


@ZONES
@PACKED
def test_both_sides_of_midnight_and_of_the_clock_change_lie_on_their_own_day_and_hour(
    session: Session, alice: Member, zone: str, is_packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_packed:
        monkeypatch.setattr(list_index, "LEAST_ROWS", 2)
    import_both(alice)
    scope = account_scope(alice, HANDLES[zone])
    assert scope.timezone == zone
    fit = work_out(scope, zone)
    assert {each.day: each.came for each in fit.follows} == PER_DAY[zone]
    assert {hour: people for hour, people in enumerate(fit.hours) if people} == PER_HOUR[zone]
    assert count_by_day(scope, Section.FOLLOWERS) == PER_DAY[zone]
    assert dict(list_top_days(scope, 2)) == {day: n for day, n in PER_DAY[zone].items() if n > 2}
    # The bound of a day is everybody who had followed by its end, as the clocks of the account had it.
    bound = LowerBound(count_cohorts(scope, zone))
    for follow in FOLLOWS[zone]:
        by_then = sum(each.local[:10] <= follow.local[:10] for each in FOLLOWS[zone])
        assert bound.at(at(follow.utc.replace(" ", "T"))) == by_then
    assert fit.months[0].month == date(2025, 1, 1)
    assert sum(each.present[0] for each in fit.months) == len(FOLLOWS[zone])


@ZONES
@PACKED
def test_a_filter_by_day_finds_whom_the_clocks_of_the_account_put_there(
    app: Flask, client: FlaskClient, alice: Member, zone: str, is_packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_packed:
        monkeypatch.setattr(list_index, "LEAST_ROWS", 2)
    with app.app_context():
        account = import_both(alice)[zone]
        db.session.remove()
    sign_in(client, alice)
    follows = FOLLOWS[zone]
    for day, people in PER_DAY[zone].items():
        wanted = {f"p{number}" for number, follow in enumerate(follows) if follow.local.startswith(day.isoformat())}
        assert len(wanted) == people
        chosen = f"account={account}&date_from={day}&date_to={day}"
        answer = json.loads(client.get(f"/api/followers/?{chosen}").text)
        assert ({row["username"] for row in answer["results"]}, answer["count"]) == (wanted, people)
        page = client.get(f"/audience/followers?{chosen}").text
        assert set(NAMES.findall(page)) == wanted
        plain = csv.DictReader(io.StringIO(client.get(f"/audience/followers.csv?{chosen}").text))
        assert {(row["username"], row["date_followed"]) for row in plain} == {
            (name, f"{follows[int(name[1:])].utc.replace(' ', 'T')}Z") for name in wanted
        }
        text = client.get(f"/audience/followers.csv?{chosen}&dialect=excel").text.lstrip("\ufeff")
        local = csv.DictReader(io.StringIO(text), delimiter=";")
        assert {(row["username"], row["date_followed"]) for row in local} == {
            (name, follows[int(name[1:])].local) for name in wanted
        }


@ZONES
def test_the_answer_of_the_api_names_the_days_of_the_account(
    app: Flask, client: FlaskClient, alice: Member, zone: str
) -> None:
    with app.app_context():
        account = import_both(alice)[zone]
        db.session.remove()
    sign_in(client, alice)
    stats = json.loads(client.get(f"/api/followers/stats/?account={account}").text)
    top = {row["date"]: row["followers_gained"] for row in stats["top_acquisition_dates"]}
    assert top == {day.isoformat(): people for day, people in PER_DAY[zone].items()}


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "day"),
    [
        # Days of 23 and of 25 hours, from their first second to their last, in UTC.
        ("America/Los_Angeles", "2025-03-09T08:00:00", "2025-03-10T06:59:59", date(2025, 3, 9)),
        ("America/Los_Angeles", "2025-11-02T07:00:00", "2025-11-03T07:59:59", date(2025, 11, 2)),
        ("Pacific/Auckland", "2025-04-05T11:00:00", "2025-04-06T11:59:59", date(2025, 4, 6)),
        ("Pacific/Auckland", "2025-09-27T12:00:00", "2025-09-28T10:59:59", date(2025, 9, 28)),
    ],
)
def test_a_peak_in_the_night_of_a_clock_change_is_whole_and_on_its_day(
    session: Session, alice: Member, zone: str, begins: str, ends: str, day: date
) -> None:
    first, last = at(begins), at(ends)
    # Forty people over the whole day, from its first second to its last; three on each other day, one near midnight.
    rows = [(f"peak{number}", written(first + (last - first) * number // 39)) for number in range(40)]
    for number in range(1, 40):
        for side, second in (("before", first - number * DAY), ("after", last + number * DAY)):
            rows += [(f"{side}{number}_{each}", written(second - each * 7 * 3600)) for each in range(3)]
    newest = last + 40 * DAY
    import_done(alice, export_json(rows, None), exported_at=newest)
    session.execute(update(Account).values(timezone=zone))
    session.commit()
    growth = find_growth(account_scope(alice), PeriodQuery(Preset.CUSTOM, first=day, last=day))
    assert growth.span is not None
    assert (growth.span.since, growth.span.until) == (first - 1, last)
    assert growth.peaks is not None
    gained = {peak.day: peak.gained for peak in growth.peaks}
    around = count_by_day(account_scope(alice), Section.FOLLOWERS)
    assert gained == {day: around[day]}
    assert 40 <= around[day] <= 42
    beside = find_growth(account_scope(alice), PeriodQuery(Preset.CUSTOM, last=day - timedelta(days=1))).peaks
    assert beside == ()
