"""The parts of a follow list's page: rows, filters, ways on, and what was just done to ticked people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.follows import FollowPage, list_follows
from webapp.analytics.marks import TagCount, list_tags
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count
from webapp.domain.metrics import MetricKey
from webapp.domain.query import FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.tags import MAX_TAG
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.people_list import Option, PeopleList, Since
from webapp.web.person_cards import PersonCards
from webapp.web.tag_texts import ShownTag, choices

# Shows boxes to tick instead of links, ``ALL`` of them ticked.
PICK: Final = "pick"
ALL: Final = "all"
_METRICS: Final = {Section.FOLLOWERS: MetricKey.FOLLOWERS, Section.FOLLOWING: MetricKey.FOLLOWING}


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


class PeoplePage(PeopleList):
    """The parts of a follow list, each computed when the template asks for it."""

    max_tag = MAX_TAG

    def __init__(self, scope: Scope, section: Section, query: FollowQuery, *, counts_all: bool, pick: str = "") -> None:
        super().__init__(scope, query)
        self.section = section
        self.counts_all = counts_all
        self.title = _(SECTION_LABELS[section])
        self.pick = pick if self.may_write else ""
        self.marked: Marked | None = None
        self.refused: str | None = None

    @property
    def open_href(self) -> str | None:
        """Return the address of what is behind the total; ``None`` of a part of the list."""
        return None if self.query.is_filtered else figure_href(FigureQuery(_METRICS[self.section]))

    @property
    def open_label(self) -> str:
        """Return which figure the total is."""
        return str(self.title)

    @cached_property
    def result(self) -> FollowPage:
        """Return the page of the list."""
        return list_follows(self.scope, self.section, self.query, counts_all=self.counts_all)

    def cards(self) -> Markup:
        """Return the people of this page, each as `ui.person_card` shows one."""
        zone, since = ZoneInfo(self.scope.timezone), Since()
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
    def kept(self) -> list[tuple[str, str]]:
        """Return what the form of the filters brings along, unseen."""
        return [*super().kept, *([(PICK, "1")] if self.pick else [])]

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

    @property
    def unknown_text(self) -> str:
        """Return why the list cannot be known, and what would help."""
        if self.query.relation is not Relation.ALL:
            text = _("Who is mutual takes both lists, and no export of this account holds the other one.")
        else:
            text = _("No export of this account holds this list, so nobody can say how many people are on it.")
        hint = _("When you request your data from TikTok, choose all data, in the JSON format.")
        return f"{text} {hint}"

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments: dict[str, Any] = {**self.query.with_().to_args(), "dialect": dialect or None}
        return url_for(f"audience.{self.section.value}_csv", **arguments)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs(f"audience.{self.section.value}")

    def _href(self, query: FollowQuery, **more: object) -> str:
        arguments: dict[str, Any] = {**query.to_args(), PICK: 1 if self.pick else None, **more}
        return url_for(f"audience.{self.section.value}", **arguments)
