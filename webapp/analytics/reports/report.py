"""Put a report together: each part that is asked for, then what its reader must not see taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from webapp.analytics.content.figures import figure_of
from webapp.analytics.goals import find_goals
from webapp.analytics.reports.changes import find_changes_part
from webapp.analytics.reports.figures import find_figures
from webapp.analytics.reports.growth import find_growth_part
from webapp.analytics.reports.hashtags import find_hashtags_part
from webapp.analytics.reports.head import find_head, own_names
from webapp.analytics.reports.material import Material
from webapp.analytics.reports.news import find_news
from webapp.analytics.reports.notes import find_notes_part
from webapp.analytics.reports.posts import find_posts_part
from webapp.analytics.reports.scales import Usual
from webapp.analytics.reports.sources import find_sources_part
from webapp.analytics.reports.timing import find_timing_part
from webapp.analytics.reports.veil import Audience, veiled
from webapp.domain.metrics import MetricKey
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import ChangesPart, GoalsPart, HashtagsPart, PostsPart, Report, ReportSection
from webapp.domain.scope import Scope
from webapp.domain.sections import Section

_SIZES: Final = {Section.FOLLOWERS: MetricKey.FOLLOWERS, Section.FOLLOWING: MetricKey.FOLLOWING}


def find_report(scope: Scope, query: ReportQuery, made_at: int, *, is_public: bool = False) -> Report:
    """Return a report of an account for what the scope may see; ``made_at`` is the Unix second it bears.

    ``is_public`` leaves out what readers outside the team have no use for: ids, covers, file names and notes of days.
    Raises ``NotFound`` for an account or an export that is not there.
    """
    material = Material(scope, query, made_at)
    report = _exact(material, is_public=is_public)
    if query.asks_for(ReportSection.SOURCES):
        report = replace(report, sources=find_sources_part(material, report))
    hidden = () if query.shows_account else own_names(material)
    return veiled(report, Audience(scope.redaction, hidden, is_public), _usual(material))


def _exact(material: Material, *, is_public: bool) -> Report:
    """Return the parts that are asked for.

    The news tells of all parts, whether they are shown or not; outside the team it tells of no posts, hashtags and
    goals that were left out on purpose.
    """
    asks = material.query.asks_for
    has_news = asks(ReportSection.NEWS)
    tells_all = has_news and not is_public
    figures = find_figures(material) if has_news or asks(ReportSection.FIGURES) else ()
    changes = find_changes_part(material) if has_news or asks(ReportSection.CHANGES) else ChangesPart()
    posts = find_posts_part(material) if tells_all or asks(ReportSection.POSTS) else PostsPart()
    hashtags = find_hashtags_part(material) if tells_all or asks(ReportSection.HASHTAGS) else HashtagsPart()
    goals = GoalsPart()
    if tells_all or asks(ReportSection.GOALS):
        goals = GoalsPart(find_goals(material.scope, material.days.first, material.days.last))
    return Report(
        head=find_head(material),
        figures=figures if asks(ReportSection.FIGURES) else None,
        news=find_news(material, figures, changes, posts, hashtags, goals) if has_news else None,
        growth=find_growth_part(material) if asks(ReportSection.GROWTH) else None,
        changes=changes if asks(ReportSection.CHANGES) else None,
        posts=posts if asks(ReportSection.POSTS) else None,
        hashtags=hashtags if asks(ReportSection.HASHTAGS) else None,
        timing=find_timing_part(material) if asks(ReportSection.TIMING) else None,
        goals=goals if asks(ReportSection.GOALS) else None,
        notes=find_notes_part(material) if asks(ReportSection.NOTES) else None,
    )


def _usual(material: Material) -> Usual:
    """Return what 100 is where numbers are indexed."""
    begun = {each: material.key_figures.size(metric).begun for each, metric in _SIZES.items()}
    counted = () if material.table is None else material.table.counted
    return Usual(
        lists={section: float(size) for section, size in begun.items() if size},
        likes=figure_of(counted, MetricKey.TYPICAL_LIKES).value,
        views=figure_of(counted, MetricKey.TYPICAL_VIEWS).value,
    )
