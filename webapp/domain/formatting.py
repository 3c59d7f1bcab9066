"""Turn values into text of a reader's language; the locale is always an argument."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, dates, numbers


@lru_cache(maxsize=1024)
def format_count(value: int, locale: str) -> str:
    """Return a whole number with the locale's thousands separator."""
    return numbers.format_decimal(value, locale=locale)


def format_compact(value: int, locale: str) -> str:
    """Return a whole number in short form, such as 12.4K."""
    return numbers.format_compact_decimal(value, locale=locale, fraction_digits=1)


def format_ratio(value: Decimal, locale: str) -> str:
    """Return a ratio with two decimals."""
    return numbers.format_decimal(value, format="#,##0.00", locale=locale)


@lru_cache(maxsize=4096)
def format_day(value: date, locale: str, width: str = "medium") -> str:
    """Return a calendar day in the locale's form."""
    return dates.format_date(value, format=width, locale=locale)


def format_instant(value: datetime, locale: str) -> str:
    """Return an aware datetime as day and minute in its own zone, without naming the zone."""
    day = dates.format_date(value.date(), format="medium", locale=locale)
    time = dates.format_time(value.time(), format="short", locale=locale)
    return str(dates.get_datetime_format("medium", locale=locale)).replace("{1}", day).replace("{0}", time)


def format_bytes(value: int, locale: str) -> str:
    """Return a size in MB (10^6 bytes) or kB, as file managers show it."""
    if value >= 1_000_000:
        amount = numbers.format_decimal(round(value / 1_000_000, 1), locale=locale)
        return f"{amount} {'Mo' if Locale.parse(locale).language == 'fr' else 'MB'}"
    amount = numbers.format_decimal(max(1, round(value / 1000)), locale=locale)
    return f"{amount} {'ko' if Locale.parse(locale).language == 'fr' else 'kB'}"
