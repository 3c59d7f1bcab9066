"""How likes spread over posts, and how they rise with age, as charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.ages import LEAST_POSTS, LEAST_READINGS, AgeClass, Ages, TooFewReadings
from webapp.analytics.content.like_spread import LikeClass, LikeSpread, most_of
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_compact, format_count, format_share
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.post_query import PostFilter
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened

_SHORT_FROM: Final = 10_000
_GREY: Final = 8


class SpreadChart:
    """How many posts got how many likes, the class of the typical ones marked."""

    def __init__(self, found: LikeSpread, counted: PostFilter) -> None:
        self._found = found
        self._counted = counted

    @property
    def data(self) -> dict[str, object]:
        """Return the bars, one a class of equal width on a scale by powers of ten."""
        return {
            "kind": "bar",
            "x": "category",
            "labels": [_range(each, _short) for each in self._found.classes],
            "titles": [str(_("%(range)s likes", range=_range(each, _count))) for each in self._found.classes],
            "unit": "",
            "stacked": True,
            "series": [
                {"key": "posts", "label": _("Posts"), "values": self._values(is_typical=False), "style": "exact"},
                {
                    "key": "likes",
                    "label": _("Posts, around the typical likes"),
                    "values": self._values(is_typical=True),
                    "style": "exact",
                },
            ],
            "links": [self._href(each) for each in self._found.classes],
        }

    def _values(self, *, is_typical: bool) -> list[int | None]:
        """Return the bars of one colour; a class of the other colour has none of this one."""
        return [each.posts if each.has_typical is is_typical else None for each in self._found.classes]

    @property
    def reading(self) -> str:
        """Return what most posts got."""
        return str(
            _(
                "Half of the %(count)s posts that count got more than %(typical)s likes, half got less. Each bar is "
                "about three times as far up as the one before, because likes differ by factors.",
                count=_count(self._found.posts),
                typical=_count(round(self._found.typical)),
            )
        )

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        return [str(_("Likes")), str(_("Posts"))]

    @property
    def rows(self) -> list[list[str]]:
        """Return the table, fewest likes first."""
        opened, label = Opened(), _(METRICS[MetricKey.POSTS].label)
        return [
            [
                _("%(range)s (typical)", range=_range(each, _count)) if each.has_typical else _range(each, _count),
                opened(_count(each.posts), self._href(each), f"{label}, {_range(each, _count)}"),
            ]
            for each in self._found.classes
        ]

    def _href(self, each: LikeClass) -> str:
        posts = self._counted.with_(min_likes=each.low, max_likes=most_of(each))
        return figure_href(FigureQuery(MetricKey.POSTS, posts=posts))


class AgesChart:
    """How many likes a day posts had since publication, by their age when an export was made."""

    def __init__(self, found: Ages) -> None:
        self._found = found

    @property
    def data(self) -> dict[str, object]:
        """Return the bars; classes of few readings are grey."""
        classes = self._found.classes
        firm = [each.per_day if each.readings >= LEAST_READINGS else None for each in classes]
        few = [each.per_day if each.readings < LEAST_READINGS else None for each in classes]
        series: list[dict[str, object]] = [
            {"key": "likes", "label": _("Likes a day"), "values": firm, "style": "exact"}
        ]
        if any(value is not None for value in few):
            series.append({"key": "few", "colour": _GREY, "label": _("Indicative"), "values": few, "style": "exact"})
        return {
            "kind": "bar",
            "x": "category",
            "labels": [age_text(each) for each in classes],
            "unit": "",
            "decimals": 1,
            "stacked": True,
            "series": series,
            "notes": [f"n = {_count(each.readings)}" for each in classes],
        }

    @property
    def reading(self) -> str:
        """Return how much of today's likes was there early."""
        early = next((each for each in self._found.classes if each.share is not None and each.last is not None), None)
        posts = ngettext(
            "From %(count)s post that several of your exports show.",
            "From %(count)s posts that several of your exports show.",
            self._found.posts,
            count=_count(self._found.posts),
        )
        if early is None or early.share is None or early.readings < LEAST_READINGS:
            return str(posts)
        said = _(
            "At an age of %(age)s posts usually had %(share)s of the likes they have on the newest list that shows "
            "them (n = %(count)s).",
            age=age_text(early),
            share=format_share(early.share, locale(), decimals=0),
            count=_count(early.readings),
        )
        return f"{said} {posts}"

    @property
    def headers(self) -> list[str]:
        """Return the heads of the table."""
        return [str(_("Age")), str(_("Readings")), str(_("Likes a day since publication")), str(_("Already there"))]

    @property
    def rows(self) -> list[list[str]]:
        """Return the table, youngest first."""
        return [
            [
                age_text(each),
                _count(each.readings),
                "–" if each.per_day is None else _per_day(each.per_day),
                "–" if each.share is None else format_share(each.share, locale(), decimals=0),
            ]
            for each in self._found.classes
        ]


def ages_refusal(found: TooFewReadings) -> str:
    """Return why no curve is drawn, and what would help."""
    if found.exports < 2:
        return str(
            _(
                "One export shows the likes of one moment. From the second export on you see how likes rise with the "
                "age of a post; two exports a few days apart tell most."
            )
        )
    return str(
        _(
            "This takes %(needed)s posts that at least two exports show; so far there are %(found)s.",
            needed=LEAST_POSTS,
            found=_count(found.posts),
        )
    )


def age_text(each: AgeClass) -> str:
    """Return a class of age in days."""
    if each.last is None:
        return str(_("%(days)s days and more", days=_count(each.first)))
    if each.first == 0:
        return str(_("under 1 day"))
    if each.last - each.first == 1:
        return str(ngettext("%(days)s day", "%(days)s days", each.first, days=_count(each.first)))
    return str(_("%(first)s to %(last)s days", first=_count(each.first), last=_count(each.last - 1)))


def _per_day(value: float) -> str:
    return str(format_decimal(value, format="#,##0" if value >= 10 else "0.#", locale=locale()))


def _range(each: LikeClass, write: Callable[[int], str]) -> str:
    if each.high is None:
        return str(_("%(low)s and more", low=write(each.low)))
    return write(each.low) if each.low == each.high else f"{write(each.low)}–{write(each.high)}"


def _count(value: int) -> str:
    return format_count(value, locale())


def _short(value: int) -> str:
    return format_compact(value, locale()) if value >= _SHORT_FROM else format_count(value, locale())
