"""What every source counted for one post, and what the newest export says of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from webapp.analytics.content.table import PostRow
from webapp.analytics.visible import Reader, redaction_of, visible
from webapp.domain.redaction import Redaction
from webapp.extensions import db
from webapp.models import Export, PostDetail, PostReading, StudioVideo

_SEPARATOR: Final = ","


class Source(StrEnum):
    """What kind of file a figure comes from."""

    EXPORT = "export"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of a post at a Unix second, as one export or one Studio download has them; ``None`` is unknown."""

    at: int
    source: Source
    export: str
    likes: int | None = None
    views: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None


@dataclass(frozen=True, slots=True)
class PostWords:
    """What the newest words of a post say; ``None`` where they do not say it, which is neither yes nor no.

    ``at`` is the Unix second of the export from which on these words hold. ``effects`` and ``stickers`` are ids as the
    file lists them.
    """

    at: int
    image_count: int
    platform_post_id: str | None
    sound_name: str | None
    sound_author: str | None
    sound_raw: str | None
    music_id: str | None
    effects: tuple[str, ...]
    stickers: tuple[str, ...]
    location: str | None
    privacy: str | None
    allow_comments: bool | None
    allow_stitches: bool | None
    allow_duets: bool | None
    allow_stickers: bool | None
    allow_sharing_to_story: bool | None
    content_disclosure: str | None
    ai_generated: str | None
    add_yours_text: str | None
    alternate_text: str | None


def find_history(reader: Reader, row: PostRow) -> tuple[Reading, ...]:
    """Return the post's figures at every export and Studio download that has it, oldest first."""
    readings = (
        select(PostReading, Export.exported_at, Export.public_id)
        .join(Export, Export.id == PostReading.export_id)
        .where(PostReading.post_id == row.id, visible(PostReading, reader), visible(Export, reader))
    )
    found = [
        Reading(at, Source.EXPORT, export, told.likes, told.views, told.comments, told.shares, told.saves)
        for told, at, export in db.session.execute(readings)
    ]
    videos = (
        select(StudioVideo, Export.exported_at, Export.public_id)
        .join(Export, Export.id == StudioVideo.export_id)
        .where(StudioVideo.post_id == row.id, visible(StudioVideo, reader), visible(Export, reader))
    )
    found += [
        Reading(at, Source.STUDIO, export, video.likes, video.views, video.comments, video.shares)
        for video, at, export in db.session.execute(videos)
    ]
    return tuple(sorted(found, key=lambda reading: (reading.at, reading.source, reading.export)))


def find_words(reader: Reader, row: PostRow) -> PostWords | None:
    """Return what the newest words of a post say."""
    return read_words(reader, [row.id]).get(row.id)


def read_words(reader: Reader, ids: Collection[int]) -> dict[int, PostWords]:
    """Return what the newest words of some hundred posts say, by the id of their row."""
    query = (
        select(PostDetail, Export.exported_at)
        .join(Export, Export.id == PostDetail.export_id)
        .where(PostDetail.post_id.in_(ids), visible(PostDetail, reader), PostDetail.is_newest)
    )
    redaction = redaction_of(reader)
    return {told.post_id: _redacted(_words(told, at), redaction) for told, at in db.session.execute(query)}


def _redacted(words: PostWords, redaction: Redaction) -> PostWords:
    """Return the words without the people they name and, where captions are hidden, without what somebody wrote."""

    def written(text: str | None) -> str | None:
        return text and redaction.caption(text)

    if not (redaction.hides_names or redaction.hides_captions):
        return words
    return replace(
        words,
        sound_author=None if redaction.hides_names else words.sound_author,
        sound_raw=None if redaction.hides_names else words.sound_raw,
        add_yours_text=written(words.add_yours_text),
        alternate_text=written(words.alternate_text),
    )


def _words(told: PostDetail, at: int) -> PostWords:
    return PostWords(
        at=at,
        image_count=told.image_count,
        platform_post_id=told.platform_post_id,
        sound_name=told.sound_name,
        sound_author=told.sound_author,
        sound_raw=told.sound_raw,
        music_id=told.music_id,
        effects=_parts(told.effect_ids),
        stickers=_parts(told.stickers),
        location=told.location,
        privacy=told.privacy,
        allow_comments=told.allow_comments,
        allow_stitches=told.allow_stitches,
        allow_duets=told.allow_duets,
        allow_stickers=told.allow_stickers,
        allow_sharing_to_story=told.allow_sharing_to_story,
        content_disclosure=told.content_disclosure,
        ai_generated=told.ai_generated,
        add_yours_text=told.add_yours_text,
        alternate_text=told.alternate_text,
    )


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(_SEPARATOR) if part.strip())
