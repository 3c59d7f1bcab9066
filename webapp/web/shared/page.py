"""What the page of a public link draws: the report as it was made, in the words of whoever looks."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from webapp.domain.covers import MEDIA_TYPE
from webapp.domain.formatting import format_times
from webapp.domain.post_titles import shortened
from webapp.domain.reports import (
    Curve,
    CurvePoint,
    Figure,
    GoalProgress,
    GrowthPart,
    Report,
    ReportPost,
    ReportSection,
    ReportTag,
)
from webapp.domain.shares import Watermark
from webapp.renderers.charts.bars import draw_progress, draw_range, draw_spark
from webapp.renderers.charts.flows import draw_flows
from webapp.renderers.charts.growth import draw_growth
from webapp.renderers.charts.heat import draw_heat
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.watermark import watermark_text
from webapp.services.logos import LOGOS

# A drawing is made twice, for desks and for phones: letters that shrink with it could not be read.
_WIDTHS: Final = (("on-desk", 680.0), ("on-phone", 340.0))
_CAPTION: Final = 140
_ARROWS: Final = {"up": "arrow-up", "down": "arrow-down", "flat": "arrow-right"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: what it is called, how it looks at each width, what it says, and its numbers as a table."""

    title: str
    images: tuple[tuple[str, Markup], ...]
    reading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class SharedPage:
    """One report for its readers; whoever draws it reads nothing but the payload."""

    sections = ReportSection

    def __init__(self, report: Report, locale: str, mark: Watermark, title: str, *, is_preview: bool = False) -> None:
        self.report = report
        self.texts = ReportTexts(locale)
        self.locale = self.texts.locale
        self.mark = watermark_text(self.texts, mark)
        # Drawn across the page where it says whom the page is for.
        self.is_marked = bool(mark.recipient)
        self.given_title = title
        self.is_preview = is_preview

    @property
    def title(self) -> str:
        """Return what the page is called."""
        return self.given_title or self.texts.title(self.report.head)

    @property
    def logo(self) -> str:
        """Return the team's logo as an address that holds the image itself; empty where there is none to show."""
        content = LOGOS.read(self.report.head.logo)
        return "" if content is None else f"data:{MEDIA_TYPE};base64,{base64.b64encode(content).decode()}"

    @property
    def facts(self) -> list[str]:
        """Return whose numbers these are, of which days, by which data; what the reader is not told is left out."""
        head, texts = self.report.head, self.texts
        told = (head.team or "", texts.data_date(head), texts.zone(head), texts.made(head))
        return [text for text in told if text]

    def icon_of(self, figure: Figure) -> str:
        """Return the icon of where a figure went; an empty text where it is compared with nothing."""
        return _ARROWS.get(self.texts.figure_direction(figure), "")

    def spark(self, figure: Figure) -> Markup:
        """Return the small curve of a figure; empty where there is none."""
        return _drawn(draw_spark(figure.spark))

    def growth(self) -> list[Drawing]:
        """Return the charts of the lists, then that of who came and who left."""
        part = self.report.growth
        if part is None:
            return []
        drawings = [self._curve(curve) for curve in part.curves if any(map(_is_known, curve.points))]
        return [*drawings, *self._flows(part)]

    def heat(self) -> Drawing | None:
        """Return the hours of the week; ``None`` where the report does not know them."""
        part, texts = self.report.timing, self.texts
        if part is None or not any(part.cells):
            return None
        title = texts.gettext("When posts were published")
        label = f"{title}. {texts.timing_reading(part)}"
        days = [part.cells[day * 24 : day * 24 + 24] for day in range(7)]
        return Drawing(
            title,
            _at_widths(lambda width: draw_heat(part.cells, texts, label=label, scale=part.scale, width=width)),
            "",
            (texts.gettext("Weekday"), texts.gettext("Posts")),
            tuple((texts.weekday(day), self.amount(sum(cells))) for day, cells in enumerate(days)),
        )

    def amount(self, value: float | None) -> str:
        """Return a number of a part; a dash for one that nobody knows."""
        return "–" if value is None else self.texts.count(value)

    def times(self, factor: float | None) -> str:
        """Return how a post did against what was typical around it; a dash where nobody knows."""
        return "–" if factor is None else f"× {format_times(factor, self.locale)}"

    def caption(self, post: ReportPost) -> str:
        """Return the words of a post, as many as fit into its row."""
        return shortened(self.texts.post_title(post), _CAPTION)

    def progress(self, goal: GoalProgress) -> Markup:
        """Return how far a goal has come, drawn."""
        return _drawn(draw_progress(goal.share, goal.expected))

    def effect(self, tag: ReportTag) -> Markup:
        """Return the tested effect of a hashtag with its range, drawn; empty where nobody knows it."""
        if tag.effect is None or tag.low is None or tag.high is None or self.report.hashtags is None:
            return Markup()
        ends = [abs(end) for each in self.report.hashtags.tags for end in (each.low, each.high) if end is not None]
        return _drawn(draw_range(tag.effect, tag.low, tag.high, max(ends)))

    def _flows(self, part: GrowthPart) -> list[Drawing]:
        if not part.flows:
            return []
        texts, scale = self.texts, part.flow_scale
        title, reading = texts.gettext("Gained and lost from list to list"), texts.flows_reading(part)
        label = f"{title}. {reading}"
        rows = (
            (texts.days(flow.first, flow.last), texts.flow(flow.gained, scale), texts.flow(flow.lost, scale))
            for flow in part.flows
        )
        return [
            Drawing(
                title,
                _at_widths(lambda width: draw_flows(part.flows, texts, label=label, scale=scale, width=width)),
                reading,
                (texts.gettext("Days"), texts.gettext("Gained"), texts.gettext("Lost")),
                tuple(rows),
            )
        ]

    def _curve(self, curve: Curve) -> Drawing:
        texts = self.texts
        title, reading = texts.list_label(curve.section), texts.curve_reading(curve)
        exact = [(point.day, point.exact) for point in curve.points if point.exact is not None]
        return Drawing(
            title,
            _at_widths(lambda width: draw_growth(curve, texts, label=f"{title}. {reading}", width=width)),
            reading,
            (texts.gettext("Export"), title),
            tuple((texts.day(day), texts.count(value)) for day, value in exact),
        )


def _is_known(point: CurvePoint) -> bool:
    return any(value is not None for value in (point.exact, point.at_least, point.estimate))


def _at_widths(draw: Callable[[float], str]) -> tuple[tuple[str, Markup], ...]:
    return tuple((name, _drawn(draw(width))) for name, width in _WIDTHS)


def _drawn(svg: str) -> Markup:
    # What the charts write is escaped where it is a text of somebody.
    return Markup(svg)  # nosec B704
