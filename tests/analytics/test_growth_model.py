"""The lower bound, the days and the round numbers against a slow reading of the exports themselves."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.growth_reading import Lists, Told, renamed_between
from tests.ledgers import at, parse_here, written
from webapp.analytics.growth_cohorts import count_cohorts
from webapp.analytics.growth_model import (
    DayFollows,
    GrowthFit,
    LowerBound,
    MonthFollows,
    Point,
    Refusal,
    work_out,
)
from webapp.domain.period import day_of, start_of_day
from webapp.models import Account

DAY = 86_400


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def import_lists(member: Member, lists: Lists) -> None:
    # In another order than that of time: the ledger is the same.
    for second, people in [*lists[1:], lists[0]]:
        rows = [(name, written(follow)) for name, follow in people.items()]
        import_done(member, export_json(rows, None), exported_at=second, losses_confirmed=True)


def random_lists(seed: int) -> Lists:
    """Return lists with people who come, leave, come back, follow again and take other names."""
    draw = random.Random(seed)
    start = at("2025-03-01T07:10:00")
    people = {f"p{number}": start - draw.randrange(120 * DAY) for number in range(120)}
    gone: dict[str, int] = {}
    lists: Lists = []
    for number in range(6):
        second = start + number * 20 * DAY + draw.randrange(DAY)
        before = lists[-1][0] if lists else 0
        if number:
            for name in draw.sample(sorted(people), 12):
                gone[name] = people.pop(name)
            for name in draw.sample(sorted(people), 3):
                people[name] = draw.randrange(before + 1, second)
            for name in draw.sample(sorted(people), 3):
                people[f"{name}x"] = people.pop(name)
            for name in draw.sample(sorted(gone), 3):
                people[name] = gone.pop(name) if draw.random() < 0.5 else draw.randrange(before + 1, second)
            for each in range(15):
                people[f"n{number}_{each}"] = draw.randrange(before + 1, second)
            # Whom the list before does not have though they followed before it, some of them in its last minutes.
            for each in range(4):
                people[f"l{number}_{each}"] = before - draw.choice([0, 30, 200, 40 * DAY, 90 * DAY])
        lists.append((second, dict(people)))
    return lists


def slow_bound(lists: Lists, second: int) -> int:
    """Return who is on the next list and was there: on the list before (under any name), or followed since then."""
    place = next(number for number, (when, _) in enumerate(lists) if when >= second)
    when, people = lists[place]
    if when == second:
        return len(people)
    earlier, before = (lists[place - 1][1], lists[place - 1][0]) if place else ({}, None)
    renamed = renamed_between(earlier, people) if place else {}
    known = 0
    for name, follow in people.items():
        if before is None or follow > before:
            known += follow <= second
        else:
            known += earlier.get(name) == follow or name in renamed
    return known


@pytest.mark.parametrize("seed", range(11, 17))
def test_days_hours_and_months_are_those_of_the_lists(session: Session, alice: Member, seed: int) -> None:
    lists = random_lists(seed)
    import_lists(alice, lists)
    told, times = Told(lists), [second for second, _ in lists]
    for timezone in ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland"):
        fit = work_out(account_scope(alice), timezone)
        assert fit.times == tuple(times)
        assert [(each.day, each.came, each.kept, each.of) for each in fit.follows] == told.days(timezone)
        assert list(fit.hours) == told.hours(timezone)
        assert [(each.month, each.first, each.present) for each in fit.months] == told.months(times, timezone)
        assert sum(fit.hours) == sum(each.came for each in fit.follows) == len(told.seconds)
        assert fit.days == (day_of(times[-1], timezone) - fit.follows[0].day).days + 1


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_lower_bound_is_what_the_lists_prove(session: Session, alice: Member, seed: int, timezone: str) -> None:
    lists = random_lists(seed)
    import_lists(alice, lists)
    scope = account_scope(alice)
    bound = LowerBound(count_cohorts(scope, timezone))
    for second, people in lists:
        assert bound.at(second) == len(people)
    first, last = day_of(lists[0][0], timezone) - timedelta(days=130), day_of(lists[-1][0], timezone)
    for number in range((last - first).days):
        end = start_of_day(first + timedelta(days=number + 1), timezone) - 1
        # On the day of a list the bound of the evening is that of the next list.
        assert bound.at(end) == slow_bound(lists, end), (number, day_of(end, timezone))


def test_every_person_is_counted_once_between_each_two_lists(session: Session, alice: Member) -> None:
    lists = random_lists(3)
    import_lists(alice, lists)
    cohorts = count_cohorts(account_scope(alice), "UTC")
    for place, ((_, earlier), (_, later)) in enumerate(pairwise(lists)):
        stayed = sum(earlier.get(name) == follow for name, follow in later.items())
        stayed += len(renamed_between(earlier, later))
        kept = sum(
            people
            for seen, people in cohorts.counts.items()
            if seen.first <= place and (seen.gone is None or seen.gone > place + 1)
        )
        lost = sum(people for seen, people in cohorts.counts.items() if seen.gone == place + 1)
        assert (kept, lost) == (stayed, len(earlier) - stayed)


def test_one_list_gives_the_curve_of_those_who_are_here(session: Session, alice: Member) -> None:
    second, people = random_lists(4)[0]
    import_done(
        alice, export_json([(name, written(follow)) for name, follow in people.items()], []), exported_at=second
    )
    fit = work_out(account_scope(alice), "Europe/Paris")
    assert (fit.lists, fit.refusal, fit.staying, fit.gross) == (1, Refusal.ONE_LIST, None, ())
    for point in fit.points:
        assert point.least == sum(follow <= point.at for follow in people.values())
        assert point.value is None
    assert fit.points[-1].at == second
    assert [(one.followers, one.day) for one in fit.milestones] == [
        (100, day_of(sorted(people.values())[99], "Europe/Paris"))
    ]


def test_a_milestone_is_of_the_day_on_which_so_many_are_first_known(session: Session, alice: Member) -> None:
    """Thirty of the first list leave: the hundred was reached before it, though the second list has ninety."""
    begin = at("2025-01-01")
    first = {f"a{number}": begin + number * 3600 for number in range(120)}
    later = {name: second for name, second in first.items() if int(name[1:]) >= 30}
    import_lists(alice, [(begin + 10 * DAY, first), (begin + 40 * DAY, later)])
    fit = work_out(account_scope(alice), "UTC")
    assert [(one.followers, one.day) for one in fit.milestones] == [(100, date(2025, 1, 5))]
    assert [point.least for point in fit.points if point.at in (begin + 10 * DAY, begin + 40 * DAY)] == [120, 90]
    assert min(point.least for point in fit.points if point.at > begin + 10 * DAY) == 90


def test_the_estimate_passes_through_the_lists_and_never_below_the_bound(session: Session, alice: Member) -> None:
    draw = random.Random(6)
    begin = at("2025-01-01")
    people = {f"a{number}": begin - draw.randrange(300 * DAY) for number in range(900)}
    lists: Lists = []
    for number in range(3):
        kept = {name: second for name, second in people.items() if draw.random() > 0.08 * number}
        lists.append((begin + number * 30 * DAY, kept))
        people = kept
    import_lists(alice, lists)
    fit = work_out(account_scope(alice), "UTC")
    assert fit.refusal is None
    assert fit.losses == len(lists[0][1]) - len(lists[2][1])
    exact = {second: len(kept) for second, kept in lists}
    for point in fit.points:
        if point.value is not None and point.low is not None and point.high is not None:
            assert point.least <= point.low <= point.value <= point.high
        if point.at in exact:
            assert (point.low, point.value, point.high) == (exact[point.at],) * 3
    far = [point for point in fit.points if point.at < begin - 365 * DAY]
    assert all(point.value is None for point in far)


def test_without_a_follower_list_only_the_other_list_is_told(session: Session, alice: Member) -> None:
    second = at("2025-01-03T12:00:00")
    import_done(alice, export_json(None, [("ada", "2025-01-01 00:00:00")]), exported_at=second)
    day = at("2025-01-02")
    points = (Point(day - 1, 1), Point(day + DAY - 1, 1), Point(second, 1))
    assert work_out(account_scope(alice), "UTC") == GrowthFit(following=points)


def test_without_any_list_nothing_is_said(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, None, posts=[]))
    assert work_out(account_scope(alice), "UTC") == GrowthFit()


def test_an_empty_list_and_dates_after_the_export_do_no_harm(session: Session, alice: Member) -> None:
    second = at("2025-01-01")
    import_done(alice, export_json([], []), exported_at=second)
    assert [point.least for point in work_out(account_scope(alice), "UTC").points] == [0]
    late = [("late", written(second + 40 * DAY)), ("ada", written(second + DAY))]
    import_done(alice, export_json(late, []), exported_at=second + 2 * DAY)
    session.execute(update(Account).values(timezone="Asia/Tokyo"))
    session.commit()
    assert work_out(account_scope(alice), "Asia/Tokyo").points[-1].least == 2


def test_somebody_who_goes_comes_back_and_takes_another_name_is_one_follow(session: Session, alice: Member) -> None:
    """January's three: Ada stays; Bob is gone, back, renamed, gone and back; Cat is renamed, gone and back."""
    friday = at("2025-01-03T13:59:59")
    bobs: list[str | None] = ["bob", None, "bob", "bobby", None, "bobby"]
    cats = ["cat", "catty", None, "catty", "catty", "catty"]
    for number, (bob, cat) in enumerate(zip(bobs, cats, strict=True)):
        people = {"ada": friday - 1, bob: friday, cat: friday - 2}
        rows = [(name, written(second)) for name, second in people.items() if name]
        content = export_json(rows, many(1, f"brand{number}"))
        import_done(alice, content, exported_at=at("2025-02-01") + number * 30 * DAY, losses_confirmed=True)
    fit = work_out(account_scope(alice), "UTC")
    assert fit.follows == (DayFollows(date(2025, 1, 3), came=3, kept=2, of=3),)
    assert fit.months == (MonthFollows(date(2025, 1, 1), first=0, present=(3, 2, 2, 3, 2, 3)),)
    assert {hour: people for hour, people in enumerate(fit.hours) if people} == {4 * 24 + 13: 3}


