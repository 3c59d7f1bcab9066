"""The figures of one post as cards, and where it stands among the account's own posts, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.figures import value_of
from webapp.analytics.content.percentile import LEAST_OTHERS
from webapp.analytics.content.standing import LEAST_TYPICAL, PostStanding, Uncounted, find_standing
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_share
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, day_of
from webapp.domain.post_query import PostFilter
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.insights.texts import format_times
from webapp.web.kpis import Kpi, make_kpi

_FROM_STUDIO: Final = (MetricKey.POST_VIEWS, MetricKey.POST_COMMENTS, MetricKey.POST_SHARES, MetricKey.POST_RATE)
# Nearer to what is typical than this a number of times says nothing.
_LEAST_TIMES: Final = 1.05
_LEAST_SHARE: Final = 0.01


@dataclass(frozen=True)
class PostCards:
    """The figures of a post, each with the way to what is behind it."""

    row: PostRow
    table: PostTable
    timezone: str

    @cached_property
    def standing(self) -> PostStanding:
        """Return where the post stands."""
        return find_standing(self.table, self.row)

    @property
    def cards(self) -> list[Kpi]:
        """Return likes, what Studio adds to them, and the place among the posts."""
        likes = self._card(MetricKey.POST_LIKES, _("No export of this account tells the likes of this post."))
        return [
            likes.with_(note=self._likes_note),
            *(self._card(key, self._studio_reason).with_(note=self._studio_note) for key in _FROM_STUDIO),
            self._place,
        ]

    @property
    def lacks_studio(self) -> bool:
        """Return whether figures are missing that only TikTok Studio tells."""
        return any(value_of(self.row, key) is None for key in _FROM_STUDIO)

    def _card(self, key: MetricKey, reason: str) -> Kpi:
        return make_kpi(key, value_of(self.row, key), reason).with_(open_href=self._open(key))

    def _open(self, key: MetricKey) -> str:
        return figure_href(FigureQuery(key, post=self.row.public_id))

    @property
    def _likes_note(self) -> str | None:
        if self.standing.uncounted is Uncounted.YOUNG:
            return str(_("still growing: the post was younger than %(days)s days", days=MATURE_DAYS))
        return None

    @property
    def _studio_reason(self) -> str:
        return str(_("Not in your export. TikTok Studio tells it."))

    @property
    def _studio_note(self) -> str | None:
        if self.row.viewed_at is None:
            return None
        return str(_("read on %(day)s", day=format_day(day_of(self.row.viewed_at, self.timezone), locale())))

    @property
    def _place(self) -> Kpi:
        place = self.standing.place
        kpi = make_kpi(MetricKey.POST_PERCENTILE, place.share if place else None, self.refusal or "")
        return kpi.with_(open_href=self._open(MetricKey.POST_PERCENTILE), note=self.place_text)

    @property
    def place_text(self) -> str | None:
        """Return how many of how many other posts got fewer likes; ``None`` where no place is stated."""
        place = self.standing.place
        if place is None:
            return None
        text = _(
            "more likes than %(fewer)s of %(others)s other posts",
            fewer=_count(place.fewer),
            others=_count(place.others),
        )
        if not place.equal:
            return str(text)
        as_many = ngettext("as many as %(num)s", "as many as %(num)s", place.equal)
        return f"{text}, {as_many}"

    @property
    def refusal(self) -> str | None:
        """Return why the post has no place among the others; ``None`` where it has one."""
        if self.standing.place is not None:
            return None
        reasons = {
            Uncounted.HIDDEN: _("Not compared: not everybody can see this post."),
            Uncounted.DELETED: _("Not compared: this post was deleted."),
            Uncounted.GONE: _("Not compared: this post is not on your newest list."),
            Uncounted.UNKNOWN: _("Not compared: no export tells its likes."),
            Uncounted.YOUNG: _(
                "Not compared yet: it was younger than %(days)s days at your newest export, so its likes still rise.",
                days=MATURE_DAYS,
            ),
        }
        if self.standing.uncounted is not None:
            return str(reasons[self.standing.uncounted])
        return str(_("Too few other posts to compare with: this needs %(least)s.", least=LEAST_OTHERS))

    @property
    def typical_text(self) -> str:
        """Return what posts of the account typically get, with how many they are."""
        standing = self.standing
        if standing.typical is None:
            text = _(
                "What is typical for you can be said from %(least)s posts on that are at least %(days)s days old; so "
                "far there are %(found)s.",
                least=LEAST_TYPICAL,
                days=MATURE_DAYS,
                found=_count(standing.posts),
            )
            return str(text)
        return str(_("Your posts typically get %(likes)s likes (n = %(posts)s).", **self._typical_words))

    @property
    def _typical_words(self) -> dict[str, str]:
        return {"likes": _count(round(self.standing.typical or 0)), "posts": _count(self.standing.posts)}

    @property
    def factor_text(self) -> str | None:
        """Return the post against what is typical; ``None`` where it cannot be said."""
        factor = self.standing.factor
        if factor is None:
            return None
        if factor >= _LEAST_TIMES:
            text = _("This one got %(times)s times as many.", times=format_times(factor))
        elif factor > 1 / _LEAST_TIMES:
            text = _("This one got about as many.")
        elif factor >= _LEAST_SHARE:
            text = _("This one got %(share)s of that.", share=format_share(factor, locale(), decimals=0))
        else:
            text = _("This one got under %(share)s of that.", share=format_share(_LEAST_SHARE, locale(), decimals=0))
        caution = _("Indicative: a single post is mostly chance, whatever it is made of.")
        return f"{text} {caution}"

    @property
    def typical_href(self) -> str:
        """Return the address of what is behind the typical likes."""
        counted = PostFilter(period=Period(None, None, self.timezone), counted=True)
        return figure_href(FigureQuery(MetricKey.TYPICAL_LIKES, posts=counted))


def _count(value: int) -> str:
    return format_count(value, locale())
