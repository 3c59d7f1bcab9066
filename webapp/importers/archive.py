"""Open a zip archive without trusting it, and stream its members without unpacking them to disk."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.limits import GIB, Limits

_END: Final = b"PK\x05\x06"
_END64_LOCATOR: Final = b"PK\x06\x07"
_END64: Final = b"PK\x06\x06"
_LOCAL: Final = b"PK\x03\x04"
_END_SIZE, _LOCATOR_SIZE, _END64_SIZE, _LOCAL_SIZE = 22, 20, 56, 30
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED, _PATCHED, _STRONG, _DESCRIPTOR, _HIDDEN = 0x1, 0x20, 0x40, 0x8, 0x2000
_DESCRIPTOR_SIGNATURE: Final = b"PK\x07\x08"
_WIDE, _WIDE_SHORT = 0xFFFFFFFF, 0xFFFF
_WIDE_SIZES, _UNICODE_PATH = 0x0001, 0x7075
_BAD_NAME = re.compile(r"[\x00-\x1f\x7f\\]|^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)")
_NOT_FILES: Final = frozenset({stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK})
_MAX_NAME: Final = 1024
_MAX_DESCRIPTOR: Final = 24


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive that may be read."""

    name: str
    size: int
    info: zipfile.ZipInfo


@dataclass(frozen=True, slots=True)
class _Directory:
    """What the end record says about the central directory."""

    start: int
    size: int
    entries: int


