"""The files in which people take their data with them: where they are, and until when."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from webapp.extensions import settings

LIFETIME = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A file that is ready to be taken away."""

    path: Path
    size: int
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return when it is deleted."""
        return self.made_at + LIFETIME


def person_file_path(public_id: str) -> Path:
    """Return where the file of a person is, with or without one."""
    return _folder() / f"{public_id}.zip"


def find(public_id: str) -> PersonFile | None:
    """Return the person's file, ``None`` when there is none or its time is over."""
    path = person_file_path(public_id)
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    file = PersonFile(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
    return file if file.expires_at > datetime.now(UTC) else None


def discard(public_id: str) -> None:
    """Delete the person's file, also one that is being written; harmless when there is none."""
    path = person_file_path(public_id)
    path.unlink(missing_ok=True)
    path.with_suffix(".part").unlink(missing_ok=True)


def sweep() -> None:
    """Delete every file whose time is over, and what a process that died has left."""
    folder = _folder()
    if not folder.is_dir():
        return
    oldest = time.time() - LIFETIME.total_seconds()
    for path in folder.iterdir():
        if path.stat().st_mtime <= oldest:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return settings().instance_path / "person_exports"
