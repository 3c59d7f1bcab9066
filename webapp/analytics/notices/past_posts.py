"""The posts of an account as each of its exports listed them, whatever later ones say."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select

from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.hashtags import find_hashtags
from webapp.domain.post_query import PostKind, Privacy, Standing
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, Post, PostDetail, PostReading


class _Post(NamedTuple):
    """A post by its row and its identity."""

    id: int
    public_id: str
    published_at: int
    ordinal: int


class _Words(NamedTuple):
    """What a post says from an export on; ``made`` are the export's Unix second and id, by which words are ordered."""

    made: tuple[int, int]
    kind: str
    privacy: str
    tags: tuple[int, ...]
    sound: int | None
    is_deleted: bool


class PastPosts:
    """Reads lists of posts one after another; what all of them need is read once, and only if one is asked for.

    Sounds and hashtags have the same places in all tables. A sound is known by its number in the ledger alone, which
    stands where a table has its public id.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._places: dict[str, int] = {}
        self._sounds: dict[int, int] = {}
        self._read: dict[int, dict[int, int | None]] = {}

    @cached_property
    def exports(self) -> tuple[Export, ...]:
        """Return the exports that hold the list of posts whole, oldest first."""
        return find_timeline(self._reader, Section.POSTS).exports

    def table(self, export: Export) -> PostTable:
        """Return the posts on the list of an export: its likes, and the words they had by then."""
        likes, words, made = self._likes(export), self._words, (export.exported_at, export.id)
        rows = [
            _row(post, likes[post.id], said)
            for post in self._posts
            if post.id in likes and (said := _by_then(words[post.id], made)) is not None
        ]
        tags = tuple(TagName(tag, tag) for tag in self._places)
        sounds = tuple(SoundName(str(sound_id), "", None, is_original=False) for sound_id in self._sounds)
        return PostTable(export.exported_at, tuple(rows), sounds, tags)

    def listed(self, export: Export) -> frozenset[int]:
        """Return the posts on the list of an export, by the id of their row."""
        return frozenset(self._likes(export))

    def _likes(self, export: Export) -> dict[int, int | None]:
        if export.id not in self._read:
            query = select(PostReading.post_id, PostReading.likes)
            of_list = query.where(visible(PostReading, self._reader), PostReading.export_id == export.id)
            found = [(post_id, likes) for post_id, likes in db.session.execute(of_list)]
            # Lists are asked for in order, each once more beside the next.
            newest = list(self._read.items())[-1:]
            self._read = {**dict(newest), export.id: dict(found)}
        return self._read[export.id]

    @cached_property
    def _posts(self) -> list[_Post]:
        query = select(Post.id, Post.public_id, Post.published_at, Post.ordinal).where(visible(Post, self._reader))
        found = db.session.execute(query.order_by(Post.published_at, Post.ordinal))
        return [_Post(*row) for row in found]

    @cached_property
    def _words(self) -> dict[int, list[_Words]]:
        exports = db.session.execute(select(Export.id, Export.exported_at).where(visible(Export, self._reader)))
        times = {export_id: (at, export_id) for export_id, at in exports}
        said = db.session.execute(
            select(
                PostDetail.post_id,
                PostDetail.export_id,
                PostDetail.kind,
                PostDetail.privacy,
                PostDetail.title,
                PostDetail.sound_id,
                PostDetail.deleted_at,
            ).where(visible(PostDetail, self._reader))
        )
        found: defaultdict[int, list[_Words]] = defaultdict(list)
        for row in said:
            if row.export_id in times:
                tags = tuple(self._places.setdefault(tag.key, len(self._places)) for tag in find_hashtags(row.title))
                sound = None if row.sound_id is None else self._sounds.setdefault(row.sound_id, len(self._sounds))
                privacy = row.privacy or Privacy.UNSTATED.value
                made = times[row.export_id]
                found[row.post_id].append(_Words(made, row.kind, privacy, tags, sound, row.deleted_at is not None))
        for said_of_post in found.values():
            said_of_post.sort(key=lambda each: each.made)
        return found


def _by_then(words: Sequence[_Words], made: tuple[int, int]) -> _Words | None:
    place = bisect_right(words, made, key=lambda each: each.made)
    return words[place - 1] if place else None


def _row(post: _Post, likes: int | None, said: _Words) -> PostRow:
    return PostRow(
        post.id,
        post.public_id,
        post.published_at,
        post.ordinal,
        PostKind(said.kind),
        said.privacy,
        Standing.DELETED if said.is_deleted else Standing.LISTED,
        "",
        likes,
        sound=said.sound,
        hashtags=said.tags,
    )
