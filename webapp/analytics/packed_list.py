"""A follow list packed into bytes: both of its orders, searched and counted without the database.

Two texts hold the compared names, one in order of date and one in order of name, exactly as the database sorts them.
Arrays lead from one order to the other, and from a place in the order of dates to its second. Numbers are in the byte
order of the machine that packed them; a machine of another kind finds a foreign mark and leaves the list alone.
"""

from __future__ import annotations

import mmap
import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

# A byte that UTF-8 never uses: no name and nothing searched for can hold it.
END: Final = b"\xff"
# Rows between two noted places of a text.
STEP: Final = 256
_MARK: Final = b"TLI1" + sys.byteorder[:1].encode()
# The mark, the type of the seconds, the number of rows, the bytes of either text.
_HEAD: Final = Struct("<5sc2xqq")
# Texts are looked through in blocks that grow: the first page of a common search costs next to nothing.
_LARGEST_BLOCK: Final = 16_384

Rows = Sequence[tuple[str, int]]
"""Compared names with the Unix second of the follow."""


class NotPacked(ValueError):
    """These bytes are no packed list of this form and this kind of machine, or these rows do not make one."""


@dataclass(frozen=True, slots=True)
class Text:
    """Names in one order, each closed by ``END``; ``places`` is where every ``STEP``-th begins, and the end."""

    names: memoryview
    places: Sequence[int]

    def read(self, first: int, last: int) -> bytes:
        """Return the rows from ``first`` up to ``last``, which is not among them."""
        return bytes(self.names[self._offset(first) : self._offset(last)])

    def read_names(self, first: int, last: int) -> list[str]:
        """Return the names of the rows from ``first`` up to ``last``, which is not among them."""
        # Decoded all at once; no name holds what ends a line.
        return self.read(first, last).replace(END, b"\n").decode().split("\n")[:-1]

    def name(self, row: int) -> str:
        """Return the name of one row."""
        place, rest = divmod(row, STEP)
        near = bytes(self.names[self.places[place] : self.places[place + 1]])
        return near.split(END, rest + 1)[rest].decode()

    def find(self, needle: bytes, rows: range) -> Iterator[int]:
        """Yield those of the rows that hold the needle, in the direction of the range, whose step is 1 or -1."""
        pattern = _pattern(needle)
        for first, last in blocks(rows):
            hits = _hits(self.read(first, last), pattern, first)
            yield from hits if rows.step > 0 else reversed(hits)

    def count_hits(self, needle: bytes, rows: range, most: int | None = None) -> int | None:
        """Return how many of the rows hold the needle; ``None`` as soon as there are more than ``most``."""
        pattern, total = _pattern(needle), 0
        for first, last in blocks(rows):
            total += len(pattern.findall(self.names, self._offset(first), self._offset(last)))
            if most is not None and total > most:
                return None
        return total

    def _offset(self, row: int) -> int:
        place, rest = divmod(row, STEP)
        start = self.places[place]
        if not rest:
            return start
        following = bytes(self.names[start : self.places[place + 1]])
        at = 0
        for _ in range(rest):
            at = following.index(END, at) + 1
        return start + at


@dataclass(frozen=True, slots=True)
class PackedList:
    """A whole list. Places count from 0: in the order of dates they are positions, in that of names ranks."""

    by_date: Text
    by_name: Text
    seconds: memoryview
    ranks: memoryview
    positions: memoryview

    @property
    def count(self) -> int:
        """Return how many names are on the list."""
        return len(self.seconds)

    def span(self, starts_at: int | None, ends_at: int | None) -> range:
        """Return the positions whose second is in ``[starts_at, ends_at)``; ``None`` is open."""
        first = 0 if starts_at is None else bisect_left(self.seconds, starts_at)
        last = self.count if ends_at is None else bisect_left(self.seconds, ends_at)
        return range(first, max(first, last))

    def release(self) -> None:
        """Give back the memory of what was read of a mapped file, which counts as that of whoever reads.

        The system keeps the file at hand, and whoever reads on meanwhile finds everything where it was.
        """
        mapped = self.by_date.names.obj
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)

    def locate(self, second: int, name: bytes) -> int | None:
        """Return the position of a name that followed in that second."""
        shared = self.span(second, second + 1)
        names = END + self.by_date.read(shared.start, shared.stop)
        at = names.find(END + name + END)
        return None if at < 0 else shared.start + names.count(END, 0, at)


