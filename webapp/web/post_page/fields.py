"""Every field of a post in words: what its newest export says, and the names of what it does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.post_history import PostWords
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.formatting import format_count, format_second
from webapp.domain.period import Period, instant
from webapp.domain.post_query import PostFilter, PostKind, Privacy
from webapp.domain.text import N_
from webapp.web.i18n import locale
from webapp.web.post_links import posts_href
from webapp.web.sound_texts import sound_text

_PRIVACY: Final = {
    Privacy.EVERYONE.value: N_("Everybody"),
    Privacy.FRIENDS.value: N_("Friends"),
    Privacy.ONLY_YOU.value: N_("Only you"),
}
_SWITCHES: Final = (
    ("allow_comments", N_("Comments")),
    ("allow_duets", N_("Duets")),
    ("allow_stitches", N_("Stitches")),
    ("allow_stickers", N_("Stickers by others")),
    ("allow_sharing_to_story", N_("Sharing to stories")),
)
_TEXTS: Final = (
    ("location", N_("Place")),
    ("alternate_text", N_("Alternate text")),
    ("add_yours_text", N_("“Add yours” text")),
    ("content_disclosure", N_("Content disclosure")),
    ("ai_generated", N_("AI-generated content")),
)
_ANSWERS: Final = {"yes": N_("Yes"), "no": N_("No")}


@dataclass(frozen=True, slots=True)
class Field:
    """A label with what is said of it, and where that leads; ``value`` is ``None`` where no source says it."""

    label: str
    value: str | None
    href: str | None = None


@dataclass(frozen=True)
class PostFields:
    """What the newest export says of a post; ``words`` is ``None`` where a post has no words at all."""

    row: PostRow
    words: PostWords | None
    table: PostTable
    timezone: str

    @cached_property
    def told(self) -> list[Field]:
        """Return the fields that a source states."""
        return [field for field in self._all if field.value is not None]

    @property
    def untold(self) -> list[str]:
        """Return the names of the fields that no source states."""
        return [field.label for field in self._all if field.value is None]

    @cached_property
    def _all(self) -> list[Field]:
        return [*self._what(), *self._switches(), *self._origin()]

    def _what(self) -> Iterator[Field]:
        row, words = self.row, self.words
        published = format_second(instant(row.published_at, self.timezone), locale())
        yield Field(_("Published"), str(published))
        yield Field(_("Kind"), self.kind_text)
        yield self._sound()
        for name, label in _TEXTS:
            text = getattr(words, name) if words else None
            yield Field(_(label), _(_ANSWERS[text.casefold()]) if text and text.casefold() in _ANSWERS else text)
        privacy = words.privacy if words else None
        yield Field(_("Who can see it"), _(_PRIVACY[privacy]) if privacy in _PRIVACY else privacy)

    @property
    def kind_text(self) -> str:
        """Return what the post is made of."""
        count = self.words.image_count if self.words else 0
        if self.row.kind is PostKind.VIDEO:
            return str(_("Video"))
        if not count:
            return str(_("Photos"))
        shown = format_count(count, locale())
        return str(ngettext("%(count)s photo", "%(count)s photos", count, count=shown))

    def _sound(self) -> Field:
        row, words = self.row, self.words
        if row.sound is not None:
            sound = self.table.sounds[row.sound]
            every = PostFilter(period=Period(None, None, self.timezone), sound=sound.public_id)
            return Field(_("Sound"), sound_text(sound), posts_href(every))
        return Field(_("Sound"), words.sound_raw if words else None)

    def _switches(self) -> Iterator[Field]:
        for name, label in _SWITCHES:
            is_allowed = getattr(self.words, name) if self.words else None
            text = None if is_allowed is None else _("allowed") if is_allowed else _("not allowed")
            yield Field(_(label), text)

    def _origin(self) -> Iterator[Field]:
        words = self.words
        saves = self.row.saves
        yield Field(_("Times saved"), None if saves is None else format_count(saves, locale()))
        yield Field(_("Effects"), ", ".join(words.effects) or None if words else None)
        yield Field(_("Stickers"), ", ".join(words.stickers) or None if words else None)
        yield Field(_("Number on the platform"), words.platform_post_id if words else None)
        yield Field(_("Number of the sound"), words.music_id if words else None)
        if self.row.deleted_at is not None:
            deleted = format_second(instant(self.row.deleted_at, self.timezone), locale())
            yield Field(_("Deleted"), str(deleted))
