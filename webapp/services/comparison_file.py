"""Keep what the preview of an import found, range of names by range, until the import is written.

One file per follow list stands in the import's work folder. The commit takes its pieces instead of comparing again
when nothing has changed since, and the preview's pages read from it who is new or gone. Whatever reads it holds one
range of names at a time. It ends with a table of its pieces, so a file that is not whole is never taken for one.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.names import name_keys
from webapp.domain.sections import Section
from webapp.services.ledger import PREVIEWED, Comparison, NameKind, Neighbours, NewSpell
from webapp.services.ledger_reading import Row
from webapp.services.uploads import work_path

# Another version of this program may find a file that it did not write.
_VERSION: Final = 3
_FOOT_BYTES: Final = 8
# Seconds that are kept in memory at a time while renames are counted.
_SECONDS: Final = 500_000

Place = tuple[int, int]
"""Where a part of the file begins, and how many bytes it has."""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison depends on: with the same basis it would be the same."""

    account_id: int
    revision: int
    exported_at: int
    before: int | None
    after: int | None
    version: int = _VERSION

    @classmethod
    def of(cls, account_id: int, revision: int, exported_at: int, around: Neighbours) -> Basis:
        """Return the basis of a comparison between two neighbours."""
        return cls(
            account_id=account_id, revision=revision, exported_at=exported_at, before=around.before, after=around.after
        )


class _Names(msgspec.Struct, frozen=True, array_like=True):
    """The names of one kind in one range, in order, with the seconds of their follows apart."""

    count: int
    names: Place
    seconds: Place


