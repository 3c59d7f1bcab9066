"""What posts typically get over time, beside the follower curve of the same time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import quantiles
from typing import Final

from webapp.analytics.content.table import MATURE_DAYS
from webapp.analytics.content.typical import typical_of
from webapp.analytics.growth_model import GrowthFit, Point
from webapp.analytics.insights.posts import PublicPosts
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.domain.period import DAY_SECONDS, day_of, start_of_day

LEAST_POSTS: Final = 10
# With fewer posts a bucket is drawn as indicative, and no middle half is stated.
LEAST_IN_BUCKET: Final = 3
_MOST_WEEKS: Final = 26
_MOST_BUCKETS: Final = 36


class Step(StrEnum):
    """How long a bucket is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Likes:
    """What ``posts`` posts typically got, as everywhere, and where the middle half of them lies.

    ``low`` and ``high`` are ``None`` for fewer than ``LEAST_IN_BUCKET`` posts.
    """

    posts: int
    typical: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A week or a month by its first day: the likes of its posts, and the last point of the follower curve in it."""

    first: date
    likes: Likes | None
    followers: Point | None


@dataclass(frozen=True, slots=True)
class Half:
    """The older or the newer half of the posts: its first and last day, and its likes."""

    first: date
    last: date
    likes: Likes


@dataclass(frozen=True, slots=True)
class Engagement:
    """The likes of mature public posts by week or month, oldest first.

    ``young`` posts are left out because of their age, ``unknown`` ones because the export does not say their likes,
    ``hidden`` ones because they are not public. ``earlier`` posts are older than the first bucket.
    """

    step: Step
    buckets: tuple[Bucket, ...]
    halves: tuple[Half, Half]
    as_of: int
    mature: int
    young: int
    unknown: int
    hidden: int
    earlier: int


def find_engagement(
    posts: PublicPosts | None, fit: GrowthFit | None, timezone: str, first_weekday: int = 0
) -> Engagement | Shortage:
    """Return the typical likes over time; weeks begin on ``first_weekday``, 0 is Monday."""
    if posts is None:
        return Shortage(Lack.NO_POSTS)
    old_enough = posts.as_of - MATURE_DAYS * DAY_SECONDS
    mature = [post for post in posts.posts if post.published_at <= old_enough]
    counted = [(day_of(post.published_at, timezone), post.likes) for post in mature if post.likes is not None]
    if len(counted) < LEAST_POSTS:
        return Shortage(Lack.TOO_FEW, len(counted), LEAST_POSTS)
    step = Step.WEEK if (counted[-1][0] - counted[0][0]).days < 7 * _MOST_WEEKS else Step.MONTH
    firsts = list(_firsts(counted[0][0], counted[-1][0], step, first_weekday))[-_MOST_BUCKETS:]
    shown = [row for row in counted if row[0] >= firsts[0]]
    middle = len(counted) // 2
    return Engagement(
        step=step,
        buckets=tuple(_buckets(shown, firsts, _after(firsts[-1], step), fit, timezone)),
        halves=(_half(counted[:middle]), _half(counted[middle:])),
        as_of=posts.as_of,
        mature=len(counted),
        young=len(posts.posts) - len(mature),
        unknown=len(mature) - len(counted),
        hidden=posts.hidden,
        earlier=len(counted) - len(shown),
    )


def summarise_likes(likes: Sequence[int]) -> Likes:
    """Return what posts typically got and the middle half; raise ``ValueError`` for no post at all."""
    typical = typical_of(likes)
    if typical is None:
        raise ValueError("no post is not a bucket of posts")
    if len(likes) < LEAST_IN_BUCKET:
        return Likes(len(likes), typical)
    low, _, high = quantiles(likes, n=4, method="inclusive")
    return Likes(len(likes), typical, low, high)


def _buckets(
    shown: Sequence[tuple[date, int]], firsts: Sequence[date], end: date, fit: GrowthFit | None, timezone: str
) -> Iterator[Bucket]:
    days = [day for day, _ in shown]
    points = fit.points if fit else ()
    seconds = [point.at for point in points]
    for first, after in zip(firsts, [*firsts[1:], end], strict=True):
        likes = [count for _, count in shown[bisect_left(days, first) : bisect_left(days, after)]]
        begins, ends = (bisect_left(seconds, start_of_day(day, timezone)) for day in (first, after))
        yield Bucket(first, summarise_likes(likes) if likes else None, points[ends - 1] if ends > begins else None)


def _half(rows: Sequence[tuple[date, int]]) -> Half:
    return Half(rows[0][0], rows[-1][0], summarise_likes([likes for _, likes in rows]))


def _firsts(first: date, last: date, step: Step, first_weekday: int) -> Iterator[date]:
    """Yield the first days of all weeks or months from that of one day to that of another."""
    day = first.replace(day=1)
    if step is Step.WEEK:
        day = first - timedelta(days=(first.weekday() - first_weekday) % 7)
    while day <= last:
        yield day
        day = _after(day, step)


def _after(first: date, step: Step) -> date:
    if step is Step.WEEK:
        return first + timedelta(days=7)
    return (first + timedelta(days=31)).replace(day=1)
