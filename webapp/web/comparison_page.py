"""The parts of the comparison of both follow lists: the picture, its figures, and the people of one part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from webapp.analytics.relationships import RelationshipSummary, summarise_relationships
from webapp.domain.audience import AudiencePart
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_share
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Scope
from webapp.web.analysis_tabs import analysis_tabs
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.compared_people import ENDPOINT, ComparedPeople, View
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale

_FIGURES: Final = (
    MetricKey.FOLLOWERS,
    MetricKey.FOLLOWING,
    MetricKey.MUTUALS,
    MetricKey.FOLLOWERS_ONLY,
    MetricKey.FOLLOWING_ONLY,
)
# So short, in hundredths of the longest, may a bar of somebody be that it is still seen.
_LEAST_BAR: Final = 0.4


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of the table: what opens it, and its share of either list; ``None`` is unknown or makes no sense."""

    key: MetricKey
    label: str
    text: str | None
    href: str
    of_followers: str | None
    of_following: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in two parts, each in hundredths of the whole width: those on both lists first, then the others."""

    key: MetricKey
    label: str
    text: str
    href: str
    mutual: float
    rest: float
    share: str | None = None


class ComparisonPage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, scope: Scope, part: AudiencePart, query: FollowQuery, view: View) -> None:
        self.scope = scope
        self.view = view
        self.people = ComparedPeople(scope, part, query, view)

    @cached_property
    def stats(self) -> RelationshipSummary:
        """Return the figures of both lists."""
        return summarise_relationships(self.scope)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("analysis.show")

    @property
    def analysis_tabs(self) -> list[Tab]:
        """Return the tabs of the analysis."""
        return analysis_tabs(ENDPOINT)

    @property
    def views(self) -> list[Tab]:
        """Return the pictures to choose from."""
        texts = {View.VENN: _("Circles"), View.BARS: _("Bars")}
        return [Tab(text, self.people.view_href(view), view is self.view) for view, text in texts.items()]

    @property
    def is_known(self) -> bool:
        """Return whether both lists are known, so that they can be compared."""
        return self.stats.mutuals is not None

    @property
    def title(self) -> str:
        """Return what is drawn."""
        return str(_("How your lists overlap"))

    @cached_property
    def as_of_text(self) -> str:
        """Return which lists are compared."""
        second = self.people.result.as_of
        if second is None:
            return ""
        day = format_day(datetime.fromtimestamp(second, ZoneInfo(self.scope.timezone)).date(), locale())
        return str(_("on the list of %(day)s", day=day))

    @property
    def reading(self) -> str:
        """Return the picture in a sentence."""
        stats = self.stats
        if stats.followers is None or stats.following is None or stats.mutuals is None:
            return self.people.unknown_text
        words = {
            "followers": self._count(stats.followers),
            "following": self._count(stats.following),
            "mutuals": self._count(stats.mutuals),
        }
        if not stats.mutuals:
            return str(
                _("%(followers)s people follow you and you follow %(following)s; nobody is on both lists.", **words)
            )
        return str(
            _(
                "%(followers)s people follow you and you follow %(following)s. %(mutuals)s are on both lists: "
                "%(share)s of your followers, and %(other)s of the people you follow.",
                **words,
                share=self._share(stats.mutuals, stats.followers),
                other=self._share(stats.mutuals, stats.following),
            )
        )

    @cached_property
    def rows(self) -> list[FigureRow]:
        """Return the table: every figure with its share of either list."""
        stats = self.stats
        parts = {
            MetricKey.FOLLOWERS: (True, False),
            MetricKey.FOLLOWING: (False, True),
            MetricKey.MUTUALS: (True, True),
            MetricKey.FOLLOWERS_ONLY: (True, False),
            MetricKey.FOLLOWING_ONLY: (False, True),
        }
        rows = []
        for key in _FIGURES:
            value: int | None = getattr(stats, key.value)
            of_followers, of_following = parts[key]
            rows.append(
                FigureRow(
                    key=key,
                    label=_(METRICS[key].label),
                    text=None if value is None else self._count(value),
                    href=figure_href(FigureQuery(key)),
                    of_followers=self._share(value, stats.followers) if of_followers else None,
                    of_following=self._share(value, stats.following) if of_following else None,
                )
            )
        return rows

    @property
    def missing_text(self) -> str:
        """Return why a figure of the table is unknown."""
        if self.stats.followers is None and self.stats.following is None:
            return str(_("no export holds the lists"))
        if self.stats.followers is None:
            return str(_("no export holds the follower list"))
        return str(_("no export holds the following list"))

    @property
    def venn(self) -> dict[str, Any]:
        """Return what the browser draws: the names of the sets, and how many are in each part."""
        stats = self.stats
        one, other = (_(METRICS[key].label) for key in (MetricKey.FOLLOWERS, MetricKey.FOLLOWING))
        regions = (
            (MetricKey.FOLLOWERS_ONLY, [one], stats.followers_only),
            (MetricKey.FOLLOWING_ONLY, [other], stats.following_only),
            (MetricKey.MUTUALS, [one, other], stats.mutuals),
        )
        return {
            "sets": [one, other],
            "regions": [
                {
                    "key": key.value,
                    "sets": sets,
                    "label": _(METRICS[key].label),
                    "value": value,
                    "text": self._count(value or 0),
                    "href": figure_href(FigureQuery(key)),
                }
                for key, sets, value in regions
            ],
        }

    @property
    def key(self) -> list[tuple[str, str]]:
        """Return what the colours of the bars mean: the list that the colour stands for, and its name."""
        parts = {
            "mutuals": MetricKey.MUTUALS,
            "followers": MetricKey.FOLLOWERS_ONLY,
            "following": MetricKey.FOLLOWING_ONLY,
        }
        return [(name, _(METRICS[key].label)) for name, key in parts.items()]

    @property
    def sizes(self) -> list[Bar]:
        """Return the lists and what they share as bars on one scale."""
        stats = self.stats
        longest = max(stats.followers or 0, stats.following or 0)
        bars = []
        for key, whole in ((MetricKey.FOLLOWERS, stats.followers), (MetricKey.FOLLOWING, stats.following)):
            if whole is not None:
                bars.append(self._bar(key, stats.mutuals or 0, whole, longest))
        if stats.mutuals is not None:
            bars.append(self._bar(MetricKey.MUTUALS, stats.mutuals, stats.mutuals, longest))
        return bars

    @property
    def shares(self) -> list[Bar]:
        """Return either list as a bar of full width, so that the part on both lists is seen of a short one too."""
        stats = self.stats
        if stats.mutuals is None:
            return []
        return [
            self._bar(key, stats.mutuals, whole, whole, self._share(stats.mutuals, whole))
            for key, whole in ((MetricKey.FOLLOWERS, stats.followers), (MetricKey.FOLLOWING, stats.following))
            if whole
        ]

    def _bar(self, key: MetricKey, mutuals: int, whole: int, longest: int, share: str | None = None) -> Bar:
        mutual, rest = (_length(count, longest) for count in (mutuals, whole - mutuals))
        if mutual + rest > 100:
            # The shorter part was made longer to be seen: the other one gives way.
            mutual, rest = (mutual, round(100 - mutual, 2)) if mutual < rest else (round(100 - rest, 2), rest)
        return Bar(
            key=key,
            label=_(METRICS[key].label),
            text=self._count(whole),
            href=figure_href(FigureQuery(key)),
            mutual=mutual,
            rest=rest,
            share=share,
        )

    def _count(self, value: int) -> str:
        return format_count(value, locale())

    def _share(self, part: int | None, whole: int | None) -> str | None:
        return format_share(part / whole, locale()) if whole and part is not None else None


def _length(count: int, longest: int) -> float:
    """Return the length of a part in hundredths of the width; of somebody never too short to be seen."""
    return round(max(_LEAST_BAR, 100 * count / longest), 2) if count and longest else 0.0
