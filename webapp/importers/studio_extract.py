"""Turn a download from TikTok Studio into a summary: its rows, whose it is, and when it was made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from webapp.domain.sections import Certainty, Platform, Section
from webapp.domain.studio import STUDIO_LAYOUT, day_at, fix_days
from webapp.importers import export_time
from webapp.importers.export_time import ExportTime
from webapp.importers.limits import Limits
from webapp.importers.records import SectionSummary, Summary
from webapp.importers.source import Source
from webapp.importers.studio_records import StudioFigures
from webapp.importers.tiktok_studio import StudioReader, read_name

# Figures lag two days or so. A zip whose own time is much later was packed again by something else.
_LAG: Final = timedelta(days=10)


def extract_studio(source: Source, filename: str, limits: Limits, on_read: Callable[[int], None]) -> Summary:
    """Read a download and return the summary, which holds its rows too; raise ``FileRefused`` for a damaged one."""
    reader = StudioReader(limits)
    for part in source.parts:
        if part.studio is not None:
            reader.read(part.open(), part.studio, part.name, on_read)
    handle, second = read_name(filename)
    written = export_time.from_number(second) or _packed(source.written, reader.figures)
    return Summary(
        platform=Platform.TIKTOK,
        container=source.container,
        layout=STUDIO_LAYOUT,
        confidence=Certainty.CERTAIN,
        owner=handle or reader.owner,
        exported_at=written[0] if written else None,
        exported_at_source=written[1] if written else None,
        exported_at_certainty=written[2] if written else None,
        content_digest=reader.digest(),
        sections={section: SectionSummary() for section in Section},
        profile=None,
        issues=reader.issues.issues,
        warnings=reader.issues.remarks,
        unknown_keys=[],
        files=source.files,
        studio=reader.found(),
    )


def _packed(written: ExportTime | None, figures: StudioFigures) -> ExportTime | None:
    """Return the time inside the zip where it fits the days of the rows."""
    if written is None:
        return None
    packed = day_at(written[0])
    last = next((day for day in reversed(fix_days(figures.whens(), packed)) if day is not None), None)
    return written if last is None or packed - last <= _LAG else None
