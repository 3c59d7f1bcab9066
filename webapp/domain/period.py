"""Turn days of an account's own calendar into instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from webapp.domain.errors import ErrorCode, Invalid

DAY_SECONDS: Final = 86_400


def parse_timezone(name: str) -> str:
    """Return the IANA name unchanged; raise ``Invalid`` for anything else, paths included."""
    if name in available_timezones():
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Invalid(ErrorCode.FIELD_INVALID, field="timezone", value=name[:40]) from error
        return name
    raise Invalid(ErrorCode.FIELD_INVALID, field="timezone", value=name[:40])


def start_of_day(day: date, timezone: str) -> int:
    """Return the Unix second at which the day begins in the zone, also where midnight does not exist."""
    return int(datetime.combine(day, time.min, ZoneInfo(timezone)).timestamp())


def day_of(second: int, timezone: str) -> date:
    """Return the calendar day of a Unix second in the zone."""
    return datetime.fromtimestamp(second, ZoneInfo(timezone)).date()


def instant(second: int, timezone: str = "UTC") -> datetime:
    """Return a Unix second as an aware datetime in the zone."""
    return datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(timezone))


def last_of_month(first: date) -> date:
    """Return the last day of a month by its first one."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both inclusive and each open when ``None``, in one time zone."""

    first: date | None
    last: date | None
    timezone: str

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.first and self.last and self.first > self.last:
            raise Invalid(
                ErrorCode.PERIOD_REVERSED, field="date_to", first=self.first.isoformat(), last=self.last.isoformat()
            )

    @property
    def starts_at(self) -> int | None:
        """Return the first Unix second inside, or ``None`` when open."""
        return None if self.first is None else start_of_day(self.first, self.timezone)

    @property
    def ends_at(self) -> int | None:
        """Return the first Unix second after the end, or ``None`` when open."""
        return None if self.last is None else start_of_day(self.last + timedelta(days=1), self.timezone)

    @property
    def is_open(self) -> bool:
        """Return whether neither side is bounded."""
        return self.first is None and self.last is None


@dataclass(frozen=True, slots=True)
class Span:
    """Unix seconds after ``since`` up to ``until`` inclusive; ``since`` is ``None`` for the beginning of everything."""

    since: int | None
    until: int

    def __contains__(self, second: int) -> bool:
        """Return whether a Unix second lies inside."""
        return second <= self.until and (self.since is None or second > self.since)

    @property
    def days(self) -> float | None:
        """Return the length in days of 86,400 s; ``None`` without a beginning."""
        return None if self.since is None else (self.until - self.since) / DAY_SECONDS


@dataclass(frozen=True, slots=True)
class ExactPeriod(Period):
    """A period that begins and ends at a second, for lists behind a number; links carry days only, never this."""

    span: Span

    @classmethod
    def of(cls, span: Span, timezone: str) -> ExactPeriod:
        """Return the period of a span."""
        return cls(None, None, timezone, span)

    @property
    def starts_at(self) -> int | None:
        """Return the first Unix second inside, or ``None`` when open."""
        return None if self.span.since is None else self.span.since + 1

    @property
    def ends_at(self) -> int | None:
        """Return the first Unix second after the end."""
        return self.span.until + 1

    @property
    def is_open(self) -> bool:
        """Return whether neither side is bounded: the end always is."""
        return False
