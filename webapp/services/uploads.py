"""Where uploaded files wait, and how long."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

from sqlalchemy import select

from webapp.domain.errors import ErrorCode, OutOfSpace
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db, settings
from webapp.models import ImportRun, ImportState
from webapp.services.database_errors import explain

# A file without a run is being received, or was left by a process that died.
_ORPHAN_SECONDS = 3600


def uploads_path() -> Path:
    """Return the folder of files that are being received or read."""
    return settings().instance_path / "uploads"


def work_path(public_id: str) -> Path:
    """Return the folder of one import: the upload, and the rows that were read from it."""
    return uploads_path() / public_id


def keep_upload(part: Path, public_id: str) -> Path:
    """Move a received file to its import's folder, durably, and return where it is.

    Raises ``OutOfSpace`` when the disk is full; then nothing is left there.
    """
    try:
        return _keep(part, public_id)
    except OSError as error:
        discard_upload(public_id)
        known = explain(error)
        if known is None:
            raise
        raise OutOfSpace(ErrorCode.OUT_OF_SPACE) from error


def _keep(part: Path, public_id: str) -> Path:
    folder = work_path(public_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / "upload"
    reach(Failpoint.UPLOAD_AFTER_RECEIVE)
    _sync(part)
    reach(Failpoint.UPLOAD_AFTER_FSYNC)
    part.replace(target)
    _sync(folder)
    _sync(uploads_path())
    reach(Failpoint.UPLOAD_AFTER_RENAME)
    return target


def discard_upload(public_id: str) -> None:
    """Delete everything that an import left on disk; harmless when it is gone."""
    with contextlib.suppress(OSError):
        (work_path(public_id) / "upload").unlink()
    reach(Failpoint.DISCARD_MID)
    shutil.rmtree(work_path(public_id), ignore_errors=True)


def sweep_uploads() -> int:
    """Delete files and folders that belong to no open import; return how many."""
    folder = uploads_path()
    if not folder.is_dir():
        return 0
    ended = [state for state in ImportState if state.is_ended]
    open_ids = set(db.session.scalars(select(ImportRun.public_id).where(ImportRun.state.not_in(ended))))
    swept = 0
    for entry in folder.iterdir():
        if entry.name in open_ids or not _is_old(entry):
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
        reach(Failpoint.SWEEP_MID)
        swept += 1
    return swept


def _is_old(entry: Path) -> bool:
    try:
        return time.time() - entry.stat().st_mtime >= _ORPHAN_SECONDS
    except FileNotFoundError:  # its request or its import ended meanwhile
        return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
