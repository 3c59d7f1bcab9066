"""The hours of the week: one shade for each step, and the number where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from math import ceil
from typing import Final

from babel import Locale

from webapp.domain import formatting
from webapp.domain.reports import Scale
from webapp.renderers.charts.svg import FONT_SIZE, INK, SERIES, TRACK, box, drawing, text_width, words
from webapp.renderers.words import Words

_HOURS, _DAYS = 24, 7
_LEVELS: Final = 5
# How strong the shades are; from the fourth on a number is white.
_OPACITIES: Final = (0.16, 0.32, 0.52, 0.76, 1.0)
_WHITE_FROM: Final = 4
_GAP: Final = 2.0
_TOP: Final = 18.0
_EVERY: Final = 3


def draw_heat(
    cells: Sequence[float], texts: Words, *, label: str, scale: Scale = Scale.EXACT, width: float = 680
) -> str:
    """Return 168 cells from Monday's first hour on; an empty text where there are none."""
    if len(cells) != _HOURS * _DAYS:
        return ""
    names = Locale.parse(texts.locale).days["stand-alone"]["abbreviated"]
    left = max(text_width(names[day]) for day in range(_DAYS)) + 12
    step = (width - left) / _HOURS
    tall = min(step, 24.0)
    most = max(cells)
    drawn = [
        words(formatting.format_hour(time(hour), texts.locale), (left + hour * step, _TOP - 6))
        for hour in range(0, _HOURS, _EVERY)
    ]
    for day in range(_DAYS):
        top = _TOP + day * tall
        drawn.append(words(names[day], (left - 8, top + tall / 2 + FONT_SIZE * 0.35), anchor="end"))
        for hour in range(_HOURS):
            value = cells[day * _HOURS + hour]
            drawn += _draw_cell(value, most, (left + hour * step, top), (step - _GAP, tall - _GAP), texts, scale)
    return drawing(width, _TOP + _DAYS * tall, label, drawn)


def _draw_cell(
    value: float, most: float, at: tuple[float, float], size: tuple[float, float], texts: Words, scale: Scale
) -> list[str]:
    if not value:
        return [box(at, size, "d-track", TRACK, radius=3)]
    level = max(1, min(_LEVELS, ceil(_LEVELS * value / most)))
    drawn = [box(at, size, f"d-cell l{level} c1", SERIES[0], radius=3, opacity=_OPACITIES[level - 1])]
    text = texts.count(value)
    # A share in per cent below a half is written as nothing, and says less than its shade.
    if text_width(text, FONT_SIZE - 1) <= size[0] and (scale is not Scale.INDEX or round(value)):
        place = (at[0] + size[0] / 2, at[1] + size[1] / 2 + (FONT_SIZE - 1) * 0.35)
        is_white = level >= _WHITE_FROM
        css, colour = ("d-on", "#ffffff") if is_white else ("d-in", INK)
        drawn.append(words(text, place, css, colour, anchor="middle", size=FONT_SIZE - 1))
    return drawn
