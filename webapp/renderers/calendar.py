"""Write reminders as a calendar file (RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A whole day with an alarm in its morning; ``every_days`` repeats it, ``uid`` stays the same for ever."""

    uid: str
    day: date
    summary: str
    description: str
    url: str
    every_days: int | None = None


_ALARM = timedelta(hours=9)


def render_calendar(name: str, product: str, events: list[CalendarEvent], made_at: datetime) -> bytes:
    """Return a calendar with the events; ``made_at`` is an aware datetime."""
    # Loaded here: ten megabytes that few answers of a web process ever need.
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//{product}//{name}//")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
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
