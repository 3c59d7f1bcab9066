"""The videos of TikTok Studio with the posts that they are, and what a person can say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.studio_videos import PostOfVideo, StudioVideoView, list_videos
from webapp.domain.formatting import format_count, format_day, format_instant
from webapp.domain.period import instant
from webapp.domain.scope import Permission, Scope
from webapp.domain.text import N_
from webapp.models import MatchState
from webapp.web.covers import Cover, covers_of
from webapp.web.i18n import day_of_second, locale
from webapp.web.masking import shown_caption

# What the form sends where no post is meant, and where the choice is to be forgotten.
NONE_OF_THEM: Final = "none"
FORGET: Final = "forget"
_STATES: Final = {
    MatchState.MATCHED: (N_("matched"), "good"),
    MatchState.AMBIGUOUS: (N_("several fit"), "warn"),
    MatchState.UNMATCHED: (N_("not found"), "neutral"),
    MatchState.BY_HAND: (N_("matched by hand"), "good"),
    MatchState.NONE: (N_("none of them"), "neutral"),
}
_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class VideoLine:
    """A video in the list; ``options`` are the posts to choose from, ``None`` where nothing can be chosen."""

    key: str
    permalink: str
    title: str
    posted: str
    figures: tuple[str, ...]
    state: str
    badge: str
    note: str | None
    post: PostOfVideo | None
    post_title: str
    post_when: str
    cover: Cover | None
    options: tuple[tuple[str, str], ...]
    selected: str
    is_decided: bool
    is_pending: bool

    @property
    def form_href(self) -> str:
        """Return where a choice is sent."""
        return url_for("studio.choose", platform_post_id=self.key)


@dataclass(frozen=True)
class VideoList:
    """Every video once."""

    scope: Scope

    @cached_property
    def found(self) -> list[StudioVideoView]:
        """Return the videos, those that are open first."""
        return list_videos(self.scope, self.scope.timezone)

    @property
    def can_choose(self) -> bool:
        """Return whether the reader may say which post a video is."""
        return self.scope.allows(Permission.POST_WRITE)

    @property
    def is_pending(self) -> bool:
        """Return whether a choice is being worked in."""
        return any(view.is_pending for view in self.found)

    @cached_property
    def lines(self) -> list[VideoLine]:
        """Return the videos in words."""
        covers = covers_of(self.scope, [view.post for view in self.found if view.post is not None])
        return [self._line(view, covers) for view in self.found]

    @property
    def summary(self) -> str:
        """Return how many videos have found their post."""
        joined = sum(view.post is not None for view in self.found)
        total = len(self.found)
        text = ngettext(
            "%(joined)s of %(count)s video is joined to its post.",
            "%(joined)s of %(count)s videos are joined to their posts.",
            total,
            joined=_count(joined),
            count=_count(total),
        )
        return str(text)

    def _line(self, view: StudioVideoView, covers: Mapping[str, Cover]) -> VideoLine:
        state, badge = _STATES[view.state]
        post = view.post
        decided = view.state in (MatchState.BY_HAND, MatchState.NONE)
        return VideoLine(
            key=view.platform_post_id,
            permalink=view.permalink,
            title=shown_caption(view.title or "") or str(_("without a title")),
            posted=format_day(view.posted_on, locale()) if view.posted_on else "–",
            figures=tuple(map(_figure, (view.views, view.likes, view.comments, view.shares))),
            state=str(_(state)),
            badge=badge,
            note=self._note(view),
            post=post,
            post_title=(shown_caption(post.title) or str(_("without a title"))) if post else "",
            post_when=self._when(post) if post else "",
            cover=covers.get(post.public_id) if post else None,
            options=tuple(self._options(view)),
            selected=post.public_id if post else NONE_OF_THEM if view.state is MatchState.NONE else "",
            is_decided=decided,
            is_pending=view.is_pending,
        )

    def _note(self, view: StudioVideoView) -> str | None:
        if view.is_pending:
            return str(_("Your choice is being worked in."))
        if view.state is MatchState.BY_HAND and view.post is None:
            return str(_("The post that you chose is in none of your exports at the moment."))
        if view.state is MatchState.AMBIGUOUS:
            return str(_("Several posts fit equally well by day, title and likes. Only you know which it is."))
        if view.state is MatchState.UNMATCHED and not view.candidates:
            return str(_("No post of your exports is of this day. Import an export made after it."))
        if view.state is MatchState.UNMATCHED:
            return str(_("No post of this day has its title, or likes close to it."))
        return None

    def _options(self, view: StudioVideoView) -> Sequence[tuple[str, str]]:
        posts = list(view.candidates)
        if view.post is not None and view.post not in posts:
            posts.insert(0, view.post)
        named = [(post.public_id, f"{self._when(post)} · {_short(post.title)}") for post in posts]
        return [*named, (NONE_OF_THEM, str(_("None of these")))]

    def _when(self, post: PostOfVideo) -> str:
        return format_instant(instant(post.published_at, self.scope.timezone), locale())

    @property
    def as_of(self) -> str:
        """Return of which day the newest figures are."""
        newest = max((view.at for view in self.found), default=0)
        return day_of_second(newest, self.scope.timezone)


def _short(title: str) -> str:
    words = " ".join(shown_caption(title).split())
    if not words:
        return str(_("without a title"))
    return words if len(words) <= _TITLE else f"{words[:_TITLE].rstrip()}…"


def _figure(value: int | None) -> str:
    return "–" if value is None else _count(value)


def _count(value: int) -> str:
    return format_count(value, locale())
