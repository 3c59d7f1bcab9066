"""Days with unusually many new followers (goal: at most 0.25 false ones a month, nine of ten fivefold days found)."""

from __future__ import annotations

import random

import pytest

from tests.analytics.statistics.histories import YEAR_DAYS, daily_follows
from webapp.analytics.statistics.peaks import find_peaks


@pytest.mark.parametrize("level", [1, 5, 20, 100])
@pytest.mark.parametrize("dispersion", [0.01, 0.2, 0.4])
def test_ordinary_days_are_seldom_taken_for_peaks(level: float, dispersion: float) -> None:
    draw = random.Random(f"{level} {dispersion}")
    found = sum(len(find_peaks(daily_follows(draw, level, dispersion), 0) or ()) for _ in range(12))
    assert found / (12 * YEAR_DAYS) * 30 <= 0.25


@pytest.mark.parametrize("level", [20, 100, 1000])
def test_fivefold_days_are_found(level: float) -> None:
    draw = random.Random(level)
    places = (40, 151, 260, 343)
    found = 0
    for _ in range(15):
        peaks = find_peaks(daily_follows(draw, level, 0.2, places), 0)
        assert peaks is not None
        found += sum(peak.place in places for peak in peaks)
    assert found / (15 * len(places)) >= 0.9


def test_a_peak_tells_what_was_usual_on_such_a_weekday() -> None:
    counts = [100 if day % 7 == 5 else 10 for day in range(140)]
    counts[70], counts[75] = 60, 101
    assert [(peak.place, peak.count) for peak in find_peaks(counts, 0) or ()] == [(70, 60)]
    # A Saturday is as usual as all other Saturdays.
    saturdays_begin = [day % 7 for day in range(140)]
    assert saturdays_begin[75] == 5


def test_a_peak_is_at_least_twice_the_usual_and_five_more() -> None:
    quiet = [0] * 100
    quiet[50] = 4
    assert find_peaks(quiet, 0) == []
    quiet[50] = 40
    assert [peak.place for peak in find_peaks(quiet, 0) or ()] == [50]
    steady = [10_000] * 100
    steady[50] = 19_000
    assert find_peaks(steady, 0) == []


def test_less_than_eight_weeks_tell_nothing() -> None:
    assert [peak.place for peak in find_peaks([1] * 55 + [500], 0) or ()] == [55]
    assert find_peaks([1] * 54 + [500], 0) is None


def test_the_first_and_the_last_day_can_be_peaks() -> None:
    for place in (0, 99):
        counts = [12, 9, 11, 10, 8] * 20
        counts[place] = 90
        assert [peak.place for peak in find_peaks(counts, 3) or ()] == [place]
