"""Where numbers come from: what is said when one is unknown, and who is behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import at, parse_here, written
from tests.opened import TIMES, followers_at, following_at, import_account
from webapp.analytics.figures import hour_people
from webapp.analytics.figures.explain import explain
from webapp.analytics.figures.explanation import Explanation
from webapp.analytics.figures.rows import PAGE_SIZE, stream_dated
from webapp.analytics.imports import list_exports
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.explained import Caveat, Reason
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import OF_ONE_POST, MetricKey
from webapp.domain.period_query import PeriodQuery, Preset

ALL = PeriodQuery(Preset.ALL)


@pytest.fixture(autouse=True)
def reads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def asked(member: Member, metric: MetricKey, **facts: object) -> Explanation:
    return explain(account_scope(member), FigureQuery(metric, **facts))  # type: ignore[arg-type]


def codes(found: Explanation) -> set[Caveat]:
    return {note.code for note in found.notes}


def names_of(member: Member, metric: MetricKey, **facts: object) -> list[str]:
    """Return the people behind a number, page by page."""
    names: list[str] = []
    page = 1
    while True:
        found = asked(member, metric, page=page, **facts)
        assert found.page is not None
        assert found.page.start == PAGE_SIZE * (page - 1)
        names += [row.username for row in found.page.rows]
        if not found.page.has_next:
            return names
        page += 1


def of(people: Iterable[tuple[str, int]]) -> set[str]:
    return {name for name, _ in people}


def test_the_lists_of_earlier_exports_are_listed_as_they_were(session: Session, alice: Member) -> None:
    import_account(alice)
    exports = list_exports(account_scope(alice))
    for place, export in enumerate(exports):
        names = names_of(alice, MetricKey.FOLLOWERS, export=export.public_id)
        assert len(names) == len(set(names))
        assert set(names) == of(followers_at(TIMES[place]))
        found = asked(alice, MetricKey.FOLLOWERS, export=export.public_id)
        assert found.value == len(names)
        assert [source.export for source in found.sources] == [export.public_id]
        if found.rows is not None and place < len(exports) - 1:
            streamed = stream_dated(account_scope(alice), found.rows)  # type: ignore[arg-type]
            assert [name for name, _ in streamed] == names


def test_a_list_that_an_export_lacks_is_unknown_and_not_zero(session: Session, alice: Member) -> None:
    import_account(alice)
    third = list_exports(account_scope(alice))[2].public_id
    for metric in (MetricKey.FOLLOWING, MetricKey.MUTUALS, MetricKey.FOLLOWER_RATIO, MetricKey.FOLLOWING_GAINED):
        found = asked(alice, metric, export=third)
        assert (found.value, found.reason, found.rows) == (None, Reason.NOT_IN_THIS_EXPORT, None), metric
        assert [source.export for source in found.sources] == [third]


def test_who_came_and_left_over_several_lists_is_added_up_from_list_to_list(session: Session, alice: Member) -> None:
    import_account(alice)
    lists = [of(followers_at(second)) for second in TIMES]
    gained = [name for before, after in pairwise(lists) for name in after - before]
    lost = [name for before, after in pairwise(lists) for name in before - after]
    for metric, wanted in ((MetricKey.GAINED, gained), (MetricKey.LOST, lost)):
        assert sorted(names_of(alice, metric, period=ALL)) == sorted(wanted)
        found = asked(alice, metric, period=ALL)
        assert found.value == len(wanted)
        assert len(found.sources) == len(TIMES)
    # Away for a list: lost and gained, so more came and left than the two outermost lists show.
    assert len(gained) > len(lists[-1] - lists[0])
    net = asked(alice, MetricKey.NET, period=ALL)
    assert [part.value for part in net.parts] == [len(gained), len(lost)]
    assert net.value == len(lists[-1]) - len(lists[0])


def test_arrivals_are_counted_to_the_second_and_so_are_their_rows(session: Session, alice: Member) -> None:
    end = at("2025-03-01 12:00:00")
    edges = {"after": end + 1, "newest": end, "oldest": end - 7 * 86_400 + 1, "before": end - 7 * 86_400}
    people = [(name, written(second)) for name, second in edges.items()]
    import_done(alice, export_json(people, []), exported_at=end)
    assert names_of(alice, MetricKey.WEEK_FOLLOWERS) == ["newest", "oldest"]
    assert asked(alice, MetricKey.WEEK_FOLLOWERS).value == 2


def test_an_hour_that_a_clock_shows_twice_is_one_hour_and_one_that_it_leaves_out_has_nobody() -> None:
    # In Los Angeles on 2025-03-09 there is no 2 o'clock, and on 2025-11-02 there are two times 1 o'clock: Sundays.
    spring, autumn = at("2025-03-09T09:59:59"), at("2025-11-02T08:00:00")
    seconds = [spring, spring + 1, autumn, autumn + 3600, autumn + 7199, autumn + 7200]
    sunday = 6 * 24
    assert hour_people._places(seconds, sunday + 1, "America/Los_Angeles") == [4, 3, 2, 0]
    assert hour_people._places(seconds, sunday + 2, "America/Los_Angeles") == [5]
    assert hour_people._places(seconds, sunday + 3, "America/Los_Angeles") == [1]
    for hour in range(168):
        expected = [
            place
            for place in reversed(range(len(seconds)))
            if hour_people._hour_of(seconds[place], "America/Los_Angeles") == hour
        ]
        assert hour_people._places(seconds, hour, "America/Los_Angeles") == expected


def test_without_an_export_everything_is_unknown_for_that_reason(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, None, profile={"displayName": "x"}), exported_at=at("2025-04-01"))
    day = date(2025, 1, 1)
    for metric in MetricKey:
        if metric is MetricKey.POST_FOLLOWS or metric in OF_ONE_POST:
            continue
        found = asked(alice, metric, day=day, hour=3)
        assert (found.value, found.reason) == (None, Reason.NOT_IN_EXPORTS), metric


def test_one_export_says_which_numbers_take_a_second_one(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(300), many(4)), exported_at=at("2025-01-02"))
    reasons = {
        metric: asked(alice, metric).reason
        for metric in (MetricKey.GAINED, MetricKey.NET, MetricKey.STAYED, MetricKey.STAYING, MetricKey.ESTIMATE)
    }
    assert reasons == {
        MetricKey.GAINED: Reason.TOO_FEW_LISTS,
        MetricKey.NET: Reason.TOO_FEW_LISTS,
        MetricKey.STAYED: Reason.TOO_FEW_LISTS,
        MetricKey.STAYING: Reason.ONE_LIST,
        MetricKey.ESTIMATE: Reason.ONE_LIST,
    }
    assert asked(alice, MetricKey.MUTUALS).value == 4


def test_zero_following_is_a_zero_and_only_the_ratio_is_unknown(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(5), []), exported_at=at("2025-01-02"))
    assert asked(alice, MetricKey.FOLLOWING).value == 0
    assert asked(alice, MetricKey.MUTUALS).value == 0
    assert asked(alice, MetricKey.FOLLOWER_RATIO).reason is Reason.NOBODY_FOLLOWED
    found = asked(alice, MetricKey.FOLLOWING)
    assert found.page is not None
    assert (found.page.rows, found.page.total) == ((), 0)


def test_following_alone_says_that_mutuals_take_the_other_list(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, many(7)), exported_at=at("2025-01-02"))
    assert asked(alice, MetricKey.FOLLOWING).value == 7
    assert asked(alice, MetricKey.FOLLOWERS).reason is Reason.NOT_IN_EXPORTS
    assert asked(alice, MetricKey.MUTUALS).reason is Reason.OTHER_LIST_MISSING
    assert asked(alice, MetricKey.FOLLOWING_ONLY).reason is Reason.OTHER_LIST_MISSING


def test_what_was_read_and_not_counted_is_said(session: Session, alice: Member) -> None:
    rows = [*many(3), ("N/A", "2024-01-01 00:00:00"), ("N/A", "2024-01-02 00:00:00"), ("x" * 99, "2024-01-01 00:00:00")]
    import_done(alice, export_json(rows, many(2)), exported_at=at("2025-01-02"))
    found = asked(alice, MetricKey.FOLLOWERS)
    assert found.value == 3
    assert {note.code: note.count for note in found.notes if note.count} == {
        Caveat.DELETED_ACCOUNTS: 2,
        Caveat.UNREAD_ROWS: 1,
    }


def test_lists_of_two_exports_are_said_to_be_of_two_days(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(9), many(3)), exported_at=at("2025-01-02"))
    import_done(alice, export_json(many(9), None), exported_at=at("2025-02-02"))
    found = asked(alice, MetricKey.MUTUALS)
    assert found.value == 3
    assert Caveat.TWO_DAYS in codes(found)
    assert len(found.sources) == 2


def test_a_question_that_lacks_what_it_needs_is_refused(session: Session, alice: Member, charlie: Member) -> None:
    import_account(alice)
    for metric in (MetricKey.DAY_FOLLOWS, MetricKey.HOUR_FOLLOWS, MetricKey.MONTH_STAYED):
        with pytest.raises(Invalid):
            asked(alice, metric)
    foreign = replace(account_scope(alice), account_id=account_scope(alice).account_id + 99)
    for query in (
        FigureQuery(MetricKey.FOLLOWERS, export="f" * 20),
        FigureQuery(MetricKey.GAINED, export="f" * 20),
        FigureQuery(MetricKey.STAYED, export="f" * 20),
        FigureQuery(MetricKey.POST_FOLLOWS, post="f" * 20),
        FigureQuery(MetricKey.POST_LIKES, post="f" * 20),
        FigureQuery(MetricKey.POST_PERCENTILE, post="f" * 20),
        FigureQuery(MetricKey.GAINED, period=PeriodQuery(Preset.EXPORTS, from_id="f" * 20)),
    ):
        with pytest.raises(NotFound):
            explain(account_scope(alice), query)
    own = list_exports(account_scope(alice))[0].public_id
    with pytest.raises(NotFound):
        explain(foreign, FigureQuery(MetricKey.FOLLOWERS, export=own))


def test_a_day_after_the_newest_list_is_unknown(session: Session, alice: Member) -> None:
    import_account(alice)
    for metric in (MetricKey.DAY_FOLLOWS, MetricKey.AT_LEAST, MetricKey.ESTIMATE):
        assert asked(alice, metric, day=date(2025, 7, 1)).reason is Reason.OUTSIDE_LISTS, metric
    assert asked(alice, MetricKey.DAY_FOLLOWS, day=date(2020, 1, 1)).value == 0


def test_the_day_of_a_follow_is_that_of_the_account_and_its_left_people_are_counted(
    session: Session, alice: Member
) -> None:
    import_account(alice)
    # Paris is an hour or two ahead of UTC, so the last hours of a day belong to the next one.
    everybody = {name: came for second in TIMES for name, came in followers_at(second)}
    everybody.pop("new.name")
    day = date(2024, 9, 9)
    start, end = at("2024-09-08T22:00:00"), at("2024-09-09T22:00:00")
    wanted = {name for name, came in everybody.items() if start <= came < end}
    found = asked(alice, MetricKey.DAY_FOLLOWS, day=day)
    assert found.value == len(wanted)
    here = {name for name in wanted if name in of(followers_at(TIMES[-1]))}
    assert set(names_of(alice, MetricKey.DAY_FOLLOWS, day=day)) == here
    assert of(following_at(TIMES[0]))
