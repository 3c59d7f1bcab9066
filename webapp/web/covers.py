"""What stands for a post wherever posts are listed: its cover, or a drawn placeholder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.content.covers import CoverFile, find_covers
from webapp.domain.covers import file_name, kept_height, kept_widths
from webapp.domain.post_query import PostKind
from webapp.domain.scope import Scope
from webapp.extensions import settings
from webapp.web.masking import current_redaction, shown_caption
from webapp.web.post_texts import short_title

_SHADES: Final = 4
_LETTERS: Final = 2


class CoveredPost(Protocol):
    """What a post tells about its cover: `PostRow` and everything that has these names."""

    @property
    def public_id(self) -> str:
        """Return the id of its page."""

    @property
    def published_at(self) -> int:
        """Return the Unix second of its publication."""

    @property
    def ordinal(self) -> int:
        """Return its number among posts of the same second."""

    @property
    def kind(self) -> PostKind:
        """Return what it is made of."""

    @property
    def title(self) -> str:
        """Return its words, which may be none."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What `ui.post_cover` draws: an image where there is one, else kind, letters and one of four shades.

    ``title`` are the words of the post. ``href`` is the widest image's address, ``sources`` all widths as ``srcset``
    has them; sizes are in pixels.
    """

    kind: PostKind
    letters: str
    shade: int
    title: str
    href: str | None = None
    sources: str = ""
    width: int = 0
    height: int = 0

    @property
    def alt(self) -> str:
        """Return what a screen reader says, where the words do not stand beside it."""
        words = short_title(self.title)
        return str(_("Cover of “%(title)s”", title=words)) if words else str(_("Cover of a post without words"))


def covers_of(scope: Scope, posts: Iterable[CoveredPost]) -> dict[str, Cover]:
    """Return what to draw for each post, by its public id."""
    wanted, caption = list(posts), current_redaction().caption
    found = find_covers(scope, (post.published_at for post in wanted))
    return {post.public_id: cover_of(post, found, caption) for post in wanted}


def cover_of(
    post: CoveredPost,
    covers: Mapping[tuple[int, int], CoverFile],
    caption: Callable[[str], str] = shown_caption,
) -> Cover:
    """Return what to draw for a post; ``caption`` tells its words as the reader may see them."""
    cover = covers.get((post.published_at, post.ordinal))
    letters, shade = _letters(caption(post.title)), post.published_at % _SHADES + 1
    if cover is None:
        return Cover(PostKind(post.kind), letters, shade, post.title)
    widths = kept_widths(cover.width)
    return Cover(
        PostKind(post.kind),
        letters,
        shade,
        post.title,
        media_href(file_name(cover.token, widths[-1])),
        ", ".join(f"{media_href(file_name(cover.token, width))} {width}w" for width in widths),
        widths[-1],
        kept_height(cover.width, cover.height, widths[-1]),
    )


def media_href(name: str) -> str:
    """Return the address of a kept image, at the host of the setting where there is one."""
    base = settings().media_base_url
    return f"{base}/{name}" if base else url_for("media.show", name=name)


def _letters(title: str) -> str:
    """Return the first letters of the first words, tags and names among them by what follows their sign."""
    found = ""
    # Pages show many posts, and most words come after the letters that count.
    for word in title.split():
        found += word[:1] if word[:1].isalnum() else next((sign for sign in word if sign.isalnum()), "")
        if len(found) == _LETTERS:
            break
    return found.upper()
