"""Write kept rows to a file and read them back, a chunk at a time, in the order in which they came.

Whoever has time may read the follow lists while they are still being written.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.names import name_keys
from webapp.domain.sections import Section
from webapp.importers.collector import FOLLOW_SECTIONS, POST_SECTIONS
from webapp.importers.records import Post

# Few enough that what is done with them stays in the processor's cache.
_CHUNK_ROWS: Final = 2_000
# Posts are written with a transaction for each chunk.
_CHUNK_POSTS: Final = 2_500
# The longest line in front of a chunk.
_HEAD_BYTES: Final = 64

_Columns = tuple[list[str], list[int]]
"""Names as written, and the seconds of their follows."""


class FollowChunk(NamedTuple):
    """Rows of one follow list, at least one, by columns: compared forms of names, the names as written, seconds."""

    keys: list[str]
    names: list[str]
    seconds: list[int]


class PostChunk(msgspec.Struct, frozen=True):
    """Kept posts of one section."""

    section: Section
    posts: list[Post]


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_FOLLOWS: Final = msgspec.msgpack.Decoder(_Columns)
_POSTS: Final = msgspec.msgpack.Decoder(list[Post])


class RowsWriter:
    """A sink that writes chunks, each behind a line with its section and size in bytes.

    The file appears under its name only when finished.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = _part_of(path)
        self._file = self._part.open("wb")
        self._waiting: dict[Section, _Columns] = {section: ([], []) for section in FOLLOW_SECTIONS}
        self._waiting_posts: list[Post] = []
        self._post_section = Section.POSTS

    def follows(self, section: Section, names: list[str], seconds: list[int]) -> None:
        """Take rows of a follow list, by columns; they are written a chunk at a time."""
        waiting_names, waiting_seconds = self._waiting[section]
        waiting_names += names
        waiting_seconds += seconds
        if len(waiting_names) >= _CHUNK_ROWS:
            self._write_follows(section)

    def posts(self, section: Section, posts: list[Post]) -> None:
        """Take posts; they are written a chunk at a time, in the order in which they came."""
        if section is not self._post_section:
            self._write_posts()
            self._post_section = section
        self._waiting_posts += posts
        if len(self._waiting_posts) >= _CHUNK_POSTS:
            self._write_posts()

    def restart(self) -> None:
        """Drop what was written: another file takes its place, so that nobody goes on reading in the middle."""
        self._waiting = {section: ([], []) for section in FOLLOW_SECTIONS}
        self._waiting_posts.clear()
        self._file.close()
        self._part.unlink()
        self._file = self._part.open("xb")

    def end_lists(self) -> None:
        """Write what is left of the lists."""
        for section in self._waiting:
            self._write_follows(section)
        self._write_posts()

    def finish(self) -> None:
        """Make the file durable and give it its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Remove the unfinished file."""
        with contextlib.suppress(OSError):  # what is still in the buffer may not fit on the disk
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _write_follows(self, section: Section) -> None:
        columns, self._waiting[section] = self._waiting[section], ([], [])
        if columns[0]:
            self._write(section, _ENCODE(columns))

    def _write_posts(self) -> None:
        if self._waiting_posts:
            self._write(self._post_section, _ENCODE(self._waiting_posts))
            self._waiting_posts.clear()

    def _write(self, section: Section, content: bytes) -> None:
        self._file.write(b"%b %d\n" % (section.value.encode(), len(content)) + content)
        reach(Failpoint.CHILD_MID_FILE)


class RowsFile:
    """The rows of one upload, read back; a list may be longer than fits into memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: list[tuple[Section, int, int]] = []
        with path.open("rb") as file:
            while line := file.readline():
                section, size = _head(line)
                self._places.append((section, file.tell(), size))
                file.seek(size, os.SEEK_CUR)

    def follows(self, section: Section) -> Iterator[FollowChunk]:
        """Yield the chunks of a follow list."""
        for _, content in self._read({section}):
            yield _follow_chunk(content)

    def posts(self) -> Iterator[PostChunk]:
        """Yield the chunks of posts in the order of the file."""
        for section, content in self._read(POST_SECTIONS):
            yield PostChunk(section, _POSTS.decode(content))

    def _read(self, sections: Container[Section]) -> Iterator[tuple[Section, bytes]]:
        with self._path.open("rb") as file:
            for section, start, size in self._places:
                if section in sections:
                    file.seek(start)
                    yield section, file.read(size)


class GrowingRows:
    """The follow lists of a file that may still be being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._at = 0

    def chunks(self) -> Iterator[tuple[Section, FollowChunk]]:
        """Yield the chunks that have become whole since the last time."""
        file = self._file = self._file or self._open()
        if file is None:
            return
        written = os.fstat(file.fileno()).st_size
        while True:
            line, end, _ = os.pread(file.fileno(), _HEAD_BYTES, self._at).partition(b"\n")
            if not end:
                return
            section, size = _head(line)
            start = self._at + len(line) + 1
            if start + size > written:
                return
            if section in FOLLOW_SECTIONS:
                yield section, _follow_chunk(os.pread(file.fileno(), size, start))
            self._at = start + size

    def _open(self) -> BinaryIO | None:
        for path in (_part_of(self._path), self._path):
            with contextlib.suppress(FileNotFoundError):
                return path.open("rb")
        return None

    def is_finished(self) -> bool:
        """Return whether what was read until now is the file that was finished, whole and as it is now."""
        if self._file is None:
            return False
        try:
            same = os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False
        return same and self._at == os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Read no more."""
        if self._file is not None:
            self._file.close()


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _head(line: bytes) -> tuple[Section, int]:
    section, size = line.split()
    return Section(section.decode()), int(size)


def _follow_chunk(content: bytes) -> FollowChunk:
    names, seconds = _FOLLOWS.decode(content)
    return FollowChunk(name_keys(names), names, seconds)
