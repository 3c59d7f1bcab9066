"""What the database says when it cannot, in our words."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.domain.errors import AppError, ErrorCode, OutOfSpace, Unavailable
from webapp.services import disk

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
# Primary result codes of SQLite. The last three are how a full disk shows where a file must be made or grow.
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_MAY_BE_FULL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)

# SQLSTATE of PostgreSQL: whole classes by their first two characters, else single ones.
_AWAY_CLASSES = ("08", "57")
_AWAY = ("53300", "25006")  # too many connections; a standby that is not yet the primary
_CONFLICTS = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available
_STOPPED = "57014"  # statement_timeout, or an operator's cancel
_NO_SPACE = ("53100", "53200")  # disk full, out of memory


def explain(error: BaseException) -> AppError | None:
    """Return the failure that passes behind an error of the database or the disk; ``None`` for a fault of ours."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, OSError):
        return OutOfSpace(ErrorCode.DISK_FULL) if error.errno in _FULL_DISK else None
    if isinstance(error, PoolTimeout | PendingRollbackError):
        return Unavailable(ErrorCode.DATABASE_AWAY)
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _explain_sqlite(error.orig)
    return _explain_postgresql(error)


def _explain_sqlite(error: sqlite3.Error) -> AppError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return Unavailable(ErrorCode.BUSY)
    if code == sqlite3.SQLITE_FULL or (code in _MAY_BE_FULL and disk.is_full()):
        return OutOfSpace(ErrorCode.DISK_FULL)
    return None


def _explain_postgresql(error: DBAPIError) -> AppError | None:
    state = getattr(error.orig, "sqlstate", None)
    if state in _CONFLICTS:
        return Unavailable(ErrorCode.BUSY)
    if state == _STOPPED:
        return Unavailable(ErrorCode.TOOK_TOO_LONG)
    if state in _NO_SPACE:
        return OutOfSpace(ErrorCode.DISK_FULL)
    # Without a state it is the connection: refused, reset, or closed under us.
    if state is None and type(error).__name__ in ("OperationalError", "InterfaceError"):
        return Unavailable(ErrorCode.DATABASE_AWAY)
    if state is not None and (state in _AWAY or state.startswith(_AWAY_CLASSES)):
        return Unavailable(ErrorCode.DATABASE_AWAY)
    return None
