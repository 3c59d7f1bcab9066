"""The parts of a follow list's page: rows, filters, ways on, and what was just done to ticked people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from webapp.analytics.follows import FollowPage, list_follows
from webapp.analytics.marks import TagCount, list_tags
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import Period
from webapp.domain.query import FollowOrder, FollowQuery, Ignored, Relation
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.tags import IGNORE, MAX_TAG
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.i18n import locale
from webapp.web.person_cards import PersonCards
from webapp.web.tag_texts import ShownTag, choices, show_tag

# Asks for the exact total at any price; the page itself leaves it out where counting would keep it waiting.
TOTAL: Final = "total"
# Shows boxes to tick instead of links, ``ALL`` of them ticked.
PICK: Final = "pick"
ALL: Final = "all"


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


@dataclass(frozen=True, slots=True)
class Marked:
    """What was done to the people who were ticked: those of them to whom it made a difference."""

    tag: ShownTag
    usernames: tuple[str, ...]
    is_added: bool

    @property
    def text(self) -> str:
        """Return what was done, in words."""
        tag, number = self.tag.label, len(self.usernames)
        if not number and self.is_added:
            return str(_("Nothing changed: all of them had the tag “%(tag)s” already.", tag=tag))
        if not number:
            return str(_("Nothing changed: none of them had the tag “%(tag)s”.", tag=tag))
        count = format_count(number, locale())
        if self.is_added:
            return str(
                ngettext(
                    "%(count)s person was given the tag “%(tag)s”.",
                    "%(count)s people were given the tag “%(tag)s”.",
                    number,
                    count=count,
                    tag=tag,
                )
            )
        return str(
            ngettext(
                "The tag “%(tag)s” was taken from %(count)s person.",
                "The tag “%(tag)s” was taken from %(count)s people.",
                number,
                count=count,
                tag=tag,
            )
        )


class PeoplePage:
    """The parts of a people list, each computed when the template asks for it."""

    max_tag = MAX_TAG

    def __init__(self, scope: Scope, section: Section, query: FollowQuery, *, counts_all: bool, pick: str = "") -> None:
        self.scope = scope
        self.section = section
        self.query = query
        self.counts_all = counts_all
        self.title = _(SECTION_LABELS[section])
        self.may_write = scope.allows(Permission.PERSON_WRITE)
        self.pick = pick if self.may_write else ""
        self.marked: Marked | None = None
        self.refused: str | None = None

    @cached_property
    def result(self) -> FollowPage:
        """Return the page of the list."""
        return list_follows(self.scope, self.section, self.query, counts_all=self.counts_all)

    def cards(self) -> Markup:
        """Return the people of this page, each as `ui.person_card` shows one."""
        zone, since = ZoneInfo(self.scope.timezone), _Since()
        cards = PersonCards(
            current_app.jinja_env.globals["ui"], picks=bool(self.pick), is_picked=self.pick == ALL and not self.marked
        )
        rows = []
        tags = self.result.tags
        for name, second, is_mutual in self.result.rows:
            moment = datetime.fromtimestamp(second, zone)
            rows.append(cards.card(name, since[moment.date()], moment.isoformat(), is_mutual, tags.get(name, ())))
        return Markup("".join(rows))  # nosec B704

    @cached_property
    def tags(self) -> tuple[TagCount, ...]:
        """Return the tags of the account."""
        return list_tags(self.scope) if self.result.has_tags or self.marked else ()

    @property
    def tag_choices(self) -> list[ShownTag]:
        """Return the tags that people can be given."""
        return choices([tag.tag for tag in self.tags])

    @property
    def tag_filters(self) -> list[Option]:
        """Return the tags to choose from as a filter; empty while nobody has one."""
        keys = {tag.key: tag.tag for tag in self.tags}
        if self.query.tag:
            keys.setdefault(self.query.tag, self.query.tag)
        shown = [Option(key, show_tag(tag).label) for key, tag in keys.items()]
        return [Option("", _("Any tag")), *shown] if shown else []

    @property
    def relations(self) -> list[Option]:
        """Return the relations to choose from, in the words of this list."""
        is_followers = self.section is Section.FOLLOWERS
        not_mutual = _("You do not follow back") if is_followers else _("Does not follow back")
        return [
            Option(Relation.ALL, _("Everybody")),
            Option(Relation.MUTUAL, _("Mutuals only")),
            Option(Relation.NOT_MUTUAL, not_mutual),
        ]

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
        if self.query.not_mutual and self.query.ignored is Ignored.SHOW and IGNORE in {tag.key for tag in self.tags}:
            return str(_("People you marked as ignored are shown."))
        return None

    @property
    def ignored_switch(self) -> Option:
        """Return the way to see ignored people, or to leave them out again, and its words."""
        if self.query.hides_ignored:
            return Option(self._href(self.query.with_(ignored=Ignored.SHOW)), _("Show them"))
        return Option(self._href(self.query.with_(ignored=None)), _("Leave them out"))

    @property
    def pick_href(self) -> str:
        """Return the address of this page with boxes to tick."""
        return self._href(self.query, **{PICK: 1})

    @property
    def pick_all_href(self) -> str:
        """Return the address of this page with every box ticked."""
        return self._href(self.query, **{PICK: ALL})

    @property
    def done_href(self) -> str:
        """Return the address of this page without boxes."""
        return self._href(self.query, **{PICK: None})

    @property
    def here_href(self) -> str:
        """Return the address that this page's marks are sent to."""
        return self._href(self.query, **{PICK: 1})

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
        if self.query.relation is not Relation.ALL:
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
        if query.relation is not Relation.ALL:
            word = next(relation.text for relation in self.relations if relation.value == query.relation)
            chips.append(self._chip(word, relation=Relation.ALL, ignored=None))
        if query.tag:
            label = next(tag.text for tag in self.tag_filters if tag.value == query.tag)
            chips.append(self._chip(_("Tag: %(tag)s", tag=label), tag=""))
        if query.ignored is Ignored.HIDE:
            chips.append(self._chip(_("Without ignored people"), ignored=None))
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
        arguments: dict[str, Any] = {**query.to_args(), PICK: 1 if self.pick else None, **more}
        return url_for(f"audience.{self.section.value}", **arguments)


class _Since(dict[date, Markup]):
    """The days of a page in words, escaped, each made once: many people follow on the same day."""

    def __missing__(self, day: date) -> Markup:
        text = self[day] = escape(_("since %(day)s", day=format_day(day, locale())))
        return text
