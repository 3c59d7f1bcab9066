"""Round numbers of likes and views: of single posts, and of all posts of the account together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from webapp.analytics.notices.history import NoticeHistory, highest_between
from webapp.analytics.visible import visible
from webapp.domain.notifications import MILESTONES, Finding, NoticeKind
from webapp.extensions import db
from webapp.models import Post, PostDetail, PostReading, StudioVideo

_ROWS_AT_ONCE: Final = 20_000


class _Counted(NamedTuple):
    """What the export at a place counted for a post."""

    place: int
    likes: int | None
    views: int | None


@dataclass(frozen=True, slots=True)
class _PostCounts:
    """A post with what was counted for it, oldest export first."""

    public_id: str
    published_at: int
    ordinal: int
    counted: Sequence[_Counted]


@dataclass
class _Together:
    """One metric of all posts, export by export: how it changed, and what of that was there before but not listed.

    ``sources`` are the places of the exports that say it, in order. With ``is_of_some`` an export says it of some posts
    alone, and the others stay as they were; else it says it of all that there are.
    """

    kind: NoticeKind
    of_post: NoticeKind
    sources: Sequence[int]
    is_of_some: bool
    sums: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    old: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    @cached_property
    def summed(self) -> frozenset[int]:
        """Return the places, to look one up."""
        return frozenset(self.sources)


def find_milestones(history: NoticeHistory) -> Iterator[Finding]:
    """Yield each round number of a post or of all posts once; of several passed at once the highest.

    Nothing is told of what was counted for the first time, but of posts that were published since the export before.
    """
    videos, deleted = _videos(history), _deletions(history)
    listed = [export.place for export in history.exports if export.has_posts]
    viewed = _with_views(history, videos)
    likes = _Together(NoticeKind.ACCOUNT_LIKES, NoticeKind.POST_LIKES, listed, is_of_some=False)
    views = _Together(NoticeKind.ACCOUNT_VIEWS, NoticeKind.POST_VIEWS, viewed, is_of_some=True)
    for post in _posts(history, videos, deleted):
        yield from _of_post(history, post, likes, [(each.place, each.likes) for each in post.counted])
        if viewed:
            yield from _of_post(history, post, views, [(each.place, each.views) for each in post.counted])
    yield from _of_account(history, likes)
    yield from _of_account(history, views)


def _of_post(
    history: NoticeHistory, post: _PostCounts, together: _Together, counted: Iterable[tuple[int, int | None]]
) -> Iterator[Finding]:
    """Yield the round numbers of a post, and add what it got to that of all posts."""
    most: int | None = None
    last = 0
    for place, count in counted:
        if count is None:
            continue
        is_old = most is None and _should_be_known(history, post, together.sources, place)
        if place in together.summed:
            together.sums[place] += count - (last if together.is_of_some else 0)
            together.old[place] += count if is_old else 0
            last = count
        if most is None:
            most = count if is_old else 0
        threshold = highest_between(MILESTONES, most, count)
        if threshold is not None:
            key = f"{post.published_at}:{post.ordinal}:{threshold}"
            yield _finding(history, together.of_post, key, place, threshold, count, post=post.public_id)
        most = max(most, count)


def _should_be_known(history: NoticeHistory, post: _PostCounts, sources: Sequence[int], place: int) -> bool:
    """Return whether an export before said it of all posts there were, or none did: then this one tells no news."""
    before = [source for source in sources if source < place]
    return not before or post.published_at < history.exports[before[-1]].at


def _of_account(history: NoticeHistory, together: _Together) -> Iterator[Finding]:
    most: int | None = None
    count = 0
    for place in together.sources:
        count = together.sums[place] + (count if together.is_of_some else 0)
        if most is not None:
            most += together.old[place]
            threshold = highest_between(MILESTONES, most, count)
            if threshold is not None:
                yield _finding(history, together.kind, str(threshold), place, threshold, count)
        most = max(count, most or 0)


def _finding(
    history: NoticeHistory, kind: NoticeKind, key: str, place: int, threshold: int, count: int, **more: str
) -> Finding:
    export = history.exports[place]
    params = {**more, "threshold": threshold, "count": count, "day": export.day.isoformat()}
    return Finding(kind, key, export.at, params)


def _posts(
    history: NoticeHistory, videos: Mapping[int, Sequence[_Counted]], deleted: Mapping[int, Sequence[tuple[int, bool]]]
) -> Iterator[_PostCounts]:
    """Yield every post that a whole list held, with what lists and downloads count for it."""
    whole = {export.id: export.place for export in history.exports if export.has_posts}
    posts = dict(_name_posts(history))
    counts = (
        select(PostReading.post_id, PostReading.export_id, PostReading.likes, PostReading.views)
        .where(visible(PostReading, history.reader), PostReading.export_id.in_(whole))
        # Read post by post: of all of them there may be millions.
        .order_by(PostReading.post_id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for post_id, rows in groupby(db.session.connection().execute(counts), key=itemgetter(0)):
        if post_id in posts:
            counted = [_Counted(whole[export_id], likes, views) for _, export_id, likes, views in rows]
            if post_id in deleted:
                counted = [each for each in counted if not _is_deleted(deleted[post_id], each.place)]
            in_order = sorted([*counted, *videos.get(post_id, ())], key=itemgetter(0))
            public_id, published_at, ordinal = posts[post_id]
            yield _PostCounts(public_id, published_at, ordinal, in_order)


def _name_posts(history: NoticeHistory) -> Iterator[tuple[int, tuple[str, int, int]]]:
    """Yield the id of every post with its public id, its second and its number within that."""
    query = select(Post.id, Post.public_id, Post.published_at, Post.ordinal).where(visible(Post, history.reader))
    for post_id, public_id, published_at, ordinal in db.session.execute(query):
        yield post_id, (public_id, published_at, ordinal)


def _is_deleted(said: Sequence[tuple[int, bool]], place: int) -> bool:
    """Return whether the newest words until an export are those of the list of deleted posts."""
    return next((is_deleted for since, is_deleted in reversed(said) if since <= place), False)


def _deletions(history: NoticeHistory) -> dict[int, list[tuple[int, bool]]]:
    """Return, for the posts that a list of deleted ones names, from which export on they are deleted or not."""
    named = select(PostDetail.post_id).where(visible(PostDetail, history.reader), PostDetail.deleted_at.is_not(None))
    query = select(PostDetail.post_id, PostDetail.export_id, PostDetail.deleted_at).where(
        visible(PostDetail, history.reader), PostDetail.post_id.in_(named)
    )
    found: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for post_id, export_id, deleted_at in db.session.execute(query):
        if export_id in history.places:
            found[post_id].append((history.places[export_id], deleted_at is not None))
    return {post_id: sorted(said) for post_id, said in found.items()}


def _videos(history: NoticeHistory) -> dict[int, list[_Counted]]:
    """Return what downloads from TikTok Studio count for the posts whose videos they name."""
    query: Any = select(StudioVideo.post_id, StudioVideo.export_id, StudioVideo.likes, StudioVideo.views).where(
        visible(StudioVideo, history.reader), StudioVideo.post_id.is_not(None)
    )
    found: defaultdict[int, list[_Counted]] = defaultdict(list)
    for post_id, export_id, likes, views in db.session.execute(query):
        if export_id in history.places:
            found[post_id].append(_Counted(history.places[export_id], likes, views))
    return found


def _with_views(history: NoticeHistory, videos: Mapping[int, Sequence[_Counted]]) -> list[int]:
    """Return the places of the exports that say how often posts were viewed."""
    query = (
        select(PostReading.export_id)
        .where(visible(PostReading, history.reader), PostReading.views.is_not(None))
        .distinct()
    )
    whole = {export.id: export.place for export in history.exports if export.has_posts}
    listed = {whole[export_id] for export_id in db.session.scalars(query) if export_id in whole}
    seen = {counted.place for rows in videos.values() for counted in rows if counted.views is not None}
    return sorted(listed | seen)
