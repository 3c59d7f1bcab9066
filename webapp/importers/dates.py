"""Read the date spellings of the exports into Unix seconds (UTC), a million a second."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

# Generated exports of a million followers spread over a century; what is outside is no date but damage.
FIRST_YEAR, LAST_YEAR = 1900, 2100
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_TAIL = re.compile(r"[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(?:Z| ?UTC)?", re.ASCII)


class _Days(dict[str, int]):
    """Map ``YYYY-MM-DD`` to the second its day begins; at most one entry per valid day."""

    def __missing__(self, day: str) -> int:
        if not _DAY.fullmatch(day):
            raise KeyError(day)
        year = int(day[:4])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise KeyError(day)
        try:
            start = (date(year, int(day[5:7]), int(day[8:])).toordinal() - _EPOCH) * 86_400
        except ValueError:
            raise KeyError(day) from None
        self[day] = start
        return start


DAYS: dict[str, int] = _Days()
MINUTES = {f" {h:02}:{m:02}:": h * 3600 + m * 60 for h in range(24) for m in range(60)}
SECONDS = {f"{s:02}{zone}": s for s in range(60) for zone in ("", " UTC")}


def parse_date(text: object) -> int | None:
    """Return Unix seconds for a written date of 1970 to 2100, else None."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        return DAYS[text[:10]] + MINUTES[text[10:17]] + SECONDS[text[17:]]
    except KeyError:
        pass
    tail = _ISO_TAIL.fullmatch(text[10:])
    if tail is None:
        return None
    try:
        return DAYS[text[:10]] + MINUTES[f" {tail[1][:6]}"] + SECONDS[tail[1][6:]]
    except KeyError:
        return None


def written(at: int) -> str:
    """Return Unix seconds as the exports write them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
