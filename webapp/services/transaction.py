"""The one way to write: a transaction, then what may follow only once it is committed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.domain.errors import OutOfSpace, Unavailable
from webapp.extensions import WRITES, db
from webapp.services import disk, stopping
from webapp.services.database_errors import explain

_ACTIVE = "transaction_is_active"
_AFTER = "after_commit"

_TRIES = 3
_PAUSE_SECONDS = 0.1

_T = TypeVar("_T")


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield a session that may write; commit at the end, roll back on any error.

    What was read before belongs to an older state of the database: it is expired and read again.
    Raises ``Unavailable`` when the database stays locked, goes away or asks for the work to be done again, and
    ``OutOfSpace`` when the disk is full; either way nothing was written, but for an answer to a commit that got lost.
    """
    session = db.session()
    if session.info.get(_ACTIVE):
        raise RuntimeError("a service called another public service: one public function is one transaction")
    forget_reads()
    session.info[_ACTIVE] = True
    session.info[_AFTER] = []
    try:
        _begin(session)
        yield session
        session.commit()
        callbacks: list[Callable[[], None]] = session.info[_AFTER]
    except SQLAlchemyError as error:
        forget_reads()
        known = explain(error)
        if isinstance(known, OutOfSpace):
            disk.release_reserve()
        if known is not None:
            raise known from error
        raise
    except BaseException:
        forget_reads()
        raise
    finally:
        session.info[_ACTIVE] = False
        session.info[_AFTER] = []
    for callback in callbacks:
        callback()


@contextmanager
def aside(engine: Engine | None = None) -> Iterator[Session]:
    """Yield a session of its own that writes and commits while what the running one has read stays as it is.

    For what must be written down in the midst of an answer, such as a download; a thread of its own, which knows no
    application, brings the engine. Raises as ``transaction`` does.
    """
    with Session(engine or db.engine) as session:
        try:
            session.connection(execution_options=WRITES)
            yield session
            session.commit()
        except SQLAlchemyError as error:
            known = explain(error)
            if known is not None:
                raise known from error
            raise


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Call back once the running transaction is committed; never when it is rolled back."""
    session.info[_AFTER].append(callback)


def forget_reads() -> None:
    """End what the session has begun, also where the connection under it has died."""
    session = db.session()
    try:
        session.rollback()
    except SQLAlchemyError as error:
        if explain(error) is None:
            raise
        session.invalidate()


def retrying(work: Callable[[], _T], tries: int = _TRIES) -> _T:
    """Do work that may be done twice without harm; when the database cannot take it, again after an uneven wait.

    Raises the last ``Unavailable`` or ``OutOfSpace`` when every try met one, and when this process has to stop.
    """
    for number in range(1, tries):
        try:
            return work()
        except (Unavailable, OutOfSpace):
            if stopping.is_wanted():
                raise
            _pause(number)
    return work()


def _begin(session: Session) -> None:
    """Open the transaction; with a full disk the reserve is given up before the writing starts."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    if is_sqlite and disk.is_full():
        disk.release_reserve()
    for number in range(1, _TRIES):
        try:
            session.connection(execution_options=WRITES)
        except SQLAlchemyError as error:
            # SQLite has waited for its lock already.
            if is_sqlite or not isinstance(explain(error), Unavailable):
                raise
            forget_reads()
            _pause(number)
        else:
            return
    session.connection(execution_options=WRITES)


def _pause(number: int) -> None:
    # Uneven, so that those who collided once do not collide again.
    stopping.sleep(_PAUSE_SECONDS * 2 ** min(number, 4) * random.uniform(0.5, 1.5))  # nosec B311
