"""The logo of a team: taking an image in, replacing and removing it, and reading it for reports and images."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from sqlalchemy import select

from webapp.domain.covers import file_name, kept_widths
from webapp.domain.errors import ErrorCode, FileRefused, OutOfSpace
from webapp.domain.scope import Permission, TeamScope
from webapp.extensions import db
from webapp.models import AuditAction, Team
from webapp.services import disk
from webapp.services.audit import Actor, record
from webapp.services.covers import MAX_BYTES, MAX_MB, MB, SentImage
from webapp.services.image_process import write_widths_in_child
from webapp.services.kept_folder import KeptFolder
from webapp.services.members import lock_team
from webapp.services.transaction import transaction

# In pixels: twice what the cover of a report and an image for stories show of it.
_WIDEST: Final = 480
LOGOS: Final = KeptFolder("logos", re.compile(r"[0-9a-f]{32}\.webp"))


def set_logo(team: TeamScope, actor: Actor, image: SentImage) -> None:
    """Give the team a logo in place of the one it has.

    Raises ``FileRefused`` for what is no fit image and ``OutOfSpace``.
    """
    if not image.size:
        raise FileRefused(ErrorCode.COVER_MISSING, field="logo")
    if image.size > MAX_BYTES:
        raise FileRefused(ErrorCode.COVER_TOO_LARGE, field="logo", found=-(-image.size // MB), maximum=MAX_MB)
    if disk.is_short():
        raise OutOfSpace(ErrorCode.OUT_OF_SPACE)
    name = _write(image.path)
    # Where this fails, or only its answer is lost, the sweep finds out whether the file belongs to a team.
    with transaction() as session:
        found = lock_team(session, team, Permission.TEAM_WRITE)
        before, found.logo = found.logo, name
        record(session, actor, AuditAction.TEAM_LOGO_SET, found.public_id)
    LOGOS.discard(before)


def remove_logo(team: TeamScope, actor: Actor) -> bool:
    """Take the logo from the team; return whether it had one."""
    with transaction() as session:
        found = lock_team(session, team, Permission.TEAM_WRITE)
        before, found.logo = found.logo, None
        if before is None:
            return False
        record(session, actor, AuditAction.TEAM_LOGO_REMOVED, found.public_id)
    LOGOS.discard(before)
    return True


def find_logo(team: TeamScope) -> bytes | None:
    """Return the team's logo as WebP; ``None`` where it has none."""
    return LOGOS.read(db.session.get_one(Team, team.team_id).logo)


def sweep() -> int:
    """Delete files that are no team's logo; return how many."""
    return LOGOS.sweep(lambda: set(db.session.scalars(select(Team.logo))))


def _write(image: Path) -> str:
    """Write the image in one width, without anything else that its file holds; return its name."""
    token = secrets.token_hex(16)
    folder = LOGOS.path / f"{token}.part"
    folder.mkdir(mode=0o700, parents=True)
    try:
        width, _ = write_widths_in_child(image, folder, token)
        widest = max(each for each in kept_widths(width) if each <= _WIDEST)
        name = f"{token}.webp"
        (folder / file_name(token, widest)).replace(LOGOS.path / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return name
