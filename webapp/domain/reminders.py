"""When an account's data are old enough to ask for a new export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

# Days after which the app reminds; 0 never does.
REMINDER_DAYS: Final = (0, 14, 30, 45, 60, 90)
# TikTok keeps a finished file for so many days.
FETCH_DAYS: Final = 4
SNOOZE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """What an account's team wants of reminders, and what it said since the last import."""

    days: int
    requested_at: datetime | None
    snoozed_until: datetime | None

    def is_stale(self, data_day: date, today: date) -> bool:
        """Return whether data of that day are older than wanted."""
        return self.days > 0 and (today - data_day).days > self.days

    def is_due(self, data_day: date, today: date, now: datetime) -> bool:
        """Return whether to speak of a new export now: the data are old, or a file waits to be fetched."""
        if self.snoozed_until is not None and now < self.snoozed_until:
            return False
        return self.requested_at is not None or self.is_stale(data_day, today)


def last_fetch_day(requested: date) -> date:
    """Return the last day on which a file that was ready on the day of asking can be fetched for certain."""
    return requested + timedelta(days=FETCH_DAYS)
