"""Find the packed list of an export: in the database for all machines, copied once to this one, mapped once a process.

A list is that of its newest complete export, so the export says which packed list is the right one: whatever is
imported beside it or before it leaves the list as it is. Without a packed list every answer comes from the tables.
"""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from sqlalchemy import select

from webapp.analytics.packed_list import NotPacked, PackedList, unpack
from webapp.analytics.visible import count_kept
from webapp.domain.sections import Section
from webapp.extensions import db, settings
from webapp.models import Export, ListIndex, ListIndexPiece

logger = logging.getLogger(__name__)

# Shorter lists are looked through in an instant as they are.
LEAST_ROWS = 10_000
_MOST_OPEN: Final = 16
_PART_SECONDS: Final = 3600

_open: OrderedDict[str, PackedList] = OrderedDict()
_lock = threading.Lock()


def is_long(export: Export, section: Section) -> bool:
    """Return whether the list is long enough to be packed."""
    return count_kept(export, section) >= LEAST_ROWS


def find_packed(export: Export, section: Section) -> PackedList | None:
    """Return the list of an export in packed form; ``None`` for a short one, or while it is not packed yet."""
    return find_list(export.account_id, section, export.id) if is_long(export, section) else None


def find_list(account_id: int, section: Section, export_id: int) -> PackedList | None:
    """Return the list of an export in packed form, the same as long as it stays mapped; ``None`` if there is none."""
    found = db.session.execute(
        select(ListIndex.id, ListIndex.token, ListIndex.size_bytes).where(
            ListIndex.account_id == account_id,
            ListIndex.section == section,
            ListIndex.export_id == export_id,
            ListIndex.is_ready,
        )
    ).first()
    if found is None:
        return None
    with _lock:
        known = _open.get(found.token)
        if known is not None:
            _open.move_to_end(found.token)
            return known
    try:
        opened = _map(found.id, found.token, found.size_bytes)
    except (OSError, NotPacked) as error:
        logger.warning("the packed list %s cannot be read here, the tables answer instead: %s", found.token, error)
        return None
    with _lock:
        _open[found.token] = opened
        while len(_open) > _MOST_OPEN:
            _open.popitem(last=False)  # unmapped when the last answer that reads it is done
    return opened


def copies_path() -> Path:
    """Return the folder of the packed lists that this machine has fetched."""
    return settings().instance_path / "cache" / "lists"


def sweep_copies() -> int:
    """Delete the copies of lists that are no more, and what a killed process left; return how many."""
    folder = copies_path()
    if not folder.is_dir():
        return 0
    tokens = set(db.session.scalars(select(ListIndex.token)))
    swept = 0
    for entry in folder.iterdir():
        is_part = entry.suffix == ".part" and time.time() - entry.stat().st_mtime < _PART_SECONDS
        if is_part or (entry.suffix == ".list" and entry.stem in tokens):
            continue
        entry.unlink(missing_ok=True)
        swept += 1
    return swept


def _map(index_id: int, token: str, size: int) -> PackedList:
    path = copies_path() / f"{token}.list"
    if not path.exists():
        _fetch(index_id, size, path)
        sweep_copies()
    with path.open("rb") as file:
        return unpack(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


def _fetch(index_id: int, size: int, path: Path) -> None:
    """Write the pieces to a file that is there whole or not at all; raise ``NotPacked`` if they are gone meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            part.chmod(0o600)
            ordinal = 0
            while (piece := _piece(index_id, ordinal)) is not None:
                file.write(piece)
                ordinal += 1
            if file.tell() != size:
                raise NotPacked("its pieces were deleted")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _piece(index_id: int, ordinal: int) -> bytes | None:
    return db.session.scalar(
        select(ListIndexPiece.content).where(ListIndexPiece.index_id == index_id, ListIndexPiece.ordinal == ordinal)
    )
