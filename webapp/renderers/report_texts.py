"""Every label and sentence of a report in one language: for paper, public page, mail and image alike."""

from __future__ import annotations

from typing import Final

from webapp.domain.metrics import METRICS, MetricKey, Unit
from webapp.domain.reports import Figure, Scale
from webapp.renderers.report_news import ReportNews

_SIZES: Final = (MetricKey.FOLLOWERS, MetricKey.FOLLOWING, MetricKey.MUTUALS, MetricKey.FOLLOWER_RATIO)
_PER_DAY: Final = (
    MetricKey.GAINED,
    MetricKey.LOST,
    MetricKey.FOLLOWING_GAINED,
    MetricKey.FOLLOWING_LOST,
    MetricKey.POSTS,
)
_FLAT: Final = 0.005


class ReportTexts(ReportNews):
    """All that a report says in words."""

    def figure_label(self, figure: Figure) -> str:
        """Return what a figure is called."""
        return self.metric_label(figure.metric)

    def figure_value(self, figure: Figure) -> str:
        """Return a figure as every page writes it; a dash where it is unknown."""
        if figure.value is None:
            return "–"
        return self._number(figure, figure.value)

    def figure_why(self, figure: Figure) -> str:
        """Return why a figure is unknown; an empty text for a known one."""
        return self.untold(figure.untold) if figure.value is None and figure.untold is not None else ""

    def figure_change(self, figure: Figure) -> str:
        """Return how a figure stands against what it is compared with; an empty text where there is nothing."""
        if figure.value is None:
            return ""
        if figure.metric in _SIZES:
            return self._size_change(figure)
        if figure.change is None:
            if figure.before is None or figure.scale is Scale.INDEX:
                return ""
            return self.gettext("before: %(before)s", before=self._number(figure, figure.before))
        change, is_pace = self.signed_share(figure.change), figure.metric in _PER_DAY
        if figure.scale is Scale.INDEX or figure.before is None:
            if is_pace:
                return self.gettext("%(change)s per day against the time before", change=change)
            return self.gettext("%(change)s against the time before", change=change)
        before = self._number(figure, figure.before)
        if is_pace:
            return self.gettext("%(change)s per day; before: %(before)s", change=change, before=before)
        return self.gettext("%(change)s; before: %(before)s", change=change, before=before)

    def figure_note(self, figure: Figure) -> str:
        """Return of which lists, or of how many posts, a figure is made; an empty text where nothing is to be said."""
        if figure.value is None:
            return ""
        if figure.metric in _SIZES:
            return "" if figure.as_of is None else self.gettext("on the list of %(day)s", day=self.day(figure.as_of))
        if figure.since is not None and figure.as_of is not None:
            return self.gettext(
                "between %(first)s and %(last)s", first=self.day(figure.since), last=self.day(figure.as_of)
            )
        if figure.n is not None and figure.metric is not MetricKey.POSTS:
            return f"n = {self.count(figure.n)}"
        return ""

    def figure_direction(self, figure: Figure) -> str:
        """Return where a figure went: up, down or flat; an empty text where it is compared with nothing."""
        moved = figure.net if figure.metric in _SIZES else figure.change
        if moved is None or figure.value is None:
            return ""
        if not moved or (figure.metric not in _SIZES and abs(moved) < _FLAT):
            return "flat"
        return "up" if moved > 0 else "down"

    def _size_change(self, figure: Figure) -> str:
        if figure.net is None or figure.since is None:
            return ""
        if not figure.net:
            return self.gettext("unchanged since %(day)s", day=self.day(figure.since))
        share = "" if figure.change is None else self.signed_share(figure.change)
        if figure.scale is Scale.INDEX and share:
            return self.gettext("%(change)s since %(day)s", change=share, day=self.day(figure.since))
        change = self._signed(figure, figure.net)
        change = f"{change} ({share})" if share else change
        return self.gettext("%(change)s since %(day)s", change=change, day=self.day(figure.since))

    def _signed(self, figure: Figure, value: float) -> str:
        shown = self._number(figure, abs(value))
        return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown

    def _number(self, figure: Figure, value: float) -> str:
        if figure.scale is Scale.INDEX and METRICS[figure.metric].unit is not Unit.SHARE:
            return self.count(value)
        shown = self.metric(figure.metric, value)
        return f"+{shown}" if figure.metric is MetricKey.NET and value > 0 else shown
