"""The tabs of the analysis of an audience, each a page of its own."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.period_query import PeriodQuery
from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

# Endpoint, title, and whether the period that is chosen goes along.
_PAGES: tuple[tuple[str, str, bool], ...] = (
    ("analysis.show", N_("Statistics"), True),
    ("comparison.show", N_("Comparison"), False),
    ("insights.show", N_("Insights"), False),
    ("account_comparison.show", N_("Accounts"), True),
)


def analysis_tabs(current: str, period: PeriodQuery | None = None) -> list[Tab]:
    """Return the tabs with that of an endpoint marked; those with a period lead to the one that is chosen."""
    arguments: dict[str, Any] = {} if period is None else period.to_args()
    return [
        Tab(_(label), url_for(endpoint, **(arguments if has_period else {})), endpoint == current)
        for endpoint, label, has_period in _PAGES
    ]
