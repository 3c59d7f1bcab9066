"""Read the table of an account's posts from the rows of the ledger, in a few questions for all posts at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased

from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.visible import Reader, visible
from webapp.domain.post_query import PostKind, Privacy, Standing
from webapp.domain.post_titles import title_of
from webapp.domain.sounds import name_sound
from webapp.extensions import db
from webapp.models import Export, Hashtag, Post, PostDetail, PostHashtag, PostReading, Sound, StudioVideo


class _Reading(NamedTuple):
    """What one export counted for a post."""

    post_id: int
    export_id: int
    likes: int | None
    views: int | None
    comments: int | None
    shares: int | None
    saves: int | None


def read_table(reader: Reader, newest: Export) -> PostTable:
    """Return the posts as the rows of the ledger have them, by the newest list of posts."""
    times = _times(reader)
    readings = _newest_readings(reader, newest, times)
    viewed, links = _viewed(reader, times)
    tags, names = _tags(reader), _MostUsed()
    sounds = _Sounds(reader)
    before = _before_deletion(reader, times)
    rows = []
    for said in _said(reader):
        post_id = said.id
        # The list of deleted posts says neither.
        shown = before.get(post_id, said)
        reading = readings.get(post_id)
        is_listed = reading is not None and times[reading.export_id] >= times[newest.id]
        standing = Standing.LISTED if is_listed else Standing.GONE
        rows.append(
            PostRow(
                post_id,
                said.public_id,
                said.published_at,
                said.ordinal,
                PostKind(shown.kind),
                shown.privacy or Privacy.UNSTATED.value,
                standing if said.deleted_at is None else Standing.DELETED,
                title_of(said.title),
                reading.likes if reading else None,
                **viewed.get(post_id, {}),
                saves=reading.saves if reading else None,
                sound=sounds.place(said.sound_id, said.sound_name, said.sound_author),
                hashtags=tuple(names.use(tag, spelling) for tag, spelling in tags.get(post_id, ())),
                deleted_at=said.deleted_at,
                permalink=said.permalink or links.get(post_id),
            )
        )
    shown = tuple(TagName(tag, spelling) for tag, spelling in names.most_used())
    return PostTable(newest.exported_at, tuple(rows), sounds.names(), shown)


def _said(reader: Reader) -> Iterable[Any]:
    """Return the newest words of every post, oldest post first."""
    # Without the account of the words in the join: SQLite would take that index, and look at all words for each post.
    return db.session.execute(
        select(
            Post.id,
            Post.public_id,
            Post.published_at,
            Post.ordinal,
            PostDetail.kind,
            PostDetail.privacy,
            PostDetail.title,
            PostDetail.sound_id,
            PostDetail.sound_name,
            PostDetail.sound_author,
            PostDetail.deleted_at,
            PostDetail.permalink,
        )
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(visible(Post, reader), PostDetail.is_newest, *_seen(PostDetail, reader))
        .order_by(Post.published_at, Post.ordinal)
    )


def _before_deletion(reader: Reader, times: Mapping[int, tuple[int, int]]) -> dict[int, Any]:
    """Return kind and privacy of deleted posts as the newest list that they were on has them."""
    newest = aliased(PostDetail)
    deleted = select(newest.post_id).where(visible(newest, reader), newest.is_newest, newest.deleted_at.is_not(None))
    listed = db.session.execute(
        select(PostDetail.post_id, PostDetail.export_id, PostDetail.kind, PostDetail.privacy).where(
            PostDetail.post_id.in_(deleted), PostDetail.deleted_at.is_(None), *_seen(PostDetail, reader)
        )
    )
    return {row.post_id: row for row in sorted(listed, key=lambda row: times[row.export_id])}


def _seen(model: Any, reader: Reader) -> tuple[ColumnElement[bool], ...]:
    return model.added_revision <= reader.revision, model.removed_revision > reader.revision


def _times(reader: Reader) -> dict[int, tuple[int, int]]:
    """Return when each export was made, by its id, with that id: what decides which is the newer of two."""
    exports = db.session.execute(select(Export.id, Export.exported_at).where(visible(Export, reader)))
    return {export_id: (at, export_id) for export_id, at in exports}


def _newest_readings(reader: Reader, newest: Export, times: Mapping[int, tuple[int, int]]) -> dict[int, _Reading]:
    """Return what the newest export of each post counted: nearly always the newest list."""
    since = [export_id for export_id, at in times.items() if at >= times[newest.id]]
    found = _newest_of(_readings().where(visible(PostReading, reader), PostReading.export_id.in_(since)), times)
    again = aliased(PostReading)
    is_listed = exists().where(again.post_id == Post.id, again.export_id.in_(since), *_seen(again, reader))
    others = (
        _readings()
        .join(Post, Post.id == PostReading.post_id)
        .where(visible(Post, reader), ~is_listed, *_seen(PostReading, reader))
    )
    return found | _newest_of(others, times)


def _readings() -> Select[Any]:
    return select(*(getattr(PostReading, name) for name in _Reading._fields))


def _newest_of(query: Select[Any], times: Mapping[int, tuple[int, int]]) -> dict[int, _Reading]:
    found: dict[int, _Reading] = {}
    for row in db.session.execute(query):
        known = found.get(row.post_id)
        if known is None or times[row.export_id] > times[known.export_id]:
            found[row.post_id] = _Reading(*row)
    return found


def _viewed(
    reader: Reader, times: Mapping[int, tuple[int, int]]
) -> tuple[dict[int, dict[str, int | None]], dict[int, str]]:
    """Return the figures of the newest source that holds views, by post, and the addresses that TikTok Studio gives."""
    video_columns = (StudioVideo.post_id, StudioVideo.export_id, StudioVideo.likes, StudioVideo.views)
    videos = db.session.execute(
        select(*video_columns, StudioVideo.comments, StudioVideo.shares, StudioVideo.permalink).where(
            visible(StudioVideo, reader), StudioVideo.post_id.is_not(None)
        )
    ).all()
    readings = db.session.execute(_readings().where(visible(PostReading, reader), PostReading.views.is_not(None))).all()
    found: dict[int, dict[str, int | None]] = {}
    for source in sorted((*readings, *videos), key=lambda source: times[source.export_id]):
        if source.views is not None:
            found[source.post_id] = {
                "views": source.views,
                "comments": source.comments,
                "shares": source.shares,
                "viewed_at": times[source.export_id][0],
                "viewed_likes": source.likes,
            }
    newest_last = sorted(videos, key=lambda video: times[video.export_id])
    return found, {video.post_id: video.permalink for video in newest_last}


def _tags(reader: Reader) -> dict[int, list[tuple[str, str]]]:
    """Return the hashtags of each post in their order: compared form and spelling."""
    query = (
        select(PostHashtag.post_id, Hashtag.tag, PostHashtag.spelling)
        .join(Hashtag, Hashtag.id == PostHashtag.hashtag_id)
        .where(visible(PostHashtag, reader))
        .order_by(PostHashtag.post_id, PostHashtag.position)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for post_id, tag, spelling in db.session.execute(query):
        found.setdefault(post_id, []).append((tag, spelling))
    return found


class _MostUsed:
    """Places of things in the order of their first use, each with how it is written and how often."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}
        self._written: list[Counter[Any]] = []
        self._last: list[dict[Any, int]] = []
        self._uses = 0

    def use(self, key: Any, written: Any) -> int:
        """Count one use, the newest so far, and return the place."""
        place = self.places.setdefault(key, len(self._written))
        if place == len(self._written):
            self._written.append(Counter())
            self._last.append({})
        self._uses += 1
        self._written[place][written] += 1
        self._last[place][written] = self._uses
        return place

    def most_used(self) -> Iterator[tuple[Any, Any]]:
        """Yield each thing with how most of its uses write it; of equally many the newest."""
        for key, place in self.places.items():
            counts, last = self._written[place], self._last[place]
            yield key, max(counts, key=lambda written: (counts[written], last[written]))


class _Sounds(_MostUsed):
    """The sounds of the posts that were read."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        query = select(Sound.id, Sound.public_id, Sound.name, Sound.author, Sound.is_original)
        self._stored = {row.id: row for row in db.session.execute(query.where(Sound.account_id == reader.account_id))}

    def place(self, sound_id: int | None, name: str | None, author: str | None) -> int | None:
        """Return the place of a post's sound."""
        return None if sound_id is None else self.use(sound_id, (name, author))

    def names(self) -> tuple[SoundName, ...]:
        """Return what they are called."""
        return tuple(self._name(sound_id, *written) for sound_id, written in self.most_used())

    def _name(self, sound_id: int, name: str | None, author: str | None) -> SoundName:
        stored, said = self._stored[sound_id], name_sound(name, author)
        shown = said or stored
        return SoundName(stored.public_id, shown.name, shown.author, stored.is_original)
