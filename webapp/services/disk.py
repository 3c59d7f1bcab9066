"""Room on the disk: who must wait for it, and a file that is given up so that the rest can go on.

Uploads stop above ``DISK_RESERVE_MB`` (web/requests.py), work that writes much at an eighth of it, and what another
program fills after that is answered by the reserve: a file that is deleted when nothing else is left, so that people
can still sign in and delete, and made again once there is room.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from webapp.extensions import db, settings

logger = logging.getLogger(__name__)

RESERVE_NAME: Final = "disk_reserve"
_MIB: Final = 1024 * 1024
_SHARE: Final = 8
# A small transaction needs less: its pages, once in the log and once in the file.
_NEARLY_NOTHING: Final = _MIB


def reserve_bytes() -> int:
    """Return how much is kept back for what must always be possible."""
    return settings().disk_reserve_mb * _MIB // _SHARE


def reserve_path() -> Path:
    """Return the file that is given up when the disk is full."""
    return settings().instance_path / RESERVE_NAME


def free_bytes() -> int:
    """Return what the disk of the instance has left for this user."""
    return shutil.disk_usage(settings().instance_path).free


def is_full() -> bool:
    """Return whether not even a small transaction is sure to fit."""
    return free_bytes() < _NEARLY_NOTHING


def is_short() -> bool:
    """Return whether work that writes much must wait."""
    return free_bytes() < reserve_bytes()


def release_reserve() -> bool:
    """Give the reserve up when nothing else is left; return whether it was there to give."""
    if not is_full():
        return False
    try:
        reserve_path().unlink()
    except FileNotFoundError:
        return False
    logger.warning("the disk is full: the reserve of %d bytes was given up for small changes", reserve_bytes())
    return True


def keep_reserve() -> None:
    """Make the reserve where it is missing and there is room for it and as much again."""
    path, size = reserve_path(), reserve_bytes()
    if size == 0 or path.exists() or free_bytes() < 2 * size or db.engine.dialect.name != "sqlite":
        return
    if not hasattr(os, "posix_fallocate"):  # macOS has nothing that takes blocks without writing them
        return
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
