"""How posts do by kind, length of title, number of hashtags and privacy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.content.figures import PostFigure, figure_of
from webapp.analytics.content.fit import Measure, Performance
from webapp.analytics.content.kept import keep
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostTable
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter, Privacy, Standing
from webapp.domain.scope import Scope
from webapp.web.audience_tabs import Tab
from webapp.web.content.families import FamilyKey, GroupTable
from webapp.web.content.page import AnalysisPage
from webapp.web.content.suggestions import Suggestions
from webapp.web.content.texts import (
    FIRM_POSTS,
    MEASURE_LABELS,
    TYPICAL_LABELS,
    TYPICAL_METRICS,
    count_text,
    spread_text,
    typical_text,
)
from webapp.web.figure_links import figure_href
from webapp.web.opened import Opened
from webapp.web.post_filter_texts import PRIVACY_TEXTS

_FAMILIES: Final = (FamilyKey.KINDS, FamilyKey.LENGTHS, FamilyKey.TAG_COUNTS)


@dataclass(frozen=True, slots=True)
class PrivacyRow:
    """The posts of the newest list that so many people may see."""

    label: str
    count: Markup
    typical: Markup | str
    is_indicative: bool


class PerformancePage(AnalysisPage):
    """The parts of the page, each computed when the template asks for it."""

    ENDPOINT: ClassVar[str] = "performance.show"
    DOWNLOAD: ClassVar[str] = "performance.download"

    def __init__(self, scope: Scope, measure: Measure = Measure.LIKES) -> None:
        super().__init__(scope)
        self.measure = measure

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        return {} if self.measure is Measure.LIKES else {"measure": self.measure.value}

    @cached_property
    def found(self) -> Performance | None:
        """Return what posts tell by the measure that is chosen; ``None`` where too few have it or a job is at it."""
        return None if self.found_fit is None else self.found_fit.by(self.measure)

    @property
    def measures(self) -> list[Tab]:
        """Return what posts can be compared by."""
        return [
            Tab(
                str(_(label)),
                self.address(measure=None if each is Measure.LIKES else each.value),
                each is self.measure,
            )
            for each, label in MEASURE_LABELS.items()
        ]

    @property
    def typical_label(self) -> str:
        """Return what the headline is."""
        return str(_(TYPICAL_LABELS[self.measure]))

    @property
    def typical(self) -> str:
        """Return what the counted posts typically get."""
        return typical_text(None if self.found is None else self.found.typical, self.measure)

    @property
    def typical_href(self) -> str:
        """Return the address of what is behind the headline."""
        return figure_href(FigureQuery(TYPICAL_METRICS[self.measure], posts=self.counted_filter))

    @property
    def typical_note(self) -> str:
        """Return of how many posts the headline is."""
        count = 0 if self.found is None else self.found.posts
        shown = count_text(count)
        if count < FIRM_POSTS:
            return str(_("n = %(count)s, indicative", count=shown))
        return str(_("n = %(count)s", count=shown))

    @property
    def spread(self) -> str | None:
        """Return how far posts usually lie from the typical one; ``None`` where that is unknown."""
        return None if self.found is None or self.found.spread is None else spread_text(self.found.spread)

    @cached_property
    def families(self) -> list[GroupTable]:
        """Return the families of groups, each with its table and its words."""
        if self.found is None:
            return []
        return [GroupTable(key, self.found, self.counted_filter) for key in _FAMILIES]

    @cached_property
    def suggestions(self) -> Suggestions:
        """Return what passed a test, in words."""
        return Suggestions(self.fit, self.table, self.scope.timezone)

    @cached_property
    def privacy(self) -> list[PrivacyRow]:
        """Return how many posts of the newest list are for whom, and what they typically got: nothing is compared."""
        opened, rows = Opened(), []
        for privacy, posts, typical in count_by_privacy(self.table, self.open_filter):
            wanted, label = privacy_filter(self.open_filter, privacy), str(_(PRIVACY_TEXTS[privacy]))
            count = opened(count_text(posts), figure_href(FigureQuery(MetricKey.POSTS, posts=wanted)), label)
            href = figure_href(FigureQuery(MetricKey.TYPICAL_LIKES, posts=wanted))
            shown = typical_text(typical.value)
            cell = shown if typical.value is None else opened(shown, href, f"{label}, {_('Typical likes')}")
            rows.append(PrivacyRow(label, count, cell, typical.n < FIRM_POSTS))
        return rows

    @property
    def studio_href(self) -> str:
        """Return where views come from."""
        return url_for("studio.show")

    @property
    def missing_text(self) -> str:
        """Return that too few posts have the measure that is chosen."""
        known = figure_of(self.table.counted, TYPICAL_METRICS[self.measure]).n
        if not known:
            return str(
                _(
                    "Views, comments and shares are not in your export. They come from TikTok Studio: download them "
                    "there, import the file here, and they join your posts."
                )
            )
        return str(
            ngettext(
                "So far %(count)s post that counts has them: too few to compare. They come from TikTok Studio; each "
                "of its downloads adds posts.",
                "So far %(count)s posts that count have them: too few to compare. They come from TikTok Studio; each "
                "of its downloads adds posts.",
                known,
                count=count_text(known),
            )
        )


def privacy_filter(base: PostFilter, privacy: Privacy) -> PostFilter:
    """Return the filter of the posts on the newest list that so many people may see."""
    return base.with_(privacy=privacy, standing=Standing.LISTED)


def count_by_privacy(table: PostTable, base: PostFilter) -> list[tuple[Privacy, int, PostFigure]]:
    """Return for whom posts of the newest list are: how many, and what they typically got, unless there is none."""

    def count() -> list[tuple[Privacy, int, PostFigure]]:
        found = [(privacy, select_posts(table, privacy_filter(base, privacy))) for privacy in Privacy]
        return [(privacy, len(posts), figure_of(posts, MetricKey.TYPICAL_LIKES)) for privacy, posts in found if posts]

    return keep(table, count_by_privacy, count)
