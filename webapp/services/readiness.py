"""Whether this process can serve: what must be there, and what may be away."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import ROOT
from webapp.extensions import settings
from webapp.queue import connect
from webapp.services import probe
from webapp.services.uploads import uploads_path

_MIB: Final = 1024 * 1024


class CheckState(StrEnum):
    """How a check went."""

    OK = "ok"
    AWAY = "away"
    OTHER_SCHEMA = "other_schema"
    NOT_WRITABLE = "not_writable"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Every check; the queue may be away, because pages work and jobs wait without it."""

    database: CheckState
    uploads: CheckState
    queue: CheckState

    @property
    def is_ready(self) -> bool:
        """Return whether requests can be served."""
        return self.database is CheckState.OK and self.uploads is CheckState.OK


def check_readiness() -> Readiness:
    """Make every check; each takes two seconds at most."""
    return Readiness(database=_check_database(), uploads=_check_uploads(), queue=_check_queue())


@lru_cache(maxsize=1)
def head_revision() -> str | None:
    """Return the revision of the schema that this code was written for."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(ROOT / "webapp" / "migrations")).get_current_head()


def _check_database() -> CheckState:
    try:
        with probe.connect(settings().database_url) as connection:
            connection.execute(text("SELECT 1"))
            try:
                found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            except SQLAlchemyError:
                return CheckState.OTHER_SCHEMA
    except SQLAlchemyError:
        return CheckState.AWAY
    return CheckState.OK if found == head_revision() else CheckState.OTHER_SCHEMA


def _check_uploads() -> CheckState:
    folder = uploads_path()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < settings().disk_reserve_mb * _MIB:
            return CheckState.FULL
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError:
        return CheckState.NOT_WRITABLE
    return CheckState.OK


def _check_queue() -> CheckState:
    try:
        connect(settings().queue_url).ping()
    except (RedisError, OSError):
        return CheckState.AWAY
    return CheckState.OK
