"""The hashtags of the counted posts: a cloud, a table with what they typically get, and those used together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.content.fit import Pair, TagEffect
from webapp.analytics.content.kept import keep
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow
from webapp.analytics.content.uses import TagUse, count_tags
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.web.content.listing import Listed, ListOrder, ListPage, ListQuery
from webapp.web.content.suggestions import Suggestions
from webapp.web.content.texts import FIRM_POSTS, count_text, day_text, effect_text, span_text, typical_text
from webapp.web.figure_links import figure_href
from webapp.web.post_links import post_href, posts_href
from webapp.web.post_texts import short_title

# So many hashtags are in the cloud, in so many sizes.
_CLOUD: Final = 60
_SIZES: Final = 5
# The size of all where the most used is used less than so many times as often as the least used.
_MIDDLE: Final = 3
_EVEN: Final = 1.5
# So many posts of a hashtag are named, and so many pairs of hashtags.
_POSTS: Final = 8
_PAIRS: Final = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A hashtag of the cloud; ``size`` is 1 to 5 by how often it is used."""

    text: str
    label: str
    size: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class TagRow:
    """A hashtag as the table shows it; ``effect`` is ``None`` where nothing is compared."""

    text: str
    href: str
    notes: tuple[str, ...]
    is_generic: bool
    is_rising: bool
    is_claimed: bool
    is_indicative: bool
    count: Markup
    typical: Markup
    effect: str | None
    span: str | None
    first_used: str
    last_used: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in a short list."""

    day: str
    title: str
    href: str
    likes: Markup | str


class HashtagsPage(ListPage[TagUse]):
    """The parts of the page, each computed when the template asks for it."""

    ENDPOINT: ClassVar[str] = "hashtags.show"
    DOWNLOAD: ClassVar[str] = "hashtags.download"

    @property
    def has_titles(self) -> bool:
        """Return whether the exports hold the words of posts."""
        return self.table.has_titles

    @property
    def uses(self) -> Sequence[TagUse]:
        """Return every hashtag of the counted posts, the most used first."""
        return count_tags(self.table)

    @cached_property
    def effects(self) -> dict[str, TagEffect]:
        """Return what is compared of each hashtag that was."""
        return {effect.group.key: effect for effect in self.fit.likes.hashtags}

    @cached_property
    def suggestions(self) -> Suggestions:
        """Return what passed a test, in words."""
        return Suggestions(self.fit, self.table, self.scope.timezone)

    @cached_property
    def cloud(self) -> list[Word]:
        """Return the most used hashtags in the order of the alphabet."""
        uses = self.uses[:_CLOUD]
        most = max((use.posts for use in uses), default=1)
        # Where all are used alike, none is shown as if it led.
        is_even = bool(uses) and most < _EVEN * uses[-1].posts
        words = [self._word(use, _MIDDLE if is_even else _size(use.posts, most)) for use in uses]
        return sorted(words, key=lambda word: word.text.casefold())

    @property
    def cloud_text(self) -> str:
        """Return how many hashtags the cloud shows of how many."""
        total, shown = len(self.uses), len(self.cloud)
        if shown < total:
            return str(
                _(
                    "The %(shown)s most used of %(total)s hashtags; the larger, the more of your posts have it",
                    shown=count_text(shown),
                    total=count_text(total),
                )
            )
        text = ngettext(
            "%(total)s hashtag; the larger, the more of your posts have it",
            "%(total)s hashtags; the larger, the more of your posts have it",
            total,
            total=count_text(total),
        )
        return str(text)

    @cached_property
    def listed(self) -> Listed[TagUse]:
        """Return the hashtags of the table."""
        effects = self.effects
        return Listed(
            self.uses,
            self.query,
            lambda use: use.spelling.lstrip("#＃"),
            {
                ListOrder.USAGE: lambda use: use.posts,
                ListOrder.TYPICAL: lambda use: use.typical,
                ListOrder.EFFECT: lambda use: effects[use.tag].group.effect if use.tag in effects else None,
                ListOrder.FIRST: lambda use: use.first_used,
                ListOrder.LAST: lambda use: use.last_used,
            },
        )

    @cached_property
    def rows(self) -> list[TagRow]:
        """Return the rows of the page of the table."""
        rising = {rising.key for rising in self.fit.rising_tags}
        return [self._row(use, self.effects.get(use.tag), use.tag in rising) for use in self.listed.shown]

    @property
    def pairs(self) -> list[tuple[str, Markup]]:
        """Return the hashtags used together most: both, and how many counted posts have both."""
        return [self._pair(pair) for pair in self.fit.pairs[:_PAIRS]]

    @cached_property
    def chosen(self) -> TagUse | None:
        """Return the hashtag whose posts are shown."""
        wanted = self.query.chosen.casefold().lstrip("#＃")
        return next((use for use in self.uses if use.tag == wanted), None)

    @property
    def chosen_title(self) -> str:
        """Return whose posts are shown."""
        return "" if self.chosen is None else str(_("Posts with #%(tag)s", tag=self._text(self.chosen.tag)))

    @property
    def chosen_href(self) -> str:
        """Return the address of all posts of the hashtag."""
        return "" if self.chosen is None else posts_href(self.counted_filter.with_(hashtag=self.chosen.tag))

    @property
    def chosen_posts(self) -> list[PostLine]:
        """Return the newest posts of the hashtag that count."""
        if self.chosen is None:
            return []
        wanted = self.counted_filter.with_(hashtag=self.chosen.tag)
        posts = keep(self.table, wanted, lambda: select_posts(self.table, wanted))
        return [self._line(row) for row in reversed(posts[-_POSTS:])]

    def _text(self, tag: str) -> str:
        return self._spellings.get(tag, tag)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {name.tag: name.spelling.lstrip("#＃") for name in self.table.tags}

    def _pair(self, pair: Pair) -> tuple[str, Markup]:
        text = f"#{self._text(pair.tag)} + #{self._text(pair.other)}"
        posts = self.counted_filter.with_(hashtag=pair.tag, with_hashtag=pair.other)
        href = figure_href(FigureQuery(MetricKey.POSTS, posts=posts))
        return text, self.opened(count_text(pair.posts), href, f"{text}, n")

    def _word(self, use: TagUse, size: int) -> Word:
        posts = ngettext("%(count)s post", "%(count)s posts", use.posts, count=count_text(use.posts))
        text = f"#{self._text(use.tag)}"
        href = self.of(ListQuery(chosen=use.tag, order=self.query.order))
        is_chosen = self.chosen is not None and self.chosen.tag == use.tag
        return Word(text, f"{text}: {posts}", size, href, is_chosen)

    def _row(self, use: TagUse, effect: TagEffect | None, is_rising: bool) -> TagRow:
        text, posts = f"#{self._text(use.tag)}", self.counted_filter.with_(hashtag=use.tag)
        group = None if effect is None else effect.group
        merged = () if effect is None else effect.merged
        return TagRow(
            text=text,
            href=posts_href(posts),
            notes=tuple(str(_("always with #%(tag)s", tag=self._text(tag))) for tag in merged),
            is_generic=effect is not None and effect.is_generic,
            is_rising=is_rising,
            is_claimed=group is not None and group.claim,
            is_indicative=use.posts < FIRM_POSTS,
            count=self.opened(
                count_text(use.posts), figure_href(FigureQuery(MetricKey.POSTS, posts=posts)), f"{text}, n"
            ),
            typical=self.opened(
                typical_text(use.typical),
                figure_href(FigureQuery(MetricKey.TYPICAL_LIKES, posts=posts)),
                f"{text}, {_('Typical likes')}",
            ),
            effect=None if group is None or group.effect is None else effect_text(group.effect),
            span=None if group is None else span_text(group),
            first_used=day_text(use.first_used, self.scope.timezone),
            last_used=day_text(use.last_used, self.scope.timezone),
        )

    def _line(self, row: PostRow) -> PostLine:
        day = day_text(row.published_at, self.scope.timezone)
        likes = FigureQuery(MetricKey.POST_LIKES, post=row.public_id)
        shown = (
            "–" if row.likes is None else self.opened(count_text(row.likes), figure_href(likes), f"{day}, {_('Likes')}")
        )
        return PostLine(day, short_title(row.title), post_href(row.public_id), shown)


def _size(posts: int, most: int) -> int:
    """Return the step of the cloud: of equal size in the square root, as eyes compare areas."""
    return next(size for size in range(1, _SIZES + 1) if posts * _SIZES**2 <= most * size**2)
