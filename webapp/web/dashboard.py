"""The first page: the figures of the account and how the followers came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from webapp.analytics.follows import FollowPage, list_follows
from webapp.analytics.relationships import RelationshipSummary, SurvivorCurve, list_survivors, summarise_relationships
from webapp.domain.formatting import format_compact, format_count, format_day, format_ratio
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import Period
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.web.accounts import current_scope
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale

blueprint = Blueprint("dashboard", __name__)

NEWEST = 5
CHART_POINTS = 120
TABLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure as a card shows it; ``unknown_reason`` takes the place of the value."""

    key: str
    label: str
    definition: str
    value: str
    exact: str | None
    href: str | None
    unknown_reason: str | None


@blueprint.get("/")
def home() -> Response:
    """Lead to the dashboard."""
    return redirect_to(url_for("dashboard.show"))


@blueprint.get("/dashboard")
def show() -> Response:
    """Show the figures of the account."""
    scope = current_scope()
    if scope is None:
        return render_page("dashboard/empty.html")
    return render_page("dashboard/show.html", page=DashboardPage(scope))


class DashboardPage:
    """The parts of the dashboard, each computed when the template asks for it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def summary(self) -> RelationshipSummary:
        """Return the counts of the current lists."""
        return summarise_relationships(self.scope)

    @cached_property
    def has_lists(self) -> bool:
        """Return whether any export holds a list."""
        return self.summary.followers is not None or self.summary.following is not None

    @cached_property
    def kpis(self) -> list[Kpi]:
        """Return the figures as cards."""
        summary = self.summary
        followers, following = url_for("audience.followers"), url_for("audience.following")
        mutuals = url_for("audience.followers", mutual=1)
        counts = (
            (
                MetricKey.FOLLOWERS,
                summary.followers,
                followers,
                _("No export of this account holds the follower list."),
            ),
            (
                MetricKey.FOLLOWING,
                summary.following,
                following,
                _("No export of this account holds the following list."),
            ),
            (MetricKey.MUTUALS, summary.mutuals, mutuals, _("Both lists are needed to know this.")),
        )
        cards = [_count_card(key, value, href, reason) for key, value, href, reason in counts]
        ratio = summary.follower_ratio
        metric = METRICS[MetricKey.FOLLOWER_RATIO]
        reason = _("Both lists are needed, and at least one person you follow.")
        cards.append(
            Kpi(
                metric.key,
                _(metric.label),
                _(metric.definition),
                "" if ratio is None else format_ratio(ratio, locale()),
                None,
                None,
                reason if ratio is None else None,
            )
        )
        return cards

    @cached_property
    def newest(self) -> FollowPage:
        """Return the people who followed last."""
        return list_follows(
            self.scope, Section.FOLLOWERS, FollowQuery(Period(None, None, self.scope.timezone), page_size=NEWEST)
        )

    @cached_property
    def curve(self) -> SurvivorCurve:
        """Return how today's followers came."""
        return list_survivors(self.scope)

    @cached_property
    def chart(self) -> dict[str, object]:
        """Return the chart's data: at most ``CHART_POINTS`` days, the first and the last always among them."""
        days, counts = self._thinned(CHART_POINTS)
        return {
            "kind": "line",
            "x": "time",
            "labels": [day.isoformat() for day in days],
            "unit": "",
            "series": [
                {"key": "followers", "label": _("Followers still here"), "values": counts, "style": "line"},
            ],
        }

    @cached_property
    def chart_rows(self) -> list[tuple[str, str]]:
        """Return the chart's table: the newest of a dozen days."""
        days, counts = self._thinned(TABLE_ROWS)
        rows = [
            (format_day(day, locale()), format_count(count, locale())) for day, count in zip(days, counts, strict=True)
        ]
        return rows[::-1]

    @cached_property
    def reading(self) -> str:
        """Return the chart in a sentence."""
        text = _(
            "Of the people who follow you now, %(count)s had come by %(day)s. Those who left since are not in this "
            "curve, so on earlier days you had at least this many.",
            count=format_count(self.curve.counts[-1], locale()),
            day=format_day(self.curve.days[-1], locale()),
        )
        return str(text)

    def _thinned(self, points: int) -> tuple[list[date], list[int]]:
        length = len(self.curve.days)
        wanted = min(points, length)
        places = sorted({round(i * (length - 1) / max(1, wanted - 1)) for i in range(wanted)})
        return [self.curve.days[i] for i in places], [self.curve.counts[i] for i in places]


def _count_card(key: MetricKey, value: int | None, href: str, reason: str) -> Kpi:
    metric = METRICS[key]
    if value is None:
        return Kpi(key, _(metric.label), _(metric.definition), "", None, None, reason)
    exact = format_count(value, locale())
    shown = exact if value < 100_000 else format_compact(value, locale())
    return Kpi(key, _(metric.label), _(metric.definition), shown, exact, href, None)
