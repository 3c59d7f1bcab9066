"""When notifications are due: at once, collected, and not in somebody's quiet hours, also where clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.notifications import (
    Frequency,
    Hours,
    NoticeType,
    due_at,
    format_minute,
    hours_for,
    parse_minute,
)

PARIS = "Europe/Paris"
NIGHT = Hours(PARIS, 22 * 60, 7 * 60)
MINUTES = st.integers(0, 24 * 60 - 1)


def second(text: str, zone: str = PARIS, fold: int = 0) -> int:
    """Return the Unix second of a local time; of one that comes twice the second with ``fold``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


@pytest.mark.parametrize(
    ("now", "frequency", "due"),
    [
        # A Tuesday.
        ("2026-11-24T12:00", Frequency.AT_ONCE, "2026-11-24T12:00"),
        ("2026-11-24T23:30", Frequency.AT_ONCE, "2026-11-25T07:00"),
        ("2026-11-24T03:00", Frequency.AT_ONCE, "2026-11-24T07:00"),
        ("2026-11-24T07:00", Frequency.AT_ONCE, "2026-11-24T07:00"),
        ("2026-11-24T22:00", Frequency.AT_ONCE, "2026-11-25T07:00"),
        ("2026-11-24T07:59", Frequency.DAILY, "2026-11-24T08:00"),
        ("2026-11-24T08:00", Frequency.DAILY, "2026-11-25T08:00"),
        ("2026-11-24T12:00", Frequency.WEEKLY, "2026-11-30T08:00"),
        ("2026-11-30T07:59", Frequency.WEEKLY, "2026-11-30T08:00"),
        ("2026-11-30T08:00", Frequency.WEEKLY, "2026-12-07T08:00"),
        # Over the nights in which clocks change, of 25 and of 23 hours.
        ("2026-10-24T09:00", Frequency.DAILY, "2026-10-25T08:00"),
        ("2026-10-24T23:00", Frequency.AT_ONCE, "2026-10-25T07:00"),
        ("2027-03-27T09:00", Frequency.DAILY, "2027-03-28T08:00"),
        ("2027-03-27T23:00", Frequency.AT_ONCE, "2027-03-28T07:00"),
    ],
)
def test_what_is_collected_comes_at_eight_and_nothing_at_night(now: str, frequency: Frequency, due: str) -> None:
    assert due_at(frequency, NIGHT, second(now)) == second(due)


def test_off_is_never() -> None:
    assert due_at(Frequency.OFF, NIGHT, second("2026-11-24T12:00")) is None


def test_what_is_collected_waits_where_eight_is_quiet() -> None:
    hours = Hours(PARIS, 0, 10 * 60)
    assert due_at(Frequency.DAILY, hours, second("2026-11-24T12:00")) == second("2026-11-25T10:00")


def test_quiet_hours_that_end_where_the_clock_changes() -> None:
    hours = Hours(PARIS, 22 * 60, 2 * 60 + 30)
    # Half past two comes twice; between the two it is quiet again for half an hour.
    assert hours.after_quiet(second("2026-10-25T01:00")) == second("2026-10-25T02:30")
    assert hours.after_quiet(second("2026-10-25T02:15", fold=1)) == second("2026-10-25T02:30", fold=1)
    # And once it does not come: from two o'clock on it is three.
    assert hours.after_quiet(second("2027-03-28T01:00")) == second("2027-03-28T03:30")


def test_security_does_not_wait() -> None:
    assert hours_for(NoticeType.SECURITY, NIGHT) == Hours(PARIS)
    assert hours_for(NoticeType.GOAL, NIGHT) == NIGHT


@given(
    # From 2026 to 2028.
    st.integers(1_767_225_600, 1_861_920_000),
    st.sampled_from([PARIS, "UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    MINUTES,
    MINUTES,
)
def test_the_end_of_quiet_hours_is_not_quiet_and_soon(now: int, zone: str, quiet_from: int, quiet_until: int) -> None:
    hours = Hours(zone, quiet_from, quiet_until)
    after = hours.after_quiet(now)
    assert now <= after <= now + 26 * 3600
    assert not hours.is_quiet(after)
    assert (after == now) is not hours.is_quiet(now)


@given(MINUTES)
def test_a_minute_of_the_day_is_read_as_it_is_written(minute: int) -> None:
    assert parse_minute("quiet_from", format_minute(minute)) == minute


@pytest.mark.parametrize("text", ["", "24:00", "7:00", "12:60", "noon", "12:00:00", "-1:00", "١٢:٠٠"])
def test_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_minute("quiet_from", text)
    assert (caught.value.code, caught.value.params["field"]) == (ErrorCode.QUIET_TIME_INVALID, "quiet_from")
