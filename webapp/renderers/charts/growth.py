"""A list over time: what exports counted as dots, the lower bound dotted, the estimate dashed in its band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from webapp.domain.reports import Curve, CurvePoint
from webapp.domain.sections import Section
from webapp.renderers.charts.axes import Frame, draw_days, draw_values, make_frame
from webapp.renderers.charts.svg import (
    FONT_SIZE,
    SERIES,
    Point,
    area,
    curve,
    dot,
    drawing,
    text_width,
    words,
)
from webapp.renderers.words import Words

# A list has the same colour wherever it is drawn.
_COLOURS: Final = {Section.FOLLOWERS: 1, Section.FOLLOWING: 2}
_GREY: Final = 8


def draw_growth(told: Curve, texts: Words, *, label: str, width: float = 680, height: float = 240) -> str:
    """Return the curve of a list; an empty text where it has no value at all."""
    points = [point for point in told.points if _values(point)]
    if not points:
        return ""
    newest = next((point for point in reversed(points) if point.exact is not None), None)
    end = texts.count(newest.exact) if newest is not None and newest.exact is not None else ""
    field, ticks = make_frame(
        (value for point in points for value in _values(point)),
        [point.day for point in points],
        (width, height),
        texts,
        text_width(end) + 12,
    )
    number = _COLOURS.get(told.section, _GREY)
    colour = SERIES[number - 1]
    drawn = [*draw_values(field, ticks), *draw_days(field, texts.locale)]
    drawn += _draw_band(told.points, field, number)
    least = [
        curve(run, f"d-line d-least c{_GREY}", SERIES[_GREY - 1], width=1, dash="1 3")
        for run in _runs(told.points, field, lambda point: point.at_least)
    ]
    estimates = [
        curve(run, f"d-line c{number}", colour, dash="5 4")
        for run in _runs(told.points, field, lambda point: point.estimate)
    ]
    drawn += [*least, *estimates]
    for point in points:
        if point.exact is not None:
            title = f"{texts.day(point.day)}: {texts.count(point.exact)}"
            drawn.append(dot((field.x(point.day), field.y(point.exact)), f"d-dot c{number}", colour, title=title))
    if newest is not None and newest.exact is not None:
        across, down = field.x(newest.day), field.y(newest.exact)
        if newest.day == field.last:
            drawn.append(words(end, (across + 8, down + FONT_SIZE * 0.35), f"d-end c{number}", colour))
        else:
            # The line goes on behind it.
            drawn.append(words(end, (across, down - 8), f"d-end c{number}", colour, anchor="middle"))
    return drawing(width, height, label, drawn)


def _draw_band(points: Sequence[CurvePoint], field: Frame, number: int) -> list[str]:
    highs = _runs(points, field, lambda point: point.high if point.low is not None else None)
    lows = _runs(points, field, lambda point: point.low if point.high is not None else None)
    return [
        area([*high, *reversed(low)], f"d-band c{number}", SERIES[number - 1], 0.14)
        for high, low in zip(highs, lows, strict=True)
        if len(high) > 1
    ]


def _runs(
    points: Sequence[CurvePoint], field: Frame, value_of: Callable[[CurvePoint], float | None]
) -> list[list[Point]]:
    """Return the stretches of days that have a value, as places."""
    runs: list[list[Point]] = [[]]
    for point in points:
        value = value_of(point)
        if value is not None:
            runs[-1].append((field.x(point.day), field.y(value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _values(point: CurvePoint) -> list[float]:
    told = (point.exact, point.at_least, point.estimate, point.low, point.high)
    return [value for value in told if value is not None]
