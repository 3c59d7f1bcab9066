"""Write kept rows to a file of JSON lines and read them back: whole, or a range of names at a time.

Follow lists stand in runs, each sorted by the compared form of the name and cut into chunks that carry their first
and last name. So any range of names is found by reading a few chunks of each run, whatever the length of the list.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.names import name_key, name_keys
from webapp.domain.sections import Section
from webapp.importers.collector import FOLLOW_SECTIONS
from webapp.importers.records import FollowRow, Post

RUN_ROWS: Final = 50_000
_CHUNK_ROWS: Final = 1_000

Names = tuple[str, str]
"""The compared forms of the first and the last name of a chunk."""


class FollowChunk(msgspec.Struct, frozen=True):
    """Kept rows of one follow list in order of the compared form of the name, which ``keys`` gives for each."""

    section: Section
    keys: list[str]
    rows: list[FollowRow]


class PostChunk(msgspec.Struct, frozen=True):
    """Kept posts of one section."""

    section: Section
    posts: list[Post]


class _Place(NamedTuple):
    """Where a chunk stands in the file, and which names it spans."""

    start: int
    size: int
    first: str
    last: str


_HEAD = msgspec.json.Decoder(tuple[Section, Names | None, msgspec.Raw])
_FOLLOWS = msgspec.json.Decoder(list[FollowRow])
_POSTS = msgspec.json.Decoder(list[Post])


class RowsWriter:
    """A sink that writes one chunk a line; the file appears under its name only when finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file = self._part.open("wb")
        self._encode = msgspec.json.Encoder().encode
        self._runs: dict[Section, list[FollowRow]] = {section: [] for section in FOLLOW_SECTIONS}

    def follows(self, section: Section, rows: list[FollowRow]) -> None:
        """Take rows of a follow list; they are written a run at a time."""
        run = self._runs[section]
        run.extend(rows)
        if len(run) >= RUN_ROWS:
            self._write_run(section)

    def posts(self, section: Section, posts: list[Post]) -> None:
        """Write one chunk of posts."""
        self._file.write(self._encode((section, None, posts)) + b"\n")

    def restart(self) -> None:
        """Drop what was written."""
        for run in self._runs.values():
            run.clear()
        self._file.seek(0)
        self._file.truncate()

    def end_lists(self) -> None:
        """Write what is left of the follow lists."""
        for section in self._runs:
            self._write_run(section)

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

    def _write_run(self, section: Section) -> None:
        run = self._runs[section]
        keys = name_keys([name for name, _ in run])
        # The key of each row, in their order: half the time of sorting pairs.
        key_of_next = iter(keys)
        run.sort(key=lambda _: next(key_of_next))
        for start in range(0, len(run), _CHUNK_ROWS):
            chunk = run[start : start + _CHUNK_ROWS]
            names = (name_key(chunk[0][0]), name_key(chunk[-1][0]))
            self._file.write(self._encode((section, names, chunk)) + b"\n")
            reach(Failpoint.CHILD_MID_FILE)
        run.clear()


class RowsFile:
    """The rows of one upload, read back; a list may be longer than fits into memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._follows: dict[Section, list[_Place]] = {section: [] for section in FOLLOW_SECTIONS}
        # Chunks that the last range of names broke off in, by their place: the next range mostly goes on there.
        self._begun: dict[int, FollowChunk] = {}
        self._posts: list[tuple[int, int]] = []
        start = 0
        with path.open("rb") as lines:
            for line in lines:
                section, names, _ = _HEAD.decode(line)
                if names is None:
                    self._posts.append((start, len(line)))
                else:
                    self._follows[section].append(_Place(start, len(line), *names))
                start += len(line)

    def chunks(self, section: Section) -> Iterator[FollowChunk]:
        """Yield the chunks of a follow list in the order of the file, which is that of its runs."""
        with self._path.open("rb") as file:
            for place in self._follows[section]:
                yield self._chunk(file, place)

    def posts(self) -> Iterator[PostChunk]:
        """Yield the posts in the order of the file."""
        with self._path.open("rb") as file:
            for start, size in self._posts:
                section, _, posts = _HEAD.decode(_read(file, start, size))
                yield PostChunk(section, _POSTS.decode(posts))

    def bounds(self, section: Section, size: int) -> list[str]:
        """Return names, in order, between which stand about ``size`` rows of a follow list each."""
        lasts = sorted(place.last for place in self._follows[section])
        step = max(size // _CHUNK_ROWS, 1)
        return lasts[step - 1 :: step]

    def between(self, section: Section, after: str, upto: str | None) -> dict[str, FollowRow]:
        """Return the rows of a follow list behind one name, up to and with another, by compared form.

        Ranges that are asked for in order read every chunk once.
        """
        found: dict[str, FollowRow] = {}
        begun, self._begun = self._begun, {}
        with self._path.open("rb") as file:
            for place in self._follows[section]:
                if place.last <= after or (upto is not None and place.first > upto):
                    continue
                chunk = begun.get(place.start) or self._chunk(file, place)
                low, high = bisect_right(chunk.keys, after), len(chunk.keys)
                if upto is not None and place.last > upto:
                    high = bisect_right(chunk.keys, upto)
                    self._begun[place.start] = chunk
                found.update(zip(chunk.keys[low:high], chunk.rows[low:high], strict=True))
        return found

    def _chunk(self, file: BinaryIO, place: _Place) -> FollowChunk:
        section, _, encoded = _HEAD.decode(_read(file, place.start, place.size))
        rows = _FOLLOWS.decode(encoded)
        return FollowChunk(section, name_keys([name for name, _ in rows]), rows)


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)
