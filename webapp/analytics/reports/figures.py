"""The key figures of a report: the cards of the dashboard and those of the period's posts."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.trends import Compared, Trends
from webapp.analytics.key_figures import GAINED, LOST, SIZES, Flow
from webapp.analytics.reports.material import Material
from webapp.domain.metrics import MetricKey
from webapp.domain.reports import Figure, Untold
from webapp.domain.sections import Section


def find_figures(material: Material) -> tuple[Figure, ...]:
    """Return sizes, who came and left, and what the posts of the period got, in this order."""
    return (*_sizes(material), *_flows(material), *_of_posts(material))


def _sizes(material: Material) -> Iterator[Figure]:
    for metric in SIZES:
        size = material.key_figures.size(metric)
        if size.value is None:
            yield Figure(metric, None, material.key_figures.untold(metric))
            continue
        yield Figure(
            metric=metric,
            value=float(size.value),
            before=None if size.begun is None else float(size.begun),
            change=None if metric is MetricKey.FOLLOWER_RATIO else size.share,
            net=None if size.net is None else float(size.net),
            since=None if size.since is None else material.day(size.since),
            spark=size.spark,
            as_of=None if size.at is None else material.day(size.at),
        )


def _flows(material: Material) -> Iterator[Figure]:
    section, flow = material.key_figures.section, material.key_figures.gained
    yield _flow(material, GAINED[section], flow)
    yield _flow(material, LOST[section], material.key_figures.lost)
    if section is Section.FOLLOWERS:
        change, base = flow.change, flow.base
        if change is None:
            yield Figure(MetricKey.NET, None, material.key_figures.untold(MetricKey.NET))
        else:
            before = None if base is None else float(base.net)
            first, last = material.day(change.begins_at), material.day(change.ends_at)
            yield Figure(MetricKey.NET, float(change.net), before=before, since=first, as_of=last)


def _flow(material: Material, metric: MetricKey, flow: Flow) -> Figure:
    if flow.change is None or flow.value is None:
        return Figure(metric, None, material.key_figures.untold(metric))
    return Figure(
        metric=metric,
        value=float(flow.value),
        before=None if flow.before is None else float(flow.before),
        change=flow.pace,
        since=material.day(flow.change.begins_at),
        as_of=material.day(flow.change.ends_at),
    )


def _of_posts(material: Material) -> Iterator[Figure]:
    trends = material.trends
    if trends is None:
        yield Figure(MetricKey.POSTS, None, Untold.NO_LIST)
        return
    compared = trends.compared
    posts = len(trends.posts)
    yield Figure(
        metric=MetricKey.POSTS,
        value=float(posts),
        before=None if compared is None else float(compared.posts),
        change=None if compared is None else compared.pace,
        n=posts,
    )
    for metric in (MetricKey.TYPICAL_LIKES, MetricKey.LIKES_TOTAL):
        yield _of_counted(trends, metric, compared)
    if trends.has_rates:
        yield _of_counted(trends, MetricKey.ENGAGEMENT_RATE, compared)


def _of_counted(trends: Trends, metric: MetricKey, compared: Compared | None) -> Figure:
    found = figure_of(trends.counted, metric)
    if found.value is None:
        return Figure(metric, None, why_uncounted(trends))
    if metric is not MetricKey.TYPICAL_LIKES or compared is None or compared.typical.value is None:
        return Figure(metric, float(found.value), n=found.n)
    return Figure(metric, float(found.value), before=compared.typical.value, change=compared.likes, n=found.n)


def why_uncounted(trends: Trends) -> Untold:
    """Return why no post of the period counts."""
    public = [row for row in trends.posts if row.is_public]
    if not public:
        return Untold.NO_POSTS
    return Untold.NO_LIKES if all(row.likes is None for row in public) else Untold.TOO_YOUNG