class _Piece(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one range of names, and where the rest of it stands."""

    figures: dict[str, int]
    replaced: Place
    added: Place
    kinds: dict[NameKind, _Names]


class _Table(msgspec.Struct, frozen=True, array_like=True):
    """The end of the file."""

    basis: Basis
    pieces: list[_Piece]


_ENCODE = msgspec.msgpack.Encoder().encode
_TABLE = msgspec.msgpack.Decoder(_Table)
_NUMBERS = msgspec.msgpack.Decoder(list[int])
_NAMES = msgspec.msgpack.Decoder(list[str])
_SPELLS = msgspec.msgpack.Decoder(list[NewSpell])


class ComparisonWriter:
    """Write the comparison of one list; the file appears under its name only when finished, else it is removed."""

    def __init__(self, folder: Path, section: Section, basis: Basis) -> None:
        self._path = _path(folder, section)
        # The same import may be read twice at once, when a worker is slow to learn that it lost its lease.
        self._part = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}.part")
        self._file = self._part.open("xb")
        self._basis = basis
        self._pieces: list[_Piece] = []

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Remove what was not finished."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, part: Comparison) -> None:
        """Write what one range of names changes."""
        kinds = {kind: self._names(rows) for kind, rows in part.names.items() if rows}
        figures = part.counts()
        self._pieces.append(_Piece(figures, self._write(part.replaced), self._write(part.added), kinds))

    def finish(self) -> None:
        """Make the file durable and give it its name."""
        table = _ENCODE(_Table(self._basis, self._pieces))
        self._file.write(table + len(table).to_bytes(_FOOT_BYTES, "big"))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def _names(self, rows: list[Row]) -> _Names:
        keys = name_keys([name for name, _ in rows])
        ordered = [row for _, row in sorted(zip(keys, rows, strict=True))]
        names, seconds = [name for name, _ in ordered], [second for _, second in ordered]
        return _Names(len(rows), self._write(names), self._write(seconds))

    def _write(self, values: object) -> Place:
        start = self._file.tell()
        return start, self._file.write(_ENCODE(values))


class ComparisonFile:
    """A finished comparison, read back."""

    def __init__(self, path: Path) -> None:
        """Open the file; raise ``FileNotFoundError`` or ``ValueError`` where there is none that is whole."""
        self._path = path
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _FOOT_BYTES, 0))
            length = int.from_bytes(file.read(_FOOT_BYTES), "big")
            if size < _FOOT_BYTES + length:
                raise ValueError(path)
            table = _TABLE.decode(_read(file, (size - _FOOT_BYTES - length, length)))
        self.basis = table.basis
        self._pieces = table.pieces

    def parts(self, export_id: int) -> Iterator[Comparison]:
        """Yield the comparison as ``ledger.compare`` would for an export with this id."""
        with self._path.open("rb") as file:
            for piece in self._pieces:
                replaced = _NUMBERS.decode(_read(file, piece.replaced))
                added = [_with_id(spell, export_id) for spell in _SPELLS.decode(_read(file, piece.added))]
                part = Comparison(replaced=replaced, added=added)
                part.take(piece.figures)
                yield part

    def names(self, kind: NameKind, start: int, count: int) -> list[Row]:
        """Return at most ``count`` names of one kind from a place on, in order of their compared form."""
        found: list[Row] = []
        with self._path.open("rb") as file:
            for piece in self._pieces:
                said = piece.kinds.get(kind)
                if said is None or len(found) == count:
                    continue
                if start >= said.count:
                    start -= said.count
                    continue
                names, seconds = _NAMES.decode(_read(file, said.names)), _NUMBERS.decode(_read(file, said.seconds))
                found.extend(list(zip(names, seconds, strict=True))[start : start + count - len(found)])
                start = 0
        return found

    def count_renamed(self) -> int:
        """Return how many names may only be new forms of old ones: one gained and one lost share a follow second.

        Whatever the number of names, no more than about half a million seconds are in memory at a time.
        """
        kinds = (NameKind.NEW, NameKind.GONE)
        total = sum(piece.kinds[kind].count for piece in self._pieces for kind in kinds if kind in piece.kinds)
        shares = total // _SECONDS + 1
        return sum(self._count_renamed(share, shares) for share in range(shares))

    def _count_renamed(self, share: int, shares: int) -> int:
        gained: Counter[int] = Counter(self._seconds(NameKind.NEW, share, shares))
        lost: Counter[int] = Counter(self._seconds(NameKind.GONE, share, shares))
        return sum(number == 1 and gained.get(second) == 1 for second, number in lost.items())

    def _seconds(self, kind: NameKind, share: int, shares: int) -> Iterator[int]:
        with self._path.open("rb") as file:
            for piece in self._pieces:
                said = piece.kinds.get(kind)
                if said is not None:
                    seconds = _NUMBERS.decode(_read(file, said.seconds))
                    yield from (second for second in seconds if second % shares == share)


def find_comparison(folder: Path, section: Section, basis: Basis | None = None) -> ComparisonFile | None:
    """Return the comparison of a list when it is whole and stands on this basis, or on any without one."""
    try:
        found = ComparisonFile(_path(folder, section))
    except (FileNotFoundError, ValueError, msgspec.MsgspecError):
        return None
    return found if basis is None or found.basis == basis else None


def list_names(public_id: str, section: Section, kind: str, start: int, count: int) -> list[Row]:
    """Return at most ``count`` names of one ``NameKind`` of an import's preview, with the seconds of their follows.

    Raises ``NotFound`` where the import compared no such list, or does not wait any more.
    """
    found = find_comparison(work_path(public_id), section)
    if found is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return found.names(NameKind(kind), start, count)


def _with_id(spell: NewSpell, export_id: int) -> NewSpell:
    """Return a spell with the export's id where the preview, which had none yet, wrote ``PREVIEWED``."""
    name, key, second, first, last, gone = spell
    return (
        name,
        key,
        second,
        export_id if first == PREVIEWED else first,
        export_id if last == PREVIEWED else last,
        export_id if gone == PREVIEWED else gone,
    )


def _path(folder: Path, section: Section) -> Path:
    return folder / f"comparison.{section.value}"


def _read(file: BinaryIO, place: Place) -> bytes:
    file.seek(place[0])
    return file.read(place[1])
