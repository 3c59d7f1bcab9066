"""Digests are due in the morning of whoever gets them, each once, and tell of the days before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.domain.digests import DigestKind, latest_slot, next_slot, told_period

PARIS = "Europe/Paris"


def at(text: str, zone: str = PARIS) -> int:
    """Return the Unix second of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("kind", "now", "latest", "following"),
    [
        (DigestKind.WEEKLY, "2026-05-11T07:00", "2026-05-11T07:00", "2026-05-18T07:00"),
        (DigestKind.WEEKLY, "2026-05-11T06:59", "2026-05-04T07:00", "2026-05-11T07:00"),
        (DigestKind.WEEKLY, "2026-05-17T23:59", "2026-05-11T07:00", "2026-05-18T07:00"),
        # The clocks are changed on the night before: it stays seven in the morning.
        (DigestKind.WEEKLY, "2026-03-29T12:00", "2026-03-23T07:00", "2026-03-30T07:00"),
        (DigestKind.WEEKLY, "2026-10-25T12:00", "2026-10-19T07:00", "2026-10-26T07:00"),
        (DigestKind.MONTHLY, "2026-03-01T07:00", "2026-03-01T07:00", "2026-04-01T07:00"),
        (DigestKind.MONTHLY, "2026-03-01T06:59", "2026-02-01T07:00", "2026-03-01T07:00"),
        (DigestKind.MONTHLY, "2026-12-31T23:00", "2026-12-01T07:00", "2027-01-01T07:00"),
    ],
)
def test_digests_are_due_at_seven_in_the_recipients_zone(
    kind: DigestKind, now: str, latest: str, following: str
) -> None:
    """SECURITY 90."""
    for zone in (PARIS, "America/Los_Angeles", "Pacific/Kiritimati", "UTC", "Asia/Kathmandu"):
        assert latest_slot(kind, at(now, zone), zone) == at(latest, zone)
        assert next_slot(kind, at(now, zone), zone) == at(following, zone)


def test_no_slot_is_left_out_or_comes_twice_over_ten_years() -> None:
    """SECURITY 90."""
    zone = "America/Santiago"
    for kind, most, first in ((DigestKind.WEEKLY, 522, "2020-01-06"), (DigestKind.MONTHLY, 120, "2020-01-01")):
        slots = [at(f"{first}T07:00", zone)]
        while len(slots) < most:
            slots.append(next_slot(kind, slots[-1], zone))
            assert latest_slot(kind, slots[-1] - 1, zone) == slots[-2]
        moments = [datetime.fromtimestamp(slot, ZoneInfo(zone)) for slot in slots]
        assert {moment.hour for moment in moments} == {7}
        if kind is DigestKind.WEEKLY:
            assert [moment.date() for moment in moments] == [moments[0].date() + timedelta(7 * n) for n in range(most)]
        else:
            assert [(moment.year, moment.month, moment.day) for moment in moments] == [
                (2020 + number // 12, number % 12 + 1, 1) for number in range(most)
            ]


def test_a_week_ends_where_the_data_end_and_a_month_is_the_one_before() -> None:
    planned = at("2026-06-01T07:00")
    data_day = datetime(2026, 5, 29, tzinfo=UTC).date()
    week = told_period(DigestKind.WEEKLY, planned, PARIS, data_day)
    month = told_period(DigestKind.MONTHLY, planned, PARIS, data_day)
    assert (str(week.first), str(week.last)) == ("2026-05-23", "2026-05-29")
    assert (str(month.first), str(month.last)) == ("2026-05-01", "2026-05-31")
