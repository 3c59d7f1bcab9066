"""Read one upload from its first byte to its last: rows to a sink, everything else to a summary."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from webapp.domain.sections import Certainty, Platform, Section
from webapp.importers import export_time
from webapp.importers.collector import Collector, Suspects
from webapp.importers.limits import Limits
from webapp.importers.records import Post, Recognition, Sink, Summary, UnknownKey
from webapp.importers.registry import OLD_TXT_FILES, OLD_TXT_LAYOUT, TXT_LAYOUT
from webapp.importers.source import Part, Source, find_source
from webapp.importers.studio_extract import extract_studio
from webapp.importers.tiktok_json import read_json
from webapp.importers.tiktok_txt import lines_of, read_txt, txt_stem

OnProgress = Callable[[int, int], None]
_GLIMPSE: Final = 256 * 1024


class _SeenEnoughError(Exception):
    """A first look has seen as much as it wants."""


class _Glimpse:
    """Let a first look read so many bytes and no more."""

    def __init__(self, part: Part) -> None:
        self._data = part.open()
        self._left = _GLIMPSE

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; raise _SeenEnoughError when the look is over."""
        if self._left <= 0:
            raise _SeenEnoughError
        block = self._data.read(min(size, self._left))
        self._left -= len(block)
        return block


class _Nowhere:
    """A sink that keeps nothing."""

    def follows(self, section: Section, names: list[str], seconds: list[int]) -> None:
        """Drop the rows."""

    def posts(self, section: Section, posts: list[Post]) -> None:
        """Drop the posts."""

    def restart(self) -> None:
        """There is nothing to forget."""


class _Progress:
    """Turn bytes read into steps of done and total over all parts and readings."""

    def __init__(self, parts: list[Part], on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._size = sum(part.size for part in parts)
        self._total = self._size
        self._done = 0

    def again(self) -> None:
        """Expect one more reading of all parts."""
        self._total += self._size

    def read(self, size: int) -> None:
        """Note bytes that were read."""
        if size:
            self._done = min(self._done + size, self._total)
            self._on_progress(self._done, self._total)


def sniff(stream: BinaryIO, filename: str, limits: Limits | None = None) -> Recognition:
    """Return what an upload is after a short look; raise FileRefused where it is no export."""
    limits = limits or Limits()
    source = find_source(stream, filename, limits)
    if source.is_json:
        part = source.parts[0]
        collector = Collector(_Nowhere(), limits, {})
        with suppress(_SeenEnoughError):
            read_json(_Glimpse(part), part.name, collector, limits, lambda _: None).layout()
    written = source.written
    return Recognition(
        platform=Platform.TIKTOK,
        container=source.container,
        data_files=[part.name for part in source.parts],
        exported_at=written[0] if written else None,
        exported_at_source=written[1] if written else None,
    )


def extract(
    stream: BinaryIO,
    filename: str,
    sink: Sink,
    limits: Limits,
    on_progress: OnProgress = lambda _done, _total: None,
) -> Summary:
    """Read an upload, hand its kept rows to the sink and return the summary.

    Raise FileRefused where the file is damaged, hostile or no export: what the sink got until then
    must be thrown away. Names that occur twice in a list cause a second reading (``sink.restart``).
    """
    source = find_source(stream, filename, limits)
    progress = _Progress(source.parts, on_progress)
    if source.is_studio:
        return extract_studio(source, filename, limits, progress.read)
    suspects: Suspects = {}
    while True:
        collector = Collector(sink, limits, suspects)
        layout, confidence, unknown = _read(source, collector, limits, progress.read)
        found = {} if suspects else collector.suspects()
        if not found:
            return _summarise(source, collector, layout, confidence, unknown)
        suspects = found
        sink.restart()
        progress.again()


def _read(
    source: Source, collector: Collector, limits: Limits, on_read: Callable[[int], None]
) -> tuple[str, Certainty, list[UnknownKey]]:
    if source.is_json:
        part = source.parts[0]
        document = read_json(part.open(), part.name, collector, limits, on_read)
        return *document.layout(), document.unknown_keys()
    for part in source.parts:
        if part.section is not None:
            read_txt(lines_of(part.open(), part.name, limits, on_read), part.section, part.name, collector)
    old = any(txt_stem(part.name) in OLD_TXT_FILES for part in source.parts)
    return OLD_TXT_LAYOUT if old else TXT_LAYOUT, Certainty.CERTAIN, []


def _summarise(
    source: Source, collector: Collector, layout: str, confidence: Certainty, unknown: list[UnknownKey]
) -> Summary:
    digest = collector.finish()
    written = source.written or export_time.from_rows(collector.newest_at, collector.link_expiry())
    profile = collector.profile
    return Summary(
        platform=Platform.TIKTOK,
        container=source.container,
        layout=layout,
        confidence=confidence,
        owner=profile.username if profile else None,
        exported_at=written[0] if written else None,
        exported_at_source=written[1] if written else None,
        exported_at_certainty=written[2] if written else None,
        content_digest=digest,
        sections=collector.sections(),
        profile=profile,
        issues=collector.issues.issues,
        warnings=collector.issues.remarks,
        unknown_keys=unknown,
        files=source.files,
    )
