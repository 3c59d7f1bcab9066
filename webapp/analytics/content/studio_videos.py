"""The videos of TikTok Studio with the posts that they are, and what can be told about those that are open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, select

from webapp.analytics.insights.posts import of_post
from webapp.analytics.visible import Reader, visible
from webapp.domain.period import Period, day_of
from webapp.domain.post_query import PostKind
from webapp.domain.studio_matching import (
    Counted,
    Identity,
    Matched,
    PostFacts,
    StudioVideoFacts,
    match_videos,
    rank_posts,
)
from webapp.extensions import db
from webapp.models import Export, MatchState, Post, PostDetail, PostReading, StudioChoice, StudioVideo

# Around the days of the videos: a day either way may still be theirs, and zones differ.
_MARGIN: Final = timedelta(days=2)
_AT_ONCE: Final = 500
_MOST_CANDIDATES: Final = 12

_T = TypeVar("_T")


class PostOfVideo(NamedTuple):
    """A post as the list of videos names it; ``published_at`` is a Unix second."""

    id: int
    public_id: str
    published_at: int
    ordinal: int
    title: str
    kind: PostKind

    @property
    def identity(self) -> Identity:
        """Return what the post is known by across imports."""
        return self.published_at, self.ordinal


@dataclass(frozen=True, slots=True)
class StudioVideoView:
    """A video by its newest download, made at ``at`` (Unix second), with the post it is and those it may be.

    ``is_pending`` is true while a decision of a person is not worked in yet.
    """

    platform_post_id: str
    permalink: str
    title: str
    posted_on: date | None
    likes: int | None
    comments: int | None
    shares: int | None
    views: int | None
    at: int
    state: MatchState
    post: PostOfVideo | None
    candidates: tuple[PostOfVideo, ...]
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the videos, of the posts around their days, and what persons said of videos."""

    videos: list[StudioVideoFacts]
    posts: list[PostFacts]
    named: dict[Identity, PostOfVideo]
    chosen: dict[str, Identity | None]

    def match(self) -> dict[str, Matched]:
        """Return what each video is, those left out that a person has placed."""
        return match_videos(self.videos, self.posts, self.chosen)


def list_videos(reader: Reader, timezone: str) -> list[StudioVideoView]:
    """Return every video of the downloads once, newest first; those nobody has placed yet before all others."""
    rows = newest_rows(reader)
    if not rows:
        return []
    facts = read_facts(reader, timezone)
    by_key = {video.platform_post_id: video for video in facts.videos}
    by_id = {post.id: post for post in facts.named.values()}
    views = [
        _view(row, at, by_id, [facts.named[p.identity] for p in rank_posts(by_key[key], facts.posts)], facts.chosen)
        for key, (row, at) in rows.items()
    ]
    is_open = (MatchState.AMBIGUOUS, MatchState.UNMATCHED)
    return sorted(
        views, key=lambda view: (view.state not in is_open, -(view.posted_on or date.min).toordinal(), view.permalink)
    )


def read_facts(reader: Reader, timezone: str, more: Iterable[StudioVideoFacts] = ()) -> Facts:
    """Return the facts that say which post each video is; ``more`` are videos that are not stored yet."""
    videos = {video.platform_post_id: video for video in _video_facts(reader)}
    for video in more:
        known = videos.get(video.platform_post_id)
        videos[video.platform_post_id] = video if known is None else _joined(known, video)
    if not videos:
        return Facts([], [], {}, {})
    days = [video.posted_on for video in videos.values() if video.posted_on is not None]
    chosen = read_choices(reader.account_id)
    seconds = {identity[0] for identity in chosen.values() if identity is not None}
    named, posts = _post_facts(reader, timezone, days, videos.keys(), seconds)
    return Facts([videos[key] for key in sorted(videos)], posts, named, chosen)


def read_choices(account_id: int) -> dict[str, Identity | None]:
    """Return what persons said of videos: the post, or that it is none of them."""
    rows = db.session.scalars(select(StudioChoice).where(StudioChoice.account_id == account_id))
    return {row.platform_post_id: None if row.published_at is None else (row.published_at, row.ordinal) for row in rows}


def newest_rows(reader: Reader) -> dict[str, tuple[StudioVideo, int]]:
    """Return the videos by their platform id as the newest download has them, with its Unix second."""
    query = (
        select(StudioVideo, Export.exported_at)
        .join(Export, Export.id == StudioVideo.export_id)
        .where(visible(StudioVideo, reader), visible(Export, reader))
        .order_by(Export.exported_at, Export.id)
    )
    return {row.platform_post_id: (row, at) for row, at in db.session.execute(query)}