def pack(by_date: Iterable[Rows], by_name: Iterable[Rows]) -> list[memoryview]:
    """Return the bytes, in parts, of a list that comes in chunks of both orders; raise ``NotPacked`` if they differ.

    Names of one second must follow each other alike in both orders.
    """
    seconds: array[int] = array("q")
    first_text = _Packer()
    for rows in by_date:
        first_text.add(name for name, _ in rows)
        seconds.extend([second for _, second in rows])
    count = len(seconds)
    # How many names of the second that begins at a position were met in order of name.
    met, ranks, positions = array("I", bytes(4 * count)), array("I", bytes(4 * count)), array("I")
    second_text = _Packer()
    for rows in by_name:
        second_text.add(name for name, _ in rows)
        for _, second in rows:
            start = bisect_left(seconds, second)
            position = start + met[start] if start < count else count
            if position >= count or seconds[position] != second:
                raise NotPacked("the two orders hold other rows")
            met[start] += 1
            ranks[position] = len(positions)
            positions.append(position)
    if not count or len(positions) != count or len(first_text.names) != len(second_text.names):
        raise NotPacked("the two orders hold other rows")
    fits = seconds[0] >= 0 and seconds[-1] < 2**32
    times = array("I", seconds) if fits else seconds
    arrays = (first_text.closed(), second_text.closed(), times, ranks, positions)
    head = _HEAD.pack(_MARK, times.typecode.encode(), count, len(first_text.names))
    parts = [memoryview(head)]
    for numbers in arrays:
        content = memoryview(numbers).cast("B")
        parts += [content, memoryview(bytes(-len(content) % 8))]
    return [*parts, memoryview(first_text.names), memoryview(second_text.names)]


def unpack(content: memoryview) -> PackedList:
    """Return the list that lies in these bytes without copying it; raise ``NotPacked`` for anything else."""
    if len(content) < _HEAD.size:
        raise NotPacked("too short")
    mark, kind, count, size = _HEAD.unpack_from(content)
    places = -(-count // STEP) + 1
    lengths = [8 * places, 8 * places, count * (4 if kind == b"I" else 8), 4 * count, 4 * count]
    if mark != _MARK or len(content) != _HEAD.size + sum(_padded(length) for length in lengths) + 2 * size:
        raise NotPacked("another form or another length")
    found: list[memoryview] = []
    at = _HEAD.size
    for length, kind_of in zip(lengths, ("Q", "Q", kind.decode(), "I", "I"), strict=True):
        found.append(content[at : at + length].cast(kind_of))
        at += _padded(length)
    first, second = Text(content[at : at + size], found[0]), Text(content[at + size :], found[1])
    return PackedList(first, second, found[2], found[3], found[4])


class _Packer:
    """A text that grows."""

    def __init__(self) -> None:
        self.names = bytearray()
        self.places: array[int] = array("Q")
        self._count = 0

    def add(self, names: Iterable[str]) -> None:
        """Write names behind those that are there."""
        for name in names:
            if self._count % STEP == 0:
                self.places.append(len(self.names))
            self.names += name.encode() + END
            self._count += 1

    def closed(self) -> array[int]:
        """Return where every ``STEP``-th row begins, and where the last one ends."""
        return array("Q", [*self.places, len(self.names)])


def blocks(rows: range) -> Iterator[tuple[int, int]]:
    """Yield parts of consecutive rows, in the direction of the range, as their first row and the one after the last."""
    size = STEP
    while rows:
        part, rows = rows[:size], rows[size:]
        yield min(part[0], part[-1]), max(part[0], part[-1]) + 1
        size = min(4 * size, _LARGEST_BLOCK)


def _pattern(needle: bytes) -> re.Pattern[bytes]:
    """Return what finds a needle and the rest of its row, so that a row counts once however often it holds it.

    Of all ways to look for bytes that Python has, expressions are the fastest by a factor of two.
    """
    return re.compile(re.escape(needle) + b"[^" + END + b"]*")


def _hits(names: bytes, pattern: re.Pattern[bytes], row: int) -> list[int]:
    """Return the rows of a text that the pattern finds; its first row has this number."""
    hits = []
    counted = 0
    for match in pattern.finditer(names):
        row += names.count(END, counted, match.start())
        counted = match.start()
        hits.append(row)
    return hits


def _padded(length: int) -> int:
    return length + -length % 8
