"""Where planned posts are moved to: by day and slot, by steps, and back; the clock is that of the account."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.planner_moves import PlanMove

PARIS = "Europe/Paris"


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def parsed(**fields: str) -> PlanMove:
    return PlanMove.parse(MultiDict(fields))


def test_another_day_keeps_the_time_of_day_across_the_change_of_clocks() -> None:
    # 18:30 in Paris is 17:30 UTC in winter and 16:30 in summer.
    moved = parsed(day="2026-03-30").of(second("2026-03-27T17:30"), PARIS)
    assert moved == second("2026-03-30T16:30")
    assert parsed(days="3").of(second("2026-03-27T17:30"), PARIS) == second("2026-03-30T16:30")


def test_an_hour_is_an_hour_of_time_not_of_the_clock() -> None:
    # One hour after 01:30 comes 03:30 on the night that the clocks go forward.
    assert parsed(hours="1").of(second("2026-03-29T00:30"), PARIS) == second("2026-03-29T01:30")


def test_another_slot_keeps_the_place_within_the_slot() -> None:
    at = second("2026-06-01T16:30")  # 18:30, the first hour of its slot
    assert parsed(day="2026-06-02", slot="2").of(at, PARIS) == second("2026-06-02T04:30")
    assert parsed(day="2026-06-02", slot="6").of(at, PARIS) == second("2026-06-02T16:30")


def test_a_post_without_a_time_gets_the_usual_hour_or_that_place_in_its_slot() -> None:
    assert parsed(day="2026-06-02").of(None, PARIS, 20) == second("2026-06-02T18:00")
    assert parsed(day="2026-06-02", slot="0").of(None, PARIS, 20) == second("2026-06-02T00:00")
    with pytest.raises(Invalid) as refused:
        parsed(days="1").of(None, PARIS)
    assert refused.value.code is ErrorCode.PLAN_TIME_MISSING


def test_back_is_exactly_where_it_was_or_no_time_at_all() -> None:
    assert parsed(back="1750000000").of(5, PARIS) == 1_750_000_000
    assert parsed(back="none").of(5, PARIS) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"day": "soon"},
        {"slot": "3"},
        {"day": "2026-01-01", "slot": "8"},
        {"days": "1.5"},
        {"days": "99999"},
        {"days": "2000"},
        {"hours": "٣"},
        {"back": "-5"},
        {"back": "tomorrow"},
    ],
)
def test_what_is_no_move_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        parsed(**fields)
    assert refused.value.params["field"] in (*fields, "day")


def test_a_day_is_read_as_a_day() -> None:
    assert parsed(day="2026-02-28") == PlanMove(day=date(2026, 2, 28))
