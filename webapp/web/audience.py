"""Followers and following: the lists, their parts and their downloads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from webapp.analytics.follows import FollowPage, is_known, list_follows, stream_follows
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import Period
from webapp.domain.query import FollowOrder, FollowQuery, parse_flag, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.renderers.csv import Dialect, render_follows
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("audience", __name__)

# Asks for the exact total at any price; the page itself leaves it out where counting would keep it waiting.
_TOTAL = "total"
_ARGUMENTS = (*FollowQuery.FIELDS, "account", "dialect", _TOTAL)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789._"


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the address without it."""

    text: str
    href: str
    label_remove: str


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a list."""

    value: str
    text: str


@blueprint.get("/audience/followers")
def followers() -> Response:
    """Show who follows the account."""
    return _show(Section.FOLLOWERS)


@blueprint.get("/audience/following")
def following() -> Response:
    """Show whom the account follows."""
    return _show(Section.FOLLOWING)


@blueprint.get("/audience/followers.csv")
def followers_csv() -> Response:
    """Download the followers of this view."""
    return _download(Section.FOLLOWERS)


@blueprint.get("/audience/following.csv")
def following_csv() -> Response:
    """Download the following of this view."""
    return _download(Section.FOLLOWING)


def _show(section: Section) -> Response:
    scope = current_scope()
    if scope is None:
        return render_page("audience/empty.html", section=section, title=_(SECTION_LABELS[section]))
    page = PeoplePage(scope, section, _query(scope), counts_all=parse_flag(_TOTAL, single(request.args, _TOTAL)))
    return render_page("audience/people.html", ("people", "people_total"), page=page)


def _download(section: Section) -> Response:
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    query = _query(scope)
    dialect = Dialect.parse(request.args.get("dialect", ""))
    if not is_known(scope, section, query):
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    rows = stream_follows(scope, section, query)
    return send_csv(render_follows(rows, scope.timezone, dialect, locale()), f"{section.value}.csv")


def _query(scope: Scope) -> FollowQuery:
    refuse_unknown(request.args, _ARGUMENTS)
    return FollowQuery.parse(request.args, scope.timezone)


class PeoplePage:
    """The parts of a people list, each computed when the template asks for it."""

    def __init__(self, scope: Scope, section: Section, query: FollowQuery, *, counts_all: bool) -> None:
        self.scope = scope
        self.section = section
        self.query = query
        self.counts_all = counts_all
        self.title = _(SECTION_LABELS[section])

    @cached_property
    def result(self) -> FollowPage:
        """Return the page of the list."""
        return list_follows(self.scope, self.section, self.query, counts_all=self.counts_all)

    def cards(self, *, new_tab: str, mutual: Markup, external: Markup) -> Markup:
        """Return the people of this page as `ui.person_card` shows them; the arguments stand in every row.

        Written here because a template takes ten times as long for a hundred rows. Every name is escaped.
        """
        zone, since = ZoneInfo(self.scope.timezone), _Since()
        new_tab = escape(new_tab)
        rows = []
        for name, second, is_mutual in self.result.rows:
            moment = datetime.fromtimestamp(second, zone)
            handle = escape(name)
            rows.append(
                f'<li class="person-card"><span class="avatar avatar-{_tone(name)}" aria-hidden="true">'
                f'{escape(name[:1].upper())}</span><div class="person-text"><a class="person-name" '
                f'href="https://www.tiktok.com/@{handle}" target="_blank" rel="noopener noreferrer">'
                f'@<bdi>{handle}</bdi><span class="sr-only"> {new_tab}</span></a><p class="person-meta">'
                f'<time datetime="{moment.isoformat()}">{since[moment.date()]}</time></p></div>'
                f"{mutual if is_mutual else ''}{external}</li>"
            )
        return Markup("".join(rows))  # nosec B704

    @cached_property
    def total_text(self) -> str | None:
        """Return how many people the query finds, in words; ``None`` while nobody has counted."""
        total = self.result.total
        if total is None:
            return None
        shown = format_count(total, locale())
        if self.query.is_filtered:
            return str(_("%(count)s found", count=shown))
        return str(ngettext("%(count)s person", "%(count)s people", total, count=shown))

    @property
    def unknown_text(self) -> str:
        """Return why the list cannot be known, and what would help."""
        if self.query.mutual_only:
            text = _("Who is mutual takes both lists, and no export of this account holds the other one.")
        else:
            text = _("No export of this account holds this list, so nobody can say how many people are on it.")
        hint = _("When you request your data from TikTok, choose all data, in the JSON format.")
        return f"{text} {hint}"

    @cached_property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        first = format_count(self.result.start + 1, locale())
        last = format_count(self.result.start + len(self.result.rows), locale())
        if self.result.total is None:
            return f"{first}–{last}"
        total = format_count(self.result.total, locale())
        return str(_("%(first)s–%(last)s of %(total)s", first=first, last=last, total=total))

    @cached_property
    def chips(self) -> list[Chip]:
        """Return the active filters."""
        query = self.query
        chips = []
        if query.search:
            chips.append(self._chip(_("Name: %(search)s", search=query.search), search=""))
        if query.period.first:
            day = format_day(query.period.first, locale())
            chips.append(self._chip(_("From %(day)s", day=day), period=replace(query.period, first=None)))
        if query.period.last:
            day = format_day(query.period.last, locale())
            chips.append(self._chip(_("To %(day)s", day=day), period=replace(query.period, last=None)))
        if query.mutual_only:
            chips.append(self._chip(_("Mutuals only"), mutual_only=False))
        return chips

    @property
    def action(self) -> str:
        """Return the address of the list without any argument; a form brings its own."""
        return request.path

    @property
    def account(self) -> str | None:
        """Return the account that the address names, for the form to bring along."""
        return request.args.get("account")

    @property
    def total_href(self) -> str:
        """Return the address of this page with the total counted."""
        return self._href(self.query, **{_TOTAL: 1})

    @property
    def clear_href(self) -> str:
        """Return the address without filters, in the same order."""
        return self._href(FollowQuery(Period(None, None, self.scope.timezone), ordering=self.query.ordering))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._href(self.query.with_(cursor=self.result.next, page=1)) if self.result.next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.query.with_(cursor=self.result.previous, page=1)) if self.result.previous else None

    @property
    def orders(self) -> list[Option]:
        """Return the orders to choose from."""
        by_date = (_("Newest first"), _("Oldest first"))
        return [
            Option(FollowOrder.DATE_FOLLOWED_DESC, by_date[0]),
            Option(FollowOrder.DATE_FOLLOWED, by_date[1]),
            Option(FollowOrder.USERNAME, _("Name A to Z")),
            Option(FollowOrder.USERNAME_DESC, _("Name Z to A")),
        ]

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments: dict[str, Any] = {**self.query.with_().to_args(), "dialect": dialect or None}
        return url_for(f"audience.{self.section.value}_csv", **arguments)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs(f"audience.{self.section.value}")

    def _chip(self, text: str, **changes: object) -> Chip:
        return Chip(text, self._href(self.query.with_(**changes)), _("Remove the filter “%(filter)s”", filter=text))

    def _href(self, query: FollowQuery, **more: object) -> str:
        arguments: dict[str, Any] = {**query.to_args(), **more}
        return url_for(f"audience.{self.section.value}", **arguments)


def _tone(handle: str) -> int:
    """Return which of eight colours the avatar has, as `ui.avatar` chooses it."""
    first, last = _LETTERS.find(handle[:1].lower()), _LETTERS.find(handle[-1:].lower())
    return (first * 5 + last * 3 + len(handle) + 8) % 8


class _Since(dict[date, Markup]):
    """The days of a page in words, escaped, each made once: many people follow on the same day."""

    def __missing__(self, day: date) -> Markup:
        text = self[day] = escape(_("since %(day)s", day=format_day(day, locale())))
        return text
