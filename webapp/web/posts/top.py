"""Which posts lead, on the page of posts: of all time, or of a day, a week or a month that can be turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.ranking import TOP, TopPosts, TopSpan
from webapp.domain.formatting import format_count, format_day
from webapp.domain.text import N_
from webapp.web.i18n import locale
from webapp.web.people_list import Option

LABELS: Final = {
    TopSpan.ALL: N_("Top 10"),
    TopSpan.DAY: N_("Top of a day"),
    TopSpan.WEEK: N_("Top of a week"),
    TopSpan.MONTH: N_("Top of a month"),
}


@dataclass(frozen=True)
class TopText:
    """What is said around the posts that lead; ``href`` gives the address of the window that ends with a day."""

    found: TopPosts
    measure_label: str
    href: Callable[[date], str]

    @property
    def has_window(self) -> bool:
        """Return whether the posts are those of some days."""
        return self.found.window is not None

    @property
    def until(self) -> date | None:
        """Return the last day of the window."""
        return self.found.window.last if self.found.window else None

    @property
    def title(self) -> str:
        """Return which days these are."""
        window = self.found.window
        if window is None or window.first is None or window.last is None:
            return str(_("Of all time"))
        if window.first == window.last:
            return format_day(window.last, locale())
        first, last = format_day(window.first, locale()), format_day(window.last, locale())
        return str(_("%(first)s to %(last)s", first=first, last=last))

    @property
    def steps(self) -> list[Option | None]:
        """Return the ways to the window before and to the one after, ``None`` where there is none."""
        before, after = self.found.before, self.found.after
        return [
            Option(self.href(before), _("Earlier")) if before else None,
            Option(self.href(after), _("Later")) if after else None,
        ]

    @cached_property
    def reading(self) -> str:
        """Return how many posts there are to choose from, and what of them is not shown or not known."""
        found, count = self.found, len(self.found.shown)
        if not found.of:
            return ""
        told = [
            ngettext("%(count)s post was published.", "%(count)s posts were published.", found.of, count=_n(found.of))
            if self.has_window
            else ngettext("Out of %(count)s post.", "Out of %(count)s posts.", found.of, count=_n(found.of))
        ]
        if 0 < count < TOP:
            told.append(
                ngettext(
                    "That makes a list of %(count)s, not of ten.",
                    "That makes a list of %(count)s, not of ten.",
                    count,
                    count=_n(count),
                )
            )
        if found.unknown:
            told.append(
                ngettext(
                    "Of %(count)s post this figure is not in your export; it has no place here.",
                    "Of %(count)s posts this figure is not in your export; they have no place here.",
                    found.unknown,
                    count=_n(found.unknown),
                )
            )
        if any(each.is_tied for each in found.shown):
            told.append(_("“=” marks a place that several posts share; of those the newer one stands first."))
        if found.left_out:
            told.append(
                ngettext(
                    "%(count)s more post has as many as the last one here.",
                    "%(count)s more posts have as many as the last one here.",
                    found.left_out,
                    count=_n(found.left_out),
                )
            )
        return " ".join(str(text) for text in told)

    @property
    def empty_text(self) -> str:
        """Return why there is nothing in these days."""
        if self.found.of:
            return str(_("“%(figure)s” is known of no post in these days.", figure=self.measure_label))
        return str(_("No post was published in these days that fits your filters."))

    @property
    def nearest(self) -> Option | None:
        """Return the way to the last days before that have posts, where these have none."""
        if self.found.nearest is None:
            return None
        day = format_day(self.found.nearest, locale())
        return Option(self.href(self.found.nearest), _("Go to the last post before, of %(day)s", day=day))


def _n(value: int) -> str:
    return format_count(value, locale())
