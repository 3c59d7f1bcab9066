"""The files of downloads that were put together: under random names, and gone once nothing refers to them."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import DataExport
from webapp.services.kept_folder import KeptFolder

DATA_EXPORT_FILES: Final = KeptFolder("data_exports", re.compile(r"[0-9a-f]{32}\.(?:csv|xlsx|zip)"))


def sweep_orphans() -> int:
    """Delete files that belong to nothing any more; return how many."""
    return DATA_EXPORT_FILES.sweep(lambda: set(db.session.scalars(select(DataExport.file))))
