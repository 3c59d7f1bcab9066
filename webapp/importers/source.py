"""Find out what an upload is and which of its files hold the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Section
from webapp.domain.studio import StudioPart
from webapp.importers import export_time
from webapp.importers.archive import Archive, Member, MemberStream, entry_time, is_zip
from webapp.importers.export_time import ExportTime
from webapp.importers.json_tokens import Readable
from webapp.importers.limits import Limits
from webapp.importers.records import Container, FileSeen
from webapp.importers.registry import JSON_NAME
from webapp.importers.tiktok_studio import is_workbook, part_of_file
from webapp.importers.tiktok_txt import (
    is_other_file,
    lines_of,
    looks_like_follows,
    looks_like_posts,
    section_of_file,
)

_MAX_FILES_LISTED: Final = 200
_HEAD: Final = 4096
_JSON_NAME = re.compile(JSON_NAME, re.IGNORECASE)
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"%PDF": "PDF",
    b"SQLite format 3": "SQLite",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"MZ": "EXE",
    b"\x7fELF": "ELF",
}
_UTF_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True)
class Part:
    """One file that will be read: a JSON document (no section), one text list, or one file of TikTok Studio."""

    name: str
    size: int
    section: Section | None
    open: Callable[[], Readable]
    studio: StudioPart | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A recognised upload."""

    container: Container
    is_json: bool
    parts: list[Part]
    written: ExportTime | None
    files: list[FileSeen] = field(default_factory=list)

    @property
    def is_studio(self) -> bool:
        """Return whether this is a download from TikTok Studio."""
        return any(part.studio is not None for part in self.parts)


