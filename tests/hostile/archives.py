"""The archives nobody should open without care: bombs, lies, names that point elsewhere, and honest odd ones."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.hostile.corpus import Input, Outcome, bytes_of, pieces_of
from tests.hostile.zip_bytes import (
    DESCRIPTOR,
    STORED,
    UTF8,
    Entry,
    archive,
    deflated,
    end_record,
    streamed,
    wide_end,
    wide_entry,
    wide_extra,
)
from tests.importers.making import document, encoded, many, overlapping, zipped
from webapp.domain.errors import ErrorCode
from webapp.domain.sections import Section

NAME = b"user_data_tiktok.json"
EXPORT = encoded(document(many(50), many(5)))
ROWS = {Section.FOLLOWERS: 50, Section.FOLLOWING: 5}
MEGA = 1024 * 1024

_BROKEN = ErrorCode.ZIP_BROKEN
_NAMES = ErrorCode.ZIP_BAD_NAME


def honest() -> Entry:
    return Entry(NAME, EXPORT)


def with_entry(name: bytes, **more: Any) -> bytes:
    return archive([honest(), Entry(name, b"x", **more)])


def full_overlap() -> bytes:
    """Return many directory entries that share one set of packed bytes."""
    kernel = Entry(b"0", b"\0" * MEGA)
    body = kernel.local_bytes()
    directory = b"".join(Entry(b"%d" % n, kernel.data).central_bytes(0) for n in range(200))
    return body + directory + end_record(200, len(directory), len(body))


def zeros(total: int) -> Iterator[bytes]:
    """Yield an archive of one member that unpacks to so many zero bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = 16 * MEGA
    first = packer.compress(b"\0" * piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b"\0" * piece) + packer.flush(zlib.Z_FULL_FLUSH)
    count = total // piece
    size = len(first) + len(again) * (count - 1) + 2
    entry = Entry(NAME, packed=b"", extra=wide_extra(total, size))
    entry.local = entry.central = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    head = entry.local_bytes()
    yield head
    yield first
    for _ in range(count - 1):
        yield again
    yield b"\x03\x00"
    directory = entry.central_bytes(0)
    yield directory + end_record(1, len(directory), len(head) + size)


def many_empty(count: int) -> bytes:
    body, directory = bytearray(), bytearray()
    for number in range(count):
        entry = Entry(b"%d" % number, method=STORED)
        directory += entry.central_bytes(len(body))
        body += entry.local_bytes()
    start = len(body)
    wide = wide_end(count, len(directory), start, start + len(directory))
    return bytes(body + directory + wide) + end_record(0xFFFF, len(directory), start)


def nested(depth: int) -> bytes:
    data = b"\0" * 100_000
    for level in range(depth):
        data = zipped({f"lib{n}_{level}.zip": data for n in range(3)})
    return data


def droste() -> bytes:
    """Return an archive whose only member has its own name and is an archive of the same kind."""
    return zipped({"r.zip": zipped({"r.zip": zipped({"r.zip": b"PK\x03\x04"})})})


def lying(size: int, *, method: int = 8, data: bytes = EXPORT, packed: int | None = None) -> bytes:
    lie = {"size": size} if packed is None else {"size": size, "packed": packed}
    return archive([Entry(NAME, data, method=method, local=lie, central=lie)])


def huge_lie() -> bytes:
    """Return an archive that promises 10 GB and holds ten bytes."""
    size = 10 * 1024 * MEGA
    entry = Entry(NAME, b"0123456789", extra=wide_extra(size, 12))
    entry.local = entry.central = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    return archive([entry])


def hidden_member() -> bytes:
    ghost = Entry(b"ghost.json", encoded(document(many(9))), in_directory=False)
    return archive([ghost, honest()])


def ghost_between() -> bytes:
    return archive([honest(), Entry(b"ghost.json", b"{}", in_directory=False), Entry(b"readme.txt", b"hello")])


def missing_member() -> bytes:
    return archive([honest(), Entry(b"b.json", b"{}", in_file=False)])


def two_ends() -> bytes:
    inner = archive([honest()])
    return archive([Entry(b"a.txt", b"x")], comment=inner[-22:])


def truncated(draw: int) -> bytes:
    data = archive([honest(), Entry(b"a.txt", b"hello")])
    return data[: random.Random(draw).randrange(4, len(data))]


