"""What a growth chart marks on its days: posts, round numbers, peaks, and the notes that people wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.annotations import list_annotations
from webapp.analytics.anomalies import figure_of, find_anomalies_near
from webapp.analytics.growth import Growth
from webapp.analytics.published import list_published
from webapp.domain.anomalies import AnomalyKind
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_compact, format_count, format_day
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Span, day_of
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.renderers.anomaly_texts import AnomalyTexts
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import DayLinks
from webapp.web.post_texts import short_title

# More of a kind than this would be a bar, not marks.
MOST_POSTS: Final = 60
MOST_PEAKS: Final = 40


class MarkerKind(StrEnum):
    """What happened on the day."""

    POST = "post"
    MILESTONE = "milestone"
    PEAK = "peak"
    DROP = "drop"
    LEVEL = "level"
    NOTE = "note"


MARKER_LABELS: dict[MarkerKind, str] = {
    MarkerKind.POST: N_("Post"),
    MarkerKind.MILESTONE: N_("Round number"),
    MarkerKind.PEAK: N_("Many new followers"),
    MarkerKind.DROP: N_("More followers lost than usual"),
    MarkerKind.LEVEL: N_("Posts get more or less than before"),
    MarkerKind.NOTE: N_("Note"),
}


@dataclass(frozen=True, slots=True)
class Marker:
    """Something on a day of the account's zone, and the way to it where there is one; ``short`` stands in the chart."""

    day: date
    kind: MarkerKind
    text: str
    href: str | None = None
    opens: bool = False
    short: str = ""

    @property
    def drawn(self) -> dict[str, str]:
        """Return the marker as the chart draws it."""
        drawn = {"day": self.day.isoformat(), "kind": self.kind.value, "text": self.text}
        return {**drawn, "short": self.short} if self.short else drawn

    @property
    def label(self) -> str:
        """Return the kind in words."""
        return str(_(MARKER_LABELS[self.kind]))

    @property
    def when(self) -> str:
        """Return the day in words."""
        return format_day(self.day, locale())


def list_markers(scope: Scope, growth: Growth) -> tuple[Marker, ...]:
    """Return what lies in the period, newest first."""
    if growth.span is None:
        return ()
    found = [
        *_posts(scope, growth.span),
        *_milestones(growth),
        *_peaks(growth),
        *_anomalies(scope, growth),
        *_notes(scope, growth.span),
    ]
    return tuple(sorted(found, key=lambda marker: marker.day, reverse=True))


def _posts(scope: Scope, span: Span) -> list[Marker]:
    return [
        Marker(
            day_of(post.published_at, scope.timezone), MarkerKind.POST, short_title(post.title) or _("without words")
        )
        for post in list_published(scope, span, MOST_POSTS)
    ]


def _milestones(growth: Growth) -> list[Marker]:
    return [
        Marker(
            one.day,
            MarkerKind.MILESTONE,
            _("%(followers)s followers, at the latest", followers=format_count(one.followers, locale())),
            figure_href(FigureQuery(MetricKey.AT_LEAST, day=one.day)),
            opens=True,
            short=format_compact(one.followers, locale()),
        )
        for one in growth.milestones
        if growth.holds_day(one.day)
    ]


def _peaks(growth: Growth) -> list[Marker]:
    strongest = sorted(growth.peaks or (), key=lambda peak: peak.expected - peak.gained)[:MOST_PEAKS]
    links = DayLinks(MetricKey.DAY_FOLLOWS)
    return [
        Marker(
            peak.day,
            MarkerKind.PEAK,
            _(
                "%(gained)s instead of about %(usual)s",
                gained=format_count(peak.gained, locale()),
                usual=format_count(round(peak.expected), locale()),
            ),
            links[peak.day],
            opens=True,
        )
        for peak in strongest
    ]


def _anomalies(scope: Scope, growth: Growth) -> list[Marker]:
    """Return the times in which many left, and the days from which on posts got more or less."""
    texts = AnomalyTexts(locale())
    return [
        Marker(
            row.day,
            MarkerKind.DROP if row.kind is AnomalyKind.FOLLOWER_DROP else MarkerKind.LEVEL,
            texts.anomaly(row, scope.timezone),
            figure_href(figure_of(row)),
            opens=True,
        )
        for row in find_anomalies_near(scope, growth)
    ]


def _notes(scope: Scope, span: Span) -> list[Marker]:
    return [
        Marker(note.day, MarkerKind.NOTE, note.text, url_for("annotations.index", day=note.day.isoformat()))
        for note in list_annotations(scope, span)
    ]
