"""The figures of the two lists together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import EXPECTED, THIRD, at, parse_here
from webapp.analytics.relationships import count_by_day, summarise_relationships
from webapp.domain.sections import Section

Pairs = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def test_the_figures_of_a_real_export_are_those_of_its_lists(session: Session, alice: Member) -> None:
    import_done(alice, THIRD)
    facts = EXPECTED["demo.maker/3_2026-01_TikTok_Data_1768463100.zip"]
    followers, following = ({n for n, _ in facts[s]["list"] if n != "N/A"} for s in ("followers", "following"))
    summary = summarise_relationships(account_scope(alice))
    assert (summary.followers, summary.following) == (len(followers), len(following))
    mutuals = {name.casefold() for name in followers} & {name.casefold() for name in following}
    assert summary.mutuals == len(mutuals)
    assert summary.follower_ratio == (Decimal(len(followers)) / len(following)).quantize(Decimal("0.01"))
    assert summary.followers_as_of == summary.following_as_of == 1_768_463_100


@pytest.mark.parametrize(
    ("followers", "following", "ratio"),
    [
        (many(3), many(2), "1.50"),
        (many(2), many(3), "0.67"),
        (many(1), many(8), "0.13"),  # 0.125 is rounded away from zero
        ([], many(2), "0.00"),
        (many(3), [], None),
        (None, many(2), None),
        (many(3), None, None),
    ],
)
def test_the_ratio_has_two_decimals_and_is_unknown_where_it_cannot_be_said(
    followers: Pairs | None, following: Pairs | None, ratio: str | None, session: Session, alice: Member
) -> None:
    import_done(alice, export_json(followers, following))
    summary = summarise_relationships(account_scope(alice))
    assert summary.follower_ratio == (None if ratio is None else Decimal(ratio))
    assert summary.followers == (None if followers is None else len(followers))
    assert summary.following == (None if following is None else len(following))
    is_known = followers is not None and following is not None
    assert summary.mutuals == (min(len(followers or ()), len(following or ())) if is_known else None)


def test_mutuals_are_those_of_today_and_never_those_who_left(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(10), many(6)), exported_at=at("2025-02-01"))
    import_done(alice, export_json(many(10)[1:], many(6)), exported_at=at("2025-03-01"))
    assert summarise_relationships(account_scope(alice)).mutuals == 5


def test_deleted_accounts_are_not_counted(session: Session, alice: Member) -> None:
    rows = [*many(4), ("N/A", "2024-01-01 00:00:00"), ("N/A", "2024-01-02 00:00:00")]
    import_done(alice, export_json(rows, [*many(2), ("N/A", "2024-01-01 00:00:00")]))
    summary = summarise_relationships(account_scope(alice))
    assert (summary.followers, summary.following, summary.mutuals) == (4, 2, 2)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", {date(2025, 3, 29): 1, date(2025, 3, 30): 2, date(2025, 3, 31): 1}),
        ("Europe/Paris", {date(2025, 3, 30): 2, date(2025, 3, 31): 2}),
        ("Asia/Kathmandu", {date(2025, 3, 30): 2, date(2025, 3, 31): 2}),
        ("America/Sao_Paulo", {date(2025, 3, 29): 2, date(2025, 3, 30): 2}),
    ],
)
def test_followers_are_counted_by_days_of_the_accounts_zone(
    zone: str, days: dict[date, int], session: Session, alice: Member
) -> None:
    times = ("2025-03-29 23:30:00", "2025-03-30 00:00:00", "2025-03-30 22:14:59", "2025-03-31 00:10:00")
    import_done(alice, export_json([(f"p{number}", time) for number, time in enumerate(times)]))
    assert count_by_day(replace(account_scope(alice), timezone=zone), Section.FOLLOWERS) == days


def test_counts_by_day_add_up_to_todays_number_and_leave_out_who_left(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(60)), exported_at=at("2025-02-01"))
    import_done(alice, export_json(many(60)[4:]), exported_at=at("2025-03-01"))
    scope = account_scope(alice)
    counts = count_by_day(scope, Section.FOLLOWERS)
    assert sum(counts.values()) == summarise_relationships(scope).followers == 56
    assert list(counts) == sorted(counts)


def test_an_account_without_lists_has_no_days_and_knows_nothing(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, None, posts=[]))
    scope = account_scope(alice)
    assert count_by_day(scope, Section.FOLLOWERS) == {}
    summary = summarise_relationships(scope)
    assert (summary.followers_as_of, summary.following_as_of) == (None, None)
