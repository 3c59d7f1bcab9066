"""The parts of a person's page in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _

from webapp.analytics.marks import TagCount
from webapp.analytics.people import Person, PersonSpell
from webapp.domain.formatting import format_day
from webapp.domain.period import day_of
from webapp.domain.redaction import is_stand_in
from webapp.domain.scope import Permission, Scope
from webapp.domain.sections import Section
from webapp.domain.tags import MAX_NOTE, MAX_TAG
from webapp.domain.text import N_
from webapp.web.i18n import locale
from webapp.web.tag_texts import ShownTag, choices, show_tag


@dataclass(frozen=True, slots=True)
class _Words:
    """The sentences of one direction."""

    title: str
    followed: str
    is_there: str
    left: str
    never: str
    unknown: str


_WORDS = {
    Section.FOLLOWERS: _Words(
        title=N_("Follows you"),
        followed=N_("Followed you on %(day)s"),
        is_there=N_("Still follows you in your newest export, of %(day)s."),
        left=N_("No longer follows you since some day between %(first)s and %(last)s."),
        never=N_("Is on none of your lists of followers."),
        unknown=N_("No export of this account holds the list of followers, so nobody can say."),
    ),
    Section.FOLLOWING: _Words(
        title=N_("You follow"),
        followed=N_("You followed them on %(day)s"),
        is_there=N_("You still follow them in your newest export, of %(day)s."),
        left=N_("You no longer follow them since some day between %(first)s and %(last)s."),
        never=N_("Is on none of your lists of people you follow."),
        unknown=N_("No export of this account holds the list of people you follow, so nobody can say."),
    ),
}


@dataclass(frozen=True, slots=True)
class ShownSpell:
    """One time of following in words."""

    followed: str
    names: tuple[str, ...]
    seen: str
    end: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Direction:
    """One of the two lists for one person."""

    title: str
    spells: tuple[ShownSpell, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the two stand to each other now: a word and the kind of its badge."""

    text: str
    kind: str


class PersonPage:
    """A person in words, each part made when the template asks for it."""

    max_tag = MAX_TAG
    max_note = MAX_NOTE

    def __init__(
        self,
        scope: Scope,
        person: Person,
        tags: tuple[TagCount, ...],
        *,
        tag_error: str | None = None,
        note: str | None = None,
        note_error: str | None = None,
    ) -> None:
        self.person = person
        self.tag_error = tag_error
        self.note_error = note_error
        self.may_write = scope.allows(Permission.PERSON_WRITE)
        self.may_erase = scope.allows(Permission.PERSON_ERASE)
        self._scope = scope
        self._all_tags = tags
        self._note = note

    @property
    def profile_href(self) -> str | None:
        """Return the address of the person on the platform; none where something stands for their name."""
        return None if is_stand_in(self.person.username) else f"https://www.tiktok.com/@{self.person.username}"

    @property
    def other_names(self) -> tuple[str, ...]:
        """Return the names from before, and from after for who was looked up by an old one."""
        return self.person.usernames[1:]

    @cached_property
    def standings(self) -> list[Standing]:
        """Return what holds now, in one or two badges."""
        person = self.person
        if person.is_follower and person.is_followed:
            return [Standing(_("You follow each other"), "mutual")]
        found = []
        if person.is_follower is None:
            found.append(Standing(_("Whether they follow you is unknown"), "neutral"))
        elif person.is_follower:
            found.append(Standing(_("Follows you"), "accent"))
        if person.is_followed is None:
            found.append(Standing(_("Whether you follow them is unknown"), "neutral"))
        elif person.is_followed:
            found.append(Standing(_("You follow them"), "accent"))
        return found or [Standing(_("On neither of your lists now"), "neutral")]

    @cached_property
    def facts(self) -> list[dict[str, str]]:
        """Return the dates that matter, where they are known."""
        person = self.person
        known = (
            (_("Mutual since"), person.mutual_since),
            (_("First seen in an export of"), person.seen_first),
            (_("Last seen in an export of"), person.seen_last),
        )
        return [{"label": label, "value": self._day(second)} for label, second in known if second is not None]

    @cached_property
    def directions(self) -> list[Direction]:
        """Return both lists, the followers first."""
        found = []
        is_on = {Section.FOLLOWERS: self.person.is_follower, Section.FOLLOWING: self.person.is_followed}
        for section, words in _WORDS.items():
            spells = tuple(self._spell(spell, words) for spell in self.person.spells[section])
            nothing = words.unknown if is_on[section] is None else words.never
            found.append(Direction(_(words.title), spells, _(nothing)))
        return found

    @property
    def tags(self) -> list[ShownTag]:
        """Return the person's tags."""
        return [show_tag(tag) for tag in self.person.tags]

    @property
    def other_tags(self) -> list[ShownTag]:
        """Return the tags that the person could have as well."""
        mine = {tag.value for tag in self.tags}
        return [tag for tag in choices([each.tag for each in self._all_tags]) if tag.value not in mine]

    @property
    def note(self) -> str:
        """Return the note, or what was typed and refused."""
        if self._note is not None:
            return self._note
        return self.person.note.text if self.person.note else ""

    def _spell(self, spell: PersonSpell, words: _Words) -> ShownSpell:
        first, last = self._day(spell.seen_first), self._day(spell.seen_last)
        if spell.gone_by is None:
            end = _(words.is_there, day=last)
        else:
            end = _(words.left, first=last, last=self._day(spell.gone_by))
        seen = _("Seen in your export of %(day)s.", day=first)
        if first != last:
            seen = _("Seen in your exports from %(first)s to %(last)s.", first=first, last=last)
        return ShownSpell(
            _(words.followed, day=self._day(spell.followed_at)), spell.usernames, seen, end, spell.is_current
        )

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self._scope.timezone), locale())
