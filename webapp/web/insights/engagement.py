"""Typical likes and followers over the same weeks or months: two charts, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.standing import Uncounted
from webapp.analytics.insights.engagement import LEAST_IN_BUCKET, Bucket, Engagement, Step
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.formatting import format_count, format_day, format_month
from webapp.web.i18n import locale
from webapp.web.insights.texts import engagement_reading, shortage_text
from webapp.web.uncounted_texts import counted_text, uncounted_texts


@dataclass(frozen=True)
class EngagementCharts:
    """Both charts, each with its sentence and its table, or why there are none."""

    found: Engagement | Shortage

    @property
    def refusal(self) -> str | None:
        """Return why nothing can be told; ``None`` where something can."""
        if not isinstance(self.found, Shortage):
            return None
        return shortage_text(
            self.found,
            _(
                "This needs %(needed)s public posts that are at least 7 days old and whose likes your export tells; so "
                "far there are %(found)s."
            ),
        )

    @cached_property
    def _known(self) -> Engagement:
        if isinstance(self.found, Shortage):
            raise TypeError("there is no chart where there is too little")
        return self.found

    @property
    def title(self) -> str:
        """Return what the upper chart shows."""
        if self._known.step is Step.WEEK:
            return str(_("Typical likes of a post, by week of publication"))
        return str(_("Typical likes of a post, by month of publication"))

    @property
    def reading(self) -> str:
        """Return what the upper chart says."""
        return engagement_reading(self._known)

    @property
    def left_out(self) -> str:
        """Return how many posts count, and how many do not and why."""
        known = self._known
        counts = {Uncounted.YOUNG: known.young, Uncounted.UNKNOWN: known.unknown, Uncounted.HIDDEN: known.hidden}
        told = [
            counted_text(known.mature),
            _("Weeks or months with fewer than %(least)s posts are indicative.", least=LEAST_IN_BUCKET),
            *uncounted_texts(counts),
        ]
        if known.earlier:
            told.append(
                ngettext(
                    "%(count)s post is older than the chart.",
                    "%(count)s posts are older than the chart.",
                    known.earlier,
                    count=_count(known.earlier),
                )
            )
        return " ".join(str(text) for text in told)

    @property
    def data(self) -> dict[str, object]:
        """Return the upper chart: medians with the middle half as a band, and those of few posts as grey dots."""
        buckets = self._known.buckets
        firm = [each.likes if each.likes and each.likes.low is not None else None for each in buckets]
        few = [each.likes.typical if each.likes and each.likes.low is None else None for each in buckets]
        series: list[dict[str, object]] = []
        if any(firm):
            series.append(
                {
                    "key": "likes",
                    "label": _("Likes"),
                    "values": [None if each is None else each.typical for each in firm],
                    "low": [None if each is None else each.low for each in firm],
                    "high": [None if each is None else each.high for each in firm],
                    "style": "exact",
                }
            )
        if any(value is not None for value in few):
            series.append({"key": "few", "colour": 8, "label": _("Indicative"), "values": few, "style": "dots"})
        notes = ["" if each.likes is None else f"n = {_count(each.likes.posts)}" for each in buckets]
        return {**self._axis, "series": series, "notes": notes}

    @property
    def headers(self) -> list[str]:
        """Return the heads of the upper chart's table."""
        return [self._head, _("Posts"), _("Typical likes"), _("Half of them between")]

    @property
    def rows(self) -> list[list[str]]:
        """Return the upper chart's table, newest first."""
        return [[self._first(bucket), *_likes_cells(bucket)] for bucket in reversed(self._known.buckets)]

    @property
    def has_followers(self) -> bool:
        """Return whether the curve of the followers says anything of this time."""
        return any(bucket.followers for bucket in self._known.buckets)

    @property
    def followers_reading(self) -> str:
        """Return what the lower chart shows."""
        return str(
            _(
                "Followers at the end of each week or month of the chart above, as far as your lists tell: at least so "
                "many, and the estimate where there is one. That both go the same way, or do not, says nothing about "
                "why."
            )
        )

    @property
    def followers_data(self) -> dict[str, object]:
        """Return the lower chart, over the same days."""
        points = [bucket.followers for bucket in self._known.buckets]
        series: list[dict[str, object]] = [
            {
                "key": "followers",
                "label": _("At least"),
                "values": [None if point is None else point.least for point in points],
                "style": "bound",
            }
        ]
        if self._has_estimate:
            series.append(
                {
                    "key": "followers",
                    "label": _("Estimate"),
                    "values": [None if point is None else point.value for point in points],
                    "low": [None if point is None else point.low for point in points],
                    "high": [None if point is None else point.high for point in points],
                    "style": "estimate",
                }
            )
        return {**self._axis, "series": series}

    @property
    def followers_headers(self) -> list[str]:
        """Return the heads of the lower chart's table."""
        heads = [self._head, _("At least")]
        return [*heads, _("Estimate")] if self._has_estimate else heads

    @property
    def followers_rows(self) -> list[list[str]]:
        """Return the lower chart's table, newest first."""
        rows = []
        for bucket in reversed(self._known.buckets):
            point = bucket.followers
            cells = [self._first(bucket), "–" if point is None else _count(point.least)]
            if self._has_estimate:
                cells.append("–" if point is None or point.value is None else _count(round(point.value)))
            rows.append(cells)
        return rows

    @cached_property
    def _has_estimate(self) -> bool:
        return any(bucket.followers and bucket.followers.value is not None for bucket in self._known.buckets)

    @property
    def _axis(self) -> dict[str, object]:
        labels = [bucket.first.isoformat() for bucket in self._known.buckets]
        return {"kind": "line", "x": "time", "labels": labels, "unit": "", "aligned": True}

    @property
    def _head(self) -> str:
        return str(_("Week of") if self._known.step is Step.WEEK else _("Month"))

    def _first(self, bucket: Bucket) -> str:
        if self._known.step is Step.WEEK:
            return format_day(bucket.first, locale())
        return format_month(bucket.first, locale())


def _likes_cells(bucket: Bucket) -> Sequence[str]:
    likes = bucket.likes
    if likes is None:
        return "0", "–", "–"
    typical = _count(round(likes.typical))
    if likes.low is None or likes.high is None:
        return _count(likes.posts), typical, str(_("indicative"))
    return _count(likes.posts), typical, f"{_count(int(likes.low))} – {_count(-int(-likes.high // 1))}"


def _count(value: int) -> str:
    return format_count(value, locale())
