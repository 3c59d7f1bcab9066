"""The cards of an account's size and of who came and left in a period: the same on the dashboard and on Statistics."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.growth import Growth
from webapp.analytics.key_figures import GAINED, LOST, Flow, KeyFigures
from webapp.analytics.period_changes import PeriodChange
from webapp.analytics.relationships import RelationshipSummary
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_ratio, format_share
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of
from webapp.domain.period_query import Comparison
from webapp.domain.reports import Untold
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.web.figure_links import figure_href
from webapp.web.growth.texts import format_signed
from webapp.web.i18n import locale
from webapp.web.kpis import Delta, Kpi, make_kpi

_NO_CHANGE: Final = {
    Untold.NO_LIST: N_("No export of this account holds a list."),
    Untold.ONE_LIST: N_("It takes a second export to compare with."),
    Untold.NO_PAIR: N_("No two lists to compare lie in this period. Choose a longer one."),
}


@dataclass(frozen=True)
class GrowthKpis:
    """The cards of one period; where no export holds the follower list, coming and going are those of the other one."""

    scope: Scope
    growth: Growth

    @cached_property
    def figures(self) -> KeyFigures:
        """Return the figures, of the current lists."""
        return KeyFigures(self.scope, self.growth)

    @property
    def summary(self) -> RelationshipSummary:
        """Return the sizes of the current lists."""
        return self.figures.summary

    @property
    def section(self) -> Section:
        """Return the list whose coming and going is shown."""
        return self.figures.section

    @property
    def cards(self) -> list[Kpi]:
        """Return followers, following, mutuals, ratio, gained and lost."""
        return [self._followers, self._following, self._mutuals, self._ratio, self._gained, self._lost]

    @property
    def _followers(self) -> Kpi:
        kpi = self._open(
            make_kpi(
                MetricKey.FOLLOWERS, self.summary.followers, _("No export of this account holds the follower list.")
            )
        )
        return kpi.with_(
            href=url_for("audience.followers"),
            delta=self._length_delta(MetricKey.FOLLOWERS, tones=("good", "bad")),
            note=self._list_note(self.summary.followers_as_of),
            spark=self.figures.size(MetricKey.FOLLOWERS).spark,
        )

    @property
    def _following(self) -> Kpi:
        kpi = self._open(
            make_kpi(
                MetricKey.FOLLOWING, self.summary.following, _("No export of this account holds the following list.")
            )
        )
        return kpi.with_(
            href=url_for("audience.following"),
            delta=self._length_delta(MetricKey.FOLLOWING),
            note=self._list_note(self.summary.following_as_of),
            spark=self.figures.size(MetricKey.FOLLOWING).spark,
        )

    @property
    def _mutuals(self) -> Kpi:
        kpi = self._open(make_kpi(MetricKey.MUTUALS, self.summary.mutuals, _("Both lists are needed to know this.")))
        return kpi.with_(
            href=url_for("audience.followers", mutual=1),
            delta=self._length_delta(MetricKey.MUTUALS),
            spark=self.figures.size(MetricKey.MUTUALS).spark,
        )

    @property
    def _ratio(self) -> Kpi:
        if self.summary.following == 0:
            reason = _("You follow nobody, so there is nothing to divide by.")
        else:
            reason = _("Both lists are needed to know this.")
        kpi = self._open(make_kpi(MetricKey.FOLLOWER_RATIO, self.summary.follower_ratio, reason))
        size, delta = self.figures.size(MetricKey.FOLLOWER_RATIO), None
        if size.net is not None and size.since is not None:
            delta = Delta(_direction(size.net), _signed_ratio(Decimal(size.net)), self._since(size.since))
        return kpi.with_(delta=delta, spark=size.spark)

    @property
    def _gained(self) -> Kpi:
        return self._flow(GAINED[self.section], ChangeKind.GAINED, self.figures.gained, ("good", "bad"))

    @property
    def _lost(self) -> Kpi:
        return self._flow(LOST[self.section], ChangeKind.LOST, self.figures.lost, ("bad", "good"))

    def _flow(self, metric: MetricKey, kind: ChangeKind, flow: Flow, tones: tuple[str, str]) -> Kpi:
        change, base, pace = flow.change, flow.base, flow.pace
        kpi = self._open(make_kpi(metric, flow.value, self._no_change))
        if change is None:
            return kpi
        tones = tones if self.section is Section.FOLLOWERS else ("neutral", "neutral")
        note = self._between(change)
        if pace is None and (reason := self._no_delta(flow.before)):
            note = f"{note}. {reason}"
        return kpi.with_(
            href=self._rows_href(change, kind),
            delta=None if pace is None or base is None else _pace_delta(pace, flow.before or 0, base.days, tones),
            note=note,
        )

    def _no_delta(self, before: int | None) -> str | None:
        """Return why a figure is not compared; ``None`` where nobody asked for it."""
        if self.growth.query.comparison is Comparison.NONE or self.growth.base is None:
            return None
        if before is None:
            return str(_("No two lists lie in the time it would be compared with."))
        return str(_("Before, it was %(count)s: too few to compare with.", count=format_count(before, locale())))

    @property
    def _no_change(self) -> str:
        return str(_(_NO_CHANGE[self.figures.untold(MetricKey.GAINED)]))

    def _rows_href(self, change: PeriodChange, kind: ChangeKind) -> str:
        """Return where the people are: of two lists their changes, of more the table from list to list."""
        if change.lists > 2:
            period: dict[str, Any] = self.growth.query.to_args()
            return url_for("analysis.show", **period)
        query = ChangeQuery(section=self.section, from_id=change.from_export, to_id=change.to_export)
        pair: dict[str, Any] = query.show(kind).to_args()
        return url_for("changes.show", **pair)

    def _length_delta(self, metric: MetricKey, tones: tuple[str, str] = ("neutral", "neutral")) -> Delta | None:
        size = self.figures.size(metric)
        if size.net is None or size.since is None:
            return None
        tone = "neutral" if size.net == 0 else tones[size.net < 0]
        share = "" if size.share is None else f" ({_signed_share(size.share)})"
        return Delta(_direction(size.net), format_signed(int(size.net)) + share, self._since(size.since), tone)

    def _list_note(self, as_of: int | None) -> str | None:
        """Return of which day a list is, where it is older than the other one."""
        newest = max(self.summary.followers_as_of or 0, self.summary.following_as_of or 0)
        return None if as_of is None or as_of == newest else str(_("on the list of %(day)s", day=self._day(as_of)))

    def _open(self, kpi: Kpi) -> Kpi:
        return kpi.with_(open_href=figure_href(FigureQuery(kpi.key, period=self.growth.query)))

    def _since(self, second: int) -> str:
        return str(_("since %(day)s", day=self._day(second)))

    def _between(self, change: PeriodChange) -> str:
        first, last = self._day(change.begins_at), self._day(change.ends_at)
        return str(_("between %(first)s and %(last)s", first=first, last=last))

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.growth.timezone), locale())


def _direction(value: float | Decimal) -> str:
    return "up" if value > 0 else "down" if value < 0 else "flat"


def _pace_delta(pace: float, before: int, days: float, tones: tuple[str, str]) -> Delta:
    shown = {"count": format_count(before, locale()), "days": format_count(max(1, round(days)), locale())}
    word = str(_("per day; before: %(count)s in %(days)s days", **shown))
    is_flat = abs(pace) < 0.005
    direction = "flat" if is_flat else _direction(pace)
    return Delta(direction, _signed_share(0 if is_flat else pace), word, "neutral" if is_flat else tones[pace < 0])


def _signed_share(value: float) -> str:
    decimals = 1 if 0 < abs(value) < 0.1 else 0
    shown = format_share(abs(value), locale(), decimals=decimals)
    return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown


def _signed_ratio(value: Decimal) -> str:
    shown = format_ratio(abs(value), locale())
    return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown
