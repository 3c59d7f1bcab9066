"""The address of what is behind a number: the same for a card, a point of a chart and a cell of a table."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.domain.figures import FigureQuery


def figure_href(query: FigureQuery, account: str | None = None) -> str:
    """Return the address of the drawer of a number; ``account`` names one that the page does not speak of."""
    arguments: dict[str, Any] = {**query.to_args(), **({"account": account} if account else {})}
    return url_for("figures.show", metric=query.metric.value, **arguments)


def figure_csv_href(query: FigureQuery, dialect: str = "") -> str:
    """Return the address of the download of the rows behind a number, all of them."""
    arguments: dict[str, Any] = {**query.with_().to_args(), "dialect": dialect or None}
    return url_for("figures.download", metric=query.metric.value, **arguments)
