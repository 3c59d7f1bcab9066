"""Open honest archives as people make them, and refuse the hostile ones quickly."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.importers.making import document, encoded, follow, many, read, refused_with, zipped
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import ExportedAtSource, Section
from webapp.importers.archive import Archive
from webapp.importers.extract import sniff
from webapp.importers.limits import Limits

NAME = "user_data_tiktok.json"
EXPORT = encoded(document(many(50), many(5)))


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


def test_more_than_the_budget_is_refused() -> None:
    assert refused_with(zipped({NAME: EXPORT}), "a.zip", Limits(max_unpacked=1_000)) is ErrorCode.ZIP_TOO_LARGE


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
