"""The parts of the page of one post, each computed when the template asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.analytics.content.post_history import PostWords, find_history, find_words
from webapp.analytics.content.post_notes import Note, list_notes
from webapp.analytics.content.similar import Similar, find_similar
from webapp.analytics.content.standing import Neighbours, Uncounted, find_neighbours, why_uncounted
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.growth import find_growth
from webapp.analytics.insights.post_gains import PostGain, find_post_gain
from webapp.analytics.insights.posts import public_posts
from webapp.analytics.insights.shortages import Shortage
from webapp.domain.formatting import format_count, format_day, format_instant
from webapp.domain.period import Period, day_of, instant
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter, PostKind, Privacy, Standing
from webapp.domain.scope import Permission, Scope
from webapp.models.content import MAX_POST_NOTE
from webapp.services.covers import MAX_BYTES, MAX_MB
from webapp.web.covers import Cover, covers_of
from webapp.web.i18n import locale
from webapp.web.insights.posts import GainRow, gain_row
from webapp.web.insights.texts import shortage_text
from webapp.web.masking import shown_caption
from webapp.web.post_links import post_href, posts_href
from webapp.web.post_page.fields import PostFields
from webapp.web.post_page.forecast import PostOutlook
from webapp.web.post_page.history import PostHistory
from webapp.web.post_page.standing import PostCards
from webapp.web.post_texts import short_title

_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Badge:
    """A word about the state of a post, with the kind of its badge."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class PostLink:
    """A post that the page leads to."""

    title: str
    day: str
    href: str


@dataclass(frozen=True, slots=True)
class TagLink:
    """A hashtag as the account mostly spells it, and the list of its posts."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A similar post, its likes where they are known, and what it shares."""

    post: PostLink
    cover: Cover
    likes: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Gain:
    """The follows after the post, or why they are not told."""

    row: GainRow | None
    refusal: str | None


