"""The words of the analysis of posts: figures, effects, and how sure something is (STATISTICS 3.12)."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, exp, floor
from typing import Final

from babel.numbers import format_decimal
from flask_babel import gettext as _

from webapp.analytics.content.fit import NEEDS_IN_GROUP, Group, Measure
from webapp.domain.formatting import format_count, format_day, format_share
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of
from webapp.domain.text import N_
from webapp.web.i18n import locale

# Of fewer posts a typical figure is indicative: the test asks for as many in a group.
FIRM_POSTS: Final = NEEDS_IN_GROUP
# From this factor on a difference is written as "times", not per cent.
_TIMES: Final = 3
# What whole per cents may miss by in floating point.
_SLACK: Final = 1e-9
MEASURE_LABELS: Final[Mapping[Measure, str]] = {
    Measure.LIKES: N_("Likes"),
    Measure.VIEWS: N_("Views"),
    Measure.ENGAGEMENT_RATE: N_("Engagement rate"),
}
TYPICAL_LABELS: Final[Mapping[Measure, str]] = {
    Measure.LIKES: N_("Typical likes"),
    Measure.VIEWS: N_("Typical views"),
    Measure.ENGAGEMENT_RATE: N_("Typical engagement rate"),
}
TYPICAL_METRICS: Final[Mapping[Measure, MetricKey]] = {
    Measure.LIKES: MetricKey.TYPICAL_LIKES,
    Measure.VIEWS: MetricKey.TYPICAL_VIEWS,
    Measure.ENGAGEMENT_RATE: MetricKey.ENGAGEMENT_RATE,
}


def count_text(value: int) -> str:
    """Return a whole number."""
    return format_count(value, locale())


def typical_text(value: float | None, measure: Measure = Measure.LIKES) -> str:
    """Return a typical figure; a dash where there is none."""
    if value is None:
        return "–"
    if measure is Measure.ENGAGEMENT_RATE:
        return format_share(value, locale())
    return format_count(round(value), locale())


def effect_text(effect: float) -> str:
    """Return by how much a group differs, as signed per cent; from three times on as a factor."""
    if effect + 1 >= _TIMES:
        return f"× {format_decimal(effect + 1, format='0.#' if effect < 9 else '#,##0', locale=locale())}"
    return _signed(round(effect * 100))


def range_text(low: float, high: float) -> str:
    """Return between which differences half of what is likely lies, rounded outwards."""
    if high + 1 >= _TIMES:
        return str(_("%(low)s to %(high)s", low=effect_text(low), high=effect_text(high)))
    return str(
        _("%(low)s to %(high)s", low=_signed(floor(low * 100 + _SLACK)), high=_signed(ceil(high * 100 - _SLACK)))
    )


def _signed(percent: int) -> str:
    share = format_share(abs(percent) / 100, locale(), decimals=0)
    return f"+{share}" if percent > 0 else f"−{share}" if percent < 0 else share


def span_text(group: Group) -> str | None:
    """Return the range of a group's difference; ``None`` where nothing is compared."""
    return None if group.low is None or group.high is None else range_text(group.low, group.high)


def at_least_text(effect: float) -> str:
    """Return what is announced of a difference, rounded down."""
    return format_share(floor(effect * 100 + _SLACK) / 100, locale(), decimals=0)


def spread_text(spread: float) -> str:
    """Return how far posts usually lie from the typical one, as a factor either way."""
    factor = exp(spread)
    shown = format_decimal(round(factor, 1), format="0.#" if factor < 10 else "#,##0", locale=locale())
    return str(
        _(
            "A typical post lands within × or ÷ %(factor)s of that: most of the difference between two posts is "
            "chance and what is in them.",
            factor=shown,
        )
    )


def needs_text(found: int, needed: int) -> str:
    """Return that there are too few posts to compare, and how many are missing."""
    return str(
        _(
            "Not enough posts yet for an honest comparison (%(found)s of %(needed)s): it takes %(missing)s more.",
            found=count_text(found),
            needed=count_text(needed),
            missing=count_text(max(needed - found, 1)),
        )
    )


def power_text(posts: int) -> str:
    """Return how many posts it takes to see a large difference."""
    return str(
        _(
            "To see a difference of %(share)s it would take about %(posts)s posts in each group.",
            share=format_share(0.5, locale(), decimals=0),
            posts=count_text(posts),
        )
    )


def day_text(second: int, timezone: str) -> str:
    """Return the day of a moment."""
    return format_day(day_of(second, timezone), locale())
