"""Who left lately, who does not follow back and whom one might unfollow, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.changes import ExportPair, NoPair
from webapp.analytics.follows import FollowPage, FollowRow
from webapp.analytics.insights.left import Left
from webapp.analytics.insights.not_back import LEAST_DAYS, Suggestions, not_back_query, suggestions_query
from webapp.domain.changes import NO_COMPARISON_TEXTS
from webapp.domain.formatting import format_count, format_day, format_whole_span
from webapp.domain.period import day_of
from webapp.domain.query import FollowQuery
from webapp.domain.sections import Section
from webapp.web.change_texts import ChangeTexts, Line
from webapp.web.i18n import locale


@dataclass(frozen=True)
class LeftTexts:
    """Who left between the two newest lists."""

    left: Left
    timezone: str

    @property
    def refusal(self) -> str | None:
        """Return why nobody can tell who left; ``None`` where one can."""
        chosen = self.left.page.chosen
        return str(_(NO_COMPARISON_TEXTS[chosen.reason])) if isinstance(chosen, NoPair) else None

    @cached_property
    def lines(self) -> list[Line]:
        """Return the first of them."""
        return ChangeTexts(Section.FOLLOWERS, self.timezone).lines(self.left.page)

    @property
    def summary(self) -> str:
        """Return how many left and when."""
        chosen = self.left.page.chosen
        if not isinstance(chosen, ExportPair):
            return ""
        first, last = (self._day(export.exported_at) for export in (chosen.from_export, chosen.to_export))
        text = ngettext(
            "%(count)s person no longer follows you since some day between %(first)s and %(last)s.",
            "%(count)s people no longer follow you since some day between %(first)s and %(last)s.",
            self.left.total,
            count=format_count(self.left.total, locale()),
            first=first,
            last=last,
        )
        return str(text)

    @property
    def details(self) -> list[str]:
        """Return how many of them were mutual, and how long they had typically followed."""
        left, told = self.left, []
        if left.known:
            told.append(self._mutual_text())
        chosen = left.page.chosen
        if left.typical_days is not None and isinstance(chosen, ExportPair):
            last = day_of(chosen.from_export.exported_at, self.timezone)
            span = format_whole_span(last - timedelta(days=left.typical_days), last, locale())
            count = format_count(left.total, locale())
            told.append(
                _("Half of them had followed you for %(span)s or more (n = %(count)s).", span=span, count=count)
            )
        return [str(text) for text in told]

    def _mutual_text(self) -> str:
        left = self.left
        if not left.mutual and left.known == left.total:
            return str(_("None of them was mutual."))
        count, known = format_count(left.mutual, locale()), format_count(left.known, locale())
        if left.known == left.total:
            text = ngettext("%(count)s of them was mutual.", "%(count)s of them were mutual.", left.mutual, count=count)
        else:
            text = ngettext(
                "%(count)s of the %(known)s for whom it is known was mutual.",
                "%(count)s of the %(known)s for whom it is known were mutual.",
                left.mutual,
                count=count,
                known=known,
            )
        return str(text)

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.timezone), locale())


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody with a sentence about them."""

    username: str
    text: str


@dataclass(frozen=True)
class NotBackTexts:
    """Who does not follow back, and who of them is suggested."""

    page: FollowPage
    suggestions: Suggestions | None
    timezone: str

    @property
    def refusal(self) -> str | None:
        """Return why it is unknown who does not follow back; ``None`` where it is known."""
        if not self.page.is_unknown:
            return None
        text = _("Who follows back takes both lists, and no export of this account holds the other one.")
        return f"{text} {_('When you request your data from TikTok, choose all data, in the JSON format.')}"

    @property
    def href(self) -> str:
        """Return the address of the whole list."""
        return _list_href(not_back_query(self.timezone))

    @property
    def lines(self) -> list[PersonLine]:
        """Return those who do not follow back, longest first."""
        return [PersonLine(row.username, self._since(row)) for row in self.page.rows]

    @property
    def summary(self) -> str:
        """Return how many do not follow back."""
        total = self.page.total or 0
        text = ngettext(
            "You follow %(count)s person who does not follow you back.",
            "You follow %(count)s people who do not follow you back.",
            total,
            count=format_count(total, locale()),
        )
        if not self.page.left_out:
            return str(text)
        ignored = ngettext(
            "%(count)s person you marked as ignored is left out.",
            "%(count)s people you marked as ignored are left out.",
            self.page.left_out,
            count=format_count(self.page.left_out, locale()),
        )
        return f"{text} {ignored}"

    @property
    def suggested_href(self) -> str:
        """Return the address of all who are suggested."""
        found = self.suggestions
        return "" if found is None else _list_href(suggestions_query(self.timezone, found.following_at))

    @property
    def suggested(self) -> list[PersonLine]:
        """Return the first of those who are suggested, with the reason."""
        found = self.suggestions
        if found is None:
            return []
        return [
            PersonLine(row.username, _("%(since)s; does not follow back", since=self._since(row))) for row in found.rows
        ]

    @property
    def suggested_summary(self) -> str:
        """Return how many are suggested."""
        found = self.suggestions
        if found is None:
            return ""
        text = ngettext(
            "%(count)s person without a mark whom you have followed for at least %(days)s days is not among your "
            "followers of %(day)s.",
            "%(count)s people without a mark whom you have followed for at least %(days)s days are not among your "
            "followers of %(day)s.",
            found.total,
            count=format_count(found.total, locale()),
            days=LEAST_DAYS,
            day=format_day(day_of(found.followers_at, self.timezone), locale()),
        )
        return str(text)

    @property
    def left_out(self) -> str | None:
        """Return who is not suggested, and why; ``None`` where that is nobody."""
        found = self.suggestions
        if found is None:
            return None
        told = []
        if found.marked:
            told.append(
                ngettext(
                    "%(count)s person with a mark is left out.",
                    "%(count)s people with a mark are left out.",
                    found.marked,
                    count=format_count(found.marked, locale()),
                )
            )
        if found.recent:
            told.append(
                ngettext(
                    "%(count)s person whom you followed later than that is left out: they may still follow back.",
                    "%(count)s people whom you followed later than that are left out: they may still follow back.",
                    found.recent,
                    count=format_count(found.recent, locale()),
                )
            )
        return " ".join(str(text) for text in told) or None

    def _since(self, row: FollowRow) -> str:
        first = day_of(row.followed_at, self.timezone)
        span = format_whole_span(first, day_of(self.page.as_of or row.followed_at, self.timezone), locale())
        return str(_("Followed by you for %(span)s, since %(day)s", span=span, day=format_day(first, locale())))


def _list_href(query: FollowQuery) -> str:
    arguments: dict[str, Any] = query.to_args()
    arguments.pop("page_size", None)
    return url_for("audience.following", **arguments)
