"""The address of what is behind a number: the same for a card, a point of a chart and a cell of a table."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.domain.figures import FigureQuery


def figure_href(query: FigureQuery) -> str:
    """Return the address of the drawer of a number."""
    arguments: dict[str, Any] = query.to_args()
    return url_for("figures.show", metric=query.metric.value, **arguments)