def test_a_follow_with_a_newer_date_is_another_one(session: Session, alice: Member) -> None:
    first, again = at("2025-01-03T05:00:00"), at("2025-02-04T06:00:00")
    lists = [(at("2025-02-01"), {"ada": first}), (at("2025-03-01"), {"ada": again})]
    lists.append((at("2025-04-01"), {"ada": again, "eve": again + 40 * DAY}))
    import_lists(alice, lists)
    fit = work_out(account_scope(alice), "UTC")
    assert [(each.day, each.came, each.kept, each.of) for each in fit.follows] == [
        (date(2025, 1, 3), 1, 0, 1),
        (date(2025, 2, 4), 1, 1, 1),
        (date(2025, 3, 16), 1, 0, 0),
    ]
    assert fit.months == (
        MonthFollows(date(2025, 1, 1), 0, (1, 0, 0)),
        MonthFollows(date(2025, 2, 1), 1, (1, 1)),
        MonthFollows(date(2025, 3, 1), 2, (1,)),
    )


def test_the_month_of_the_newest_list_is_not_over(session: Session, alice: Member) -> None:
    """At the first second of March the list is after February; a second before, nothing is known of the month."""
    people = {"ada": at("2025-02-27"), "bob": at("2025-01-10")}
    import_lists(alice, [(at("2025-02-28T23:59:59"), people)])
    assert [each.month for each in work_out(account_scope(alice), "UTC").months] == [date(2025, 1, 1)]
    months = work_out(account_scope(alice), "Europe/Paris").months
    assert [(each.month, each.present) for each in months] == [(date(2025, 1, 1), (1,)), (date(2025, 2, 1), (1,))]


@pytest.mark.parametrize("seed", [21, 22])
def test_the_other_list_has_its_lower_bound_too(session: Session, alice: Member, seed: int) -> None:
    lists = random_lists(seed)
    for number, (second, people) in enumerate(lists):
        rows = [(name, written(follow)) for name, follow in people.items()]
        # The other list of the account is shorter, and missing in one export.
        others = rows[:5] if number % 2 else None
        import_done(alice, export_json(others, rows), exported_at=second, losses_confirmed=True)
    fit = work_out(account_scope(alice), "America/Los_Angeles")
    assert fit.lists == 3
    found = {point.at: point.least for point in fit.following}
    assert {second: found[second] for second, _ in lists} == {second: len(people) for second, people in lists}
    assert len(found) > 60
    assert all(least == slow_bound(lists, second) for second, least in found.items())
    assert all(point.value is None for point in fit.following)
