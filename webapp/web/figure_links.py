"""The address of what is behind a number: the same for a card, a point of a chart and a cell of a table."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.web.links import with_arguments


def figure_href(query: FigureQuery, account: str | None = None) -> str:
    """Return the address of the drawer of a number; ``account`` names one that the page does not speak of."""
    return with_arguments(_address(query.metric, account), query.to_args())


def figure_csv_href(query: FigureQuery, dialect: str = "") -> str:
    """Return the address of the download of the rows behind a number, all of them."""
    arguments: dict[str, Any] = {**query.with_().to_args(), "dialect": dialect or None}
    return url_for("figures.download", metric=query.metric.value, **arguments)


def _address(metric: MetricKey, account: str | None) -> str:
    """Return the address of a metric; the router is asked once, because a long chart links hundreds of numbers."""
    addresses: dict[tuple[MetricKey, str | None], str] = g.setdefault("figure_addresses", {})
    if (metric, account) not in addresses:
        named: dict[str, Any] = {"account": account} if account else {}
        addresses[metric, account] = url_for("figures.show", metric=metric.value, **named)
    return addresses[metric, account]