def is_zip(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of a zip archive."""
    return head[:4] in (_LOCAL, _END)


class Archive:
    """A checked archive; construction raises FileRefused for everything hostile or damaged."""

    def __init__(self, stream: BinaryIO, file: str, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._stream = stream
        directory = _find_directory(stream, file, limits)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, ValueError, OverflowError) as error:
            raise _broken(file, "directory") from error
        except NotImplementedError as error:
            raise FileRefused(ErrorCode.ZIP_METHOD, file=file) from error
        infos = self._zip.infolist()
        if len(infos) != directory.entries:
            raise _broken(file, "count")
        for info in infos:
            _check_entry(info, file)
        _check_names(infos, file)
        self._check_sizes(infos)
        self._check_places(infos, directory)
        self.members = [Member(i.filename, i.file_size, i) for i in infos if not i.is_dir() and not _is_litter(i)]

    def open(self, member: Member) -> MemberStream:
        """Return the unpacked bytes of a member as a bounded stream."""
        return MemberStream(self._zip, member, self._file, self._limits)

    def _check_sizes(self, infos: list[zipfile.ZipInfo]) -> None:
        unpacked = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if unpacked > self._limits.max_unpacked:
            raise FileRefused(ErrorCode.ZIP_TOO_LARGE, file=self._file, limit=self._limits.max_unpacked // GIB)
        if unpacked > self._limits.ratio_floor and unpacked > packed * self._limits.max_total_ratio:
            raise FileRefused(ErrorCode.ZIP_RATIO, file=self._file, limit=self._limits.max_total_ratio)

    def _check_places(self, infos: list[zipfile.ZipInfo], directory: _Directory) -> None:
        """Refuse overlapping members, bytes that belong to none, and headers that disagree."""
        end = 0
        before: zipfile.ZipInfo | None = None
        for info in sorted(infos, key=lambda info: info.header_offset):
            self._check_gap(before, end, info.header_offset)
            before, end = info, self._local_end(info)
        self._check_gap(before, end, directory.start)

    def _check_gap(self, before: zipfile.ZipInfo | None, end: int, following: int) -> None:
        """Refuse anything between two members but the true descriptor of a member written as a stream."""
        if following < end:
            raise FileRefused(ErrorCode.ZIP_OVERLAP, file=self._file)
        known = _descriptors(before) if before and before.flag_bits & _DESCRIPTOR else {b""}
        self._stream.seek(end)
        if following - end > _MAX_DESCRIPTOR or self._stream.read(following - end) not in known:
            raise _broken(self._file, "gap")

    def _local_end(self, info: zipfile.ZipInfo) -> int:
        """Return where the member's packed bytes end; raise FileRefused where the local header differs."""
        self._stream.seek(info.header_offset)
        head = self._stream.read(_LOCAL_SIZE)
        if len(head) < _LOCAL_SIZE or head[:4] != _LOCAL:
            raise _broken(self._file, "local header")
        flags, method, _, _, crc, packed, unpacked, name_size, extra_size = struct.unpack("<HHHHLLLHH", head[6:])
        name = self._stream.read(name_size)
        charset = "utf-8" if flags & 0x800 else "cp437"
        try:
            same_name = name.decode(charset) == info.orig_filename
        except UnicodeDecodeError:
            same_name = False
        if not same_name or method != info.compress_type or (flags ^ info.flag_bits) & (_ENCRYPTED | _DESCRIPTOR):
            raise _broken(self._file, "headers differ")
        if _WIDE in (packed, unpacked):
            packed, unpacked = _with_wide_sizes(packed, unpacked, self._stream.read(extra_size))
        if not flags & _DESCRIPTOR and (crc, packed, unpacked) != (info.CRC, info.compress_size, info.file_size):
            raise _broken(self._file, "headers differ")
        return int(info.header_offset + _LOCAL_SIZE + name_size + extra_size + info.compress_size)


class MemberStream:
    """Read one member; refuse it as soon as it yields more than it should."""

    def __init__(self, archive: zipfile.ZipFile, member: Member, file: str, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._member = member
        self._done = 0
        try:
            self._data = archive.open(member.info)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
            raise _broken(file, member.name) from error

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` unpacked bytes; raise FileRefused at a limit or at damage."""
        try:
            block = self._data.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise _broken(self._file, self._member.name) from error
        self._done += len(block)
        limits, packed = self._limits, self._member.info.compress_size
        if self._done > limits.max_unpacked:
            raise FileRefused(ErrorCode.ZIP_TOO_LARGE, file=self._file, limit=limits.max_unpacked // GIB)
        if self._done > limits.ratio_floor and self._done > packed * limits.max_entry_ratio:
            raise FileRefused(ErrorCode.ZIP_RATIO, file=self._file, limit=limits.max_entry_ratio)
        if not block and size and self._done != self._member.size:
            raise _broken(self._file, self._member.name)
        return block

    def close(self) -> None:
        """Release the member."""
        self._data.close()


def entry_time(member: Member) -> tuple[int, int, int, int, int, int] | None:
    """Return the written time of a member, None for the zip default of 1980."""
    when = member.info.date_time
    return None if when[0] <= 1980 else when


def _broken(file: str, what: str) -> FileRefused:
    return FileRefused(ErrorCode.ZIP_BROKEN, file=file, what=what)


def _find_directory(stream: BinaryIO, file: str, limits: Limits) -> _Directory:
    """Return the central directory of an archive that fills its file from first byte to last."""
    size = stream.seek(0, 2)
    tail_size = min(size, _END_SIZE + 0xFFFF + _LOCATOR_SIZE)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    ends = [match.start() for match in re.finditer(re.escape(_END), tail) if _fills(tail, match.start())]
    if len(ends) != 1:
        raise _broken(file, "end")
    at = ends[0]
    disk, start_disk, here, entries, length, start = struct.unpack("<HHHHLL", tail[at + 4 : at + _END_SIZE - 2])
    end = size - tail_size + at
    locator = tail[at - _LOCATOR_SIZE : at] if at >= _LOCATOR_SIZE else b""
    if locator[:4] == _END64_LOCATOR:
        short = (disk, start_disk, here, entries, length, start)
        end -= _LOCATOR_SIZE + _END64_SIZE
        disk, start_disk, here, entries, length, start = _read_end64(stream, locator, end, short, file)
    if disk or start_disk or here != entries:
        raise _broken(file, "disks")
    if entries > limits.max_entries or length > limits.max_directory:
        raise FileRefused(ErrorCode.ZIP_TOO_MANY_FILES, file=file, limit=limits.max_entries)
    if start + length != end:
        raise _broken(file, "prefix")
    return _Directory(start=start, size=length, entries=entries)


def _fills(tail: bytes, at: int) -> bool:
    """Return whether an end record at this place reaches exactly to the end of the file."""
    return tail[at + _END_SIZE - 2 : at + _END_SIZE] == struct.pack("<H", (len(tail) - at - _END_SIZE) & 0xFFFF)


def _read_end64(
    stream: BinaryIO, locator: bytes, at: int, short: tuple[int, ...], file: str
) -> tuple[int, int, int, int, int, int]:
    """Return the ZIP64 end record, which stands right before its locator and says what the short one says."""
    disk, offset, disks = struct.unpack("<LQL", locator[4:])
    if disk or disks > 1 or offset != at or at < 0:
        raise _broken(file, "end")
    stream.seek(at)
    record = stream.read(_END64_SIZE)
    length = struct.unpack("<Q", record[4:12])[0]
    if record[:4] != _END64 or length != _END64_SIZE - 12:
        raise _broken(file, "end")
    long: tuple[int, int, int, int, int, int] = struct.unpack("<LLQQQQ", record[16:])
    marks = (_WIDE_SHORT,) * 4 + (_WIDE,) * 2
    if any(said not in (meant, mark) for said, meant, mark in zip(short, long, marks, strict=True)):
        raise _broken(file, "end")
    return long


def _descriptors(info: zipfile.ZipInfo) -> set[bytes]:
    """Return every way to write the record behind a streamed member; an empty one may do without."""
    sums = [
        struct.pack(form, info.CRC, info.compress_size, info.file_size)
        for form in ("<LLL", "<LQQ")
        if form == "<LQQ" or max(info.compress_size, info.file_size) <= _WIDE
    ]
    return {*sums, *(_DESCRIPTOR_SIGNATURE + record for record in sums), *([] if info.compress_size else [b""])}


def _with_wide_sizes(packed: int, unpacked: int, extra: bytes) -> tuple[int, int]:
    """Return the sizes of a local header, from its ZIP64 field where the header only marks them."""
    wide = next((data for kind, data in _extra_fields(extra) if kind == _WIDE_SIZES), b"")
    if unpacked == _WIDE and len(wide) >= 8:
        unpacked, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if packed == _WIDE and len(wide) >= 8:
        packed = int.from_bytes(wide[:8], "little")
    return packed, unpacked


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _check_entry(info: zipfile.ZipInfo, file: str) -> None:
    if info.flag_bits & (_ENCRYPTED | _STRONG | _HIDDEN) or info.compress_type == 99:
        raise FileRefused(ErrorCode.ZIP_ENCRYPTED, file=file)
    if info.compress_type not in _METHODS or info.flag_bits & _PATCHED:
        raise FileRefused(ErrorCode.ZIP_METHOD, file=file)
    if info.volume:
        raise _broken(file, "disks")
    names = (info.orig_filename, info.filename, *_other_names(info))
    if not info.filename or any(len(name) > _MAX_NAME or _BAD_NAME.search(name) for name in names):
        raise FileRefused(ErrorCode.ZIP_BAD_NAME, file=file)
    # Only a name that the short form cannot spell may be written another way beside it.
    if info.orig_filename.isascii() and any(name != info.orig_filename for name in names):
        raise FileRefused(ErrorCode.ZIP_BAD_NAME, file=file)
    if stat.S_IFMT(info.external_attr >> 16) in _NOT_FILES:
        raise FileRefused(ErrorCode.ZIP_BAD_NAME, file=file)


def _other_names(info: zipfile.ZipInfo) -> list[str]:
    """Return the names that programs which know the Unicode field would show instead."""
    paths = (data[5:] for kind, data in _extra_fields(info.extra) if kind == _UNICODE_PATH)
    return [path.decode("utf-8", "replace") for path in paths]


def _check_names(infos: list[zipfile.ZipInfo], file: str) -> None:
    seen: set[str] = set()
    for info in infos:
        key = unicodedata.normalize("NFC", info.filename).casefold().rstrip("/")
        if key in seen:
            raise FileRefused(ErrorCode.ZIP_DUPLICATE_NAME, file=file)
        seen.add(key)


def _is_litter(info: zipfile.ZipInfo) -> bool:
    """Return whether the entry is what macOS and Windows leave in archives."""
    parts = info.filename.split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] in (".DS_Store", "Thumbs.db")
