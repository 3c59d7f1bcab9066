"""The curves of a report, and what came and went from list to list."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.analytics.growth_days import GrowthDay, drawn_sections, list_growth_days
from webapp.analytics.reports.material import Material
from webapp.domain.reports import Curve, CurvePoint, Flow, GrowthPart, Untold
from webapp.domain.sections import Section
from webapp.domain.steps import fitting_step


def find_growth_part(material: Material) -> GrowthPart:
    """Return the curves of the period as the chart of the dashboard draws them."""
    growth = material.growth
    sections = drawn_sections(growth)
    if not sections or growth.span is None:
        return GrowthPart(untold=Untold.NO_LIST)
    first = material.days.first
    begins = min([row.at for row in growth.history] + [point.at for point in growth.points[:1]])
    days = (growth.span.until - (begins if first is None or growth.span.since is None else growth.span.since)) / 86_400
    drawn = list_growth_days(growth, fitting_step(days))
    curves = tuple(Curve(section, tuple(_points(drawn, section))) for section in sections)
    curves = tuple(curve for curve in curves if curve.points)
    untold = None
    if growth.fit is None:
        untold = Untold.NOT_YET
    elif not curves:
        untold = Untold.NO_PAIR
    return GrowthPart(curves, tuple(_flows(material)), untold=untold)


def _points(drawn: list[GrowthDay], section: Section) -> Iterator[CurvePoint]:
    for each in drawn:
        exact, point = each.exact.get(section), each.points.get(section)
        if exact is None and point is None:
            continue
        yield CurvePoint(
            day=each.day,
            exact=None if exact is None else float(exact.count),
            at_least=None if point is None else float(point.least),
            estimate=None if point is None else point.value,
            low=None if point is None else point.low,
            high=None if point is None else point.high,
        )


def _flows(material: Material) -> Iterator[Flow]:
    """Yield what changed between two lists next to each other, of those that end inside the period."""
    section, growth = material.key_figures.section, material.growth
    days = {row.export: row.day for row in growth.history}
    for row in growth.rows:
        change = row.change(section)
        before = row.follower_list_before if section is Section.FOLLOWERS else row.following_list_before
        if change is not None and before is not None:
            yield Flow(days[before], row.day, float(change.gained), float(change.lost))