def wide_confusion(**lies: int) -> bytes:
    return archive([honest()], wide=lies, end={})


def two_wide_records() -> bytes:
    """Return an archive with one ZIP64 end record where the locator points and another where readers look."""
    body = honest().local_bytes()
    directory = honest().central_bytes(0)
    start = len(body)
    first = wide_end(1, len(directory), start, 0)[:56]
    second = wide_end(1, len(directory), start, start + len(directory))
    return body + directory + first + second + end_record(1, len(directory), start)


def two_wide_extras() -> bytes:
    size, packed = len(EXPORT), len(deflated(EXPORT))
    entry = Entry(NAME, EXPORT, extra=wide_extra(size, packed), central_extra=wide_extra(10, packed) * 2)
    entry.local = entry.central = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    return archive([entry])


def wide_extra_differs() -> bytes:
    size, packed = len(EXPORT), len(deflated(EXPORT))
    entry = Entry(NAME, EXPORT, extra=wide_extra(10, 12), central_extra=wide_extra(size, packed))
    entry.local = entry.central = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    return archive([entry])


def short_wide_extra() -> bytes:
    entry = Entry(NAME, EXPORT, central_extra=struct.pack("<HHL", 1, 4, 7))
    entry.central = {"size": 0xFFFFFFFF}
    return archive([entry])


def sentinel_alone() -> bytes:
    entry = Entry(NAME, EXPORT)
    entry.central = entry.local = {"size": 0xFFFFFFFF}
    return archive([entry])


def unicode_path(said: bytes, name: bytes = b"plain.txt") -> bytes:
    extra = struct.pack("<HHBL", 0x7075, 5 + len(said), 1, zlib.crc32(name)) + said
    return archive([honest(), Entry(name, b"x", extra=extra)])


def signed_extra() -> bytes:
    """Return an honest archive with the extra fields that common programs write."""
    time = struct.pack("<HHBL", 0x5455, 5, 1, 1_768_463_100)
    unix = struct.pack("<HHBB", 0x7875, 2, 1, 0)
    return archive([Entry(NAME, EXPORT, extra=time + unix, central_extra=time)])


def slow_names() -> bytes:
    """Return an archive whose names make a careless pattern try every way to split them."""
    return archive([Entry(b"%04d" % n + b"_1" * 480 + b"x.txt", b"x") for n in range(9_000)])


def many_texts() -> bytes:
    noise = random.Random(3).randbytes(900_000)
    return archive([Entry(b"n%04d.txt" % n, b"x" * 90_000) for n in range(900)] + [Entry(b"noise", noise, STORED)])


def large_export(path: Path) -> None:
    """Write an honest export of 4.5 GB with 300 members: videos, as holes that take no room, and the data last."""
    video = 15 * MEGA
    crc = zlib.crc32(b"\0" * video)
    directory = bytearray()
    with path.open("wb") as file:
        for number in range(299):
            at = file.tell()
            entry = Entry(b"Videos/%03d.mp4" % number, method=STORED)
            entry.local = entry.central = {"crc": crc, "packed": video, "size": video}
            if at >= 0xFFFFFFFF:
                entry.central = {**entry.central, "at": 0xFFFFFFFF}
                entry.central_extra = wide_extra(at)
            file.write(entry.local_bytes())
            file.seek(video, 1)
            directory += entry.central_bytes(at)
        last, at = honest(), file.tell()
        last.central, last.central_extra = {"at": 0xFFFFFFFF}, wide_extra(at)
        file.write(last.local_bytes())
        directory += last.central_bytes(at)
        start = file.tell()
        file.write(directory + wide_end(300, len(directory), start, start + len(directory)))
        file.write(end_record(300, len(directory), 0xFFFFFFFF))


def refused(name: str, make: Callable[[], bytes], *codes: ErrorCode, file_name: str = "export.zip") -> Input:
    return Input(name, bytes_of(make), Outcome.REFUSED, codes, file_name)


def accepted(name: str, make: Callable[[], bytes]) -> Input:
    return Input(name, bytes_of(make), Outcome.READ, file_name="export.zip", kept=ROWS)