def _view(
    row: StudioVideo,
    at: int,
    by_id: Mapping[int, PostOfVideo],
    candidates: list[PostOfVideo],
    chosen: Mapping[str, Identity | None],
) -> StudioVideoView:
    post = by_id.get(row.post_id) if row.post_id is not None else None
    is_chosen = row.platform_post_id in chosen
    wanted = chosen.get(row.platform_post_id)
    was_chosen = row.state in (MatchState.BY_HAND, MatchState.NONE)
    settled = is_chosen == was_chosen and (not is_chosen or wanted == (post.identity if post else None))
    return StudioVideoView(
        platform_post_id=row.platform_post_id,
        permalink=row.permalink,
        title=row.title or "",
        posted_on=row.posted_on,
        likes=row.likes,
        comments=row.comments,
        shares=row.shares,
        views=row.views,
        at=at,
        state=row.state,
        post=post,
        candidates=tuple(candidates[:_MOST_CANDIDATES]),
        # A post that no export holds any more cannot be joined, however long one waits.
        is_pending=not settled and not (was_chosen and post is None),
    )


def _video_facts(reader: Reader) -> Iterable[StudioVideoFacts]:
    query = (
        select(StudioVideo, Export.exported_at)
        .join(Export, Export.id == StudioVideo.export_id)
        .where(visible(StudioVideo, reader), visible(Export, reader))
        .order_by(Export.exported_at, Export.id)
    )
    found: dict[str, StudioVideoFacts] = {}
    for row, at in db.session.execute(query):
        video = StudioVideoFacts(row.platform_post_id, row.posted_on, row.title, ((at, row.likes),))
        known = found.get(row.platform_post_id)
        found[row.platform_post_id] = video if known is None else _joined(known, video)
    return found.values()


def _joined(older: StudioVideoFacts, newer: StudioVideoFacts) -> StudioVideoFacts:
    return StudioVideoFacts(
        newer.platform_post_id,
        newer.posted_on or older.posted_on,
        newer.title or older.title,
        (*older.likes, *newer.likes),
    )


def _post_facts(
    reader: Reader, timezone: str, days: Sequence[date], keys: Iterable[str], seconds: Collection[int]
) -> tuple[dict[Identity, PostOfVideo], list[PostFacts]]:
    conditions: list[ColumnElement[bool]] = [Post.id.in_(some) for some in _in_parts(_posts_named(reader, keys))]
    conditions += [Post.published_at.in_(some) for some in _in_parts(sorted(seconds))]
    if days:
        around = Period(min(days) - _MARGIN, max(days) + _MARGIN, timezone)
        conditions.append(and_(Post.published_at >= around.starts_at, Post.published_at < around.ends_at))
    named: dict[Identity, PostOfVideo] = {}
    likes: defaultdict[int, list[Counted]] = defaultdict(list)
    platform_ids: defaultdict[int, set[str]] = defaultdict(set)
    for condition in conditions:
        wanted = and_(visible(Post, reader), condition)
        posts = (
            select(Post.id, Post.public_id, Post.published_at, Post.ordinal, PostDetail.title, PostDetail.kind)
            .join(PostDetail, and_(of_post(PostDetail, reader), PostDetail.is_newest))
            .where(wanted)
        )
        for post_id, public_id, second, ordinal, title, kind in db.session.execute(posts):
            named[second, ordinal] = PostOfVideo(post_id, public_id, second, ordinal, title or "", PostKind(kind))
        numbers = (
            select(Post.id, PostDetail.platform_post_id)
            .join(PostDetail, of_post(PostDetail, reader))
            .where(wanted, PostDetail.platform_post_id.is_not(None))
        )
        for post_id, number in db.session.execute(numbers):
            platform_ids[post_id].add(number or "")
        readings = (
            select(Post.id, Export.exported_at, PostReading.likes)
            .join(PostReading, of_post(PostReading, reader))
            .join(Export, Export.id == PostReading.export_id)
            .where(wanted)
            .order_by(Export.exported_at, Export.id)
        )
        for post_id, at, count in db.session.execute(readings):
            if (at, count) not in likes[post_id]:
                likes[post_id].append((at, count))
    facts = [
        PostFacts(
            identity,
            day_of(post.published_at, timezone),
            post.title,
            tuple(likes.get(post.id, ())),
            frozenset(platform_ids.get(post.id, ())),
        )
        for identity, post in sorted(named.items())
    ]
    return named, facts


def _posts_named(reader: Reader, keys: Iterable[str]) -> list[int]:
    """Return the posts whose data exports name one of the videos."""
    found: set[int] = set()
    for some in _in_parts(sorted(keys)):
        query = select(PostDetail.post_id).where(visible(PostDetail, reader), PostDetail.platform_post_id.in_(some))
        found.update(db.session.scalars(query))
    return sorted(found)


def _in_parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
