"""Where the numbers of a report come from: the exports, and what each number means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from webapp.analytics.reports.material import Material
from webapp.analytics.visible import COMPLETE, STATES, visible
from webapp.domain.metrics import MetricKey
from webapp.domain.reports import Report, ReportSource, SourcesPart
from webapp.extensions import db
from webapp.models import Export, ImportRun

_ORDER: Final = list(MetricKey)


def find_sources_part(material: Material, report: Report) -> SourcesPart:
    """Return the exports behind a report, newest first, and the metrics that its parts use."""
    return SourcesPart(tuple(_exports(material)), tuple(sorted(set(_metrics(report)), key=_ORDER.index)))


def _exports(material: Material) -> Iterator[ReportSource]:
    seconds = set(_seconds(material))
    query = (
        select(Export, ImportRun.file_name, ImportRun.sha256)
        .outerjoin(ImportRun, ImportRun.id == Export.import_id)
        .where(visible(Export, material.scope), Export.exported_at.in_(sorted(seconds)))
        .order_by(Export.exported_at.desc(), Export.id.desc())
    )
    for export, file, digest in db.session.execute(query) if seconds else ():
        held = tuple(section for section, state in STATES.items() if getattr(export, state.key) in COMPLETE)
        yield ReportSource(export.exported_at, held, file, digest)


def _seconds(material: Material) -> Iterator[int]:
    """Yield when the exports were made: the lists of both periods, that of posts, and the sources of views."""
    growth, span = material.growth, material.growth.span
    flow = material.key_figures.gained
    begins = [change.begins_at for change in (flow.change, flow.base) if change is not None]
    for row in material.key_figures.rows:
        if (span is not None and row.at in span) or (begins and row.at >= min(begins)):
            yield row.at
    # A size may be that of a list before the period.
    for second in (material.key_figures.summary.followers_as_of, material.key_figures.summary.following_as_of):
        if second is not None and growth.history:
            yield second
    if material.table is not None:
        yield material.table.as_of
    if material.trends is not None:
        yield from (row.viewed_at for row in material.trends.posts if row.viewed_at is not None)


def _metrics(report: Report) -> Iterator[MetricKey]:
    yield from (figure.metric for figure in report.figures or ())
    if report.growth is not None:
        points = [point for curve in report.growth.curves for point in curve.points]
        yield MetricKey.FOLLOWERS
        if any(point.at_least is not None for point in points):
            yield MetricKey.AT_LEAST
        if any(point.estimate is not None for point in points):
            yield MetricKey.ESTIMATE
    if report.changes is not None:
        yield from (MetricKey.GAINED, MetricKey.LOST, MetricKey.NET)
        if report.changes.kept_share is not None:
            yield MetricKey.STAYED
    if report.posts is not None and report.posts.top:
        yield MetricKey.POST_LIKES
        if any(post.views is not None for post in report.posts.top):
            yield from (MetricKey.POST_VIEWS, MetricKey.POST_COMMENTS, MetricKey.POST_SHARES, MetricKey.POST_RATE)
    if report.hashtags is not None or report.timing is not None:
        yield from (MetricKey.POSTS, MetricKey.TYPICAL_LIKES)
