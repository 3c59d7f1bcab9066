"""Make small exports, honest and hostile, for the importer tests."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Section
from webapp.importers.extract import extract
from webapp.importers.limits import Limits
from webapp.importers.records import FollowRow, Post, Summary

SAMPLES = Path(__file__).parent.parent / "data" / "tiktok"


class Kept:
    """A sink that remembers everything, for small files."""

    def __init__(self) -> None:
        self.restarts = 0
        self.rows: dict[Section, list[FollowRow]] = {}
        self.published: dict[Section, list[Post]] = {}

    def follows(self, section: Section, names: list[str], seconds: list[int]) -> None:
        self.rows.setdefault(section, []).extend(zip(names, seconds, strict=True))

    def posts(self, section: Section, posts: list[Post]) -> None:
        self.published.setdefault(section, []).extend(posts)

    def restart(self) -> None:
        self.restarts += 1
        self.rows.clear()
        self.published.clear()


def read(data: bytes, name: str = "user_data_tiktok.json", limits: Limits | None = None) -> tuple[Summary, Kept]:
    kept = Kept()
    return extract(io.BytesIO(data), name, kept, limits or Limits()), kept


def refusal(data: bytes, name: str = "user_data_tiktok.json", limits: Limits | None = None) -> FileRefused:
    try:
        read(data, name, limits)
    except FileRefused as refused:
        return refused
    raise AssertionError("the file was accepted")


def refused_with(data: bytes, name: str = "user_data_tiktok.json", limits: Limits | None = None) -> ErrorCode:
    return refusal(data, name, limits).code


def follow(name: str, date: str = "2025-01-02 03:04:05") -> dict[str, object]:
    return {"Date": date, "UserName": name}


def many(count: int, tail: str = "") -> list[dict[str, object]]:
    return [follow(f"name{n}{tail}", f"2024-{n % 12 + 1:02}-{n % 28 + 1:02} 10:{n % 60:02}:00") for n in range(count)]


def document(followers: object = (), following: object = (), posts: object = (), **roots: object) -> dict[str, object]:
    lists = [list(x) if isinstance(x, tuple) else x for x in (followers, following, posts)]
    return {
        "Post": {"Posts": {"VideoList": lists[2]}},
        "Profile And Settings": {
            "Follower": {"FansList": lists[0]},
            "Following": {"Following": lists[1]},
            "Profile Info": {"ProfileMap": {"userName": "some.owner", "emailAddress": "x@example.org"}},
        },
        **roots,
    }


def encoded(value: object, indent: int | None = 2) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, year: int = 2026) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (year, 1, 15, 12, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def overlapping(size: int) -> bytes:
    """Return an archive of two entries that share their packed bytes (the second is quoted by the first)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(b"a" * size) + packer.flush()
    crc = zlib.crc32(b"a" * size)
    inner = _local(b"b.json", crc, len(kernel), size) + kernel
    quoted = b"\x00" + struct.pack("<HH", len(inner) - len(kernel), (len(inner) - len(kernel)) ^ 0xFFFF)
    outer_data = quoted + inner
    outer_plain = inner[: len(inner) - len(kernel)] + b"a" * size
    outer = _local(b"a.json", zlib.crc32(outer_plain), len(outer_data), len(outer_plain)) + outer_data
    second_at = len(outer) - len(inner)
    entries = _central(b"a.json", zlib.crc32(outer_plain), len(outer_data), len(outer_plain), 0)
    entries += _central(b"b.json", crc, len(kernel), size, second_at)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 2, 2, len(entries), len(outer), 0)
    return outer + entries + end


def _local(name: bytes, crc: int, packed: int, size: int) -> bytes:
    return struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, 0, 8, 0, 0x5A21, crc, packed, size, len(name), 0) + name


def _central(name: bytes, crc: int, packed: int, size: int, at: int) -> bytes:
    head = struct.pack("<4sHHHHHHLLL", b"PK\x01\x02", 20, 20, 0, 8, 0, 0x5A21, crc, packed, size)
    return head + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, at) + name
