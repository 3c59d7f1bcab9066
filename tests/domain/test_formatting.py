"""Values as readers of each language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from webapp.domain import formatting


def plain(text: str) -> str:
    """Return the text with ordinary spaces: which kind of narrow space it is differs with the locale data."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(("locale", "text"), [("en", "1,234,567"), ("fr", "1 234 567")])
def test_counts_are_grouped(locale: str, text: str) -> None:
    assert plain(formatting.format_count(1_234_567, locale)) == text


def test_french_groups_do_not_break_over_lines() -> None:
    assert " " not in formatting.format_count(1_234_567, "fr")


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [(999, "en", "999"), (12_400, "en", "12.4K"), (12_400, "fr", "12,4 k"), (3_000_000, "en", "3M")],
)
def test_large_counts_have_a_short_form(value: int, locale: str, text: str) -> None:
    assert plain(formatting.format_compact(value, locale)) == text


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [("1", "en", "1.00"), ("1234.5", "en", "1,234.50"), ("0.5", "fr", "0,50"), ("0", "en", "0.00")],
)
def test_ratios_have_two_decimals(value: str, locale: str, text: str) -> None:
    assert plain(formatting.format_ratio(Decimal(value), locale)) == text


def test_days_and_instants_speak_the_language() -> None:
    assert formatting.format_day(date(2026, 1, 15), "en") == "Jan 15, 2026"
    assert formatting.format_day(date(2026, 1, 15), "fr") == "15 janv. 2026"
    moment = datetime(2026, 1, 15, 23, 45, tzinfo=UTC)
    assert "15 janv. 2026" in formatting.format_instant(moment, "fr")
    assert "16 janv. 2026" in formatting.format_instant(moment.astimezone(ZoneInfo("Europe/Paris")), "fr")
    assert "00:45" in formatting.format_instant(moment.astimezone(ZoneInfo("Europe/Paris")), "fr")


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [
        (0, "en", "1 kB"),
        (1, "en", "1 kB"),
        (999_499, "en", "999 kB"),
        (1_000_000, "en", "1 MB"),
        (1_550_000, "fr", "1,6 Mo"),
        (12_000, "fr", "12 ko"),
        (5_000_000_000, "en", "5,000 MB"),
    ],
)
def test_sizes_are_decimal_and_never_nothing(value: int, locale: str, text: str) -> None:
    assert plain(formatting.format_bytes(value, locale)) == text


@pytest.mark.parametrize(
    ("first", "last", "locale", "text"),
    [
        (date(2025, 5, 2), date(2025, 5, 3), "en", "1 day"),
        (date(2025, 1, 31), date(2025, 3, 30), "en", "58 days"),
        (date(2025, 1, 31), date(2025, 3, 31), "en", "2 months"),
        (date(2023, 6, 2), date(2025, 6, 1), "en", "23 months"),
        (date(2023, 6, 2), date(2025, 6, 2), "en", "2 years"),
        (date(2023, 6, 2), date(2025, 6, 2), "fr", "2 ans"),
    ],
)
def test_a_span_is_never_longer_than_it_was(first: date, last: date, locale: str, text: str) -> None:
    assert plain(formatting.format_whole_span(first, last, locale)) == text


def test_a_moment_is_told_to_the_second() -> None:
    value = datetime(2025, 7, 7, 7, 7, 7, tzinfo=UTC)
    assert formatting.format_second(value, "en") == "Jul 7, 2025, 07:07:07"


@pytest.mark.parametrize(
    ("hour", "locale", "text"), [(0, "en", "12 AM"), (18, "en", "6 PM"), (0, "fr", "00 h"), (18, "fr", "18 h")]
)
def test_hours_are_told_as_people_say_them(hour: int, locale: str, text: str) -> None:
    assert plain(formatting.format_hour(time(hour), locale)) == text


@pytest.mark.parametrize(("locale", "text"), [("en", "Jul 2025"), ("fr", "juil. 2025")])
def test_a_month_is_told_with_its_year(locale: str, text: str) -> None:
    assert plain(formatting.format_month(date(2025, 7, 31), locale)) == text
