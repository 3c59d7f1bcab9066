"""Growth from export to export: who came and left between two lists, and what each export counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.growth import Growth, GrowthRow
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_ratio
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.web.figure_links import figure_href
from webapp.web.growth.texts import about_text, format_signed, share_text
from webapp.web.i18n import locale
from webapp.web.opened import Opened

# The metrics of the table of exports, in its order.
EXPORT_METRICS: Final = (
    MetricKey.FOLLOWERS,
    MetricKey.PROFILE_FOLLOWERS,
    MetricKey.FOLLOWING,
    MetricKey.MUTUALS,
    MetricKey.FOLLOWER_RATIO,
)


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
    stayed_href: str
    monthly: str
    came: str | None


@dataclass(frozen=True, slots=True)
class ExportRow:
    """What one export counted, as the page shows it; ``None`` is a list that it does not hold."""

    day: str
    cells: tuple[str | None, ...]


class GrowthTables:
    """The tables of one answer about growth."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._locale = locale()

    @cached_property
    def intervals(self) -> list[IntervalRow]:
        """Return what happened from list to list, newest first."""
        rows = {row.export: row for row in self._growth.rows}
        gross = {} if self._growth.fit is None else {found.ends_at: found.people for found in self._growth.fit.gross}
        shown = []
        for kept in reversed(self._growth.retention):
            change, came = rows[kept.to_export].follower_change, gross.get(kept.ends_at)
            if change is None:
                continue
            query = ChangeQuery(from_id=kept.from_export, to_id=kept.to_export)
            shown.append(
                IntervalRow(
                    begins=self._day(kept.begins_at),
                    ends=self._day(kept.ends_at),
                    gained=format_count(change.gained, self._locale),
                    gained_href=url_for("changes.show", **_arguments(query, ChangeKind.GAINED)),
                    lost=format_count(change.lost, self._locale),
                    lost_href=url_for("changes.show", **_arguments(query, ChangeKind.LOST)),
                    net=format_signed(change.net),
                    stayed=share_text(kept.share),
                    stayed_href=figure_href(FigureQuery(MetricKey.STAYED, export=kept.to_export)),
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
    def note(self) -> str:
        """Return how to read the table."""
        text = _(
            "Counted from the lists themselves: confirmed renames and people who followed again are neither gained "
            "nor lost. “Per 30 days” makes intervals of different length comparable."
        )
        if not self.has_gross:
            return str(text)
        more = _(
            "“Followed in all” adds those who came and left between two exports, which no list shows, and takes two "
            "names that may be a rename for one person, confirmed or not."
        )
        return f"{text} {more}"

    @cached_property
    def exports(self) -> list[ExportRow]:
        """Return what each export of the period counted, newest first."""
        opened = Opened()
        return [self._export_row(row, opened) for row in reversed(self._growth.rows)]

    def _export_row(self, row: GrowthRow, opened: Opened) -> ExportRow:
        day = self._day(row.at)
        counts = (row.followers, row.profile_followers, row.following, row.mutuals)
        texts = [None if count is None else format_count(count, self._locale) for count in counts]
        texts.append(None if row.ratio is None else format_ratio(row.ratio, self._locale))
        cells = (
            opened(text, figure_href(FigureQuery(metric, export=row.export)), f"{_(METRICS[metric].label)}, {day}")
            if text
            else None
            for metric, text in zip(EXPORT_METRICS, texts, strict=True)
        )
        return ExportRow(day, tuple(cells))

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self._growth.timezone), self._locale)


def _arguments(query: ChangeQuery, kind: ChangeKind) -> dict[str, Any]:
    return dict(query.show(kind).to_args())
