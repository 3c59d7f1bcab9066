"""A reader of calendars that takes nothing RFC 5545 does not allow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from icalendar import Calendar

# A name, its parameters, and a value; section 3.1.
_LINE = re.compile(r'([A-Z][A-Z0-9-]*)((?:;[A-Z][A-Z0-9-]*=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# In texts every comma, semicolon and backslash is escaped; 3.3.11.
_BARE = re.compile(r"(?<!\\)(?:\\\\)*[,;]|(?<!\\)(?:\\\\)*\\(?![\\;,nN])")
_UTC = re.compile(r"\d{8}T\d{6}Z")
_LOCAL = re.compile(r"\d{8}T\d{6}")
_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "COMMENT", "LOCATION", "X-WR-CALNAME", "PRODID"})
_STATUSES = frozenset({"TENTATIVE", "CONFIRMED", "CANCELLED"})
_ONCE = frozenset({
    "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DURATION", "LAST-MODIFIED", "SEQUENCE", "STATUS",
    "SUMMARY", "TRANSP", "UID", "URL",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a calendar shows it."""

    uid: str
    summary: str
    description: str
    starts: datetime
    ends: datetime
    status: str
    sequence: int
    url: str


def read_strictly(body: bytes) -> list[Event]:
    """Return the events of a calendar; fail where a line, a property or a time is not as the standard wants it."""
    _check_lines(body)
    calendar: Any = Calendar.from_ical(body)
    assert calendar.errors == []
    known = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    found = []
    for event in calendar.walk("VEVENT"):
        assert event.errors == []
        starts, ends = event["DTSTART"], event.get("DTEND")
        for time in (starts, ends):
            if time is not None and "TZID" in time.params:
                assert time.params["TZID"] in known, "a time zone without its definition; 3.2.19"
        assert (ends is None) != ("DURATION" not in event), "an end or a length, never both; 3.6.1"
        begun = starts.dt
        ended = ends.dt if ends is not None else begun + event["DURATION"].dt
        assert ended > begun, "an end after the start; 3.8.2.2"
        found.append(
            Event(
                uid=str(event["UID"]),
                summary=str(event["SUMMARY"]),
                description=str(event.get("DESCRIPTION", "")),
                starts=begun,
                ends=ended,
                status=str(event.get("STATUS", "")),
                sequence=int(event.get("SEQUENCE", 0)),
                url=str(event.get("URL", "")),
            )
        )
    assert len({event.uid for event in found}) == len(found), "each event has a name of its own; 3.8.4.7"
    assert all(event.status in _STATUSES for event in found if event.status)
    return found


def _check_lines(body: bytes) -> None:
    """Fail where lines are not of the form of section 3.1, or properties stand where they may not."""
    assert body.endswith(b"\r\n"), "the last line ends like the others"
    for raw in body.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(raw) <= 75, f"75 octets a line: {raw!r}"
        assert not {10, 13} & set(raw), f"lines end with CR LF: {raw!r}"
        raw.decode("utf-8")
    lines = body.decode("utf-8").removesuffix("\r\n").replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")
    open_parts: list[tuple[str, list[str]]] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        assert match, f"not a content line: {line!r}"
        assert not _CONTROL.search(line), f"a control character: {line!r}"
        name, parameters, value = match.groups()
        if name == "BEGIN":
            assert value == "VCALENDAR" or open_parts, "everything stands in the calendar"
            open_parts.append((value, []))
        elif name == "END":
            part, names = open_parts.pop()
            assert part == value, f"{part} ends as {value}"
            _check_part(part, names)
        else:
            open_parts[-1][1].append(name)
            _check_value(name, parameters, value)
    assert not open_parts, "every part ends"


def _check_part(part: str, names: list[str]) -> None:
    if part == "VCALENDAR":
        assert names.count("VERSION") == 1, "one version; 3.6"
        assert names.count("PRODID") == 1, "one product; 3.6"
    if part == "VEVENT":
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(names), f"an event needs them; 3.6.1: {names}"
        assert [name for name in _ONCE if names.count(name) > 1] == [], "once at most; 3.6.1"


def _check_value(name: str, parameters: str, value: str) -> None:
    if name == "VERSION":
        assert value == "2.0"
    if name in _TEXTS:
        assert not _BARE.search(value), f"an unescaped character: {name}:{value!r}"
    if name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        assert _UTC.fullmatch(value), f"{name} is in UTC; 3.8.7: {value}"
    if name in ("DTSTART", "DTEND") and "VALUE=DATE" not in parameters:
        assert _UTC.fullmatch(value) or ("TZID=" in parameters and _LOCAL.fullmatch(value)), f"{name}: {value}"
