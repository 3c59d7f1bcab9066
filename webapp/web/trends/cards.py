"""The cards of a period of posts, and how regularly was published, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.rhythm import Pause, Rhythm
from webapp.analytics.content.trends import LEAST_COMPARED, Trends
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_share
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import Delta, Kpi, make_kpi
from webapp.web.post_links import posts_href
from webapp.web.uncounted_texts import nothing_counts_text


@dataclass(frozen=True, slots=True)
class RhythmFact:
    """A line about how regularly was published."""

    label: str
    value: str
    note: str | None = None


def trend_cards(trends: Trends) -> list[Kpi]:
    """Return posts, typical likes, all likes, and the engagement rate where it is known."""
    counted = trends.wanted.with_(counted=True)
    cards = [_posts_card(trends), _likes_card(trends, counted)]
    total = figure_of(trends.counted, MetricKey.LIKES_TOTAL)
    cards.append(_opened(make_kpi(MetricKey.LIKES_TOTAL, total.value, nothing_counts_text()), counted, total.n))
    if trends.has_rates:
        rate = figure_of(trends.counted, MetricKey.ENGAGEMENT_RATE)
        cards.append(_opened(make_kpi(MetricKey.ENGAGEMENT_RATE, rate.value, ""), counted, rate.n))
    return cards


def _posts_card(trends: Trends) -> Kpi:
    kpi = make_kpi(MetricKey.POSTS, len(trends.posts), "")
    compared = trends.compared
    kpi = kpi.with_(
        href=posts_href(trends.wanted), open_href=figure_href(FigureQuery(MetricKey.POSTS, posts=trends.wanted))
    )
    if compared is None:
        return kpi
    if compared.pace is None:
        return kpi.with_(note=_too_few(compared.posts))
    word = _(
        "per day; before: %(count)s in %(days)s days",
        count=_count(compared.posts),
        days=_count(max(1, round(compared.days))),
    )
    return kpi.with_(delta=_delta(compared.pace, str(word)))


def _likes_card(trends: Trends, counted: PostFilter) -> Kpi:
    likes = figure_of(trends.counted, MetricKey.TYPICAL_LIKES)
    kpi = _opened(make_kpi(MetricKey.TYPICAL_LIKES, likes.value, nothing_counts_text()), counted, likes.n)
    compared = trends.compared
    if compared is None or likes.value is None:
        return kpi
    if compared.likes is None or compared.typical.value is None:
        is_few_now = likes.n < LEAST_COMPARED <= compared.typical.n
        reason = _("too few to compare") if is_few_now else _("too few before to compare")
        return kpi.with_(note=f"{kpi.note}; {reason}")
    word = _(
        "indicative; before: %(typical)s (n = %(count)s)",
        typical=_count(round(compared.typical.value)),
        count=_count(compared.typical.n),
    )
    return kpi.with_(delta=_delta(compared.likes, str(word)))


def _opened(kpi: Kpi, posts: PostFilter, n: int) -> Kpi:
    return kpi.with_(
        href=posts_href(posts),
        open_href=figure_href(FigureQuery(kpi.key, posts=posts)),
        note=f"n = {_count(n)}" if n else None,
    )


def _delta(change: float, word: str) -> Delta:
    is_flat = abs(change) < 0.005
    shown = format_share(abs(change), locale(), decimals=1 if 0.005 <= abs(change) < 0.1 else 0)
    if is_flat:
        return Delta("flat", shown, word)
    return Delta("up" if change > 0 else "down", f"+{shown}" if change > 0 else f"−{shown}", word)


def _too_few(before: int) -> str:
    return str(_("Before, it was %(count)s: too few to compare with.", count=_count(before)))


def rhythm_facts(found: Rhythm) -> list[RhythmFact]:
    """Return how regularly was published, in neutral words."""
    facts = []
    if found.per_week is not None:
        per_week = format_decimal(found.per_week, format="#,##0.#", locale=locale())
        note = ngettext(
            "on %(count)s day of %(days)s",
            "on %(count)s different days of %(days)s",
            found.active_days,
            count=_count(found.active_days),
            days=_count(found.days),
        )
        facts.append(RhythmFact(str(_("Posts a week")), str(per_week), str(note)))
    if found.between is not None:
        between = format_decimal(found.between, format="#,##0.#", locale=locale())
        text = ngettext("%(count)s day", "%(count)s days", round(found.between), count=between)
        facts.append(
            RhythmFact(str(_("Usually between two days with posts")), str(text), str(_("half of the times more")))
        )
    if found.run is not None:
        facts.append(
            RhythmFact(
                str(_("Most weeks in a row with a post")),
                str(ngettext("%(count)s week", "%(count)s weeks", found.run.weeks, count=_count(found.run.weeks))),
                _from_to(found.run.first, found.run.last),
            )
        )
    if found.pause is not None:
        facts.append(_pause(str(_("Longest time without a post")), found.pause))
    # The newest list was made in the midst of its day, so a single day says nothing.
    if found.ongoing is not None and found.ongoing != found.pause and found.ongoing.days > 1:
        facts.append(_pause(str(_("Since the last post")), found.ongoing))
    return facts


def _pause(label: str, pause: Pause) -> RhythmFact:
    text = ngettext("%(count)s day", "%(count)s days", pause.days, count=_count(pause.days))
    return RhythmFact(label, str(text), _from_to(pause.first, pause.last))


def _from_to(first: date, last: date) -> str:
    shown = (format_day(first, locale()), format_day(last, locale()))
    return shown[0] if first == last else str(_("%(first)s to %(last)s", first=shown[0], last=shown[1]))


def _count(value: int) -> str:
    return format_count(value, locale())
