"""Peaks and the posts before them, and the follows after each post, in words: coincidences, never causes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.growth import Growth
from webapp.analytics.insights.peaks import Peak, Peaks
from webapp.analytics.insights.post_gains import LEAST_FOR_SHARE, GainOrder, PostGain
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import MetricKey
from webapp.web.figure_links import figure_href
from webapp.web.growth.texts import format_signed, peaks_refusal, share_text
from webapp.web.i18n import locale
from webapp.web.insights.texts import chance_text, format_times, shortage_text
from webapp.web.post_texts import post_text, short_title

_MOST_POSTS = 3


@dataclass(frozen=True, slots=True)
class PeakRow:
    """A peak as the page shows it."""

    day: str
    came: str
    href: str
    usual: str
    times: str
    chance: str
    posts: tuple[str, ...]


@dataclass(frozen=True)
class PeakRows:
    """The peaks in words, or why there are none."""

    growth: Growth
    found: Peaks | Shortage

    @property
    def refusal(self) -> str | None:
        """Return why no peak could be looked for; ``None`` where one could."""
        if not isinstance(self.found, Shortage):
            return None
        if self.found.lack is Lack.TOO_FEW:
            return peaks_refusal(self.growth)
        return shortage_text(self.found, "")

    @cached_property
    def rows(self) -> list[PeakRow]:
        """Return the peaks, newest first."""
        return [] if isinstance(self.found, Shortage) else [_peak_row(peak) for peak in self.found.shown]

    @property
    def note(self) -> str:
        """Return how to read the table, and how many earlier peaks there are."""
        if isinstance(self.found, Shortage):
            return ""
        text = str(
            _(
                "“Usual” is the median of the days around, for such a weekday. “By chance” allows for all %(days)s "
                "days that were looked at. That a post came shortly before is a coincidence, no proof.",
                days=format_count(self.found.days, locale()),
            )
        )
        if not self.found.earlier:
            return text
        earlier = ngettext(
            "%(num)s earlier peak is in the download.",
            "%(num)s earlier peaks are in the download.",
            self.found.earlier,
        )
        return f"{text} {earlier}"


def _peak_row(peak: Peak) -> PeakRow:
    named = [post_text(post.title, format_day(post.day, locale())) for post in peak.posts]
    hidden = len(named) - _MOST_POSTS
    if hidden > 0:
        named[_MOST_POSTS:] = [str(ngettext("and %(num)s more post", "and %(num)s more posts", hidden))]
    return PeakRow(
        day=format_day(peak.day, locale()),
        came=format_count(peak.came, locale()),
        href=figure_href(FigureQuery(MetricKey.DAY_FOLLOWS, day=peak.day)),
        usual=str(_("under 1")) if peak.usual < 1 else str(_("about %(count)s", count=_whole(peak.usual))),
        times="–" if peak.times is None else str(_("%(times)s times", times=format_times(peak.times))),
        chance=chance_text(peak.chance),
        posts=tuple(named),
    )


@dataclass(frozen=True, slots=True)
class GainRow:
    """A post with the follows after it; ``came`` is ``None`` where no list reaches so far."""

    day: str
    title: str
    came: str | None
    href: str
    usual: str
    difference: str
    stayed: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GainHead:
    """The head of a column that sorts: its address and the direction in which it sorts now."""

    href: str
    direction: str | None


@dataclass(frozen=True)
class GainRows:
    """The posts with the follows after each, or why there are none."""

    found: tuple[PostGain, ...] | Shortage
    order: GainOrder

    @property
    def refusal(self) -> str | None:
        """Return why nothing can be told; ``None`` where something can."""
        if not isinstance(self.found, Shortage):
            return None
        return shortage_text(self.found, _("Your newest export holds no public post."))

    @cached_property
    def rows(self) -> list[GainRow]:
        """Return the newest posts in the order that was asked for."""
        return [] if isinstance(self.found, Shortage) else [gain_row(gain) for gain in self.found]

    def head(self, order: str) -> GainHead:
        """Return the head of the column that sorts so."""
        wanted = GainOrder(order)
        href = url_for("insights.show", sort=None if wanted is GainOrder.DATE else wanted.value)
        return GainHead(href, "desc" if wanted is self.order else None)


def gain_row(gain: PostGain) -> GainRow:
    """Return a post with the follows after it, in words."""
    difference = "–"
    if gain.is_complete and gain.came is not None and gain.usual is not None:
        difference = format_signed(gain.came - round(gain.usual))
    return GainRow(
        day=format_day(gain.day, locale()),
        title=short_title(gain.title),
        came=None if gain.came is None else format_count(gain.came, locale()),
        href=figure_href(FigureQuery(MetricKey.POST_FOLLOWS, post=gain.public_id)),
        usual="–" if gain.usual is None else _whole(gain.usual),
        difference=difference,
        stayed=_stayed(gain),
        notes=tuple(_notes(gain)),
    )


def _stayed(gain: PostGain) -> str:
    if not gain.of:
        return "–"
    kept, of = format_count(gain.kept, locale()), format_count(gain.of, locale())
    if gain.of < LEAST_FOR_SHARE:
        return str(_("%(kept)s of %(of)s", kept=kept, of=of))
    return str(_("%(kept)s of %(of)s: %(share)s", kept=kept, of=of, share=share_text(gain.share)))


def _notes(gain: PostGain) -> list[str]:
    notes = []
    if gain.came is None:
        notes.append(_("Published after your newest follower list."))
    elif not gain.is_complete:
        notes.append(_("Not complete: your newest list was made before these days were over."))
    if gain.others:
        notes.append(
            ngettext(
                "Shares days with %(num)s other post, so people count for both.",
                "Shares days with %(num)s other posts, so people count for each.",
                gain.others,
            )
        )
    return [str(note) for note in notes]


def _whole(value: float) -> str:
    return format_count(round(value), locale())
