"""Write what TikTok Studio counted as CSV; what no download states is an empty cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.analytics.content.studio import FIGURES, ActiveHours, DayFigures, Shares
from webapp.analytics.content.studio_videos import StudioVideoView
from webapp.domain.redaction import Redaction
from webapp.models import AudienceTrait
from webapp.renderers.table_csv import Moment, Row


class StudioTable(StrEnum):
    """The tables that can be downloaded."""

    DAYS = "days"
    HOURS = "hours"
    SHARES = "shares"
    VIDEOS = "videos"


HEADS: Final[dict[StudioTable, tuple[str, ...]]] = {
    StudioTable.DAYS: ("day", *FIGURES),
    StudioTable.HOURS: ("day", "hour", "active_followers"),
    StudioTable.SHARES: ("trait", "label", "share", "as_of"),
    StudioTable.VIDEOS: (
        *("id", "link", "title", "day_posted", "views", "likes", "comments", "shares", "as_of"),
        *("match", "post", "date_published"),
    ),
}


def day_rows(days: Iterable[DayFigures]) -> Iterator[Row]:
    """Yield days, oldest first."""
    for row in days:
        yield (row.day, *(row.figures.get(name) for name in FIGURES))


def hour_rows(found: ActiveHours) -> Iterator[Row]:
    """Yield the hours that are told."""
    for day, hours in found.days.items():
        for hour in sorted(hours):
            yield day, hour, hours[hour]


def share_rows(found: Iterable[tuple[AudienceTrait, Shares | None]]) -> Iterator[Row]:
    """Yield the parts of the followers by the labels of the file; a share is 0 to 1."""
    for trait, shares in found:
        for part in shares.parts if shares else ():
            yield trait.value, part.label, part.share, Moment(shares.as_of if shares else 0)


def video_rows(views: Iterable[StudioVideoView], redaction: Redaction) -> Iterator[Row]:
    """Yield the videos with the posts that they are."""
    for view in views:
        counts = (view.views, view.likes, view.comments, view.shares)
        post = view.post
        yield (
            view.platform_post_id,
            view.permalink,
            view.title and redaction.caption(view.title),
            view.posted_on,
            *counts,
            Moment(view.at),
            view.state.value,
            post.public_id if post else None,
            Moment(post.published_at) if post else None,
        )
