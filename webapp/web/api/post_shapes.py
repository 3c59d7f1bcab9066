"""The shapes of the answers about posts."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from webapp.domain.post_query import PostKind
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Id, Instant, Page, Shape, Unknown


class PostSound(Shape, frozen=True, kw_only=True):
    """The sound of a post."""

    name: str
    author: str | None


class PostItem(Shape, frozen=True, kw_only=True):
    """A post; what no import holds is null, never 0."""

    id: Id
    published_at: Instant
    title: str | None
    kind: PostKind
    likes: int | None
    views: int | None
    comments: int | None
    shares: int | None
    sound: PostSound | None
    hashtags: list[str]
    location: str | None
    privacy: str | None
    permalink: str | None
    deleted_at: Instant | None


class PostList(Page, frozen=True, kw_only=True):
    """Posts of an account; count is null, and unknown says why, where no export holds the list of posts."""

    results: list[PostItem]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET


class PostReading(Shape, frozen=True, kw_only=True):
    """What one export or one file of TikTok Studio counted for a post, at its time."""

    at: Instant
    likes: int | None
    views: int | None
    comments: int | None
    shares: int | None


class SinglePost(PostItem, frozen=True, kw_only=True):
    """A post with what was counted for it over time, oldest first."""

    history: list[PostReading]
    explain: list[Explanation] | UnsetType = UNSET
