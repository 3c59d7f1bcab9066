"""Short bars that stand beside their words: shares of a whole, ways to a goal, ranges of an effect, small curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from webapp.renderers.charts.svg import (
    FAINT_INK,
    INK,
    SERIES,
    TRACK,
    box,
    curve,
    decoration,
    dot,
    line,
)

_SPARK_EDGE: Final = 2.0


def draw_bar(share: float, *, number: int = 1, width: float = 160, height: float = 8) -> str:
    """Return a bar filled by a share from 0 to 1 of its width."""
    filled = width * min(1.0, max(0.0, share))
    return decoration(
        width,
        height,
        [
            box((0, 0), (width, height), "d-track", TRACK, radius=height / 2),
            box((0, 0), (filled, height), f"d-bar c{number}", SERIES[number - 1], radius=height / 2),
        ],
    )


def draw_progress(
    share: float | None, expected: float | None, *, number: int = 1, width: float = 160, height: float = 10
) -> str:
    """Return how far a goal has come, with a mark where an even pace would be; nothing is filled where unknown."""
    filled = width * min(1.0, max(0.0, share or 0.0))
    drawn = [
        box((0, 1), (width, height - 2), "d-track", TRACK, radius=height / 2 - 1),
        box((0, 1), (filled, height - 2), f"d-bar c{number}", SERIES[number - 1], radius=height / 2 - 1),
    ]
    if expected is not None and 0 < expected < 1:
        place = width * expected
        drawn.append(line((place, 0), (place, height), "d-mark", INK, width=1.5))
    return decoration(width, height, drawn)


def draw_range(
    value: float, low: float, high: float, span: float, *, number: int = 1, width: float = 120, height: float = 12
) -> str:
    """Return an effect with its range on a scale from ``-span`` to ``span``; both are relative, 0 is no effect."""

    def place(share: float) -> float:
        return width / 2 * (1 + min(1.0, max(-1.0, share / span if span else 0.0))) * 0.96 + width * 0.02

    middle = height / 2
    return decoration(
        width,
        height,
        [
            line((place(0), 0), (place(0), height), "d-zero", FAINT_INK),
            line((place(low), middle), (place(high), middle), f"d-line c{number}", SERIES[number - 1], width=2),
            dot((place(value), middle), f"d-dot c{number}", SERIES[number - 1]),
        ],
    )


def draw_spark(values: Sequence[float], *, number: int = 1, width: float = 120, height: float = 28) -> str:
    """Return a small curve without axes; an empty text for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (width - 2 * _SPARK_EDGE) / (len(values) - 1)
    points = [
        (_SPARK_EDGE + place * step, height - _SPARK_EDGE - (height - 2 * _SPARK_EDGE) * (value - low) / span)
        for place, value in enumerate(values)
    ]
    return decoration(width, height, [curve(points, f"d-line c{number}", SERIES[number - 1])])
