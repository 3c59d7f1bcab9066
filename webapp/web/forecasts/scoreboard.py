"""How past forecasts did, each made of the posts before alone: in sentences, charts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.fit import Bracket, Checked, ForecastFit
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.domain.figures import FigureQuery
from webapp.domain.forecasts import FULL_POSTS, LEVEL, Skill
from webapp.domain.formatting import format_day, format_short_day
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.opened import Opened
from webapp.web.post_texts import short_title

# So many of the newest checked posts are drawn: more would be a carpet; the download has all that are kept.
_DRAWN: Final = 60
_GREY: Final = 8
_OUTSIDE: Final = 4
# The ends of ranges are kept to so many digits of their logarithm: a post may lie on one exactly.
_SLACK: Final = 1e-7


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A baseline, how forecasts compare with it, and what that is worth."""

    against: str
    value: str
    span: str
    posts: str
    worth: str


@dataclass(frozen=True, slots=True)
class BracketRow:
    """How forecasts did that were made of so many earlier posts."""

    earlier: str
    posts: str
    coverage: str
    skill: str


class Scoreboard:
    """How forecasts of an account did so far."""

    def __init__(self, fit: ForecastFit, table: PostTable, timezone: str) -> None:
        self._fit = fit
        self._table = table
        self._timezone = timezone
        self._texts = ForecastTexts(locale())
        self._open = Opened()

    # ---- against what costs no thought ----

    @property
    def skills(self) -> list[Skill]:
        """Return how forecasts compare with each baseline."""
        return [Skill(one.against, one.value, one.low, one.high, one.posts) for one in self._fit.skills]

    @property
    def verdict(self) -> str | None:
        """Return what the model is worth, in plain words; ``None`` before enough was checked."""
        return self._texts.skill(self.skills[0]) if self.skills else None

    @property
    def skill_rows(self) -> list[SkillRow]:
        """Return the same of all baselines as a table."""
        return [
            SkillRow(
                against=_upper(self._texts.baseline(skill.against)),
                value=self._texts.percent(skill.value),
                span=self._texts.skill_span(skill),
                posts=self._texts.count(skill.posts),
                worth=self._texts.worth(skill),
            )
            for skill in self.skills
        ]

    @property
    def missing(self) -> str:
        """Return that too few forecasts could be checked, and how many were."""
        found = self._fit.checked_posts
        return str(
            ngettext(
                "It takes 10 posts that were forecast and are old enough by now to say what forecasts are worth; so "
                "far there is %(count)s.",
                "It takes 10 posts that were forecast and are old enough by now to say what forecasts are worth; so "
                "far there are %(count)s.",
                found,
                count=self._texts.count(found),
            )
        )

    # ---- how often ranges held ----

    @property
    def coverage(self) -> str | None:
        """Return the share of posts in their range, as the link to them; ``None`` where nothing was checked."""
        if self._fit.coverage is None:
            return None
        key = MetricKey.FORECAST_COVERAGE
        return self._open(format_value(key, self._fit.coverage), figure_href(FigureQuery(key)), _(METRICS[key].label))

    @property
    def coverage_text(self) -> str:
        """Return of how many posts that is the share, and how many were meant to."""
        meant = self._texts.share(LEVEL, 0)
        return str(_("of %(count)s posts; %(meant)s are meant to.", count=self._checked, meant=meant))

    @property
    def _checked(self) -> str:
        return self._texts.count(self._fit.coverage_posts)

    @property
    def is_few(self) -> bool:
        """Return whether the share comes from few posts."""
        return self._fit.coverage_posts < FULL_POSTS

    @property
    def has_calibration(self) -> bool:
        """Return whether several levels were checked."""
        return bool(self._fit.calibration)

    @property
    def calibration_data(self) -> dict[str, object]:
        """Return, for each level, in how many of 100 cases a range was to hold, and in how many it did."""
        levels = self._fit.calibration
        return {
            "kind": "bar",
            "x": "category",
            "labels": [self._texts.share(one.level, 0) for one in levels],
            "titles": [_("A range for %(level)s", level=self._texts.share(one.level, 0)) for one in levels],
            "unit": "%",
            "series": [
                {
                    "key": "meant",
                    "colour": _GREY,
                    "label": _("Meant to hold"),
                    "values": [round(one.level * 100) for one in levels],
                    "style": "exact",
                },
                {
                    "key": "held",
                    "colour": 1,
                    "label": _("Held"),
                    "values": [round(one.coverage * 100) for one in levels],
                    "style": "exact",
                },
            ],
            "notes": [f"n = {self._texts.count(one.posts)}" for one in levels],
        }

    @property
    def calibration_reading(self) -> str:
        """Return how far the ranges were off at the level where they were off most."""
        worst = max(self._fit.calibration, key=lambda one: abs(one.coverage - one.level))
        return str(
            _(
                "Where both bars are equally high, ranges are neither too narrow nor too wide. They differ most at "
                "%(level)s: there %(share)s of %(count)s posts lay in their range.",
                level=self._texts.share(worst.level, 0),
                share=self._texts.share(worst.coverage, 0),
                count=self._texts.count(worst.posts),
            )
        )

    @property
    def calibration_headers(self) -> list[str]:
        """Return the heads of the table."""
        return [str(_("Meant to hold")), str(_("Held")), str(_("Posts"))]

    @property
    def calibration_rows(self) -> list[list[str]]:
        """Return the table of levels."""
        return [
            [self._texts.share(one.level, 0), self._texts.share(one.coverage, 0), self._texts.count(one.posts)]
            for one in self._fit.calibration
        ]

    # ---- range against actual ----

    @cached_property
    def drawn(self) -> tuple[Checked, ...]:
        """Return the newest posts that were checked, oldest first."""
        newest = self._fit.checked[-_DRAWN:]
        kept = min(self._fit.checked_posts, len(newest))
        return newest[len(newest) - kept :]

    @property
    def ranges_data(self) -> dict[str, object]:
        """Return the expected ranges as a band and what the posts got as dots, by powers of ten."""
        inside = [one.actual if is_inside(one) else None for one in self.drawn]
        outside = [None if is_inside(one) else one.actual for one in self.drawn]
        series: list[dict[str, object]] = [
            {
                "key": "expected",
                "colour": 1,
                "label": _("Expected"),
                "values": [rounded_likes(one.typical) for one in self.drawn],
                "low": [rounded_likes(one.low) for one in self.drawn],
                "high": [rounded_likes(one.high) for one in self.drawn],
                "style": "line",
            },
            {"key": "inside", "colour": 2, "label": _("In its range"), "values": inside, "style": "dots"},
        ]
        if any(value is not None for value in outside):
            label = _("Outside its range")
            series.append({"key": "outside", "colour": _OUTSIDE, "label": label, "values": outside, "style": "dots"})
        hrefs = [self._expected_href(one.post) for one in self.drawn]
        return {
            "kind": "line",
            "x": "category",
            "log": True,
            "keyed": True,
            "labels": [format_short_day(day_of(one.published_at, self._timezone), locale()) for one in self.drawn],
            "titles": [self._name(one) for one in self.drawn],
            "unit": "",
            "series": [{**each, "links": hrefs} for each in series],
        }

    @property
    def ranges_reading(self) -> str:
        """Return how many of the drawn posts lay in their range."""
        inside = sum(map(is_inside, self.drawn))
        return str(
            ngettext(
                "%(inside)s of the last %(count)s post lay in its range. Each range was made of the posts before it "
                "alone.",
                "%(inside)s of the last %(count)s posts lay in their range. Each range was made of the posts before it "
                "alone.",
                len(self.drawn),
                inside=self._texts.count(inside),
                count=self._texts.count(len(self.drawn)),
            )
        )

    @property
    def ranges_caution(self) -> str:
        """Return how the axis is to be read."""
        return str(
            _(
                "The steps of the axis are factors, because likes differ by factors. About 1 post in 5 lies outside; "
                "that alone says nothing about it."
            )
        )

    @property
    def ranges_headers(self) -> list[str]:
        """Return the heads of the table."""
        heads = (_("Published"), _("Post"), _("Expected"), _("Range"), _("Likes"), _("In its range"))
        return [str(head) for head in heads]

    @property
    def ranges_rows(self) -> list[list[str]]:
        """Return the table of the drawn posts, newest first."""
        return [self._range_row(one) for one in reversed(self.drawn)]

    def _range_row(self, one: Checked) -> list[str]:
        name, texts = self._name(one), self._texts
        likes_href = figure_href(FigureQuery(MetricKey.POST_LIKES, post=one.post))
        expected = texts.count(rounded_likes(one.typical))
        return [
            format_day(day_of(one.published_at, self._timezone), locale()),
            self._title(one),
            self._open(expected, self._expected_href(one.post), f"{name}, {_('Expected')}"),
            texts.span(rounded_likes(one.low), rounded_likes(one.high)),
            self._open(texts.count(one.actual), likes_href, f"{name}, {_('Likes')}"),
            str(_("yes") if is_inside(one) else _("no")),
        ]

    def _title(self, one: Checked) -> str:
        row = self._table.by_id.get(one.post)
        return (short_title(row.title) if row else "") or str(_("Without words"))

    def _name(self, one: Checked) -> str:
        return f"{format_day(day_of(one.published_at, self._timezone), locale())}: {self._title(one)}"

    @staticmethod
    def _expected_href(post: str) -> str:
        return figure_href(FigureQuery(MetricKey.EXPECTED_LIKES, post=post))

    # ---- by how much was known ----

    @property
    def brackets(self) -> list[BracketRow]:
        """Return how forecasts did by how many posts they were made of."""
        return [
            BracketRow(
                earlier=self._earlier(one),
                posts=self._texts.count(one.posts),
                coverage=self._texts.share(one.coverage, 0),
                skill=self._texts.percent(one.skill),
            )
            for one in self._fit.brackets
        ]

    def _earlier(self, one: Bracket) -> str:
        first = self._texts.count(one.first)
        if one.last is None:
            return str(_("%(count)s and more", count=first))
        return str(_("%(first)s to %(last)s", first=first, last=self._texts.count(one.last)))


def is_inside(one: Checked) -> bool:
    """Return whether a post got what was expected of it, at either end inclusive."""
    slack = _SLACK * max(one.actual, 1)
    return one.low - slack <= one.actual <= one.high + slack


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
