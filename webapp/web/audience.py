"""Followers and following: the lists, their parts and their downloads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.follows import FollowPage, count_follows, list_follows, stream_follows
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import Period, day_of, instant
from webapp.domain.query import FollowOrder, FollowQuery, refuse_unknown
from webapp.domain.scope import Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.renderers.csv import Dialect, render_follows
from webapp.web.accounts import current_scope
from webapp.web.downloads import send_csv
from webapp.web.htmx import render_page
from webapp.web.i18n import locale

blueprint = Blueprint("audience", __name__)

_ARGUMENTS = (*FollowQuery.FIELDS, "account", "dialect")


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as the list shows them."""

    handle: str
    when: str
    when_iso: str
    is_mutual: bool
    href: str


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
    page = PeoplePage(scope, section, _query(scope))
    return render_page("audience/people.html", ("people",), page=page)


def _download(section: Section) -> Response:
    scope = current_scope()
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    query = _query(scope)
    dialect = Dialect.parse(request.args.get("dialect", ""))
    if count_follows(scope, section, query) is None:
        raise NotFound(ErrorCode.LIST_UNKNOWN)
    rows = stream_follows(scope, section, query)
    return send_csv(render_follows(rows, scope.timezone, dialect, locale()), f"{section.value}.csv")


def _query(scope: Scope) -> FollowQuery:
    refuse_unknown(request.args, _ARGUMENTS)
    return FollowQuery.parse(request.args, scope.timezone)


class PeoplePage:
    """The parts of a people list, each computed when the template asks for it."""

    def __init__(self, scope: Scope, section: Section, query: FollowQuery) -> None:
        self.scope = scope
        self.section = section
        self.query = query
        self.title = _(SECTION_LABELS[section])

    @cached_property
    def result(self) -> FollowPage:
        """Return the page of the list."""
        return list_follows(self.scope, self.section, self.query)

    @cached_property
    def cards(self) -> list[PersonCard]:
        """Return the people of this page."""
        return [
            PersonCard(
                row.username,
                _("since %(day)s", day=format_day(day_of(row.followed_at, self.scope.timezone), locale())),
                instant(row.followed_at, self.scope.timezone).isoformat(),
                bool(row.is_mutual),
                f"https://www.tiktok.com/@{row.username}",
            )
            for row in self.result.rows
        ]

    @cached_property
    def total_text(self) -> str:
        """Return how many people the query finds, in words."""
        total = self.result.total or 0
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
        first = self.result.start + 1
        text = _(
            "%(first)s–%(last)s of %(total)s",
            first=format_count(first, locale()),
            last=format_count(self.result.start + len(self.result.rows), locale()),
            total=format_count(self.result.total or 0, locale()),
        )
        return str(text)

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
    def tabs(self) -> list[dict[str, object]]:
        """Return the two lists as tabs."""
        return [
            {
                "label": _(SECTION_LABELS[section]),
                "href": url_for(f"audience.{section.value}"),
                "is_current": section is self.section,
            }
            for section in (Section.FOLLOWERS, Section.FOLLOWING)
        ]

    def _chip(self, text: str, **changes: object) -> Chip:
        return Chip(text, self._href(self.query.with_(**changes)), _("Remove the filter “%(filter)s”", filter=text))

    def _href(self, query: FollowQuery) -> str:
        arguments: dict[str, Any] = {**query.to_args()}
        return url_for(f"audience.{self.section.value}", **arguments)
