"""Write reminders and planned posts as calendar files (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from icalendar import Calendar


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A whole day with an alarm in its morning; ``every_days`` repeats it, ``uid`` stays the same for ever."""

    uid: str
    day: date
    summary: str
    description: str
    url: str
    every_days: int | None = None


class EventStatus(StrEnum):
    """How an event stands, as calendars spell it."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """A moment, an aware datetime; ``uid`` stays the same for ever, ``sequence`` counts its changes."""

    uid: str
    at: datetime
    summary: str
    description: str
    url: str
    status: EventStatus
    sequence: int
    changed_at: datetime


_ALARM: Final = timedelta(hours=9)
# How long a planned post takes up in a calendar, and how often calendars are asked to look again.
_SHOWN: Final = timedelta(minutes=30)
_READ_EVERY: Final = timedelta(hours=1)


def render_calendar(name: str, product: str, events: list[CalendarEvent], made_at: datetime) -> bytes:
    """Return a calendar with the events; ``made_at`` is an aware datetime."""
    # Loaded here: ten megabytes that few answers of a web process ever need.
    from icalendar import Alarm, Event

    calendar = _begin(name, product)
    for told in events:
        event = Event()
        event.add("uid", told.uid)
        event.add("dtstamp", made_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", told.day)
        event.add("dtend", told.day + timedelta(days=1))
        if told.every_days is not None:
            event.add("rrule", {"freq": "daily", "interval": told.every_days})
        event.add("summary", told.summary)
        event.add("description", f"{told.description}\n{told.url}")
        event.add("url", told.url)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", told.summary)
        alarm.add("trigger", _ALARM)
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def render_feed(name: str, product: str, timezone: str, events: Iterable[TimedEvent]) -> bytes:
    """Return a calendar that others subscribe to: the same events give the same bytes."""
    from icalendar import Event, vDuration

    calendar = _begin(name, product)
    calendar.add("x-wr-timezone", timezone)
    calendar.add("refresh-interval", vDuration(_READ_EVERY, params={"VALUE": "DURATION"}))
    calendar.add("x-published-ttl", vDuration(_READ_EVERY))
    for told in events:
        event = Event()
        event.add("uid", told.uid)
        changed_at = told.changed_at.astimezone(UTC).replace(microsecond=0)
        event.add("dtstamp", changed_at)
        event.add("last-modified", changed_at)
        event.add("sequence", told.sequence)
        event.add("dtstart", told.at.astimezone(UTC))
        event.add("duration", _SHOWN)
        event.add("summary", told.summary)
        event.add("description", f"{told.description}\n{told.url}".strip())
        event.add("url", told.url)
        event.add("status", told.status.value)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _begin(name: str, product: str) -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//{product}//{name}//")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    return calendar
