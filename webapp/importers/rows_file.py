"""Write kept rows to a file of JSON lines and read them back, chunk by chunk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from webapp.domain.sections import Section
from webapp.importers.collector import FOLLOW_SECTIONS
from webapp.importers.records import FollowRow, Post


class FollowChunk(msgspec.Struct, frozen=True):
    """Kept rows of one follow list."""

    section: Section
    rows: list[FollowRow]


class PostChunk(msgspec.Struct, frozen=True):
    """Kept posts of one section."""

    section: Section
    posts: list[Post]


_HEAD = msgspec.json.Decoder(tuple[Section, msgspec.Raw])
_FOLLOWS = msgspec.json.Decoder(list[FollowRow])
_POSTS = msgspec.json.Decoder(list[Post])


class RowsWriter:
    """A sink that writes one chunk a line; the file appears under its name only when finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file = self._part.open("wb")
        self._encode = msgspec.json.Encoder().encode

    def follows(self, section: Section, rows: list[FollowRow]) -> None:
        """Write one chunk of a follow list."""
        self._file.write(self._encode((section, rows)) + b"\n")

    def posts(self, section: Section, posts: list[Post]) -> None:
        """Write one chunk of posts."""
        self._file.write(self._encode((section, posts)) + b"\n")

    def restart(self) -> None:
        """Drop what was written."""
        self._file.seek(0)
        self._file.truncate()

    def finish(self) -> None:
        """Make the file durable and give it its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Remove the unfinished file."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def read_rows(path: Path) -> Iterator[FollowChunk | PostChunk]:
    """Yield the chunks in the order they were written."""
    with path.open("rb") as lines:
        for line in lines:
            section, rows = _HEAD.decode(line)
            if section in FOLLOW_SECTIONS:
                yield FollowChunk(section, _FOLLOWS.decode(rows))
            else:
                yield PostChunk(section, _POSTS.decode(rows))
