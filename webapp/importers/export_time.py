"""Find out when an export was made, from the most certain trace the upload holds."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from webapp.domain.sections import Certainty, ExportedAtSource

ExportTime = tuple[int, ExportedAtSource, Certainty]
_NUMBER = re.compile(r"TikTok_Data_([0-9]{9,11})(?![0-9])", re.IGNORECASE | re.ASCII)
_PLAUSIBLE: Final = range(calendar.timegm((2010, 1, 1, 0, 0, 0)), calendar.timegm((2101, 1, 1, 0, 0, 0)))
_LINK_LIFE: Final = 8 * 86_400


def from_names(names: Iterable[str]) -> ExportTime | None:
    """Return the number in ``TikTok_Data_<unix>`` of the first name that has one."""
    for name in names:
        match = _NUMBER.search(name)
        found = from_number(int(match[1])) if match is not None else None
        if found is not None:
            return found
    return None


def from_number(second: int | None) -> ExportTime | None:
    """Return the Unix second that the name of a file states."""
    if second is None or second not in _PLAUSIBLE:
        return None
    return second, ExportedAtSource.FILE_NAME, Certainty.CERTAIN


def from_entries(times: Iterable[tuple[int, int, int, int, int, int] | None]) -> ExportTime | None:
    """Return the newest time written in the archive; zip has no zone, UTC is assumed."""
    seconds = []
    for when in times:
        try:
            seconds.append(calendar.timegm(datetime(*when, tzinfo=UTC).timetuple()) if when else 0)
        except ValueError:
            continue
    newest = max(seconds, default=0)
    return (newest, ExportedAtSource.ZIP_ENTRY, Certainty.LIKELY) if newest in _PLAUSIBLE else None


def from_rows(newest_at: int | None, link_expiry: int | None) -> ExportTime | None:
    """Return the newest date of any list, else when the signed links were made."""
    if newest_at is not None:
        return newest_at, ExportedAtSource.NEWEST_ROW, Certainty.GUESSED
    if link_expiry is not None:
        return link_expiry - _LINK_LIFE, ExportedAtSource.LINK_EXPIRY, Certainty.GUESSED
    return None
