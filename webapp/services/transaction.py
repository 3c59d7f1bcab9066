"""The one way to write: a transaction, then what may follow only once it is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Unavailable
from webapp.extensions import WRITES, db

_ACTIVE = "transaction_is_active"
_AFTER = "after_commit"


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield a session that may write; commit at the end, roll back on any error.

    What was read before belongs to an older state of the database: it is expired and read again.
    Raises ``Unavailable`` when the database stays locked longer than the busy time-out.
    """
    session = db.session()
    if session.info.get(_ACTIVE):
        raise RuntimeError("a service called another public service: one public function is one transaction")
    session.rollback()
    session.info[_ACTIVE] = True
    session.info[_AFTER] = []
    try:
        session.connection(execution_options=WRITES)
        yield session
        session.commit()
        callbacks: list[Callable[[], None]] = session.info[_AFTER]
    except OperationalError as error:
        session.rollback()
        if "locked" in str(error.orig):
            raise Unavailable(ErrorCode.BUSY) from error
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_ACTIVE] = False
        session.info[_AFTER] = []
    for callback in callbacks:
        callback()


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Call back once the running transaction is committed; never when it is rolled back."""
    session.info[_AFTER].append(callback)
