"""The shapes of the answers about one follow list."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Page, Shape, Unknown


class Follow(Shape, frozen=True, kw_only=True):
    """Somebody on a list; is_mutual is null while the other list is unknown."""

    username: str
    date_followed: Instant
    is_mutual: bool | None


class FollowList(Page, frozen=True, kw_only=True):
    """People on a list; count is null, and unknown says why, where no export holds the list."""

    results: list[Follow]
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
