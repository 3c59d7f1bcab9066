"""The PDFs of reports: one file for each, named after its report, which can always be drawn again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import ReportRun
from webapp.services.kept_folder import KeptFolder

REPORT_FILES: Final = KeptFolder("reports", re.compile(r"[0-9A-Za-z]{1,20}\.pdf"))


def write_part(public_id: str, content: bytes) -> Path:
    """Write the file of a report beside its place, where nobody reads it; return where that is."""
    return REPORT_FILES.write_part(content, f"{public_id}.")


def put_in_place(public_id: str, part: Path) -> None:
    """Let a file that was written be that of its report."""
    REPORT_FILES.put(part, _name(public_id))


def find_file(public_id: str) -> Path | None:
    """Return where the file of a report is; ``None`` where there is none."""
    return REPORT_FILES.find(_name(public_id))


def discard_files(*public_ids: str) -> None:
    """Delete the files of reports, also those that are being written; harmless where there are none."""
    for public_id in public_ids:
        REPORT_FILES.discard(_name(public_id))
        discard_parts(public_id)


def discard_parts(public_id: str) -> None:
    """Delete what was written of a file that is not wanted any more."""
    for part in REPORT_FILES.path.glob(f"{public_id}.*.part"):
        part.unlink(missing_ok=True)


def sweep() -> int:
    """Delete files that belong to no report any more, and what a process that died has left; return how many."""
    return REPORT_FILES.sweep(lambda: {_name(found) for found in db.session.scalars(select(ReportRun.public_id))})


def _name(public_id: str) -> str:
    return f"{public_id}.pdf"
