"""What stands out of an account as each of its exports showed it first: later ones change nothing of it.

The thresholds are those of `webapp.analytics.anomalies`; posts are judged by levels alone, without a forest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from webapp.analytics.anomalies import interval_of
from webapp.analytics.growth import list_growth_rows, list_retention
from webapp.analytics.growth_cohorts import count_cohorts
from webapp.analytics.notices.history import NoticeHistory
from webapp.analytics.notices.post_lists import Outlier, PostName, Shift, list_post_lists
from webapp.analytics.statistics.drops import find_drops
from webapp.analytics.statistics.peaks import find_peaks
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import ZonedReader, visible
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.period import day_of
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, Post

# Counts up when what is kept of follower peaks changes, or how it is worked out.
_LAYOUT: Final = 1


def find_anomalies(history: NoticeHistory) -> Iterator[Finding]:
    """Yield what stands out of an account, each with the export that shows it first."""
    yield from _find_of_posts(history)
    yield from _find_peaks(history)
    yield from _find_losses(history.reader)


def _find_of_posts(history: NoticeHistory) -> Iterator[Finding]:
    lists = [(export.exported_at, shown) for export, shown in list_post_lists(history)]
    outliers = [(at, outlier) for at, shown in lists for outlier in shown.outliers]
    shifts = list(find_new_shifts((at, shown.shifts) for at, shown in lists))
    names = [outlier.post for _, outlier in outliers] + [shift.found for _, shift in shifts]
    public_ids = _list_public_ids(history.reader, names)
    for at, outlier in outliers:
        yield _outlier(at, outlier, public_ids[outlier.post])
    for at, shift in shifts:
        yield _shift(at, shift, public_ids[shift.found], history.reader.timezone)


def find_new_shifts(lists: Iterable[tuple[int, Sequence[Shift]]]) -> Iterator[tuple[int, Shift]]:
    """Yield each lasting change once, and the second of the list that shows it first; those of the first are history.

    ``lists`` are the Unix second and all changes that it shows, of every list, oldest first. From list to list the
    likes of earlier posts move a little, and with them where a change seems to begin and is found: what overlaps is
    one change, and one that older posts alone show at last is none of these days.
    """
    known: list[Shift] = []
    for place, (at, shifts) in enumerate(lists):
        new = [shift for shift in shifts if not any(_is_same(shift, other) for other in known)]
        known += shifts
        if place:
            yield from ((at, shift) for shift in new if not shift.is_late)


def _is_same(shift: Shift, other: Shift) -> bool:
    is_alike = (shift.factor > 1) is (other.factor > 1)
    return is_alike and shift.started <= other.found and other.started <= shift.found


def _outlier(at: int, outlier: Outlier, post: str) -> Finding:
    params = {
        "post": post,
        "likes": outlier.likes,
        "low": outlier.low,
        "typical": outlier.typical,
        "high": outlier.high,
        "z": round(outlier.z, 1),
    }
    return Finding(NoticeKind.POST_PEAK if outlier.is_peak else NoticeKind.POST_FLOP, _key(outlier.post), at, params)


def _shift(at: int, shift: Shift, post: str, timezone: str) -> Finding:
    day = day_of(shift.started[0], timezone).isoformat()
    params = {"post": post, "day": day, "factor": round(shift.factor, 2), "posts": shift.posts}
    kind = NoticeKind.ENGAGEMENT_RISE if shift.factor > 1 else NoticeKind.ENGAGEMENT_DROP
    return Finding(kind, _key(shift.started), at, params)


def _key(post: PostName) -> str:
    return ":".join(str(part) for part in post)


def _list_public_ids(reader: ZonedReader, names: Iterable[PostName]) -> dict[PostName, str]:
    seconds = {second for second, _ in names}
    query = select(Post.published_at, Post.ordinal, Post.public_id)
    found = db.session.execute(query.where(visible(Post, reader), Post.published_at.in_(seconds)))
    return {(second, ordinal): public_id for second, ordinal, public_id in found}


def _find_peaks(history: NoticeHistory) -> Iterator[Finding]:
    """Yield the days of many new followers; each is judged by the first list that was made after it."""
    days = _FollowDays(history.reader)
    lists = [(export.id, export.exported_at) for export in days.exports]
    for place in range(1, len(lists)):
        key = _key_of_lists(lists[: place + 1], history.reader.timezone)
        for day, gained, expected in history.keep(key, partial(days.peaks, place)):
            params = {"day": day, "gained": gained, "expected": expected}
            yield Finding(NoticeKind.FOLLOWER_PEAK, day, lists[place][1], params)


def _key_of_lists(lists: Sequence[tuple[int, int]], timezone: str) -> str:
    """Return what peaks are kept by: all lists up to one, since each tells of days before it, and whose days."""
    digest = sha256(repr(lists).encode()).hexdigest()[:20]
    return f"follows:{_LAYOUT}:{timezone}:{digest}"


class _FollowDays:
    """The follows of each day as they were known by each list; counted once, and only if a list asks for it."""

    def __init__(self, reader: ZonedReader) -> None:
        self._reader = reader

    @cached_property
    def exports(self) -> Sequence[Export]:
        """Return the exports with a whole list of followers, oldest first."""
        return find_timeline(self._reader, Section.FOLLOWERS).exports

    @cached_property
    def _begun(self) -> list[tuple[date, int, int]]:
        cohorts = count_cohorts(self._reader, self._reader.timezone)
        return [(seen.day, seen.first, people) for seen, people in cohorts.begun]

    def peaks(self, place: int) -> list[tuple[str, int, float]]:
        """Return the peaks among the days that the list at a place is the first to know whole."""
        known = Counter[date]()
        for day, first, people in self._begun:
            if first <= place:
                known[day] += people
        since, until = (day_of(self.exports[at].exported_at, self._reader.timezone) for at in (place - 1, place))
        begins = min(known, default=until)
        counts = [known[begins + timedelta(days=number)] for number in range((until - begins).days + 1)]
        found = []
        for peak in find_peaks(counts, begins.weekday()) or ():
            day = begins + timedelta(days=peak.place)
            if since <= day < until:
                found.append((day.isoformat(), peak.count, round(peak.expected, 1)))
        return found


def _find_losses(reader: ZonedReader) -> Iterator[Finding]:
    """Yield the times between two lists in which many left; each is compared with those before it alone."""
    steps = list(list_retention(list_growth_rows(reader)))
    for drop in find_drops([interval_of(step) for step in steps]).found:
        first, last = steps[drop.first], steps[drop.place]
        params = {
            "from": first.from_export,
            "to": last.to_export,
            "first": day_of(first.begins_at, reader.timezone).isoformat(),
            "last": day_of(last.ends_at, reader.timezone).isoformat(),
            "lost": drop.lost,
            "usual": round(drop.expected, 1),
        }
        yield Finding(NoticeKind.FOLLOWER_DROP, str(last.ends_at), last.ends_at, params)
