"""Where the values and days of a chart go, and which of them its axes name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Final

from webapp.domain import formatting
from webapp.renderers.charts.svg import FONT_SIZE, line, text_width, words
from webapp.renderers.words import Words

_STEPS: Final = (1, 2, 2.5, 5, 10)
_BOTTOM: Final = 20
_TOP: Final = 16
_GAP: Final = 8
_MOST_STEPS: Final = 4
# Two more values may be named than there are steps wanted; their texts keep this many of their heights apart.
_APART: Final = 2.5
# Room for half a day's name under the last one.
_RIGHT: Final = 14
# Shorter numbers than that are written in full.
_SHORT_FROM: Final = 100_000
# Days further apart are named by their month.
_MONTHS_FROM: Final = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """The field inside the axes, in pixels, and the range of values and days that it shows."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    first: date
    last: date

    def x(self, day: date) -> float:
        """Return where a day is; a single one is in the middle."""
        days = (self.last - self.first).days
        return self.left + (self.right - self.left) * ((day - self.first).days / days if days else 0.5)

    def y(self, value: float) -> float:
        """Return where a value is."""
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)


def make_frame(
    values: Iterable[float], days: Sequence[date], size: tuple[float, float], words: Words, end_label: float = 0
) -> tuple[Frame, dict[float, str]]:
    """Return the field for values and days, with the values that are named; ``end_label`` is the room on the right."""
    held = list(values)
    wanted = max(1, min(_MOST_STEPS, int((size[1] - _TOP - _BOTTOM) / (_APART * FONT_SIZE))))
    ticks = name_ticks(ticks_between(min(held), max(held), wanted), words)
    margin = max(text_width(text) for text in ticks.values()) + _GAP
    first, last = min(days), max(days)
    return Frame(
        *(margin, size[0] - max(end_label, _RIGHT), _TOP, size[1] - _BOTTOM),
        *(min(ticks), max(ticks), first, last),
    ), ticks


def ticks_between(low: float, high: float, wanted: int = _MOST_STEPS) -> list[float]:
    """Return round numbers from at most ``low`` to at least ``high``, evenly apart; always two or more."""
    if high <= low:
        # All values are one: some room around it, none below nothing.
        room = abs(low) * 0.05 or 1
        low, high = (max(0.0, low - room) if low >= 0 else low - room), high + room
    rough = (high - low) / wanted
    unit = 10.0 ** floor(log10(rough))
    step = next(factor * unit for factor in _STEPS if factor * unit >= rough * 0.999)
    if step < 1 <= high:
        step = 1.0
    first, last = floor(low / step), ceil(high / step)
    return [round(place * step, 10) for place in range(first, last + 1)]


def name_ticks(ticks: Sequence[float], texts: Words) -> dict[float, str]:
    """Return how an axis writes its numbers: short where they are long and the short forms tell them apart."""
    if max(abs(tick) for tick in ticks) >= _SHORT_FROM:
        short = [_short(tick, texts.locale) for tick in ticks]
        if len(set(short)) == len(short):
            return dict(zip(ticks, short, strict=True))
    if any(tick != round(tick) for tick in ticks):
        return {tick: signed(formatting.format_rate(abs(tick), texts.locale), tick) for tick in ticks}
    return {tick: texts.count(tick) for tick in ticks}


def signed(text: str, value: float) -> str:
    """Return what is written of a size with a true minus where the value is below nothing."""
    return f"−{text}" if value < 0 else text


def _short(value: float, locale: str) -> str:
    return signed(formatting.format_compact(abs(round(value)), locale), value)


def draw_values(field: Frame, ticks: Mapping[float, str]) -> list[str]:
    """Return the faint horizontals with their numbers."""
    drawn = []
    for tick, text in ticks.items():
        height = field.y(tick)
        css = "d-zero" if tick == 0 else "d-grid"
        drawn.append(line((field.left, height), (field.right, height), css))
        drawn.append(words(text, (field.left - _GAP, height + FONT_SIZE * 0.35), anchor="end"))
    return drawn


def draw_days(field: Frame, locale: str) -> list[str]:
    """Return the days below the field, as many as there is room for, the first and the last among them."""
    days = (field.last - field.first).days
    has_months = days >= _MONTHS_FROM
    texts = formatting.format_month if has_months else formatting.format_short_day
    room = max(text_width(texts(day, locale)) for day in (field.first, field.last)) + 3 * _GAP
    step = max(1, ceil(days * room / (field.right - field.left)))
    named = [field.first + timedelta(days=passed) for passed in range(0, days + 1, step)]
    # The last day is named in any case, and the one before it only where there is room for both.
    if len(named) > 1 and field.x(field.last) - field.x(named[-1]) < room:
        named.pop()
    if named[-1] != field.last:
        named.append(field.last)
    drawn, shown = [], set()
    for day in named:
        text = texts(day, locale)
        if text in shown:
            continue
        shown.add(text)
        half = text_width(text) / 2
        # The outermost ones may stand over the edge of the field, never over that of the image.
        place = min(max(field.x(day), half), field.right + _RIGHT - half) if len(named) > 1 else field.x(day)
        drawn.append(words(text, (place, field.bottom + FONT_SIZE + 6), anchor="middle"))
    return drawn
