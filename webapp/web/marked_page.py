"""The parts of the list of marked people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.erasures import list_erasures
from webapp.analytics.marked_people import MarkedPage, MarkedPerson, list_marked
from webapp.analytics.marks import list_tags
from webapp.domain.formatting import format_count, format_day
from webapp.domain.marked_query import MarkedQuery
from webapp.domain.period import day_of
from webapp.domain.scope import Scope
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.i18n import locale
from webapp.web.paging_texts import shown_text
from webapp.web.tag_texts import ShownTag, show_tag

_NOTE_SHOWN = 140


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A marked person in words."""

    username: str
    tags: tuple[ShownTag, ...]
    note: str
    standing: str
    kind: str


@dataclass(frozen=True, slots=True)
class TagLink:
    """A tag of the account as a filter."""

    label: str
    icon: str
    count: str
    href: str
    is_current: bool


class MarkedPeoplePage:
    """The list, each part made when the template asks for it."""

    def __init__(self, scope: Scope, query: MarkedQuery) -> None:
        self.scope = scope
        self.query = query
        self.shows_names = not scope.redaction.hides_names

    @cached_property
    def result(self) -> MarkedPage:
        """Return the page of the list."""
        return list_marked(self.scope, self.query)

    @property
    def rows(self) -> list[MarkedRow]:
        """Return the people of this page."""
        return [self._row(person) for person in self.result.rows]

    @property
    def total_text(self) -> str:
        """Return how many people the query finds, in words."""
        total = self.result.total
        return str(ngettext("%(count)s person", "%(count)s people", total, count=format_count(total, locale())))

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the list."""
        return bool(self.query.search or self.query.tag)

    @cached_property
    def tags(self) -> list[TagLink]:
        """Return the tags that somebody has, each as a filter with how many have it; the chosen one leads back."""
        links = []
        for tag in list_tags(self.scope):
            shown, is_current = show_tag(tag.tag), tag.key == self.query.tag
            href = self._href(self.query.with_(tag="" if is_current else tag.key))
            links.append(TagLink(shown.label, shown.icon, format_count(tag.people, locale()), href, is_current))
        return links

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self.result.start, len(self.result.rows), self.result.total)

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        has_next = self.result.start + len(self.result.rows) < self.result.total
        return self._href(self.query.with_(page=self.query.page + 1)) if has_next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.query.with_(page=self.query.page - 1)) if self.query.page > 1 else None

    @property
    def clear_href(self) -> str:
        """Return the address without filters."""
        return self._href(MarkedQuery())

    @property
    def keep(self) -> list[tuple[str, str]]:
        """Return what a search brings along."""
        kept = {"tag": self.query.tag, "account": request.args.get("account", "")}
        return [(name, value) for name, value in kept.items() if value]

    @property
    def action(self) -> str:
        """Return the address of the list without any argument."""
        return request.path

    @cached_property
    def erased_text(self) -> str | None:
        """Return how many people were erased and when last, in words; ``None`` where nobody was."""
        rows = [row for row in list_erasures(self.scope) if row.erased_at is not None]
        if not rows:
            return None
        last = max(row.erased_at for row in rows if row.erased_at is not None)
        day = format_day(day_of(int(last.timestamp()), self.scope.timezone), locale())
        count = format_count(len(rows), locale())
        return str(
            ngettext(
                "%(count)s person was erased, on %(day)s.",
                "%(count)s people were erased, the last on %(day)s.",
                len(rows),
                count=count,
                day=day,
            )
        )

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("people.index")

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments = {**self.query.with_().to_args(), **({"dialect": dialect} if dialect else {})}
        return url_for("people.index_csv", **arguments)  # type: ignore[arg-type]

    def _row(self, person: MarkedPerson) -> MarkedRow:
        text, kind = _standing(person)
        note = person.note if len(person.note) <= _NOTE_SHOWN else f"{person.note[:_NOTE_SHOWN].rstrip()}…"
        return MarkedRow(person.username, tuple(show_tag(tag) for tag in person.tags), note, text, kind)

    def _href(self, query: MarkedQuery) -> str:
        return url_for("people.index", **query.to_args())  # type: ignore[arg-type]


def _standing(person: MarkedPerson) -> tuple[str, str]:
    """Return how the two stand to each other now, in words, and the kind of the badge."""
    if person.is_follower and person.is_followed:
        return _("Mutual"), "mutual"
    if person.is_follower:
        return _("Follows you"), "accent"
    if person.is_followed:
        return _("You follow them"), "accent"
    if person.is_follower is None or person.is_followed is None:
        return _("unknown"), "neutral"
    return _("On neither list now"), "neutral"
