"""The table of an account's posts, read from the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.visible import Reader, find_newest_complete, visible
from webapp.domain.post_query import PostKind, Privacy, Standing
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, Hashtag, Post, PostDetail, PostHashtag, PostReading, Sound, StudioVideo

_FIGURES: Final = ("views", "comments", "shares", "saves")


def find_posts(reader: Reader) -> PostTable | None:
    """Return the posts of an account; ``None`` where no export holds the list of posts."""
    newest = find_newest_complete(reader, Section.POSTS)
    if newest is None:
        return None
    return read_table(reader, newest)


def read_table(reader: Reader, newest: Export) -> PostTable:
    """Return the posts as the rows of the ledger have them, by the newest list of posts."""
    times = dict(
        db.session.execute(select(Export.id, Export.exported_at).where(visible(Export, reader))).tuples().all()
    )
    readings = _newest_readings(reader, times)
    tags, spellings = _tags(reader)
    sounds = db.session.scalars(select(Sound).where(Sound.account_id == reader.account_id)).all()
    places = {sound.id: place for place, sound in enumerate(sounds)}
    videos = _newest_videos(reader, times)
    query = (
        select(Post, PostDetail)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(visible(Post, reader), visible(PostDetail, reader), PostDetail.is_newest)
        .order_by(Post.published_at, Post.ordinal)
    )
    rows = []
    for post, detail in db.session.execute(query).tuples():
        reading = readings.get(post.id)
        rows.append(
            PostRow(
                id=post.id,
                public_id=post.public_id,
                published_at=post.published_at,
                ordinal=post.ordinal,
                kind=PostKind(detail.kind),
                privacy=detail.privacy or Privacy.UNSTATED,
                standing=_standing(detail, reading, newest),
                title=detail.title or "",
                likes=reading.likes if reading else None,
                sound=places.get(detail.sound_id) if detail.sound_id is not None else None,
                hashtags=tuple(tags.get(post.id, ())),
                deleted_at=detail.deleted_at,
                permalink=detail.permalink,
                saves=reading.saves if reading else None,
                **_figures(reading, videos.get(post.id), times),
            )
        )
    names = tuple(SoundName(sound.public_id, sound.name, sound.author, sound.is_original) for sound in sounds)
    return PostTable(newest.exported_at, tuple(rows), names, spellings)


def _standing(detail: PostDetail, reading: PostReading | None, newest: Export) -> Standing:
    if detail.deleted_at is not None:
        return Standing.DELETED
    return Standing.LISTED if reading is not None and reading.export_id == newest.id else Standing.GONE


def _newest_readings(reader: Reader, times: Mapping[int, int]) -> dict[int, PostReading]:
    found: dict[int, PostReading] = {}
    for reading in db.session.scalars(select(PostReading).where(visible(PostReading, reader))):
        known = found.get(reading.post_id)
        if known is None or (times[reading.export_id], reading.export_id) > (times[known.export_id], known.export_id):
            found[reading.post_id] = reading
    return found


def _newest_videos(reader: Reader, times: Mapping[int, int]) -> dict[int, StudioVideo]:
    found: dict[int, StudioVideo] = {}
    query = select(StudioVideo).where(visible(StudioVideo, reader), StudioVideo.post_id.is_not(None))
    for video in sorted(db.session.scalars(query), key=lambda video: (times[video.export_id], video.export_id)):
        if video.post_id is not None:
            found[video.post_id] = video
    return found


def _figures(reading: PostReading | None, video: StudioVideo | None, times: Mapping[int, int]) -> dict[str, Any]:
    """Return views, comments and shares of one source and moment; Studio's, where there is a video."""
    source = video or reading
    if source is None or source.views is None:
        return {}
    return {
        "views": source.views,
        "comments": source.comments,
        "shares": source.shares,
        "viewed_at": times[source.export_id],
        "viewed_likes": source.likes,
    }


def _tags(reader: Reader) -> tuple[dict[int, list[int]], tuple[TagName, ...]]:
    """Return the hashtags of each post by their place, and what they are called."""
    query = (
        select(PostHashtag.post_id, Hashtag.tag, PostHashtag.spelling)
        .join(Hashtag, Hashtag.id == PostHashtag.hashtag_id)
        .where(visible(PostHashtag, reader))
        .order_by(PostHashtag.post_id, PostHashtag.position)
    )
    places: dict[str, int] = {}
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    of_post: defaultdict[int, list[int]] = defaultdict(list)
    for post_id, tag, spelling in db.session.execute(query).tuples():
        of_post[post_id].append(places.setdefault(tag, len(places)))
        spellings[tag][spelling] += 1
    return dict(of_post), tuple(TagName(tag, _most_used(spellings[tag])) for tag in places)


def _most_used(spellings: Counter[str] | Iterable[str]) -> str:
    return Counter(spellings).most_common(1)[0][0]
