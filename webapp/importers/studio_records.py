"""Define what a download from TikTok Studio becomes; dates stay as they are written until its time is known."""

from __future__ import annotations

import msgspec

from webapp.domain.studio import StudioPart, When


class DayRow(msgspec.Struct, frozen=True, array_like=True):
    """A day with the figures of one file, in the order of ``DAY_FIGURES``; an unknown one is ``None``."""

    when: When
    figures: tuple[int | None, ...]


class HourRow(msgspec.Struct, frozen=True, array_like=True):
    """How many followers were active in an hour, 0 to 23, of a day."""

    when: When
    hour: int
    active: int | None


class ShareRow(msgspec.Struct, frozen=True, array_like=True):
    """A part of the followers, 0 to 1."""

    label: str
    share: float | None


class VideoRow(msgspec.Struct, frozen=True, kw_only=True):
    """A video with its figures; ``seen`` is the last day that they count."""

    platform_post_id: str
    permalink: str
    title: str | None = None
    posted: When | None = None
    seen: When | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None


class StudioFigures(msgspec.Struct, kw_only=True):
    """Everything that is kept of a download, file by file in the order of its rows."""

    days: dict[StudioPart, list[DayRow]] = {}
    hours: list[HourRow] = []
    shares: dict[StudioPart, list[ShareRow]] = {}
    videos: list[VideoRow] = []

    def whens(self) -> list[When]:
        """Return the dates of the longest run of days, or those of the videos where there are no days."""
        runs = [[row.when for row in rows] for rows in self.days.values()]
        runs += [[row.when for row in self.hours], [row.seen for row in self.videos if row.seen is not None]]
        return next((run for run in runs if run), [])
