"""Who came and who left between two lists: bars above and below nothing, in the middle of the time between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from webapp.domain.reports import Flow, Scale
from webapp.renderers.charts.axes import draw_days, draw_values, make_frame
from webapp.renderers.charts.svg import FONT_SIZE, SERIES, box, drawing, text_width, words
from webapp.renderers.report_readings import ReportReadings

_CAME, _LEFT = 3, 2
_WIDEST: Final = 72.0


def draw_flows(
    flows: Sequence[Flow],
    texts: ReportReadings,
    *,
    label: str,
    scale: Scale = Scale.EXACT,
    width: float = 680,
    height: float = 220,
) -> str:
    """Return the bars of what came and went; an empty text where there are none."""
    if not flows:
        return ""
    values = [0.0, *(flow.gained for flow in flows), *(-flow.lost for flow in flows)]
    days = [day for flow in flows for day in (flow.first, flow.last)]
    field, ticks = make_frame(values, days, (width, height), texts)
    drawn = [*draw_values(field, ticks), *draw_days(field, texts.locale)]
    zero = field.y(0)
    for flow in flows:
        left, right = field.x(flow.first), field.x(flow.last)
        room = min(_WIDEST, max(1.0, (right - left) * 0.7))
        middle = (left + right) / 2
        span = f"{texts.day(flow.first)} – {texts.day(flow.last)}"
        for value, number, sign, edge in (
            (flow.gained, _CAME, "+", -5.0),
            (flow.lost, _LEFT, "−", FONT_SIZE + 2.0),
        ):
            if not value:
                continue
            end = field.y(value if number == _CAME else -value)
            text = f"{sign}{texts.flow(value, scale)}"
            at = (middle - room / 2, min(zero, end))
            title = f"{span}: {text}"
            drawn.append(box(at, (room, abs(end - zero)), f"d-bar c{number}", SERIES[number - 1], title=title))
            if text_width(text) <= room and field.top - 6 <= end + edge <= field.bottom:
                drawn.append(words(text, (middle, end + edge), anchor="middle"))
    return drawing(width, height, label, drawn)
