"""The shapes of the answers about what TikTok Studio counted."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, UnsetType

from webapp.models import MatchState
from webapp.web.api.shapes import Id, Instant, Page, Shape, Unknown


class StudioDayFigures(Shape, frozen=True, kw_only=True):
    """What downloads state of one day, the newest of each figure; null is what none of them states."""

    day: date
    video_views: int | None
    profile_views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    followers: int | None
    viewers: int | None
    new_viewers: int | None
    returning_viewers: int | None


class StudioDayList(Page, frozen=True, kw_only=True):
    """The days of the downloads, newest first; count is null, and unknown says why, where there is no download."""

    timezone: str | None
    results: list[StudioDayFigures]
    unknown: Unknown | UnsetType = UNSET


class StudioVideoFigures(Shape, frozen=True, kw_only=True):
    """A video by the newest download that has it, and the post that it is; match says how that is known."""

    id: str
    permalink: str
    title: str
    day_posted: date | None
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    as_of: Instant
    match: MatchState
    post: Id | None


class StudioVideoList(Page, frozen=True, kw_only=True):
    """The videos of the downloads; count is null, and unknown says why, where there is no download."""

    results: list[StudioVideoFigures]
    unknown: Unknown | UnsetType = UNSET
