"""Days of a calendar as instants, where clocks jump too."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import Period, day_of, instant, parse_timezone, start_of_day

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Asia/Beirut",
]
_days = st.dates(date(1975, 1, 1), date(2037, 12, 30))


@settings(max_examples=300, deadline=None, database=None)
@given(_days, st.sampled_from(ZONES))
def test_a_day_begins_with_its_first_second_and_not_one_earlier(day: date, zone: str) -> None:
    start = start_of_day(day, zone)
    if (zone, day) == ("Pacific/Apia", date(2011, 12, 30)):
        return  # the day that Samoa left out
    assert day_of(start, zone) == day
    assert day_of(start - 1, zone) < day


@settings(max_examples=200, deadline=None, database=None)
@given(st.integers(157_766_400, 2_145_916_800), st.sampled_from(ZONES))
def test_every_second_lies_in_the_period_of_its_day_and_in_no_other(second: int, zone: str) -> None:
    day = day_of(second, zone)

    def holds(of: date) -> bool:
        period = Period(of, of, zone)
        assert period.starts_at is not None
        assert period.ends_at is not None
        return period.starts_at <= second < period.ends_at

    assert holds(day)
    assert not holds(day - timedelta(days=1))
    assert not holds(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", date(2025, 3, 30), 23),
        ("Europe/Paris", date(2025, 10, 26), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight did not exist
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("America/Havana", date(2025, 11, 2), 25),
        ("Australia/Lord_Howe", date(2025, 4, 6), 24.5),
        ("Asia/Kathmandu", date(2025, 6, 1), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # the day that was left out
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: str, day: date, hours: float) -> None:
    period = Period(day, day, zone)
    assert (period.ends_at or 0) - (period.starts_at or 0) == hours * 3600


def test_an_open_side_has_no_bound() -> None:
    assert (Period(None, None, "UTC").starts_at, Period(None, None, "UTC").ends_at) == (None, None)
    assert Period(None, None, "UTC").is_open
    assert not Period(date(2025, 1, 1), None, "UTC").is_open
    assert Period(date(1970, 1, 1), None, "UTC").starts_at == 0


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(Invalid) as refusal:
        Period(date(2025, 1, 2), date(2025, 1, 1), "UTC")
    assert refusal.value.code is ErrorCode.PERIOD_REVERSED
    assert refusal.value.params == {"field": "date_to", "first": "2025-01-02", "last": "2025-01-01"}


def test_an_instant_is_aware_and_the_same_moment_everywhere() -> None:
    second = 1_768_463_100
    paris = instant(second, "Europe/Paris")
    assert (paris.hour, paris.utcoffset()) == (8, timedelta(hours=1))
    assert paris == instant(second) == datetime(2026, 1, 15, 7, 45, tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize("name", ["Europe/Paris", "UTC", "Asia/Kathmandu"])
def test_a_zone_of_the_database_is_taken(name: str) -> None:
    assert parse_timezone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../../etc/passwd", "/etc/localtime", "europe/paris", "UTC\0", "a" * 500, "posixrules "]
)
def test_anything_else_is_no_zone(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_timezone(name)
    assert refusal.value.params["field"] == "timezone"
    assert len(str(refusal.value.params["value"])) <= 40
