"""The shapes of the answer that adds posts up."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from webapp.domain.post_query import PostKind, Standing
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Shape, Unknown


class KindStats(Shape, frozen=True, kw_only=True):
    """The posts of one kind."""

    kind: PostKind
    posts: int
    likes_total: int | None
    typical_likes: float | None


class StandingStats(Shape, frozen=True, kw_only=True):
    """How many posts stand somewhere by the newest list."""

    standing: Standing
    posts: int


class PrivacyStats(Shape, frozen=True, kw_only=True):
    """How many posts some people can see; null where the export does not say who."""

    privacy: str | None
    posts: int


class PostStats(Shape, frozen=True, kw_only=True):
    """Posts added up; every figure is null, and unknown says why, where no export holds the list of posts."""

    as_of: Instant | None
    timezone: str | None
    posts: int | None
    counted: int | None
    first_published_at: Instant | None
    last_published_at: Instant | None
    by_kind: list[KindStats]
    by_standing: list[StandingStats]
    by_privacy: list[PrivacyStats]
    likes_total: int | None
    typical_likes: float | None
    likes_unknown: int | None
    views_total: int | None
    typical_views: float | None
    views_unknown: int | None
    engagement_rate: float | None
    hashtags: int | None
    sounds: int | None
    titles_unknown: int | None
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
