"""Say which post each video of TikTok Studio is: by the day, the title and the likes, one post for one video.

A pure function of the videos and posts that are known, so the order in which they came in makes no difference.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

# A title that was cut keeps at least so many characters: fewer say nothing.
_LEAST_CUT: Final = 12
_CUT_MARKS: Final = ("…", "...")
# Studio counts days by a zone that it does not name.
_MOST_DAYS: Final = 1

Identity = tuple[int, int]
"""A post by its publication second and its number within that second."""

Counted = tuple[int, int | None]
"""A number of likes, unknown or not, behind the Unix second at which it was counted."""


@dataclass(frozen=True, slots=True)
class StudioVideoFacts:
    """What is known of a video: its words by its newest download, its likes by each."""

    platform_post_id: str
    posted_on: date | None
    title: str | None
    likes: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What is known of a post; ``day`` is that of the account's zone."""

    identity: Identity
    day: date
    title: str | None
    likes: tuple[Counted, ...]
    platform_post_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Matched:
    """The post that a video is, or that several fit equally well."""

    identity: Identity | None
    is_ambiguous: bool = False


class TitleFit(IntEnum):
    """How well two titles agree, the best first."""

    SAME = 0
    CUT = 1  # one is the beginning of the other
    NONE = 2  # neither has words
    UNKNOWN = 3  # one of them has none
    OTHER = 4


class LikesFit(IntEnum):
    """How close two numbers of likes are, the closest first."""

    SAME = 0  # within 2 % or 2 likes
    CLOSE = 1  # within 25 % or 10 likes
    FAIR = 2  # within 50 % or 20 likes
    FAR = 3


_LIKES: Final = ((LikesFit.SAME, 0.02, 2), (LikesFit.CLOSE, 0.25, 10), (LikesFit.FAIR, 0.5, 20))

_Grade = tuple[TitleFit, LikesFit, int]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A video and a post that it may be."""

    video: str
    post: Identity
    grade: _Grade
    difference: int


def match_videos(
    videos: Iterable[StudioVideoFacts],
    posts: Sequence[PostFacts],
    chosen: Mapping[str, Identity | None] | None = None,
) -> dict[str, Matched]:
    """Return what each video is, by its platform id.

    ``chosen`` is what a person said of some: those are not asked here, and their posts are taken. A post whose
    platform id is known is that video and no other.
    """
    chosen = chosen or {}
    open_videos = {video.platform_post_id: video for video in videos if video.platform_post_id not in chosen}
    taken = {identity for identity in chosen.values() if identity is not None}
    found = dict(_by_platform_id(open_videos.keys(), posts, taken))
    taken |= {match.identity for match in found.values() if match.identity is not None}
    by_day: defaultdict[date, list[PostFacts]] = defaultdict(list)
    for post in posts:
        # A post with another platform id is another video.
        if post.identity not in taken and not post.platform_post_ids:
            by_day[post.day].append(post)
    pairs = [
        pair
        for key, video in open_videos.items()
        if key not in found
        for post in _around(by_day, video.posted_on)
        if _is_evident(pair := _pair(video, post))
    ]
    found |= _assign(pairs)
    return {key: found.get(key, Matched(None)) for key in open_videos}


def rank_posts(video: StudioVideoFacts, posts: Iterable[PostFacts]) -> list[PostFacts]:
    """Return the posts around the day of a video, the likeliest first: what a person chooses from."""
    near = [post for post in posts if video.posted_on is None or abs((post.day - video.posted_on).days) <= _MOST_DAYS]
    return sorted(near, key=lambda post: (_pair(video, post).grade, _pair(video, post).difference, post.identity))


def _by_platform_id(
    keys: Collection[str], posts: Iterable[PostFacts], taken: Collection[Identity]
) -> Iterator[tuple[str, Matched]]:
    for post in posts:
        for key in post.platform_post_ids & frozenset(keys):
            if post.identity not in taken:
                yield key, Matched(post.identity)


def _around(by_day: Mapping[date, list[PostFacts]], day: date | None) -> Iterator[PostFacts]:
    if day is not None:
        for other in range(day.toordinal() - _MOST_DAYS, day.toordinal() + _MOST_DAYS + 1):
            yield from by_day.get(date.fromordinal(other), ())


def _pair(video: StudioVideoFacts, post: PostFacts) -> _Pair:
    difference = _difference(video.likes, post.likes)
    days = 0 if video.posted_on is None else abs((post.day - video.posted_on).days)
    grade = (fit_titles(video.title, post.title), _fit_likes(difference), days)
    return _Pair(video.platform_post_id, post.identity, grade, difference[0] if difference else 0)


def _is_evident(pair: _Pair) -> bool:
    """Return whether anything but the day speaks for a pair: its words, or without words its likes."""
    title, likes, days = pair.grade
    if title is TitleFit.OTHER:
        return False
    if title in (TitleFit.SAME, TitleFit.CUT):
        return True
    return likes <= (LikesFit.FAIR if days == 0 else LikesFit.CLOSE)


def _assign(pairs: Iterable[_Pair]) -> dict[str, Matched]:
    """Give out the posts, the best evidence first; what several fit equally well stays open."""
    grades: defaultdict[_Grade, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        grades[pair.grade].append(pair)
    found: dict[str, Matched] = {}
    taken: set[Identity] = set()
    for grade in sorted(grades):
        left = grades[grade]
        while True:
            left = [pair for pair in left if pair.video not in found and pair.post not in taken]
            best = _clear(left)
            if not best:
                break
            found |= {pair.video: Matched(pair.post) for pair in best}
            taken |= {pair.post for pair in best}
        # Lesser evidence cannot decide between them, nor is any of these posts another video's.
        found |= {pair.video: Matched(None, is_ambiguous=True) for pair in left}
        taken |= {pair.post for pair in left}
    return found


def _clear(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Return the pairs of equal grade that nothing rivals: alone, or with likes that are clearly closer."""
    of_video: defaultdict[str, list[int]] = defaultdict(list)
    of_post: defaultdict[Identity, list[int]] = defaultdict(list)
    for pair in pairs:
        of_video[pair.video].append(pair.difference)
        of_post[pair.post].append(pair.difference)
    return [
        pair
        for pair in pairs
        if _is_closest(pair.difference, of_video[pair.video]) and _is_closest(pair.difference, of_post[pair.post])
    ]


