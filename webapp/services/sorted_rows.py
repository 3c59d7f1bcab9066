"""Keep rows by name in little memory, and give them back a range of names at a time."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from webapp.services.ledger_reading import Row
from webapp.services.uploads import uploads_path

# Rows that are sorted at a time.
RUN_ROWS: Final = 50_000
_CHUNK_ROWS: Final = 1_000
# What is less stays in memory.
_SPOOLED_BYTES: Final = 4 * 1024 * 1024

KeyedRow = tuple[str, Row]
"""The compared form of a name, and the row it stands for."""
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_ROWS: Final = msgspec.msgpack.Decoder(list[KeyedRow])
_key: Final = itemgetter(0)


class _Place(NamedTuple):
    """Where a chunk stands in the file, and which names it spans."""

    start: int
    size: int
    first: str
    last: str


class SortedRows:
    """Rows in runs sorted by the compared form of the name, cut into chunks; of a name there is one row.

    Any range of names is found by reading a few chunks of each run, whatever their number. What does not fit into
    memory stands in a file without a name, which goes with the process.
    """

    def __init__(self) -> None:
        self._places: list[_Place] = []
        # Chunks that the last range of names broke off in, by their place: the next range mostly goes on there.
        self._begun: dict[int, list[KeyedRow]] = {}
        folder = uploads_path()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = SpooledTemporaryFile(_SPOOLED_BYTES, dir=str(folder))  # noqa: SIM115

    def __enter__(self) -> Self:
        """Begin to keep rows."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Forget them."""
        self.close()

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    def add(self, rows: Iterable[KeyedRow]) -> None:
        """Take the rows of one run, in any order: as many as may be in memory at a time."""
        run = sorted(rows, key=_key)
        self._file.seek(0, os.SEEK_END)
        for start in range(0, len(run), _CHUNK_ROWS):
            chunk = run[start : start + _CHUNK_ROWS]
            place = self._file.tell()
            self._places.append(_Place(place, self._file.write(_ENCODE(chunk)), chunk[0][0], chunk[-1][0]))

    def bounds(self, size: int) -> list[str]:
        """Return names, in order, between which stand about ``size`` rows each."""
        lasts = sorted(place.last for place in self._places)
        step = max(size // _CHUNK_ROWS, 1)
        return lasts[step - 1 :: step]

    def between(self, after: str, upto: str | None) -> dict[str, Row]:
        """Return the rows behind one name, up to and with another; ``None`` is the end.

        Ranges that are asked for in order read every chunk once.
        """
        found: dict[str, Row] = {}
        begun, self._begun = self._begun, {}
        for place in self._places:
            if place.last <= after or (upto is not None and place.first > upto):
                continue
            chunk = begun.get(place.start) or self._chunk(place)
            low, high = bisect_right(chunk, after, key=_key), len(chunk)
            if upto is not None and place.last > upto:
                high = bisect_right(chunk, upto, key=_key)
                self._begun[place.start] = chunk
            found.update(chunk[low:high])
        return found

    def _chunk(self, place: _Place) -> list[KeyedRow]:
        self._file.seek(place.start)
        return _ROWS.decode(self._file.read(place.size))
