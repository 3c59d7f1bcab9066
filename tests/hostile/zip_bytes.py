"""Put zip archives together field by field, so that any of them may lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

STORED, DEFLATED = 0, 8
DESCRIPTOR, UTF8 = 0x8, 0x800
_DATE = 0x5C2F  # 15 January 2026
_WIDE = 0xFFFFFFFF


def deflated(data: bytes) -> bytes:
    """Return raw deflate bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@dataclass
class Entry:
    """One member; ``local`` and ``central`` override fields of its two headers after they were computed."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    packed: bytes | None = None
    attributes: int = 0
    tail: bytes = b""
    extra: bytes = b""
    central_extra: bytes | None = None
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    in_directory: bool = True
    in_file: bool = True

    def body(self) -> bytes:
        """Return the packed bytes."""
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == DEFLATED else self.data

    def facts(self) -> dict[str, Any]:
        """Return the true fields of the headers."""
        return {
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "packed": len(self.body()),
            "size": len(self.data),
            "name": self.name,
        }

    def local_bytes(self) -> bytes:
        """Return header, packed bytes and what follows them."""
        said = {**self.facts(), "extra": self.extra, **self.local}
        head = struct.pack(
            "<4sHHHHHLLLHH",
            b"PK\x03\x04",
            20,
            *_shared(said),
        )
        return b"".join((head, said["name"], said["extra"], self.body(), self.tail))

    def central_bytes(self, at: int) -> bytes:
        """Return the entry of the directory."""
        extra = self.extra if self.central_extra is None else self.central_extra
        said = {**self.facts(), "at": at, "disk": 0, "extra": extra, **self.central}
        head = struct.pack(
            "<4sHHHHHHLLLHHHHHLL",
            b"PK\x01\x02",
            0x0314,
            20,
            *_shared(said),
            0,
            said["disk"],
            0,
            self.attributes,
            said["at"],
        )
        return b"".join((head, said["name"], said["extra"]))


def _shared(said: dict[str, Any]) -> tuple[int, ...]:
    """Return the fields that both headers of a member have, in their order."""
    lengths = len(said["name"]), len(said["extra"])
    return (said["flags"], said["method"], 0, _DATE, said["crc"], said["packed"], said["size"], *lengths)


def descriptor(entry: Entry, *, signed: bool = True, wide: bool = False, **lies: int) -> bytes:
    """Return the record that stands behind the bytes of a member written as a stream."""
    said = {**entry.facts(), **lies}
    body = struct.pack("<LQQ" if wide else "<LLL", said["crc"], said["packed"], said["size"])
    return (b"PK\x07\x08" if signed else b"") + body


def streamed(name: bytes, data: bytes, *, signed: bool = True, wide: bool = False, **lies: int) -> Entry:
    """Return a member whose local header leaves its sizes to the record behind it."""
    entry = Entry(name, data, flags=DESCRIPTOR)
    entry.tail = descriptor(entry, signed=signed, wide=wide, **lies)
    entry.local = {"crc": 0, "packed": 0, "size": 0}
    return entry


def wide_extra(*values: int) -> bytes:
    """Return the ZIP64 extra field with these 64-bit values."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def wide_entry(name: bytes, data: bytes) -> Entry:
    """Return an honest member whose sizes stand in ZIP64 fields."""
    size, packed = len(data), len(deflated(data))
    entry = Entry(name, data, extra=wide_extra(size, packed))
    entry.local = entry.central = {"size": _WIDE, "packed": _WIDE}
    return entry


def end_record(count: int, size: int, at: int, /, comment: bytes = b"", **lies: int) -> bytes:
    """Return the end record."""
    said = {"disk": 0, "start_disk": 0, "here": count, "count": count, "size": size, "at": at, **lies}
    numbers = (said[name] for name in ("disk", "start_disk", "here", "count", "size", "at"))
    return struct.pack("<4sHHHHLLH", b"PK\x05\x06", *numbers, len(comment)) + comment


def wide_end(count: int, size: int, at: int, record_at: int, /, more: bytes = b"", **lies: int) -> bytes:
    """Return the ZIP64 end record and its locator."""
    said = {
        "here": count,
        "count": count,
        "size": size,
        "at": at,
        "disk": 0,
        "start_disk": 0,
        "points_to": record_at,
        "disks": 1,
        "length": 44 + len(more),
        **lies,
    }
    numbers = (said[name] for name in ("disk", "start_disk", "here", "count", "size", "at"))
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", said["length"], 45, 45, *numbers) + more
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, said["points_to"], said["disks"])


def archive(
    entries: Sequence[Entry],
    *,
    comment: bytes = b"",
    end: dict[str, int] | None = None,
    wide: dict[str, Any] | None = None,
) -> bytes:
    """Return an archive of the entries; ``wide`` adds ZIP64 end records with these lies in them."""
    body = bytearray()
    directory = bytearray()
    count = 0
    for entry in entries:
        at = len(body)
        if entry.in_file:
            body += entry.local_bytes()
        if entry.in_directory:
            directory += entry.central_bytes(at)
            count += 1
    start = len(body)
    middle = b"" if wide is None else wide_end(count, len(directory), start, start + len(directory), **wide)
    return bytes(body + directory + middle) + end_record(count, len(directory), start, comment, **(end or {}))
