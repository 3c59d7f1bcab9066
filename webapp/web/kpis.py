"""One figure as a card shows it, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _

from webapp.domain.formatting import format_compact, format_count, format_ratio, format_share
from webapp.domain.metrics import METRICS, MetricKey, Unit
from webapp.web.i18n import locale

# From here on the card shows a count in short, and in full on hover and for screen readers.
_SHORT_FROM = 10_000_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A change against what a period is compared with: up, down or flat, in figures and in a word."""

    direction: str
    text: str
    word: str | None = None
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A card; ``unknown_reason`` takes the place of the value, ``open_href`` leads to what is behind the number."""

    key: MetricKey
    label: str
    definition: str
    value: str
    exact: str | None = None
    href: str | None = None
    open_href: str | None = None
    note: str | None = None
    unknown_reason: str | None = None
    state: str | None = None
    delta: Delta | None = None
    spark: tuple[float, ...] = ()

    def with_(self, **changes: object) -> Kpi:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]


def make_kpi(key: MetricKey, value: float | Decimal | None, reason: str) -> Kpi:
    """Return the card of a metric; ``reason`` says why the value is unknown where it is ``None``."""
    metric = METRICS[key]
    label, definition = _(metric.label), _(metric.definition)
    if value is None:
        return Kpi(key, label, definition, "", unknown_reason=reason)
    exact = format_value(key, value)
    if metric.unit is Unit.COUNT:
        count = round(value)
        shown = format_compact(count, locale()) if abs(count) >= _SHORT_FROM else exact
        return Kpi(key, label, definition, shown, exact)
    return Kpi(key, label, definition, exact)


def format_value(key: MetricKey, value: float | Decimal) -> str:
    """Return the value of a metric in full, as every card, drawer and table writes it."""
    metric = METRICS[key]
    if metric.unit is Unit.COUNT:
        shown = format_count(abs(round(value)), locale())
        return f"−{shown}" if value < 0 else shown
    if metric.unit is Unit.RATIO:
        return format_ratio(Decimal(value), locale())
    return format_share(float(value), locale(), decimals=metric.decimals)
