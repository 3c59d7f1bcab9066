"""Accounts beside each other: one period for all, exact points, sums that say what is missing from them."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import at, parse_here, written
from webapp.analytics.account_comparison import AccountComparison, Counted, Figure, compare_accounts
from webapp.analytics.growth import list_growth_rows
from webapp.analytics.relationships import summarise_relationships
from webapp.domain.errors import NotFound
from webapp.domain.period import DAY_SECONDS as DAY
from webapp.domain.period import Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.models import Account

BEGIN = at("2025-03-01T12:00:00")
HANDLES = ("first.one", "second.one", "third.one")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def rows_of(people: set[str]) -> list[tuple[str, str]]:
    return [(name, written(BEGIN - 400 * DAY)) for name in sorted(people)]


def import_three(member: Member) -> dict[str, list[tuple[int, set[str] | None, set[str]]]]:
    """Import three accounts on days of their own; return what each export held: second, followers, following."""
    draw = random.Random(5)
    held: dict[str, list[tuple[int, set[str] | None, set[str]]]] = {}
    for number, handle in enumerate(HANDLES):
        people = {f"p{each}" for each in range(40 + 30 * number)}
        held[handle] = []
        for month in range(4):
            second = BEGIN + month * 20 * DAY + number * 3 * DAY
            people = {name for name in people if draw.random() > 0.1} | {f"{handle[:2]}{month}_{n}" for n in range(9)}
            following = set(sorted(people)[:10]) | {"brand"}
            # The second account's third export lacks the follower list.
            followers = None if (number, month) == (1, 2) else set(people)
            content = export_json(None if followers is None else rows_of(followers), rows_of(following), owner=handle)
            import_done(member, content, exported_at=second, losses_confirmed=True)
            held[handle].append((second, followers, following))
    return held


def compared(member: Member, query: PeriodQuery, *handles: str) -> AccountComparison:
    return compare_accounts([account_scope(member, handle) for handle in handles], query)


@pytest.mark.parametrize("preset", [Preset.ALL, Preset.DAYS_28, Preset.DAYS_90, Preset.WEEK, Preset.LAST_IMPORT])
def test_each_account_is_what_its_own_files_say(session: Session, alice: Member, preset: Preset) -> None:
    held = import_three(alice)
    found = compared(alice, PeriodQuery(preset), *HANDLES)
    newest = max(second for files in held.values() for second, *_ in files)
    since = {
        Preset.ALL: None,
        Preset.DAYS_28: newest - 28 * DAY,
        Preset.DAYS_90: newest - 90 * DAY,
        Preset.WEEK: newest - 7 * DAY,
        Preset.LAST_IMPORT: held["third.one"][-2][0],
    }[preset]
    assert (found.leader, found.span) == (2, Span(since, newest))
    gained_of_all = []
    for figures, handle in zip(found.accounts, HANDLES, strict=True):
        lists = [(second, people) for second, people, _ in held[handle] if people is not None]
        second, followers, following = held[handle][-1]
        assert followers is not None
        assert figures.as_of == second
        assert figures.value(Figure.FOLLOWERS) == len(followers)
        assert figures.value(Figure.FOLLOWING) == len(following)
        assert figures.value(Figure.MUTUALS) == len(followers & following)
        ratio = (Decimal(len(followers)) / len(following)).quantize(Decimal("0.01"))
        assert figures.value(Figure.RATIO) == ratio
        inside = [place for place, (when, _) in enumerate(lists) if since is None or when > since]
        before = [place for place, (when, _) in enumerate(lists) if since is not None and when <= since]
        walk = lists[(before or inside)[-1 if before else 0] :]
        if not inside or len(walk) < 2:
            assert figures.change is None
        else:
            gained = sum(len(new - old) for (_, old), (_, new) in pairwise(walk))
            lost = sum(len(old - new) for (_, old), (_, new) in pairwise(walk))
            days = (walk[-1][0] - walk[0][0]) / DAY
            assert [figures.value(each) for each in (Figure.GAINED, Figure.LOST, Figure.NET)] == [
                gained,
                lost,
                gained - lost,
            ]
            assert figures.value(Figure.PACE) == pytest.approx((gained - lost) / days)
            gained_of_all.append(gained)
        shown = [(when, len(people)) for when, people in lists if since is None or when >= since]
        assert [point.count for point in figures.points if point.count is not None] == [count for _, count in shown]
        assert figures.base == (shown[0][1] if shown else None)
    total = found.total(Figure.GAINED)
    assert total is not None
    assert total.known == sum(gained_of_all)
    assert total.value == (sum(gained_of_all) if len(gained_of_all) == 3 else None)


def test_a_list_that_an_export_lacks_is_a_gap_between_two_points(session: Session, alice: Member) -> None:
    held = import_three(alice)
    (figures,) = compared(alice, PeriodQuery(Preset.ALL), "second.one").accounts
    counts = [None if people is None else len(people) for _, people, _ in held["second.one"]]
    assert [point.count for point in figures.points] == counts
    assert counts[2] is None
    # At the end of a period there is nothing to be a gap to.
    days = PeriodQuery(Preset.CUSTOM, last=date(2025, 4, 20))
    (cut,) = compared(alice, days, "second.one").accounts
    assert [point.count for point in cut.points] == counts[:2]
    assert cut.value(Figure.FOLLOWERS) == counts[1]
    assert cut.as_of == held["second.one"][1][0]


def test_a_total_that_lacks_an_account_is_no_smaller_number(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), many(5), owner="both.lists"))
    import_done(alice, export_json(None, many(7), owner="no.followers"))
    import_done(alice, export_json(None, None, posts=[], owner="no.lists"))
    found = compared(alice, PeriodQuery(), "both.lists", "no.followers", "no.lists")
    followers, following = found.total(Figure.FOLLOWERS), found.total(Figure.FOLLOWING)
    assert followers is not None
    assert following is not None
    assert (followers.value, followers.known, followers.missing) == (None, 30, (1, 2))
    assert (following.value, following.known, following.missing) == (None, 12, (2,))
    assert found.total(Figure.RATIO) is None
    whole = compared(alice, PeriodQuery(), "both.lists", "no.followers").total(Figure.FOLLOWING)
    assert whole is not None
    assert whole.value == 12


def test_lists_of_two_exports_have_mutuals_while_both_are_the_newest(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, many(6)), exported_at=BEGIN)
    import_done(alice, export_json(many(10), None), exported_at=BEGIN + 5 * DAY)
    scope = account_scope(alice)
    (now,) = compare_accounts([scope], PeriodQuery()).accounts
    assert now.mutuals == Counted(6)
    assert summarise_relationships(scope).mutuals == 6
    import_done(alice, export_json(many(11), many(7)), exported_at=BEGIN + 30 * DAY)
    days = PeriodQuery(Preset.CUSTOM, last=date(2025, 3, 10))
    (then,) = compare_accounts([account_scope(alice)], days).accounts
    assert (then.value(Figure.FOLLOWERS), then.value(Figure.FOLLOWING), then.mutuals) == (10, 6, None)


def test_a_period_between_exports_is_that_of_the_account_they_belong_to(session: Session, alice: Member) -> None:
    held = import_three(alice)
    exports = [row.export for row in list_growth_rows(account_scope(alice, "first.one"))]
    query = PeriodQuery(Preset.EXPORTS, from_id=exports[0], to_id=exports[2])
    found = compared(alice, query, "third.one", "first.one")
    times = [second for second, *_ in held["first.one"]]
    assert (found.leader, found.span) == (1, Span(times[0], times[2]))
    change = found.accounts[1].change
    assert change is not None
    assert (change.begins_at, change.ends_at) == (times[0], times[2])
    # The third account's lists lie between them: from its first one, for there is none before.
    other = found.accounts[0].change
    assert other is not None
    assert (other.begins_at, other.ends_at) == (held["third.one"][0][0], held["third.one"][1][0])
    with pytest.raises(NotFound):
        compared(alice, query, "third.one", "second.one")


def test_the_days_of_an_account_are_those_of_its_own_zone(session: Session, alice: Member) -> None:
    for handle, zone in (("west.coast", "America/Los_Angeles"), ("kiwi", "Pacific/Auckland")):
        import_done(alice, export_json(many(5), [], owner=handle), exported_at=at("2025-03-02T04:00:00"))
        session.execute(update(Account).where(Account.handle == handle).values(timezone=zone))
        session.commit()
    found = compared(alice, PeriodQuery(Preset.ALL), "west.coast", "kiwi")
    assert [figures.points[0].day for figures in found.accounts] == [date(2025, 3, 1), date(2025, 3, 2)]


def test_an_account_that_began_with_nobody_has_nothing_to_be_100(session: Session, alice: Member) -> None:
    import_done(alice, export_json([], []), exported_at=BEGIN)
    import_done(alice, export_json(many(5), []), exported_at=BEGIN + 9 * DAY)
    (figures,) = compare_accounts([account_scope(alice)], PeriodQuery(Preset.ALL)).accounts
    assert ([point.count for point in figures.points], figures.base) == ([0, 5], None)
