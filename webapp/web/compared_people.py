"""The people of one part of the audience, as the comparison lists them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from webapp.analytics.audience_parts import PartPage, PartRow, list_part
from webapp.domain.audience import AudiencePart
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_day
from webapp.domain.metrics import METRICS
from webapp.domain.query import FollowQuery, Ignored
from webapp.domain.scope import Scope
from webapp.web.audience_tabs import Tab
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.people_list import PeopleList, Since
from webapp.web.person_cards import PersonCards

LIST: Final = "list"
VIEW: Final = "view"
ENDPOINT: Final = "comparison.show"


class View(StrEnum):
    """How the lists are drawn."""

    VENN = "venn"
    BARS = "bars"


class ComparedPeople(PeopleList):
    """The people of one part of the audience."""

    unset_ignored = Ignored.SHOW

    def __init__(self, scope: Scope, part: AudiencePart, query: FollowQuery, view: View) -> None:
        super().__init__(scope, part.narrow(query))
        self.part = part
        self.view = view
        self.title = _(METRICS[part.metric].label)

    @cached_property
    def result(self) -> PartPage:
        """Return the page of the list."""
        return list_part(self.scope, self.part, self.query)

    def cards(self) -> Markup:
        """Return the people of this page, each as `ui.person_card` shows one."""
        zone, since, shown_days = ZoneInfo(self.scope.timezone), Since(), _ShownDays()
        cards = PersonCards(current_app.jinja_env.globals["ui"])
        shown = []
        for row in self.result.rows:
            later = datetime.fromtimestamp(max(row.followed_at or 0, row.following_at or 0), zone)
            when = since[later.date()] if self.part is not AudiencePart.MUTUALS else _since_both(row, zone, shown_days)
            tags = self.result.tags.get(row.username, ())
            # The title of the list says of everybody on it whether they are mutual.
            shown.append(cards.card(row.username, when, later.isoformat(), None, tags))
        return Markup("".join(shown))  # nosec B704

    @property
    def is_narrowed(self) -> bool:
        """Return whether a filter can be cleared."""
        query = self.query
        is_marked = bool(query.tag) or query.unmarked or query.hides_ignored
        return bool(query.search) or not query.period.is_open or is_marked

    @property
    def shows_ignored(self) -> bool:
        """Return whether ignored people are shown where another view leaves them out."""
        return not self.query.hides_ignored

    @property
    def open_href(self) -> str | None:
        """Return the address of what is behind the total; ``None`` where it is no figure of its own."""
        return None if self.is_narrowed else figure_href(FigureQuery(self.part.metric))

    @property
    def open_label(self) -> str:
        """Return which figure the total is."""
        return str(self.title)

    @property
    def unknown_text(self) -> str:
        """Return why the list cannot be known, and what would help."""
        text = _(
            "Who is on both lists, or on one only, takes both lists whole, and one of them is in no export of this "
            "account."
        )
        hint = _("When you request your data from TikTok, choose all data, in the JSON format.")
        return f"{text} {hint}"

    @property
    def empty_text(self) -> str:
        """Return what it means that nobody is on the list."""
        texts: dict[AudiencePart, str] = {
            AudiencePart.MUTUALS: _("Nobody is on both of your lists."),
            AudiencePart.FOLLOWERS_ONLY: _("You follow everybody who follows you."),
            AudiencePart.FOLLOWING_ONLY: _("Everybody whom you follow follows you back."),
        }
        return texts[self.part]

    @property
    def pick_href(self) -> str:
        """Return the address of the list with the same people, with boxes to tick."""
        arguments: dict[str, Any] = {**self.query.with_().to_args(), "pick": 1}
        return url_for(f"audience.{self.part.section.value}", **arguments)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what the form of the filters brings along, unseen."""
        return [*super().kept, *self._own.items()]

    @property
    def tabs(self) -> list[Tab]:
        """Return the parts to choose from."""
        return [Tab(_(METRICS[part.metric].label), self._part_href(part), part is self.part) for part in AudiencePart]

    def view_href(self, view: View) -> str:
        """Return the address of the same list below another picture."""
        return self._href(self.query, **{VIEW: None if view is View.VENN else view.value})

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments: dict[str, Any] = {**self._arguments(self.query.with_()), VIEW: None, "dialect": dialect or None}
        return url_for("comparison.download", **arguments)

    def _part_href(self, part: AudiencePart) -> str:
        arguments: dict[str, Any] = {
            LIST: None if part is AudiencePart.MUTUALS else part.value,
            VIEW: None if self.view is View.VENN else self.view.value,
        }
        return url_for(ENDPOINT, **arguments)

    @property
    def _own(self) -> dict[str, str]:
        own = {LIST: self.part.value} if self.part is not AudiencePart.MUTUALS else {}
        return own if self.view is View.VENN else {**own, VIEW: self.view.value}

    def _arguments(self, query: FollowQuery) -> dict[str, str]:
        asked = query.to_args()
        for name in ("mutual", "relation"):
            asked.pop(name, None)
        if query.ignored is self.unset_ignored:
            asked.pop("ignored", None)
        return {**asked, **self._own}

    def _href(self, query: FollowQuery, **more: object) -> str:
        arguments: dict[str, Any] = {**self._arguments(query), **more}
        return url_for(ENDPOINT, **arguments)


class _ShownDays(dict[date, str]):
    """Days in words, each made once: many people follow on the same day."""

    def __missing__(self, day: date) -> str:
        """Make the words of a day."""
        text = self[day] = format_day(day, locale())
        return text


def _since_both(row: PartRow, zone: ZoneInfo, shown: _ShownDays) -> Markup:
    one, other = row.followed_at or 0, row.following_at or 0
    followed, following = (shown[datetime.fromtimestamp(second, zone).date()] for second in (one, other))
    if followed == following:
        return escape(_("mutual since %(day)s", day=followed))
    if one >= other:
        return escape(_("mutual since %(day)s, you follow them since %(earlier)s", day=followed, earlier=following))
    return escape(_("mutual since %(day)s, they follow you since %(earlier)s", day=following, earlier=followed))
