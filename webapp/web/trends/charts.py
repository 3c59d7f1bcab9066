"""Posts over time as charts: how many were published, what they typically got, and how often people reacted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.figures import PostFigure
from webapp.analytics.content.trends import LEAST_IN_STEP, Trends, TrendStep
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import Period, day_of
from webapp.domain.post_query import PostFilter
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.opened import Opened
from webapp.web.step_texts import STEP_HEADS, step_name, step_short, step_title

_GREY = 8


class TrendCharts:
    """The charts over time of one period, with their sentences and one table for all of them."""

    def __init__(self, trends: Trends) -> None:
        self._trends = trends
        self._locale = locale()

    @cached_property
    def steps(self) -> list[TrendStep]:
        """Return the days, weeks or months, oldest first."""
        return self._trends.steps

    @property
    def posts_data(self) -> dict[str, object]:
        """Return the bars; what is not over yet is a series of its own, what is after the newest list unknown."""
        over = [each.posts if each.is_over else None for each in self.steps]
        part = [None if each.is_over else each.posts for each in self.steps]
        series: list[dict[str, object]] = [{"key": "posts", "label": _("Posts"), "values": over, "style": "exact"}]
        if any(value is not None for value in part):
            series.append({"key": "posts", "label": _("So far"), "values": part, "style": "part"})
        step = self._trends.step
        return {
            "kind": "bar",
            "x": "category",
            "labels": [step_short(each.bucket, step) for each in self.steps],
            "titles": [step_title(each.bucket, step, is_over=each.is_over) for each in self.steps],
            "unit": "",
            "stacked": True,
            "series": series,
            "links": self._hrefs(MetricKey.POSTS),
        }

    @property
    def posts_reading(self) -> str:
        """Return how many posts there are and when most of them were published."""
        known = [each for each in self.steps if each.posts]
        if not known:
            return str(_("No post was published in this period."))
        most = max(known, key=lambda each: each.posts or 0)
        count = len(self._trends.posts)
        said = ngettext(
            "%(count)s post was published in this period.",
            "%(count)s posts were published in this period.",
            count,
            count=self._count(count),
        )
        if count == most.posts or most.posts == 1:
            return str(said)
        when, posts = step_title(most.bucket, self._trends.step), self._count(most.posts or 0)
        most_text = _("Most of them at once: %(posts)s (%(when)s).", posts=posts, when=when)
        return f"{said} {most_text}"

    @property
    def has_likes(self) -> bool:
        """Return whether any step has a post whose likes count."""
        return any(each.likes.n for each in self.steps)

    @property
    def likes_data(self) -> dict[str, object]:
        """Return the medians with the middle half as a band, and those of few posts as grey dots.

        A step without a post is a gap; one whose posts do not count is unknown.
        """
        firm = [each if each.low is not None else None for each in self.steps]
        few = [each.likes.value if each.low is None else None for each in self.steps]
        series: list[dict[str, object]] = []
        if any(firm):
            series.append(
                {
                    "key": "likes",
                    "label": _("Typical likes"),
                    "values": [None if each is None else each.likes.value for each in firm],
                    "low": [None if each is None else each.low for each in firm],
                    "high": [None if each is None else each.high for each in firm],
                    "links": self._hrefs(MetricKey.TYPICAL_LIKES),
                    "style": "exact",
                }
            )
        if any(value is not None for value in few):
            series.append(
                {
                    "key": "few",
                    "colour": _GREY,
                    "label": _("Indicative"),
                    "values": few,
                    "links": self._hrefs(MetricKey.TYPICAL_LIKES),
                    "style": "dots",
                }
            )
        return {**self._time_axis, "series": series, "notes": self._notes([each.likes for each in self.steps])}

    @property
    def likes_reading(self) -> str:
        """Return what the chart of likes says."""
        counted = [each for each in self.steps if each.likes.value is not None]
        firm = [each for each in counted if each.low is not None]
        if len(firm) < 2:
            return str(
                _(
                    "Typical likes by the day of publication; every point stands for fewer than %(least)s posts and is "
                    "indicative. Choose longer steps to see more.",
                    least=LEAST_IN_STEP,
                )
                if not firm
                else _("Typical likes of the posts of each step: half of them got more, half got less.")
            )
        values = sorted(each.likes.value or 0 for each in firm)
        return str(
            _(
                "Typical likes lie between %(low)s and %(high)s where at least %(least)s posts count. Two steps differ "
                "by chance too: most of the difference between two posts is chance and what is in them.",
                low=self._count(round(values[0])),
                high=self._count(round(values[-1])),
                least=LEAST_IN_STEP,
            )
        )

    @property
    def likes_caution(self) -> str:
        """Return what a point, a gap and a hatched band mean."""
        return str(
            _(
                "The band holds the middle half of the posts. Grey points stand for fewer than %(least)s posts and are "
                "indicative. A gap is a time without posts; hatched is a time whose posts are not counted.",
                least=LEAST_IN_STEP,
            )
        )

    @property
    def rates_data(self) -> dict[str, object]:
        """Return the typical engagement rates in per cent; a step without a known rate is unknown."""
        values = [None if each.rate.value is None else each.rate.value * 100 for each in self.steps]
        series = {
            "key": "rate",
            "colour": 7,
            "label": _("Typical engagement rate"),
            "values": values,
            "links": self._hrefs(MetricKey.ENGAGEMENT_RATE),
            "style": "exact",
        }
        notes = self._notes([each.rate for each in self.steps])
        return {**self._time_axis, "series": [series], "notes": notes, "unit": "%", "decimals": 1}

    @property
    def rates_reading(self) -> str:
        """Return how many posts the rates come from."""
        known = sum(each.rate.n for each in self.steps)
        return str(
            ngettext(
                "The engagement rate is known of %(count)s post. Points of few posts are indicative.",
                "The engagement rate is known of %(count)s posts. Points of few posts are indicative.",
                known,
                count=self._count(known),
            )
        )

    @property
    def rates_headers(self) -> list[str]:
        """Return the heads of the table of rates."""
        return [str(_(STEP_HEADS[self._trends.step])), str(_("Posts with a known rate")), str(_("Typical rate"))]

    @property
    def rates_rows(self) -> list[list[str]]:
        """Return the table of rates, newest first."""
        return [
            [step_name(each.bucket, self._trends.step), self._count(each.rate.n), self._cell(each, "rate")]
            for each in reversed(self.steps)
            if each.rate.n
        ]

    @property
    def posts_headers(self) -> list[str]:
        """Return the heads of the table of posts."""
        return [str(_(STEP_HEADS[self._trends.step])), str(_("Posts"))]

    @property
    def posts_rows(self) -> list[list[str]]:
        """Return the table of posts, newest first, without the steps in which none was published."""
        return [
            [
                step_title(each.bucket, self._trends.step, is_over=each.is_over),
                str(_("unknown"))
                if each.posts is None
                else self._opened(MetricKey.POSTS, each, self._count(each.posts)),
            ]
            for each in reversed(self.steps)
            if each.posts != 0
        ]

    @property
    def likes_headers(self) -> list[str]:
        """Return the heads of the table of likes."""
        step = str(_(STEP_HEADS[self._trends.step]))
        return [step, str(_("Typical likes")), str(_("Half of them between")), str(_("Counted posts"))]

    @property
    def likes_rows(self) -> list[list[str]]:
        """Return the table of likes, newest first, without the steps in which none was published."""
        return [self._likes_row(each) for each in reversed(self.steps) if each.posts]

    def _likes_row(self, each: TrendStep) -> list[str]:
        name = step_name(each.bucket, self._trends.step)
        if each.likes.value is None:
            return [name, str(_("not counted yet") if each.young else _("not counted")), "–", "0"]
        between = str(_("indicative"))
        if each.low is not None and each.high is not None:
            between = f"{self._count(int(each.low))} – {self._count(-int(-each.high // 1))}"
        return [name, self._cell(each, "likes"), between, self._count(each.likes.n)]

    def _cell(self, each: TrendStep, kind: str) -> str:
        metric = MetricKey.TYPICAL_LIKES if kind == "likes" else MetricKey.ENGAGEMENT_RATE
        figure = each.likes if kind == "likes" else each.rate
        if figure.value is None:
            return "–"
        return self._opened(metric, each, format_value(metric, figure.value))

    def _opened(self, metric: MetricKey, each: TrendStep, text: str) -> str:
        label = f"{_(METRICS[metric].label)}, {step_name(each.bucket, self._trends.step)}"
        return self._open(text, self._href(metric, each), label)

    @cached_property
    def _open(self) -> Opened:
        return Opened()

    def _hrefs(self, metric: MetricKey) -> list[str | None]:
        return [None if each.posts is None else self._href(metric, each) for each in self.steps]

    def _href(self, metric: MetricKey, each: TrendStep) -> str:
        days = Period(each.bucket.first, each.bucket.last, self._trends.timezone)
        return figure_href(FigureQuery(metric, posts=PostFilter(days, counted=metric is not MetricKey.POSTS)))

    @property
    def _time_axis(self) -> dict[str, object]:
        return {
            "kind": "line",
            "x": "time",
            "labels": [each.bucket.first.isoformat() for each in self.steps],
            "titles": [step_title(each.bucket, self._trends.step, is_over=each.is_over) for each in self.steps],
            "empty": [each.posts == 0 for each in self.steps],
            "unit": "",
        }

    def _notes(self, figures: Sequence[PostFigure]) -> list[str]:
        return [f"n = {self._count(figure.n)}" if figure.n else "" for figure in figures]

    @property
    def as_of_text(self) -> str:
        """Return of which day the posts and their likes are."""
        day = format_day(day_of(self._trends.as_of, self._trends.timezone), self._locale)
        return str(_("Data of %(day)s", day=day))

    def _count(self, value: int) -> str:
        return format_count(value, self._locale)