class PostPage:
    """What the page shows of one post; ``note`` is the id of the note that is being changed."""

    max_note = MAX_POST_NOTE
    max_image_mb = MAX_MB
    max_image_bytes = MAX_BYTES

    def __init__(
        self,
        scope: Scope,
        table: PostTable,
        row: PostRow,
        *,
        edited: str = "",
        sent_note: str | None = None,
        note_error: str | None = None,
        deleted: str | None = None,
        cover_error: str | None = None,
    ) -> None:
        self.scope = scope
        self.row = row
        self.edited = edited
        self.sent_note = sent_note or ""
        self.note_error = note_error
        self.deleted = deleted
        self.cover_error = cover_error
        self.reader = current_user.email
        # Notes lack the names that the reader does not see: what was changed so would be lost.
        self.may_write = scope.allows(Permission.POST_WRITE) and not scope.redaction.hides_names
        self._table = table

    # ---- the head ----

    @property
    def title(self) -> str:
        """Return what the page is called: the words of the post, or its day."""
        return short_title(self.row.title) or str(_("Post of %(day)s", day=self.day))

    @property
    def is_cut(self) -> bool:
        """Return whether the words of the post are longer than the page's name, or on several lines."""
        return self.words.strip() != short_title(self.row.title)

    @property
    def words(self) -> str:
        """Return the words of the post as the reader may see them."""
        return shown_caption(self.row.title)

    @property
    def has_words(self) -> bool:
        """Return whether anything is to be said of the words beside the page's name."""
        return not self.row.title or self.is_cut or bool(self.row.hashtags)

    @property
    def day(self) -> str:
        """Return the day of publication."""
        return self._day(self.row.published_at)

    @property
    def published(self) -> str:
        """Return day and time of publication, in the account's zone."""
        return format_instant(instant(self.row.published_at, self.scope.timezone), locale())

    @property
    def zone(self) -> str:
        """Return the account's zone as people read it."""
        return self.scope.timezone.replace("_", " ")

    @property
    def badges(self) -> list[Badge]:
        """Return what is to be known first: kind, who sees it, whether it is still there."""
        found = [Badge(self.fields.kind_text, "neutral")]
        if self.row.privacy == Privacy.FRIENDS:
            found.append(Badge(_("Friends only"), "neutral"))
        elif not self.row.is_public:
            found.append(Badge(_("Only you can see it"), "masked"))
        if self.row.standing is Standing.DELETED:
            found.append(Badge(_("Deleted"), "warn"))
        elif self.row.standing is Standing.GONE:
            found.append(Badge(_("Not on your newest list"), "warn"))
        if why_uncounted(self._table, self.row) is Uncounted.YOUNG:
            found.append(Badge(_("Still growing"), "accent"))
        return found

    @property
    def state_note(self) -> str | None:
        """Return what it means that the post is deleted, gone or young; ``None`` for any other."""
        if self.row.standing is Standing.DELETED:
            return str(_("It is among your recently deleted posts. What your exports said of it stays here."))
        if self.row.standing is Standing.GONE:
            return str(
                _(
                    "An earlier export has it and the newest one does not: it was deleted, or TikTok left it out. What "
                    "your exports said of it stays here."
                )
            )
        if why_uncounted(self._table, self.row) is Uncounted.YOUNG:
            return str(
                _(
                    "Posted less than %(days)s days before your newest export: its likes still rise, so it is not "
                    "counted among your posts yet.",
                    days=MATURE_DAYS,
                )
            )
        return None

    @property
    def as_of(self) -> str:
        """Return the day of the newest list of posts."""
        return self._day(self._table.as_of)

    @property
    def is_photo(self) -> bool:
        """Return whether the post is made of photos."""
        return self.row.kind is PostKind.PHOTO

    @cached_property
    def cover(self) -> Cover:
        """Return what to draw for the post."""
        return covers_of(self.scope, [self.row])[self.row.public_id]

    @property
    def tags(self) -> list[TagLink]:
        """Return the hashtags of the post."""
        every, found = PostFilter(period=Period(None, None, self.scope.timezone)), []
        for place in self.row.hashtags:
            name = self._table.tags[place]
            found.append(TagLink(f"#{name.spelling}", posts_href(every.with_(hashtag=name.tag))))
        return found

    @cached_property
    def _neighbours(self) -> Neighbours:
        return find_neighbours(self._table, self.row)

    @property
    def earlier(self) -> PostLink | None:
        """Return the post before this one."""
        return self._link(self._neighbours.earlier)

    @property
    def later(self) -> PostLink | None:
        """Return the post after this one."""
        return self._link(self._neighbours.later)

    # ---- figures ----

    @cached_property
    def figures(self) -> PostCards:
        """Return the cards and the place among the posts."""
        return PostCards(self.row, self._table, self.scope.timezone)

    @cached_property
    def outlook(self) -> PostOutlook:
        """Return what was expected of the post."""
        return PostOutlook(self.scope, self._table, self.row)

    @cached_property
    def history(self) -> PostHistory:
        """Return every reading of the post."""
        return PostHistory(find_history(self.scope, self.row), self.scope.timezone)

    @cached_property
    def _words(self) -> PostWords | None:
        return find_words(self.scope, self.row)

    @cached_property
    def fields(self) -> PostFields:
        """Return every field of the post."""
        return PostFields(self.row, self._words, self._table, self.scope.timezone)

    @property
    def words_day(self) -> str | None:
        """Return the day of the export that says what the fields say."""
        return self._day(self._words.at) if self._words else None

    @cached_property
    def gain(self) -> Gain:
        """Return the follows around the post."""
        if self.row.standing is not Standing.LISTED or not self.row.is_public:
            return Gain(None, str(_("Told for public posts of your newest list alone.")))
        found = find_post_gain(
            self.scope,
            public_posts(self._table),
            find_growth(self.scope, PeriodQuery(Preset.ALL)).fit,
            self.row.public_id,
        )
        if isinstance(found, PostGain):
            return Gain(gain_row(found), None)
        return Gain(None, self._shortage(found))

    @staticmethod
    def _shortage(found: Shortage) -> str:
        return shortage_text(found, "")

    # ---- similar posts ----

    @cached_property
    def similar(self) -> list[SimilarRow]:
        """Return the posts that share most with this one."""
        found = find_similar(self._table, self.row)
        covers = covers_of(self.scope, [each.row for each in found])
        return [
            SimilarRow(
                self._linked(each.row),
                covers[each.row.public_id],
                None if each.row.likes is None else format_count(each.row.likes, locale()),
                self._why(each),
            )
            for each in found
        ]

    def _why(self, similar: Similar) -> str:
        parts = [f"#{self._table.tags[place].spelling}" for place in similar.tags]
        if similar.has_sound:
            parts.append(str(_("the same sound")))
        shown = 0 if self.scope.redaction.hides_captions else _MOST_WORDS
        parts += [f"“{word}”" if locale() != "fr" else f"« {word} »" for word in similar.words[:shown]]
        more = len(similar.words) - shown
        if more > 0:
            parts.append(str(ngettext("%(num)s more word", "%(num)s more words", more)))
        if similar.has_kind:
            parts.append(str(_("the same kind")))
        return str(_("shares %(what)s", what=", ".join(parts)))

    # ---- notes ----

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Return what the team wrote, the oldest first."""
        return list_notes(self.scope, self.row.published_at, self.row.ordinal)

    def note_day(self, note: Note) -> str:
        """Return when a note was written or last changed."""
        return self._day(int(note.changed_at.timestamp()))

    def edit_href(self, note: Note) -> str:
        """Return the address of the page with the form for a note."""
        return url_for("post.show", public_id=self.row.public_id, note=note.public_id)

    @property
    def notes_href(self) -> str:
        """Return the address of the page without a form that is open."""
        return post_href(self.row.public_id)

    def _link(self, row: PostRow | None) -> PostLink | None:
        return None if row is None else self._linked(row)

    def _linked(self, row: PostRow) -> PostLink:
        title = short_title(row.title) or str(_("Without words"))
        return PostLink(title, self._day(row.published_at), post_href(row.public_id))

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.scope.timezone), locale())
