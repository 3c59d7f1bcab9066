"""Turn values into text of a reader's language; the locale is always an argument."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, dates, numbers, units

from webapp.domain.redaction import rounded

# Whether numbers are written with their two leading digits alone, in the answer that is being made: here, because here
# every number becomes text.
ROUNDS: Final[ContextVar[bool]] = ContextVar("rounds_numbers", default=False)
# Of a rate, less than that is said to be less; from the other one on it is whole.
_TRACE: Final = 0.01
_WHOLE: Final = 10


def format_count(value: int, locale: str) -> str:
    """Return a whole number with the locale's thousands separator."""
    return _format_count(int(rounded(value)) if ROUNDS.get() else value, locale)


@lru_cache(maxsize=8192)
def _format_count(value: int, locale: str) -> str:
    return numbers.format_decimal(value, locale=locale)


def format_rate(value: float, locale: str) -> str:
    """Return a number of something in a day: with two decimals below 1, with one below 10, and never 0 for a trace."""
    if 0 < value < _TRACE:
        return f"< {numbers.format_decimal(_TRACE, locale=locale)}"
    return _format_rounded(round(value, 2 if value < 1 else 1 if value < _WHOLE else 0), locale)


@lru_cache(maxsize=1024)
def _format_rounded(value: float, locale: str) -> str:
    return numbers.format_decimal(value, format="#,##0.##", locale=locale)


def format_compact(value: int, locale: str) -> str:
    """Return a whole number in short form, such as 12.4K."""
    shown = int(rounded(value)) if ROUNDS.get() else value
    return numbers.format_compact_decimal(shown, locale=locale, fraction_digits=1)


def format_ratio(value: Decimal, locale: str) -> str:
    """Return a ratio with two decimals."""
    return numbers.format_decimal(value, format="#,##0.00", locale=locale)


def format_times(times: float, locale: str) -> str:
    """Return how many times, with a decimal where that makes a difference."""
    return numbers.format_decimal(times, format="0.#" if times < _WHOLE else "#,##0", locale=locale)


@lru_cache(maxsize=4096)
def format_day(value: date, locale: str, width: str = "medium") -> str:
    """Return a calendar day in the locale's form."""
    return dates.format_date(value, format=width, locale=locale)


def format_instant(value: datetime, locale: str) -> str:
    """Return an aware datetime as day and minute in its own zone, without naming the zone."""
    day = dates.format_date(value.date(), format="medium", locale=locale)
    time = dates.format_time(value.time(), format="short", locale=locale)
    return str(dates.get_datetime_format("medium", locale=locale)).replace("{1}", day).replace("{0}", time)


def format_second(value: datetime, locale: str) -> str:
    """Return an aware datetime as day and second in its own zone, without naming the zone."""
    return f"{format_day(value.date(), locale)}, {dates.format_time(value.time(), format='HH:mm:ss', locale=locale)}"


def format_bytes(value: int, locale: str) -> str:
    """Return a size in MB (10^6 bytes) or kB, as file managers show it."""
    if value >= 1_000_000:
        amount = numbers.format_decimal(round(value / 1_000_000, 1), locale=locale)
        return f"{amount} {'Mo' if Locale.parse(locale).language == 'fr' else 'MB'}"
    amount = numbers.format_decimal(max(1, round(value / 1000)), locale=locale)
    return f"{amount} {'ko' if Locale.parse(locale).language == 'fr' else 'kB'}"


def format_whole_span(first: date, last: date, locale: str) -> str:
    """Return how long it is between two days in whole days, months (from two on) or years (from two on)."""
    days = (last - first).days
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    if months >= 24:
        return str(units.format_unit(months // 12, "duration-year", locale=locale))
    if months >= 2:
        return str(units.format_unit(months, "duration-month", locale=locale))
    return str(units.format_unit(days, "duration-day", locale=locale))


@lru_cache(maxsize=4096)
def format_share(value: float, locale: str, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as per cent."""
    digits = f"#,##0.{'0' * decimals}".rstrip(".")
    pattern = Locale.parse(locale).percent_formats[None].pattern.replace("#,##0", digits)
    return numbers.format_percent(value, format=pattern, locale=locale)


@lru_cache(maxsize=64)
def format_hour(value: time, locale: str) -> str:
    """Return a full hour as people say it, such as 6 PM or 18 h."""
    # Half a day or a whole one on the clock, as the locale writes short times.
    has_halves = "a" in str(Locale.parse(locale).time_formats["short"].pattern)
    return str(dates.format_skeleton("h" if has_halves else "H", value, locale=locale))


@lru_cache(maxsize=1024)
def format_month(value: date, locale: str, skeleton: str = "yMMM") -> str:
    """Return the month of a day with its year, such as Jan 2025, or in full with the skeleton yMMMM."""
    return str(dates.format_skeleton(skeleton, value, locale=locale))


@lru_cache(maxsize=4096)
def format_short_day(value: date, locale: str) -> str:
    """Return a day without its year, as an axis has room for it."""
    return str(dates.format_skeleton("MMMd", value, locale=locale))
