"""Round numbers of followers, by the lists of exports and the days of TikTok Studio."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from webapp.analytics.notices.history import ListedExport, NoticeHistory, highest_between
from webapp.analytics.visible import visible
from webapp.domain.notifications import FOLLOWER_MILESTONES, Finding, NoticeKind
from webapp.domain.period import day_of
from webapp.extensions import db
from webapp.models import Follower, StudioDay


def find_followers(history: NoticeHistory) -> Iterator[Finding]:
    """Yield each round number once, however often it is passed; of several at once the highest."""
    studio = _days_of_studio(history)
    most: int | None = None
    listed: ListedExport | None = None
    for export in history.exports:
        days = studio.get(export.id, [])
        if export.followers is not None:
            days = [*days, (export.day, export.followers)]
        if not days:
            continue
        count = max(followers for _, followers in days)
        threshold = None if most is None else highest_between(FOLLOWER_MILESTONES, most, count)
        if threshold is not None:
            day = min(day for day, followers in days if followers >= threshold)
            if listed is not None and export.followers is not None and day == export.day:
                day = _day_of_follow(history, listed, export, threshold)
            params = {"threshold": threshold, "count": count, "day": day.isoformat()}
            yield Finding(NoticeKind.FOLLOWERS, str(threshold), export.at, params)
        most = max(count, most or 0)
        listed = export if export.followers is not None else listed


def _day_of_follow(history: NoticeHistory, before: ListedExport, export: ListedExport, threshold: int) -> date:
    """Return the day by which so many of a list followed who stayed until it was made: at the latest then.

    Those who are on the list before as well did by then; of the others the list says since when.
    """
    new = select(Follower.followed_at).where(visible(Follower, history.reader), Follower.first_export_id == export.id)
    seconds = sorted(db.session.scalars(new))
    wanted = threshold - ((export.followers or 0) - len(seconds))
    if not 0 < wanted <= len(seconds):
        return export.day
    return min(export.day, max(before.day, day_of(seconds[wanted - 1], history.reader.timezone)))


def _days_of_studio(history: NoticeHistory) -> dict[int, list[tuple[date, int]]]:
    """Return the days of each download with their followers, by the id of its export."""
    query = select(StudioDay.export_id, StudioDay.day, StudioDay.followers).where(
        visible(StudioDay, history.reader), StudioDay.followers.is_not(None)
    )
    found: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    for export_id, day, followers in db.session.execute(query):
        if followers is not None:
            found[export_id].append((day, followers))
    return found
