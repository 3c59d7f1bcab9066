"""Open honest archives as people make them, and refuse the hostile ones quickly."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile

import pytest

from tests.importers.making import SAMPLES, document, encoded, follow, many, overlapping, read, refused_with, zipped
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import ExportedAtSource, Section
from webapp.importers.archive import Archive
from webapp.importers.extract import sniff
from webapp.importers.limits import Limits

NAME = "user_data_tiktok.json"
EXPORT = encoded(document(many(50), many(5)))


def with_entry(name: str, data: bytes = b"x", *, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(NAME, EXPORT, zipfile.ZIP_DEFLATED)
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        info.compress_type = method
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return out.getvalue()


def test_what_macos_adds_and_media_beside_the_data_are_ignored() -> None:
    files = {
        "TikTok_Data_1768463100/": b"",
        f"TikTok_Data_1768463100/{NAME}": EXPORT,
        f"__MACOSX/TikTok_Data_1768463100/._{NAME}": b"\0\5\x16",
        ".DS_Store": b"x",
        "Videos/1.mp4": b"\0" * 1000,
        "nested.zip": zipped({NAME: encoded(document([follow("ghost")]))}),
        "readme.txt": b"hello",
    }
    summary, kept = read(zipped(files), "my upload.zip")
    assert len(kept.rows[Section.FOLLOWERS]) == 50
    assert (summary.exported_at, summary.exported_at_source) == (1768463100, ExportedAtSource.FILE_NAME)
    assert [seen.name for seen in summary.files if seen.read] == [NAME]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_members_are_read(method: int) -> None:
    assert read(zipped({NAME: EXPORT}, method), "a.zip")[0].owner == "some.owner"


def test_members_written_as_a_stream_and_zip64_are_read() -> None:
    class Pipe(io.RawIOBase):
        """A file that cannot seek, as when an archive is sent while it is made."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with (
        zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(NAME, "w", force_zip64=True) as member,
    ):
        member.write(EXPORT)
    assert read(bytes(pipe.data), "a.zip")[0].owner == "some.owner"


def test_an_archive_without_the_usual_name_is_read_by_content() -> None:
    assert read(zipped({"export.json": EXPORT}), "a.zip")[0].owner == "some.owner"


def test_the_content_decides_not_the_ending() -> None:
    assert read(zipped({NAME: EXPORT}), "export.json")[0].owner == "some.owner"
    assert read(EXPORT, "photo.zip")[0].owner == "some.owner"


def test_entry_times_of_1980_tell_nothing() -> None:
    summary, _ = read(zipped({NAME: EXPORT}, year=1980), "a.zip")
    assert summary.exported_at_source is ExportedAtSource.NEWEST_ROW


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x", "/etc/passwd", "C:\\x", "..\\..\\x", "a/../b", "tab\tname", "a\\b", "x" * 2_000],
)
def test_names_that_point_elsewhere_are_refused(name: str) -> None:
    assert refused_with(with_entry(name), "a.zip") is ErrorCode.ZIP_BAD_NAME


def test_a_name_with_a_nul_is_refused() -> None:
    data = with_entry("abcdX.exe").replace(b"abcdX.exe", b"abcd\0.exe")
    assert refused_with(data, "a.zip") is ErrorCode.ZIP_BAD_NAME


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_links_and_devices_are_refused(kind: int) -> None:
    assert refused_with(with_entry("link", b"/etc/shadow", mode=kind | 0o777), "a.zip") is ErrorCode.ZIP_BAD_NAME


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_refused(method: int) -> None:
    assert refused_with(with_entry("x", method=method), "a.zip") is ErrorCode.ZIP_METHOD


def test_encrypted_members_are_refused_by_name_of_the_reason() -> None:
    data = bytearray(zipped({NAME: EXPORT}))
    data[6] |= 1
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refused_with(bytes(data), "a.zip") is ErrorCode.ZIP_ENCRYPTED


@pytest.mark.parametrize(("first", "second"), [("a.txt", "A.TXT"), ("\u00e9.txt", "e\u0301.txt"), ("x", "x/")])
def test_names_that_are_equal_on_some_machine_are_refused(first: str, second: str) -> None:
    assert refused_with(zipped({first: b"1", second: b"2"}), "a.zip") is ErrorCode.ZIP_DUPLICATE_NAME


def test_two_exports_in_one_archive_are_refused() -> None:
    data = zipped({f"a/{NAME}": EXPORT, "b/user_data.json": EXPORT})
    assert refused_with(data, "a.zip") is ErrorCode.ZIP_SEVERAL_EXPORTS


