"""The tables of the page of forecasts as rows of values, the same as it shows in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from webapp.analytics.forecasts.early import EarlyForecast, early_of
from webapp.analytics.forecasts.fit import Checked
from webapp.renderers.forecast_csv import Table
from webapp.renderers.table_csv import Moment, Row
from webapp.web.forecasts.page import ForecastPage
from webapp.web.forecasts.scoreboard import is_inside


def tables_of(page: ForecastPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table; ``None`` where the page says why there is none."""
    if page.is_empty or page.has_job:
        return None
    fit = page.forecasts
    if table is Table.YOUNG:
        return map(_young, early_of(fit, page.table))
    if page.is_refused:
        return None
    match table:
        case Table.EXPERTS:
            return [(expert.name, expert.weight) for expert in page.next.experts]
        case Table.SKILL:
            return [(one.against.value, one.value, one.low, one.high, one.posts) for one in fit.skills]
        case Table.CALIBRATION:
            return [(one.level, one.coverage, one.posts) for one in fit.calibration]
        case Table.RANGES:
            return _ranges(fit.checked)
        case Table.BRACKETS:
            return [(one.first, one.last, one.posts, one.coverage, one.skill) for one in fit.brackets]


def _ranges(checked: Iterable[Checked]) -> Iterator[Row]:
    for one in checked:
        label = None if one.label is None else one.label.value
        figures = (one.low, one.typical, one.high, one.actual, is_inside(one), label, one.z, one.tail, one.earlier)
        yield one.post, Moment(one.published_at), *figures


def _young(one: EarlyForecast) -> Row:
    known = one.expected
    expected = (None, None, None) if known is None else (known.low, known.typical, known.high)
    figures = (round(one.age_days, 2), one.likes, one.low, one.typical, one.high, one.posts)
    return (one.post, Moment(one.published_at), *figures, *expected, one.takes_off)
