"""A list of people on a page: rows, filters, and ways on; what it lists and where it leads is for each page to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from webapp.analytics.audience_parts import PartPage
from webapp.analytics.follows import FollowPage
from webapp.analytics.marks import TagCount, list_tags
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import Period
from webapp.domain.query import FollowOrder, FollowQuery, Ignored, Relation
from webapp.domain.scope import Permission, Scope
from webapp.domain.tags import IGNORE
from webapp.web.i18n import locale
from webapp.web.paging_texts import shown_text
from webapp.web.tag_texts import show_tag

# Asks for the exact total at any price; a page may leave it out where counting would keep it waiting.
TOTAL: Final = "total"


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


class PeopleList(ABC):
    """The parts of a list of people, each computed when the template asks for it.

    ``pick`` says that the rows are boxes to tick. ``unset_ignored`` is what of ignored people needs no argument.
    """

    pick = ""
    unset_ignored: Ignored | None = None

    def __init__(self, scope: Scope, query: FollowQuery) -> None:
        self.scope = scope
        self.query = query
        self.may_write = scope.allows(Permission.PERSON_WRITE)
        self.shows_names = not scope.redaction.hides_names

    @property
    @abstractmethod
    def result(self) -> FollowPage | PartPage:
        """Return the page of the list."""

    @abstractmethod
    def cards(self) -> Markup:
        """Return the people of this page, each as `ui.person_card` shows one."""

    @abstractmethod
    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""

    @property
    @abstractmethod
    def pick_href(self) -> str:
        """Return the address of this page, or of one with the same people, with boxes to tick."""

    @property
    @abstractmethod
    def unknown_text(self) -> str:
        """Return why the list cannot be known, and what would help."""

    @abstractmethod
    def _href(self, query: FollowQuery, **more: object) -> str:
        """Return the address of another view of the list."""

    @property
    def relations(self) -> list[Option]:
        """Return the relations to choose from; empty where the list is of one alone."""
        return []

    @property
    def empty_text(self) -> str:
        """Return what it means that nobody is on the list."""
        return str(_("Your newest export holds this list, and it is empty."))

    @property
    def is_narrowed(self) -> bool:
        """Return whether a filter can be cleared."""
        return self.query.is_filtered

    @property
    def open_href(self) -> str | None:
        """Return the address of what is behind the total; ``None`` where it is no figure of its own."""
        return None

    @property
    def open_label(self) -> str:
        """Return which figure the total is."""
        return ""

    @cached_property
    def tags(self) -> tuple[TagCount, ...]:
        """Return the tags of the account."""
        return list_tags(self.scope) if self.result.has_tags else ()

    @property
    def tag_filters(self) -> list[Option]:
        """Return the tags to choose from as a filter; empty while nobody has one, and for those without any."""
        if self.query.unmarked:
            return []
        keys = {tag.key: tag.tag for tag in self.tags}
        if self.query.tag:
            keys.setdefault(self.query.tag, self.query.tag)
        shown = [Option(key, show_tag(tag).label) for key, tag in keys.items()]
        return [Option("", _("Any tag")), *shown] if shown else []

    @cached_property
    def ignored_text(self) -> str | None:
        """Return how many people are left out or shown because of a mark, in words; ``None`` where none is."""
        if self.query.hides_ignored and self.result.left_out:
            return str(
                ngettext(
                    "%(count)s person you marked as ignored is left out.",
                    "%(count)s people you marked as ignored are left out.",
                    self.result.left_out,
                    count=format_count(self.result.left_out, locale()),
                )
            )
        if self.shows_ignored and not self.query.unmarked and IGNORE in {tag.key for tag in self.tags}:
            return str(_("People you marked as ignored are shown."))
        return None

    @property
    def shows_ignored(self) -> bool:
        """Return whether ignored people are shown where another view leaves them out."""
        return self.query.not_mutual and self.query.ignored is Ignored.SHOW

    @property
    def ignored_switch(self) -> Option:
        """Return the way to see ignored people, or to leave them out again, and its words."""
        if self.query.hides_ignored:
            return Option(self._href(self.query.with_(ignored=Ignored.SHOW)), _("Show them"))
        hide = None if self.unset_ignored is None else Ignored.HIDE
        return Option(self._href(self.query.with_(ignored=hide)), _("Leave them out"))

    @cached_property
    def total_text(self) -> str | None:
        """Return how many people the query finds, in words; ``None`` while nobody has counted."""
        total = self.result.total
        if total is None:
            return None
        shown = format_count(total, locale())
        if self.is_narrowed:
            return str(_("%(count)s found", count=shown))
        return str(ngettext("%(count)s person", "%(count)s people", total, count=shown))

    @cached_property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self.result.start, len(self.result.rows), self.result.total)

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
        word = next((relation.text for relation in self.relations if relation.value == query.relation), None)
        if word and query.relation is not Relation.ALL:
            chips.append(self._chip(word, relation=Relation.ALL, ignored=None))
        if query.tag:
            label = next(tag.text for tag in self.tag_filters if tag.value == query.tag)
            chips.append(self._chip(_("Tag: %(tag)s", tag=label), tag=""))
        if query.unmarked:
            chips.append(self._chip(_("Without any tag"), unmarked=False))
        if query.ignored is Ignored.HIDE:
            chips.append(self._chip(_("Without ignored people"), ignored=self.unset_ignored))
        return chips

    @property
    def action(self) -> str:
        """Return the address of the list without any argument; a form brings its own."""
        return request.path

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what the form of the filters brings along, unseen."""
        ignored = "" if self.query.ignored is self.unset_ignored else str(self.query.ignored or "")
        kept = {
            "account": request.args.get("account", ""),
            "ignored": ignored,
            "unmarked": "1" if self.query.unmarked else "",
        }
        return [(name, value) for name, value in kept.items() if value]

    @property
    def total_href(self) -> str:
        """Return the address of this page with the total counted."""
        return self._href(self.query, **{TOTAL: 1})

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
        by_date = [
            Option(FollowOrder.DATE_FOLLOWED_DESC, _("Newest first")),
            Option(FollowOrder.DATE_FOLLOWED, _("Oldest first")),
        ]
        by_name = [
            Option(FollowOrder.USERNAME, _("Name A to Z")),
            Option(FollowOrder.USERNAME_DESC, _("Name Z to A")),
        ]
        return [*by_date, *by_name] if self.shows_names else by_date

    def _chip(self, text: str, **changes: object) -> Chip:
        return Chip(text, self._href(self.query.with_(**changes)), _("Remove the filter “%(filter)s”", filter=text))


class Since(dict[date, Markup]):
    """The days of a page in words, escaped, each made once: many people follow on the same day."""

    def __missing__(self, day: date) -> Markup:
        """Make the words of a day."""
        text = self[day] = escape(_("since %(day)s", day=format_day(day, locale())))
        return text
