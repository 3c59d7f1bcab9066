"""The files that public links offer: a sheet and an image of each payload, under names that nobody can guess."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import SharePayload
from webapp.services.kept_folder import KeptFolder

SHARE_FILES: Final = KeptFolder("shares", re.compile(r"[0-9a-f]{32}\.(?:pdf|png)"))


def sweep() -> int:
    """Delete files that belong to no payload any more; return how many."""
    names = select(SharePayload.pdf, SharePayload.image)
    return SHARE_FILES.sweep(lambda: {name for row in db.session.execute(names) for name in row})
