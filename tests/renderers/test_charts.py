"""Charts that are drawn on the server: well formed, readable by everybody, and honest about what is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.reports import empty_report, sample_report
from webapp.domain.reports import Curve, CurvePoint, Flow, GrowthPart, Scale, TimingPart
from webapp.domain.sections import Section
from webapp.renderers.charts.axes import name_ticks, ticks_between
from webapp.renderers.charts.bars import draw_bar, draw_progress, draw_range, draw_spark
from webapp.renderers.charts.flows import draw_flows
from webapp.renderers.charts.growth import draw_growth
from webapp.renderers.charts.heat import draw_heat
from webapp.renderers.charts.svg import text_width
from webapp.renderers.report_texts import ReportTexts

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a "quoted" <b> & \x07 name'
GROWTH, TIMING = sample_report().growth or GrowthPart(), sample_report().timing or TimingPart()
DRAWN: dict[str, Callable[[ReportTexts], str]] = {
    "growth": lambda words: draw_growth(GROWTH.curves[0], words, label=HOSTILE),
    "flows": lambda words: draw_flows(GROWTH.flows, words, label=HOSTILE),
    "heat": lambda words: draw_heat(TIMING.cells, words, label=HOSTILE),
    "bar": lambda words: draw_bar(0.4),
    "progress": lambda words: draw_progress(0.9, 0.5),
    "range": lambda words: draw_range(0.1, -0.2, 0.4, 1),
    "spark": lambda words: draw_spark((1, 5, 3)),
}


def parsed(svg: str) -> ElementTree.Element:
    # What is parsed was written a line above.
    return ElementTree.fromstring(svg)


def texts_of(svg: str) -> list[str]:
    return [text.text or "" for text in parsed(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("kind", DRAWN)
def test_a_chart_is_well_formed_and_needs_no_styles(kind: str, locale: str) -> None:
    svg = DRAWN[kind](ReportTexts(locale))
    root = parsed(svg)
    assert root.get("aria-label") == HOSTILE.replace("\x07", "") or root.get("aria-hidden") == "true"
    assert not re.search(r"\sstyle=|\son\w+=|<script|<style|nan|inf", svg)
    assert all(element.get("class") for element in root.iter() if element.tag.removeprefix(SVG) != "title")


@pytest.mark.parametrize("width", [340, 720])
@pytest.mark.parametrize("kind", ["growth", "flows", "heat"])
def test_nothing_is_drawn_outside_the_image(kind: str, width: int) -> None:
    words = ReportTexts("fr")
    drawn = {
        "growth": lambda: draw_growth(GROWTH.curves[0], words, label="x", width=width),
        "flows": lambda: draw_flows(GROWTH.flows, words, label="x", width=width),
        "heat": lambda: draw_heat(TIMING.cells, words, label="x", width=width),
    }[kind]()
    root = parsed(drawn)
    wide, high = (float(root.get(side, "0")) for side in ("width", "height"))
    for element in root.iter():
        for name, most in (("x", wide), ("x1", wide), ("x2", wide), ("cx", wide), ("y", high), ("cy", high)):
            assert -0.01 <= float(element.get(name, "0")) <= most + 0.01, ElementTree.tostring(element)
        for pair in (element.get("points") or "").split():
            across, down = map(float, pair.split(","))
            assert -0.01 <= across <= wide + 0.01
            assert -0.01 <= down <= high + 0.01


@pytest.mark.parametrize("width", [200, 340, 720])
@pytest.mark.parametrize("last", [1, 2, 6, 7, 28, 31])
def test_days_do_not_run_into_each_other(last: int, width: int) -> None:
    points = tuple(CurvePoint(date(2026, 5, day), exact=float(day)) for day in range(1, last + 1))
    root = parsed(draw_growth(Curve(Section.FOLLOWERS, points), ReportTexts("fr"), label="x", width=width))
    days = [text for text in root.iter(f"{SVG}text") if text.get("text-anchor") == "middle"]
    places = [(float(text.get("x", "0")), text_width(text.text or "") / 2) for text in days]
    assert [text.text for text in days][-1] == f"{last} mai"
    assert all(left + half <= right - other for (left, half), (right, other) in pairwise(places))


def test_an_export_is_a_dot_and_a_day_between_is_not() -> None:
    svg = DRAWN["growth"](ReportTexts("en"))
    assert len(list(parsed(svg).iter(f"{SVG}circle"))) == 5
    assert "May 31, 2026: 1,000,000" in svg
    dashed = [line.get("stroke-dasharray") for line in parsed(svg).iter(f"{SVG}polyline")]
    assert sorted(filter(None, dashed)) == ["1 3", "5 4"]
    assert texts_of(svg)[-1] == "1,000,000", "the end of the line says its value"


def test_what_is_unknown_leaves_a_gap() -> None:
    points = [CurvePoint(date(2026, 5, day), at_least=None if day == 3 else 10.0 + day) for day in range(1, 6)]
    lines = list(
        parsed(draw_growth(Curve(Section.FOLLOWERS, tuple(points)), ReportTexts("en"), label="x")).iter(
            f"{SVG}polyline"
        )
    )
    assert [len((line.get("points") or "").split()) for line in lines] == [2, 2]


def test_one_export_is_one_dot_with_its_day() -> None:
    part = empty_report().growth
    assert part is not None
    svg = draw_growth(part.curves[0], ReportTexts("fr"), label="x")
    assert len(list(parsed(svg).iter(f"{SVG}circle"))) == 1
    assert "30 mai" in texts_of(svg)
    assert texts_of(svg)[-1] == "12"


def test_nothing_to_draw_is_no_image() -> None:
    words = ReportTexts("en")
    assert draw_growth(Curve(Section.FOLLOWERS, (CurvePoint(date(2026, 5, 1)),)), words, label="x") == ""
    assert draw_flows((), words, label="x") == ""
    assert draw_heat((), words, label="x") == ""
    assert draw_spark((4.0,)) == ""


def test_a_time_without_anybody_is_drawn_as_nothing() -> None:
    svg = draw_flows((Flow(date(2026, 5, 1), date(2026, 5, 8), 0.0, 0.0),), ReportTexts("en"), label="x")
    assert not list(parsed(svg).iter(f"{SVG}rect"))


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (7, 7), (0, 1), (999_000, 1_000_000), (-3, 12), (0, 3_000_000), (12.2, 12.3), (-40, -10)]
)
def test_the_numbers_of_an_axis_reach_around_the_values_and_differ(low: float, high: float) -> None:
    ticks = ticks_between(low, high)
    assert ticks[0] <= low <= high <= ticks[-1]
    assert 2 <= len(ticks) <= 8
    steps = {round(after - before, 6) for before, after in pairwise(ticks)}
    assert len(steps) == 1
    if high - low > 1:
        assert len(set(name_ticks(ticks, ReportTexts("en")).values())) == len(ticks)


def test_of_a_hundred_less_than_one_may_come_and_is_written() -> None:
    flows = (Flow(date(2026, 5, 1), date(2026, 5, 31), 0.6, 0.04),)
    texts = texts_of(draw_flows(flows, ReportTexts("fr"), label="x", scale=Scale.INDEX))
    assert "+0,6" in texts
    assert len({text for text in texts if "mai" not in text}) == len([text for text in texts if "mai" not in text])


def test_a_share_below_a_half_has_a_shade_and_no_number() -> None:
    cells = (0.3, *([0.0] * 166), 8.0)
    numbers = [
        text for text in texts_of(draw_heat(cells, ReportTexts("en"), label="x", scale=Scale.INDEX)) if text.isdigit()
    ]
    assert numbers == ["8"]


def test_a_goal_beyond_its_end_fills_the_bar_and_no_more() -> None:
    widths = [float(box.get("width", "0")) for box in parsed(draw_progress(2.5, 1.0)).iter(f"{SVG}rect")]
    assert widths == [160, 160]
    unknown = [float(box.get("width", "0")) for box in parsed(draw_progress(None, None)).iter(f"{SVG}rect")]
    assert unknown == [160, 0]


def test_a_list_keeps_its_colour() -> None:
    curve = replace(GROWTH.curves[0], section=Section.FOLLOWING)
    svg = draw_growth(curve, ReportTexts("en"), label="x")
    assert "d-dot c2" in svg
    assert "c1" not in svg
