"""Which days the planner shows, and that addresses carry the same."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from webapp.domain.errors import Invalid
from webapp.domain.planner import PlanState
from webapp.domain.planner_query import PlannerQuery, PlannerView

TODAY = date(2026, 3, 18)  # a Wednesday
MONDAY, SUNDAY = 0, 6


def parsed(**fields: str) -> PlannerQuery:
    return PlannerQuery.parse(MultiDict(fields))


def test_without_anything_it_is_this_month() -> None:
    query = parsed()
    assert (query.first(TODAY, MONDAY), query.last(TODAY, MONDAY)) == (date(2026, 3, 1), date(2026, 3, 31))
    assert query.to_args() == {}
    assert not query.is_filtered


def test_a_week_begins_on_the_day_of_the_readers_language() -> None:
    query = parsed(view="week")
    assert (query.first(TODAY, MONDAY), query.last(TODAY, MONDAY)) == (date(2026, 3, 16), date(2026, 3, 22))
    assert (query.first(TODAY, SUNDAY), query.last(TODAY, SUNDAY)) == (date(2026, 3, 15), date(2026, 3, 21))


@pytest.mark.parametrize("view", list(PlannerView))
def test_before_and_after_lead_back_to_where_one_was(view: PlannerView) -> None:
    query = PlannerQuery(view, date(2026, 1, 31))
    there = query.after(TODAY, MONDAY)
    assert there.first(TODAY, MONDAY) > query.last(TODAY, MONDAY)
    assert there.before(TODAY, MONDAY).first(TODAY, MONDAY) == query.first(TODAY, MONDAY)


def test_an_address_carries_all_of_it() -> None:
    query = parsed(view="list", day="2026-02-03", state="idea", search="soup")
    assert query == PlannerQuery(PlannerView.LIST, date(2026, 2, 3), PlanState.IDEA, "soup")
    assert PlannerQuery.parse(MultiDict(query.to_args())) == query
    assert query.is_filtered


@pytest.mark.parametrize("fields", [{"view": "year"}, {"day": "soon"}, {"state": "lost"}, {"search": "x" * 65}])
def test_what_means_nothing_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        parsed(**fields)
    assert refused.value.params["field"] == next(iter(fields))
