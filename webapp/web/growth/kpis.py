"""The cards of an account's size and of who came and left in a period: the same on the dashboard and on Statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.growth import Growth, GrowthRow
from webapp.analytics.period_changes import LEAST_BASE, PeriodChange, relative_pace
from webapp.analytics.relationships import RelationshipSummary, summarise_relationships
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_ratio, format_share
from webapp.domain.metrics import MetricKey
from webapp.domain.period import day_of
from webapp.domain.period_query import Comparison
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.web.figure_links import figure_href
from webapp.web.growth.texts import format_signed
from webapp.web.i18n import locale
from webapp.web.kpis import Delta, Kpi, make_kpi

# A line through two points tells no more than the change beside it.
_LEAST_SPARK: Final = 3
_MOST_SPARK: Final = 24
# Ten times as many is no longer read as per cent.
_MOST_SHARE: Final = 10
_GAINED: Final = {Section.FOLLOWERS: MetricKey.GAINED, Section.FOLLOWING: MetricKey.FOLLOWING_GAINED}
_LOST: Final = {Section.FOLLOWERS: MetricKey.LOST, Section.FOLLOWING: MetricKey.FOLLOWING_LOST}


@dataclass(frozen=True)
class GrowthKpis:
    """The cards of one period; where no export holds the follower list, coming and going are those of the other one."""

    scope: Scope
    growth: Growth

    @cached_property
    def summary(self) -> RelationshipSummary:
        """Return the sizes of the current lists."""
        return summarise_relationships(self.scope)

    @cached_property
    def section(self) -> Section:
        """Return the list whose coming and going is shown."""
        has_followers = any(row.followers is not None for row in self.growth.history)
        return Section.FOLLOWERS if has_followers or not self.growth.history else Section.FOLLOWING

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
            delta=self._length_delta(Section.FOLLOWERS, tones=("good", "bad")),
            note=self._list_note(self.summary.followers_as_of),
            spark=self._spark(lambda row: row.followers),
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
            delta=self._length_delta(Section.FOLLOWING),
            note=self._list_note(self.summary.following_as_of),
            spark=self._spark(lambda row: row.following),
        )

    @property
    def _mutuals(self) -> Kpi:
        kpi = self._open(make_kpi(MetricKey.MUTUALS, self.summary.mutuals, _("Both lists are needed to know this.")))
        ends = self._ends(lambda row: row.mutuals)
        delta = None
        if ends is not None:
            begin, begun, end = ends
            net = int(end - begun)
            delta = Delta(_direction(net), format_signed(net) + _share_of(net, int(begun)), self._since(begin))
        return kpi.with_(
            href=url_for("audience.followers", mutual=1), delta=delta, spark=self._spark(lambda row: row.mutuals)
        )

    @property
    def _ratio(self) -> Kpi:
        if self.summary.following == 0:
            reason = _("You follow nobody, so there is nothing to divide by.")
        else:
            reason = _("Both lists are needed to know this.")
        kpi = self._open(make_kpi(MetricKey.FOLLOWER_RATIO, self.summary.follower_ratio, reason))
        ends = self._ends(lambda row: row.ratio)
        delta = None
        if ends is not None:
            begin, begun, end = ends
            difference = Decimal(end) - Decimal(begun)
            delta = Delta(_direction(difference), _signed_ratio(difference), self._since(begin))
        return kpi.with_(delta=delta, spark=self._spark(lambda row: row.ratio))

    @property
    def _gained(self) -> Kpi:
        return self._flow(_GAINED[self.section], ChangeKind.GAINED, lambda change: change.gained, ("good", "bad"))

    @property
    def _lost(self) -> Kpi:
        return self._flow(_LOST[self.section], ChangeKind.LOST, lambda change: change.lost, ("bad", "good"))

    def _flow(
        self, metric: MetricKey, kind: ChangeKind, count: Callable[[PeriodChange], int], tones: tuple[str, str]
    ) -> Kpi:
        change, base = self.growth.change(self.section), self.growth.base_change(self.section)
        kpi = self._open(make_kpi(metric, None if change is None else count(change), self._no_change))
        if change is None:
            return kpi
        pace = None if base is None else relative_pace(count(change), change.days, count(base), base.days)
        tones = tones if self.section is Section.FOLLOWERS else ("neutral", "neutral")
        note = self._between(change)
        if pace is None and (reason := self._no_delta(None if base is None else count(base))):
            note = f"{note}. {reason}"
        return kpi.with_(
            href=self._rows_href(change, kind),
            delta=None if pace is None or base is None else _pace_delta(pace, count(base), base.days, tones),
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
        lists = sum(row.count(self.section) is not None for row in self.growth.history)
        if not lists:
            return str(_("No export of this account holds a list."))
        if lists == 1:
            return str(_("It takes a second export to compare with."))
        return str(_("No two lists to compare lie in this period. Choose a longer one."))

    def _rows_href(self, change: PeriodChange, kind: ChangeKind) -> str:
        """Return where the people are: of two lists their changes, of more the table from list to list."""
        if change.lists > 2:
            period: dict[str, Any] = self.growth.query.to_args()
            return url_for("analysis.show", **period)
        query = ChangeQuery(section=self.section, from_id=change.from_export, to_id=change.to_export)
        pair: dict[str, Any] = query.show(kind).to_args()
        return url_for("changes.show", **pair)

    def _length_delta(self, section: Section, tones: tuple[str, str] = ("neutral", "neutral")) -> Delta | None:
        change = self._change_to_newest(section)
        if change is None:
            return None
        begun = next((row.count(section) for row in self.growth.history if row.export == change.from_export), None)
        tone = "neutral" if change.net == 0 else tones[change.net < 0]
        text = format_signed(change.net) + _share_of(change.net, begun or 0)
        return Delta(_direction(change.net), text, self._since(change.begins_at), tone)

    def _change_to_newest(self, section: Section) -> PeriodChange | None:
        """Return the change of a list; ``None`` where the period ended before the newest one, whose size is shown."""
        change = self.growth.change(section)
        newest = max((row.at for row in self.growth.history if row.count(section) is not None), default=None)
        return change if change is not None and change.ends_at == newest else None

    def _list_note(self, as_of: int | None) -> str | None:
        """Return of which day a list is, where it is older than the other one."""
        newest = max(self.summary.followers_as_of or 0, self.summary.following_as_of or 0)
        return None if as_of is None or as_of == newest else str(_("on the list of %(day)s", day=self._day(as_of)))

    def _ends(
        self, value: Callable[[GrowthRow], int | Decimal | None]
    ) -> tuple[int, int | Decimal, int | Decimal] | None:
        """Return the second of the first of two exports, and what both counted; ``None`` where one did not."""
        change = self._change_to_newest(Section.FOLLOWERS)
        if change is None:
            return None
        rows = {row.export: row for row in self.growth.history}
        begun, ended = value(rows[change.from_export]), value(rows[change.to_export])
        return None if begun is None or ended is None else (change.begins_at, begun, ended)

    def _spark(self, value: Callable[[GrowthRow], int | Decimal | None]) -> tuple[float, ...]:
        found = [value(row) for row in self.growth.history]
        known = tuple(float(each) for each in found if each is not None)[-_MOST_SPARK:]
        return known if len(known) >= _LEAST_SPARK else ()

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


def _share_of(net: int, begun: int) -> str:
    """Return a change in per cent of what there was, in brackets; nothing where that was hardly anything beside it."""
    is_telling = net and begun >= LEAST_BASE and abs(net / begun) < _MOST_SHARE
    return f" ({_signed_share(net / begun)})" if is_telling else ""


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
