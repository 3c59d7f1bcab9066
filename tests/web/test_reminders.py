"""Freshness on every page, the reminder of a new export, and the same for a calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from tests.factories import Member, export_json, import_done, many, sign_in
from tests.ledgers import at, parse_here
from tests.web.pages import send
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account
from webapp.services.accounts import create_account

REMINDER = "Ask TikTok for a new export to see who came and who left since"


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def days_ago(days: int) -> int:
    """Return the first second of that day, which is over at every hour of today."""
    now = datetime.now(UTC)
    return int((now.replace(hour=0, minute=0, second=0) - timedelta(days=days)).timestamp())


def bring(app: Flask, member: Member, age: int, **lists: object) -> str:
    """Import an export of that age in days; return its account."""
    with app.app_context():
        run = import_done(member, export_json(**{"followers": many(3), **lists}), exported_at=days_ago(age))  # type: ignore[arg-type]
        public_id = db.session.get_one(Account, run.account_id).public_id
        db.session.remove()
    return public_id


@contextmanager
def account_of(app: Flask) -> Iterator[Account]:
    """Give the only account, and keep what is changed of it."""
    with app.app_context():
        yield db.session.scalars(select(Account)).one()
        db.session.commit()


def banner(page: str) -> str:
    found = re.search(r'<div class="alert alert-stale">(.*?)<div class="actions">', page, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found[1]) if found else ""


def test_the_chip_says_how_old_the_data_are_and_when_that_is_old(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    bring(app, alice, 20)
    page = client.get("/accounts").text
    assert re.search(r"Data to \d+ \w+, 20 days old", page)
    assert "out of date" not in page
    with account_of(app) as account:
        account.reminder_days = 14
    page = client.get("/accounts").text
    assert re.search(r'class="freshness is-stale">.*?20 days old · out of date', page, re.DOTALL)
    with account_of(app) as account:
        account.reminder_days = 0
    assert "out of date" not in client.get("/accounts").text


def test_the_chip_opens_how_far_each_section_reaches(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    with app.app_context():
        import_done(alice, export_json(None, many(2), posts=[]), exported_at=at("2025-04-02"))
        import_done(alice, export_json(many(3), None), exported_at=at("2025-05-12"))
    page = client.get("/dashboard").text
    shown = dict(
        re.findall(r"<dt>(\w+)</dt><dd>([^<]*)</dd>", page.split('class="stats freshness-stats"')[1].split("</dl>")[0])
    )
    assert shown == {"Followers": "to May 12, 2025", "Following": "to Apr 2, 2025", "Posts": "to Apr 2, 2025"}
    assert 'href="/guide/tiktok"' in page


def test_a_section_that_no_export_holds_is_unknown_and_not_old(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    bring(app, alice, 3, following=None)
    assert client.get("/dashboard").text.count("unknown: in no export so far") == 2


def test_old_data_bring_a_reminder_where_people_begin_and_where_they_import(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    bring(app, alice, 31)
    for address in ("/dashboard", "/imports"):
        page = client.get(address).text
        assert "Your data are 31 days old" in banner(page), address
        assert REMINDER in banner(page)
    for address in ("/audience/followers", "/accounts", "/guide/tiktok", "/settings"):
        assert banner(client.get(address).text) == "", address


@pytest.mark.parametrize(
    ("age", "days", "is_shown"), [(30, 30, False), (31, 30, True), (400, 0, False), (15, 14, True)]
)
def test_the_reminder_comes_when_the_account_says(
    age: int, days: int, is_shown: bool, app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    bring(app, alice, age)
    with account_of(app) as account:
        account.reminder_days = days
    assert bool(banner(client.get("/dashboard").text)) == is_shown


def test_a_sample_and_a_viewer_are_not_reminded(app: Flask, alice: Member, bob: Member, client: FlaskClient) -> None:
    bring(app, alice, 50)
    sign_in(client, bob)
    assert banner(client.get("/dashboard").text) == ""
    with account_of(app) as account:
        account.is_sample = True
    sign_in(client, alice)
    assert banner(client.get("/dashboard").text) == ""


def test_who_has_asked_is_told_by_when_to_fetch_the_file(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    answer = send(client, "/dashboard", f"/accounts/{public_id}/reminder/asked", next="/audience/followers")
    assert answer.headers["Location"] == "/audience/followers"
    said = banner(client.get("/dashboard").text)
    assert "You asked TikTok for a new export on" in said
    assert "TikTok keeps the file for four days once it is ready: fetch it by" in said
    assert REMINDER not in said
    with account_of(app) as account:
        account.export_requested_at = datetime(2025, 5, 12, 9, tzinfo=UTC)
    said = banner(client.get("/dashboard").text)
    assert "on May 12, 2025" in said
    assert "Look whether it is still there; if it is gone, ask again." in said


def test_the_day_to_fetch_the_file_by_is_the_fourth_after_asking(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    bring(app, alice, 50)
    asked = datetime.now(UTC).replace(hour=12)
    with account_of(app) as account:
        account.export_requested_at = asked
    last = asked + timedelta(days=4)
    assert f"fetch it by {last:%b} {last.day}, {last.year}" in banner(client.get("/dashboard").text)


def test_a_reminder_that_was_put_off_comes_again_after_a_week(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    send(client, "/dashboard", f"/accounts/{public_id}/reminder/snooze")
    assert banner(client.get("/dashboard").text) == ""
    with account_of(app) as account:
        assert account.reminder_snoozed_until is not None
        left = account.reminder_snoozed_until - datetime.now(UTC)
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
        account.reminder_snoozed_until = datetime.now(UTC) - timedelta(seconds=1)
    assert REMINDER in banner(client.get("/dashboard").text)


def test_the_next_import_ends_the_waiting(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    send(client, "/dashboard", f"/accounts/{public_id}/reminder/asked")
    with account_of(app) as account:
        account.reminder_snoozed_until = datetime.now(UTC) + timedelta(days=3)
    bring(app, alice, 1, followers=many(4))
    with account_of(app) as account:
        assert (account.export_requested_at, account.reminder_snoozed_until) == (None, None)
    assert banner(client.get("/dashboard").text) == ""


# ---- the calendar ----


def events(body: bytes) -> list[dict[str, str]]:
    """Return the events as the library reads them, their properties as text."""
    calendar = Calendar.from_ical(body)
    return [
        {
            str(key): value.to_ical().decode()
            for key, value in event.property_items(recursive=False)
            if hasattr(value, "to_ical")
        }
        for event in calendar.walk("VEVENT")
    ]


def test_the_calendar_reminds_again_and_again_from_the_day_of_the_data(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    with app.app_context():
        run = import_done(alice, export_json(many(3)), exported_at=at("2025-05-12T10:00"))
        public_id = db.session.get_one(Account, run.account_id).public_id
    with account_of(app) as account:
        account.reminder_days = 45
    answer = client.get(f"/accounts/{public_id}/reminder.ics")
    assert answer.mimetype == "text/calendar"
    (event,) = events(answer.data)
    assert event["DTSTART"] == "20250626"
    assert event["RRULE"] == "FREQ=DAILY;INTERVAL=45"
    assert event["SUMMARY"] == "Ask TikTok for a new export of @demo.maker"
    assert event["URL"].endswith("/guide/tiktok")
    assert event["URL"].startswith("http")
    assert b"BEGIN:VALARM" in answer.data


def test_a_file_that_was_asked_for_is_a_second_event(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    with account_of(app) as account:
        account.export_requested_at = datetime(2025, 5, 12, 9, tzinfo=UTC)
    again, fetch = events(client.get(f"/accounts/{public_id}/reminder.ics").data)
    assert "RRULE" in again
    assert "RRULE" not in fetch
    assert fetch["DTSTART"] == "20250516"
    assert fetch["SUMMARY"] == "Fetch the TikTok export of @demo.maker"
    assert again["UID"] != fetch["UID"]


def test_the_calendar_keeps_to_its_form(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    first, second = (client.get(f"/accounts/{public_id}/reminder.ics") for _ in range(2))
    lines = first.data.split(b"\r\n")
    assert b"\n" not in first.data.replace(b"\r\n", b"")
    assert max(len(line) for line in lines) <= 75
    assert (lines[0], lines[-2], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"")
    assert [event["UID"] for event in events(first.data)] == [event["UID"] for event in events(second.data)]
    assert all(re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"]) for event in events(first.data))


def test_a_team_that_wants_no_reminders_may_still_have_a_calendar(
    app: Flask, alice: Member, client: FlaskClient
) -> None:
    sign_in(client, alice)
    public_id = bring(app, alice, 50)
    with account_of(app) as account:
        account.reminder_days = 0
    (event,) = events(client.get(f"/accounts/{public_id}/reminder.ics").data)
    assert event["RRULE"] == "FREQ=DAILY;INTERVAL=30"


def test_an_account_without_an_export_is_reminded_from_today_on(app: Flask, alice: Member, client: FlaskClient) -> None:
    sign_in(client, alice)
    with app.app_context():
        public_id = create_account(alice.scope, Platform.TIKTOK, "ada", "UTC", alice.actor)
    before = datetime.now(UTC).date()
    (event,) = events(client.get(f"/accounts/{public_id}/reminder.ics").data)
    days = [before + timedelta(days=30), datetime.now(UTC).date() + timedelta(days=30)]
    assert event["DTSTART"] in [f"{day:%Y%m%d}" for day in days]
