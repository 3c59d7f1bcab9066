"""The question of a report as it is kept in the database, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.domain.period_query import PeriodQuery
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import ReportSection


@dataclass(frozen=True, slots=True)
class _Kept:
    """Kept arguments as a form would send them."""

    values: Mapping[str, str]

    def getlist(self, key: str) -> list[str]:
        """Return every value given for the key."""
        return [self.values[key]] if key in self.values else []


def write_query(query: ReportQuery) -> dict[str, Any]:
    """Return a query as JSON can hold it."""
    return {
        "period": query.period.to_args(),
        "sections": [section.value for section in query.sections],
        "notes": query.notes,
        "shows_account": query.shows_account,
    }


def read_query(kept: Mapping[str, Any]) -> ReportQuery:
    """Return the query that ``write_query`` was given."""
    sections = tuple(ReportSection(value) for value in kept["sections"])
    return ReportQuery(PeriodQuery.parse(_Kept(kept["period"])), sections, kept["notes"], kept["shows_account"])