def _method(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(NAME.decode(), EXPORT, method)
    return out.getvalue()


def _unusual(method: int) -> bytes:
    return archive([Entry(NAME, EXPORT, method=method)])


_POINTING = {
    "Z09 name goes up": b"../../etc/cron.d/x",
    "Z09 name goes up in the middle": b"a/../../b",
    "Z10 absolute name": b"/etc/passwd",
    "Z11 drive letter": b"C:\\x",
    "Z11 backslashes go up": b"..\\..\\x",
    "Z12 name with NUL": b"user.json\0.exe",
    "Z12 name with a line break": b"user\n.json",
    "Z12 name of 2,000 bytes": b"x" * 2_000,
    "Z12 empty name": b"",
}
_KINDS = {
    "Z13 symbolic link": stat.S_IFLNK,
    "Z14 character device": stat.S_IFCHR,
    "Z14 block device": stat.S_IFBLK,
    "Z14 named pipe": stat.S_IFIFO,
    "Z14 socket": stat.S_IFSOCK,
}
_METHODS = {
    "Z19 deflate64": 9,
    "Z19 imploded": 6,
    "Z19 xz": 95,
    "Z19 zstandard": 93,
    "Z19 unknown method": 1234,
}
_ACCEPTED: dict[str, Callable[[], bytes]] = {
    "A01 stored": lambda: archive([Entry(NAME, EXPORT, method=STORED)]),
    "A02 descriptor with signature": lambda: archive([streamed(NAME, EXPORT), Entry(b"a.txt", b"x")]),
    "A03 descriptor without signature": lambda: archive([streamed(NAME, EXPORT, signed=False), Entry(b"a", b"x")]),
    "A04 wide descriptor": lambda: archive([streamed(NAME, EXPORT, wide=True), Entry(b"a", b"x")]),
    "A05 wide sizes": lambda: archive([wide_entry(NAME, EXPORT)]),
    "A06 wide end record": lambda: archive([honest()], wide={}),
    "A07 comment": lambda: archive([honest()], comment=b"made by a friendly program"),
    "A08 folders and an empty file": lambda: archive(
        [Entry(b"d/", method=STORED), Entry(b"d/" + NAME, EXPORT), Entry(b"d/empty", method=STORED)]
    ),
    "A09 UTF-8 name": lambda: archive([honest(), Entry("été.txt".encode(), b"x", flags=UTF8)]),
    "A10 common extra fields": signed_extra,
    "A11 equal unicode path": lambda: unicode_path(b"plain.txt"),
}

ARCHIVES: tuple[Input, ...] = (
    refused("Z01 quoted overlap", lambda: overlapping(30_000), ErrorCode.ZIP_OVERLAP),
    refused("Z01 quoted overlap of 50 MB", lambda: overlapping(50 * MEGA), ErrorCode.ZIP_RATIO, ErrorCode.ZIP_OVERLAP),
    refused("Z02 full overlap", full_overlap, ErrorCode.ZIP_OVERLAP, ErrorCode.ZIP_RATIO, _BROKEN),
    Input(
        "Z03 10 GB of zeros",
        pieces_of(lambda: zeros(10 * 1024 * MEGA)),
        Outcome.REFUSED,
        (ErrorCode.ZIP_RATIO,),
        "a.zip",
    ),
    Input(
        "Z03 more than 20 GB",
        pieces_of(lambda: zeros(21 * 1024 * MEGA)),
        Outcome.REFUSED,
        (ErrorCode.ZIP_TOO_LARGE,),
        "a.zip",
    ),
    refused(
        "Z03 grows while it is read",
        lambda: zipped({NAME.decode(): EXPORT + b" " * 8_000_000, "noise": random.Random(1).randbytes(400_000)}),
        ErrorCode.ZIP_RATIO,
    ),
    refused("Z04 100,001 empty members", lambda: many_empty(100_001), ErrorCode.ZIP_TOO_MANY_FILES),
    refused("Z05 zips in zips", lambda: nested(6), ErrorCode.NOT_AN_EXPORT),
    accepted("Z05 zips beside the data are not opened", lambda: zipped({NAME.decode(): EXPORT, "a.zip": nested(5)})),
    refused("Z06 a zip of its own name", droste, ErrorCode.NOT_AN_EXPORT),
    refused("Z07 says 10 bytes, holds 10 MB", lambda: lying(10, data=EXPORT + b" " * 10 * MEGA), _BROKEN),
    refused("Z07 says a little less", lambda: lying(len(EXPORT) - 5), _BROKEN),
    refused("Z08 says 10 GB, holds 10 bytes", huge_lie, ErrorCode.ZIP_RATIO),
    refused("Z08 says a little more", lambda: lying(len(EXPORT) + 5), _BROKEN),
    refused("Z08 packed bytes beyond the file", lambda: lying(2**31, method=0, packed=2**31), ErrorCode.ZIP_OVERLAP),
    *(refused(name, lambda n=bad: with_entry(n), _NAMES) for name, bad in _POINTING.items()),  # type: ignore[misc]
    *(
        refused(name, lambda k=kind: with_entry(b"x", attributes=(k | 0o777) << 16), _NAMES)  # type: ignore[misc]
        for name, kind in _KINDS.items()
    ),
    refused("Z15 one name twice", lambda: archive([honest(), Entry(NAME, b"{}")]), ErrorCode.ZIP_DUPLICATE_NAME),
    refused(
        "Z16 names equal without case", lambda: zipped({"a.txt": b"1", "A.TXT": b"2"}), ErrorCode.ZIP_DUPLICATE_NAME
    ),
    refused(
        "Z16 names equal when composed",
        lambda: zipped({"\u00e9": b"1", "e\u0301": b"2"}),
        ErrorCode.ZIP_DUPLICATE_NAME,
    ),
    refused("Z17 encrypted", lambda: archive([Entry(NAME, EXPORT, flags=1)]), ErrorCode.ZIP_ENCRYPTED),
    refused("Z17 strong encryption", lambda: archive([Entry(NAME, EXPORT, flags=0x41)]), ErrorCode.ZIP_ENCRYPTED),
    refused("Z17 hidden headers", lambda: archive([Entry(NAME, EXPORT, flags=0x2000)]), ErrorCode.ZIP_ENCRYPTED),
    refused("Z18 AES", lambda: archive([Entry(NAME, EXPORT, method=99, flags=1)]), ErrorCode.ZIP_ENCRYPTED),
    refused("Z19 BZip2", lambda: _method(zipfile.ZIP_BZIP2), ErrorCode.ZIP_METHOD),
    refused("Z19 LZMA", lambda: _method(zipfile.ZIP_LZMA), ErrorCode.ZIP_METHOD),
    *(refused(name, lambda m=method: _unusual(m), ErrorCode.ZIP_METHOD) for name, method in _METHODS.items()),  # type: ignore[misc]
    refused("Z19 patched data", lambda: archive([Entry(NAME, EXPORT, flags=0x20)]), ErrorCode.ZIP_METHOD),
    refused("Z20 descriptor with another size", lambda: archive([streamed(NAME, EXPORT, size=7)]), _BROKEN),
    refused("Z20 descriptor with another sum", lambda: archive([streamed(NAME, EXPORT, crc=7)]), _BROKEN),
    refused(
        "Z20 descriptor announced and missing",
        lambda: archive([Entry(NAME, EXPORT, flags=DESCRIPTOR, local={"crc": 0, "packed": 0, "size": 0})]),
        _BROKEN,
    ),
    refused("Z21 directory entry without member", missing_member, _BROKEN, ErrorCode.ZIP_OVERLAP),
    refused("Z21 member without directory entry, first", hidden_member, _BROKEN),
    refused("Z21 member without directory entry, between", ghost_between, _BROKEN),
    refused("Z21 names differ", lambda: archive([Entry(NAME, EXPORT, local={"name": b"x" * len(NAME)})]), _BROKEN),
    refused("Z21 methods differ", lambda: archive([Entry(NAME, EXPORT, local={"method": 0})]), _BROKEN),
    refused("Z21 sums differ", lambda: archive([Entry(NAME, EXPORT, local={"crc": 1})]), _BROKEN),
    refused("Z22 comment with a second end", two_ends, _BROKEN),
    refused(
        "Z23 web page before the archive",
        lambda: b"<!DOCTYPE html><p>" + archive([honest()]),
        ErrorCode.WEB_PAGE_NOT_EXPORT,
    ),
    refused(
        "Z23 program before the archive", lambda: b"MZ" + b"\0" * 510 + archive([honest()]), ErrorCode.UNKNOWN_FORMAT
    ),
    refused("Z23 picture and archive", lambda: b"GIF89a" + archive([honest()]), ErrorCode.UNKNOWN_FORMAT),
    refused("Z23 bytes before that look like a member", lambda: b"PK\x03\x04" * 9 + archive([honest()]), _BROKEN),
    refused("Z24 byte behind", lambda: archive([honest()]) + b"\0", _BROKEN),
    refused("Z24 two archives joined", lambda: archive([honest()]) * 2, _BROKEN),
    refused("Z24 signature alone", lambda: b"PK\x03\x04", _BROKEN),
    refused("Z24 empty archive", lambda: archive([]), ErrorCode.NOT_AN_EXPORT),
    *(refused(f"Z25 truncated {n}", lambda n=n: truncated(n), _BROKEN) for n in range(20)),  # type: ignore[misc]
    refused("Z27 counts differ", lambda: wide_confusion(here=2, count=2), _BROKEN),
    refused("Z27 places differ", lambda: wide_confusion(at=3), _BROKEN),
    refused("Z27 sizes differ", lambda: wide_confusion(size=46), _BROKEN),
    refused("Z27 locator points elsewhere", lambda: wide_confusion(points_to=0), _BROKEN),
    refused("Z27 locator points beyond the file", lambda: wide_confusion(points_to=2**62), _BROKEN),
    refused("Z27 two end records", two_wide_records, _BROKEN),
    refused("Z27 record of another length", lambda: wide_confusion(length=2**40), _BROKEN),
    refused("Z27 record with more in it", lambda: archive([honest()], wide={"more": b"\0" * 40}), _BROKEN),
    refused("Z27 end says otherwise", lambda: archive([honest()], wide={}, end={"count": 7, "here": 7}), _BROKEN),
    refused("Z27 two extra fields", two_wide_extras, _BROKEN),
    refused("Z27 extra fields differ", wide_extra_differs, _BROKEN),
    refused("Z27 short extra field", short_wide_extra, _BROKEN),
    refused("Z27 mark without extra field", sentinel_alone, _BROKEN, ErrorCode.ZIP_RATIO),
    refused("Z28 other disk", lambda: archive([honest()], end={"disk": 1}), _BROKEN),
    refused("Z28 fewer on this disk", lambda: archive([honest()], end={"here": 0}), _BROKEN),
    refused("Z28 member on another disk", lambda: archive([Entry(NAME, EXPORT, central={"disk": 3})]), _BROKEN),
    refused("Z28 several disks", lambda: wide_confusion(disks=4), _BROKEN),
    accepted("Z29 name in another code page", lambda: with_entry(b"\x96\xd9.txt")),
    accepted("Z29 name in GBK", lambda: with_entry("粉丝.txt".encode("gbk"))),
    refused("Z29 name is no UTF-8", lambda: with_entry(b"\xff\xfe.txt", flags=UTF8), _BROKEN),
    refused("Z29 unicode path goes up", lambda: unicode_path(b"../../x"), _NAMES),
    refused("Z29 unicode path of another name", lambda: unicode_path(b"other.txt"), _NAMES, _BROKEN),
    Input("Z30 honest 4.5 GB", large_export, Outcome.READ, file_name="export.zip", kept=ROWS),
    *(accepted(name, make) for name, make in _ACCEPTED.items()),
    refused("Z31 names made to be slow", slow_names, ErrorCode.NOT_AN_EXPORT),
    refused("Z31 hundreds of unknown texts", many_texts, ErrorCode.NOT_AN_EXPORT),
    refused(
        "Z32 two exports",
        lambda: zipped({"a/user_data.json": EXPORT, "b/user_data.json": EXPORT}),
        ErrorCode.ZIP_SEVERAL_EXPORTS,
    ),
    refused("Z32 other things", lambda: zipped({"a.jpg": b"x", "followers_1.json": b"[]"}), ErrorCode.NOT_AN_EXPORT),
    refused("Z32 damaged data inside", lambda: zipped({NAME.decode(): EXPORT[:-9]}), ErrorCode.JSON_BROKEN),
)


def whole_archive() -> bytes:
    """Return an honest archive with members of every kind."""
    return archive([honest(), streamed(b"a.txt", b"hello"), wide_entry(b"b.txt", b"x" * 50)], wide={})


def flipped(count: int) -> Iterator[bytes]:
    """Yield an honest archive with one bit changed, at so many places."""
    data = whole_archive()
    draw = random.Random(26)
    for _ in range(count):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        yield bytes(changed)
