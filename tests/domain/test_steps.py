"""Days fall into weeks and months without a gap or an overlap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from webapp.domain.steps import Bucket, Step, bucket_of, buckets, fitting_step


@pytest.mark.parametrize(
    ("step", "first_weekday", "first", "last"),
    [
        (Step.DAY, 0, date(2024, 2, 29), date(2024, 2, 29)),
        (Step.WEEK, 0, date(2024, 2, 26), date(2024, 3, 3)),
        (Step.WEEK, 6, date(2024, 2, 25), date(2024, 3, 2)),
        (Step.WEEK, 3, date(2024, 2, 29), date(2024, 3, 6)),
        (Step.MONTH, 0, date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_a_day_lies_in_its_step(step: Step, first_weekday: int, first: date, last: date) -> None:
    assert bucket_of(date(2024, 2, 29), step, first_weekday) == Bucket(first, last)


@pytest.mark.parametrize("step", list(Step))
def test_steps_follow_each_other_and_hold_both_ends(step: Step) -> None:
    found = buckets(date(2023, 11, 30), date(2024, 3, 1), step)
    assert found[0].first <= date(2023, 11, 30) <= found[0].last
    assert found[-1].first <= date(2024, 3, 1) <= found[-1].last
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(found))


def test_reversed_days_have_no_step() -> None:
    assert buckets(date(2024, 3, 2), date(2024, 3, 1), Step.DAY) == []


def test_a_longer_time_has_longer_steps() -> None:
    assert [fitting_step(days) for days in (28, 90, 365, 2000)] == [Step.DAY, Step.DAY, Step.WEEK, Step.MONTH]