def _is_closest(difference: int, all_of_them: Sequence[int]) -> bool:
    others = Counter(all_of_them)
    others[difference] -= 1
    rivals = list(others.elements())
    return not rivals or min(rivals) > 2 * difference + 2


def fit_titles(one: str | None, other: str | None) -> TitleFit:
    """Return how well two titles agree; blanks, case and the marks of a cut title are no difference."""
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return TitleFit.NONE if first == second else TitleFit.UNKNOWN
    if first == second:
        return TitleFit.SAME
    short, long = sorted((_uncut(first), _uncut(second)), key=len)
    if len(short) >= _LEAST_CUT and long.startswith(short):
        return TitleFit.CUT
    return TitleFit.OTHER


def _plain(title: str | None) -> str:
    folded = unicodedata.normalize("NFKC", (title or "").replace("\ufe0f", "")).casefold()
    text = " ".join(folded.split())
    return "" if text == "n/a" else text


def _uncut(title: str) -> str:
    for mark in _CUT_MARKS:
        title = title.removesuffix(mark).rstrip()
    return title


def _difference(of_video: Iterable[Counted], of_post: Iterable[Counted]) -> tuple[int, int] | None:
    """Return how far the likes that were counted closest in time lie apart, and the larger of them."""
    video = [(at, likes) for at, likes in of_video if likes is not None]
    post = [(at, likes) for at, likes in of_post if likes is not None]
    both = [
        (abs(at - then), abs(likes - counted), max(likes, counted)) for at, likes in video for then, counted in post
    ]
    return min(both)[1:] if both else None


def _fit_likes(difference: tuple[int, int] | None) -> LikesFit:
    if difference is None:
        return LikesFit.FAR
    apart, most = difference
    return next((fit for fit, share, least in _LIKES if apart <= max(share * most, least)), LikesFit.FAR)