def short_name(filename: str) -> str:
    """Return the last piece of an upload's name, safe to show: no control characters, at most 255."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable())[:255] or "upload"


def find_source(stream: BinaryIO, filename: str, limits: Limits) -> Source:
    """Return what is to be read of an upload; raise FileRefused where it holds no export."""
    name = short_name(filename)
    stream.seek(0)
    head = stream.read(_HEAD)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise FileRefused(ErrorCode.FILE_EMPTY, file=name)
    if is_zip(head):
        return _from_zip(stream, name, limits)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            raise FileRefused(ErrorCode.UNKNOWN_FORMAT, file=name, kind=kind)
    if _WEB_PAGE.match(text):
        raise FileRefused(ErrorCode.WEB_PAGE_NOT_EXPORT, file=name)
    studio = part_of_file(name)
    if studio is not None:
        csv = Part(name, stream.seek(0, 2), None, _rewinder(stream), studio)
        return Source(Container.CSV, False, [csv], None, [_seen(name, csv.size, True)])
    if text.lstrip()[:1] in (b"{", b"[") or head.startswith(_UTF_BOMS) or b"\0" in head[:4]:
        part = Part(name, stream.seek(0, 2), None, _rewinder(stream))
        seen = [_seen(name, part.size, True)]
        return Source(Container.JSON, True, [part], export_time.from_names([filename]), seen)
    return _from_text(stream, filename, name, limits)


def _rewinder(stream: BinaryIO) -> Callable[[], Readable]:
    def rewind() -> Readable:
        stream.seek(0)
        return stream

    return rewind


def _seen(name: str, size: int, read: bool) -> FileSeen:
    return FileSeen(name=name, size=size, read=read)


def _from_text(stream: BinaryIO, filename: str, name: str, limits: Limits) -> Source:
    rewind = _rewinder(stream)
    size = stream.seek(0, 2)
    section = section_of_file(filename) or _section_by_shape(rewind(), name, limits)
    if section is None:
        raise FileRefused(ErrorCode.NOT_AN_EXPORT, file=name)
    part = Part(name, size, section, rewind)
    return Source(Container.TXT, False, [part], export_time.from_names([filename]), [_seen(name, size, True)])


def _section_by_shape(text: Readable, name: str, limits: Limits) -> Section | None:
    """Return what a text without a telling name holds; refuse a follow list that could be either."""
    lines = list(_first_lines(text, name, limits))
    if looks_like_follows(iter(lines)):
        raise FileRefused(ErrorCode.TXT_LISTS_UNNAMED, file=name)
    return Section.POSTS if looks_like_posts(iter(lines)) else None


def _first_lines(text: Readable, name: str, limits: Limits) -> list[str]:
    lines = []
    for line in lines_of(text, name, limits, lambda _: None):
        lines.append(line)
        if len(lines) == 60:
            break
    return lines


def _from_zip(stream: BinaryIO, name: str, limits: Limits) -> Source:
    archive = Archive(stream, name, limits)
    documents = [m for m in archive.members if m.name.casefold().endswith(".json")]
    named = [m for m in documents if _JSON_NAME.fullmatch(m.name.rsplit("/", 1)[-1])]
    texts = [m for m in archive.members if m.name.casefold().endswith(".txt")]
    if len(named) > 1:
        raise FileRefused(ErrorCode.ZIP_SEVERAL_EXPORTS, file=name, count=len(named))
    if not named:
        figures = [(m, studio) for m in archive.members if (studio := part_of_file(m.name)) is not None]
        if figures:
            return _from_studio(archive, figures)
        if is_workbook(member.name for member in archive.members):
            raise FileRefused(ErrorCode.STUDIO_WORKBOOK, file=name)
    chosen: list[tuple[Member, Section | None]]
    if named:
        chosen = [(named[0], None)]
    elif len(documents) == 1 and not any(section_of_file(m.name) for m in texts):
        chosen = [(documents[0], None)]
    else:
        chosen = _choose_texts(archive, texts, name, limits)
    read = {member.name for member, _ in chosen}
    parts = [Part(m.name, m.size, section, _opener(archive, m)) for m, section in chosen]
    written = export_time.from_names([name, *sorted(read)]) or export_time.from_entries(
        entry_time(member) for member, _ in chosen
    )
    listed = sorted(archive.members, key=lambda m: m.name not in read)[:_MAX_FILES_LISTED]
    files = [_seen(short_name(m.name), m.size, m.name in read) for m in listed]
    return Source(Container.ZIP, bool(chosen) and chosen[0][1] is None, parts, written, files)


def _from_studio(archive: Archive, chosen: list[tuple[Member, StudioPart]]) -> Source:
    parts = [Part(short_name(m.name), m.size, None, _opener(archive, m), studio) for m, studio in chosen]
    read = {member.name for member, _ in chosen}
    listed = sorted(archive.members, key=lambda m: m.name not in read)[:_MAX_FILES_LISTED]
    files = [_seen(short_name(m.name), m.size, m.name in read) for m in listed]
    packed = export_time.from_entries(entry_time(member) for member, _ in chosen)
    return Source(Container.ZIP, False, parts, packed, files)


def _opener(archive: Archive, member: Member) -> Callable[[], MemberStream]:
    return lambda: archive.open(member)


def _choose_texts(
    archive: Archive, texts: list[Member], name: str, limits: Limits
) -> list[tuple[Member, Section | None]]:
    chosen: list[tuple[Member, Section | None]] = []
    unnamed: list[Member] = []
    for member in sorted(texts, key=lambda m: m.name):
        section = section_of_file(member.name)
        if section is not None:
            chosen.append((member, section))
        elif not is_other_file(member.name):
            unnamed.append(member)
    if any(section in (Section.FOLLOWERS, Section.FOLLOWING) for _, section in chosen):
        return chosen
    for member in unnamed:
        with closing(archive.open(member)) as text:
            by_shape = _section_by_shape(text, name, limits)
        if by_shape is not None and all(section is not by_shape for _, section in chosen):
            chosen.append((member, by_shape))
    if not chosen:
        raise FileRefused(ErrorCode.NOT_AN_EXPORT, file=name)
    return chosen
