"""The parts of the page about growth, in words and with the ways to the people behind each figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.growth import Growth, GrowthRow, find_growth, find_posts_near
from webapp.analytics.statistics.hazard import LEAST_LOSSES
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.formatting import format_count, format_day, format_ratio, format_share
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.growth_chart import GrowthChart
from webapp.web.growth_texts import (
    about_text,
    difference_text,
    format_signed,
    long_curve_text,
    peaks_refusal,
    range_text,
    refusal_text,
    share_text,
    staying_text,
)
from webapp.web.i18n import locale

_PERIODS: dict[Preset, str] = {
    Preset.WEEK: N_("7 days"),
    Preset.MONTH: N_("30 days"),
    Preset.YEAR: N_("365 days"),
    Preset.ALL: N_("All time"),
}
_MOST_PEAKS = 12
_MOST_POSTS = 2
_TITLE = 80


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """What happened between two lists, in words, with the ways to the people behind the figures."""

    begins: str
    ends: str
    gained: str
    gained_href: str
    lost: str
    lost_href: str
    net: str
    stayed: str
    monthly: str
    came: str | None


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What one export counted, as the page shows it; ``None`` is a list that it does not hold."""

    day: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure as a card shows it; ``unknown_reason`` takes the place of the value."""

    label: str
    definition: str
    value: str
    exact: str | None = None
    href: str | None = None
    note: str | None = None
    unknown_reason: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class PeakRow:
    """A day with many new followers, and the posts shortly before it."""

    day: str
    gained: str
    usual: str
    posts: tuple[str, ...]
    href: str


class GrowthPage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, scope: Scope, period: PeriodQuery) -> None:
        self.scope = scope
        self.period = period
        self.locale = locale()

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of the period."""
        return find_growth(self.scope, self.period)

    @cached_property
    def chart(self) -> GrowthChart:
        """Return the curve with its sentence and its table."""
        return GrowthChart(self.growth)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("analysis.show")

    @property
    def href(self) -> str:
        """Return the address of this page."""
        return _address("analysis.show", self.period)

    @property
    def periods(self) -> list[Tab]:
        """Return the periods to choose from."""
        return [
            Tab(_(label), _address("analysis.show", PeriodQuery(preset)), preset is self.period.preset)
            for preset, label in _PERIODS.items()
        ]

    @cached_property
    def newest(self) -> GrowthRow | None:
        """Return the newest export that holds the follower list."""
        listed = (row for row in reversed(self.growth.rows) if row.followers is not None)
        return next(listed, None)

    @property
    def kpis(self) -> list[Kpi]:
        """Return the newest list beside the profile's own number, and how many stay."""
        followers = self.newest.followers if self.newest else None
        by_profile = self.newest.profile_followers if self.newest else None
        staying = self.growth.fit.staying if self.growth.fit else None
        return [
            _card(
                MetricKey.FOLLOWERS,
                None if followers is None else format_count(followers, self.locale),
                _("No export of this account holds the follower list."),
                href=url_for("audience.followers"),
            ),
            _card(
                MetricKey.PROFILE_FOLLOWERS,
                None if by_profile is None else format_count(by_profile, self.locale),
                _("The newest export with the list does not note it."),
                note=difference_text(followers, by_profile),
            ),
            _card(
                MetricKey.STAYING,
                None if staying is None else format_share(staying.value, self.locale, decimals=0),
                _(
                    "It takes two exports and %(needed)s people who no longer follow you between them.",
                    needed=LEAST_LOSSES,
                ),
                note=None if staying is None else range_text(staying.low, staying.high),
                state=None if staying is None else "estimated",
            ),
        ]

    @property
    def staying(self) -> str | None:
        """Return how many of a hundred new followers stay, in words; ``None`` where that is not known."""
        return staying_text(self.growth)

    @property
    def refusal(self) -> str | None:
        """Return why there is no estimate, and what would help; ``None`` where there is one."""
        return refusal_text(self.growth)

    @property
    def back_text(self) -> str | None:
        """Return how far back the estimate reaches, where the curve goes further."""
        return long_curve_text(self.growth)

    @cached_property
    def intervals(self) -> list[IntervalRow]:
        """Return what happened from list to list, newest first."""
        rows = {row.export: row for row in self.growth.rows}
        gross = {} if self.growth.fit is None else {found.ends_at: found.people for found in self.growth.fit.gross}
        shown = []
        for kept in reversed(self.growth.retention):
            row, came = rows[kept.to_export], gross.get(kept.ends_at)
            change = row.follower_change
            if change is None:
                continue
            query = ChangeQuery(from_id=kept.from_export, to_id=kept.to_export)
            shown.append(
                IntervalRow(
                    begins=self._day(kept.begins_at),
                    ends=self._day(kept.ends_at),
                    gained=format_count(change.gained, self.locale),
                    gained_href=url_for("changes.show", **_arguments(query, ChangeKind.GAINED)),
                    lost=format_count(change.lost, self.locale),
                    lost_href=url_for("changes.show", **_arguments(query, ChangeKind.LOST)),
                    net=format_signed(change.net),
                    stayed=share_text(kept.share),
                    monthly=share_text(kept.in_thirty_days),
                    came=None if came is None else about_text(came.value, came.low, came.high),
                )
            )
        return shown

    @property
    def has_gross(self) -> bool:
        """Return whether it is estimated how many came who no list shows."""
        return any(row.came is not None for row in self.intervals)

    @property
    def intervals_text(self) -> str:
        """Return why there is no interval."""
        if self.growth.fit and self.growth.fit.lists < 2:
            return str(_("There is one list so far. Import another export to see who came and who left."))
        return str(_("No two lists to compare end in this period. Choose a longer one."))

    @property
    def intervals_note(self) -> str:
        """Return how to read the table."""
        text = _(
            "Counted from the lists themselves: confirmed renames and people who followed again are neither gained "
            "nor lost. “Per 30 days” makes intervals of different length comparable."
        )
        if not self.has_gross:
            return str(text)
        more = _("“Followed in all” adds those who came and left between two exports, which no list shows.")
        return f"{text} {more}"

    @property
    def export_rows(self) -> list[ExportRow]:
        """Return what each export of the period counted, newest first."""
        return [
            ExportRow(
                self._day(row.at),
                (
                    *(
                        None if count is None else format_count(count, self.locale)
                        for count in (row.followers, row.profile_followers, row.following, row.mutuals)
                    ),
                    None if row.ratio is None else format_ratio(row.ratio, self.locale),
                ),
            )
            for row in reversed(self.growth.rows)
        ]

    @cached_property
    def peaks(self) -> list[PeakRow]:
        """Return the strongest peaks of the period, newest first."""
        strongest = sorted(self.growth.peaks or (), key=lambda peak: peak.expected - peak.gained)[:_MOST_PEAKS]
        near = find_posts_near(self.scope, [peak.day for peak in strongest])
        return [
            PeakRow(
                day=format_day(peak.day, self.locale),
                gained=format_count(peak.gained, self.locale),
                usual=format_count(round(peak.expected), self.locale),
                posts=tuple(_post_text(post.title, format_day(post.day, self.locale)) for post in near[peak.day])[
                    :_MOST_POSTS
                ],
                href=url_for("audience.followers", date_from=peak.day.isoformat(), date_to=peak.day.isoformat()),
            )
            for peak in sorted(strongest, key=lambda peak: peak.day, reverse=True)
        ]

    @property
    def peaks_refusal(self) -> str | None:
        """Return why no peak could be looked for; ``None`` where one could."""
        return peaks_refusal(self.growth)

    @property
    def hidden_peaks_text(self) -> str | None:
        """Return how many peaks there are beyond those that are shown."""
        hidden = len(self.growth.peaks or ()) - _MOST_PEAKS
        if hidden <= 0:
            return None
        return str(ngettext("and %(num)s smaller one", "and %(num)s smaller ones", hidden))

    @property
    def milestones(self) -> list[tuple[str, str]]:
        """Return the round numbers reached, the largest first, each with its day."""
        reached = reversed(self.growth.milestones)
        return [(format_count(one.followers, self.locale), format_day(one.day, self.locale)) for one in reached]

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of this period."""
        return _address("analysis.download", self.period, dialect=dialect or None)

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.scope.timezone), self.locale)


def _address(endpoint: str, period: PeriodQuery, **others: str | None) -> str:
    arguments: dict[str, Any] = {**period.to_args(Preset.ALL), **others}
    return url_for(endpoint, **arguments)


def _arguments(query: ChangeQuery, kind: ChangeKind) -> dict[str, Any]:
    return dict(query.show(kind).to_args())


def _post_text(title: str, day: str) -> str:
    words = " ".join(title.split())
    if not words:
        return str(_("the post of %(day)s", day=day))
    shown = words if len(words) <= _TITLE else f"{words[: _TITLE - 1].rstrip()}…"
    return str(_("the post of %(day)s: “%(title)s”", day=day, title=shown))


def _card(
    key: MetricKey,
    value: str | None,
    reason: str,
    *,
    href: str | None = None,
    note: str | None = None,
    state: str | None = None,
) -> Kpi:
    metric = METRICS[key]
    label, definition = _(metric.label), _(metric.definition)
    if value is None:
        return Kpi(label, definition, "", unknown_reason=reason)
    return Kpi(label, definition, value, href=href, note=note, state=state)