def test_too_many_entries_are_refused_before_the_directory_is_read() -> None:
    data = zipped({f"{n}": b"" for n in range(10_001)})
    assert refused_with(data, "a.zip") is ErrorCode.ZIP_TOO_MANY_FILES


def test_a_bomb_of_zeros_is_refused_by_its_ratio() -> None:
    assert refused_with(zipped({NAME: b" " * 20_000_000}), "a.zip") is ErrorCode.ZIP_RATIO


def test_a_member_is_stopped_while_it_grows() -> None:
    noise = random.Random(1).randbytes(400_000)
    data = zipped({NAME: EXPORT + b" " * 8_000_000, "noise.bin": noise})
    assert refused_with(data, "a.zip") is ErrorCode.ZIP_RATIO


def test_more_than_the_budget_is_refused() -> None:
    assert refused_with(zipped({NAME: EXPORT}), "a.zip", Limits(max_unpacked=1_000)) is ErrorCode.ZIP_TOO_LARGE


def test_overlapping_members_are_refused() -> None:
    data = overlapping(30_000)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 2
    assert refused_with(data, "a.zip") is ErrorCode.ZIP_OVERLAP


@pytest.mark.parametrize("at", [0, 3])
def test_bytes_before_the_archive_are_refused(at: int) -> None:
    data = zipped({NAME: EXPORT})
    assert refused_with((b"PK\x03\x04junk" if at else b"GIF89a") + data, "a.zip") in (
        ErrorCode.ZIP_BROKEN,
        ErrorCode.UNKNOWN_FORMAT,
    )


def test_bytes_after_the_archive_and_joined_archives_are_refused() -> None:
    data = zipped({NAME: EXPORT})
    assert refused_with(data + b"x", "a.zip") is ErrorCode.ZIP_BROKEN
    assert refused_with(data + data, "a.zip") is ErrorCode.ZIP_BROKEN


def test_a_comment_with_a_second_end_record_is_refused() -> None:
    data = zipped({NAME: EXPORT})
    end = data[-22:]
    hidden = data[:-2] + struct.pack("<H", len(end)) + end
    assert refused_with(hidden, "a.zip") is ErrorCode.ZIP_BROKEN


def test_headers_that_disagree_are_refused() -> None:
    data = bytearray(zipped({NAME: EXPORT}))
    data[30] ^= 0x20
    assert refused_with(bytes(data), "a.zip") is ErrorCode.ZIP_BROKEN
    data = bytearray(zipped({NAME: EXPORT}))
    data[22] ^= 0x01
    assert refused_with(bytes(data), "a.zip") is ErrorCode.ZIP_BROKEN


def test_a_damaged_archive_is_refused_and_never_crashes() -> None:
    data = (SAMPLES / "demo.maker/3_2026-01_TikTok_Data_1768463100.zip").read_bytes()
    draw = random.Random(5)
    honest, _ = read(data, "a.zip")
    for end in draw.sample(range(4, len(data)), 20):
        assert refused_with(data[:end], "a.zip") is ErrorCode.ZIP_BROKEN
    for place in draw.sample(range(len(data)), 200):
        changed = bytearray(data)
        changed[place] ^= 1 << draw.randrange(8)
        try:
            summary, _ = read(bytes(changed), "a.zip")
        except FileRefused:
            continue
        assert summary.content_digest == honest.content_digest


def test_an_archive_of_other_things_is_no_export() -> None:
    assert (
        refused_with(zipped({"followers_1.json": b"[]", "following.json": b"[]"}), "a.zip") is ErrorCode.NOT_AN_EXPORT
    )
    assert refused_with(zipped({"a.jpg": b"x"}), "a.zip") is ErrorCode.NOT_AN_EXPORT
    assert refused_with(zipped({}), "a.zip") is ErrorCode.NOT_AN_EXPORT


def test_a_short_look_tells_the_same_as_a_full_reading() -> None:
    found = sniff(io.BytesIO(zipped({NAME: EXPORT})), "TikTok_Data_1768463100.zip")
    assert (found.data_files, found.exported_at) == ([NAME], 1768463100)
    with pytest.raises(FileRefused):
        sniff(io.BytesIO(b'{"hello": "world"}'), "a.json")


def test_members_can_be_read_only_through_a_bounded_stream() -> None:
    archive = Archive(io.BytesIO(zipped({NAME: EXPORT})), "a.zip", Limits())
    stream = archive.open(archive.members[0])
    assert stream.read(5) == EXPORT[:5]
    stream.close()
