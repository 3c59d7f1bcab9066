"""What passes is told from what is our fault, by real errors of both databases."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from webapp.domain.errors import AppError, ErrorCode, NotFound, OutOfSpace, Unavailable
from webapp.extensions import db
from webapp.models import Team
from webapp.services import transaction as transactions
from webapp.services.database_errors import explain
from webapp.services.transaction import retrying, transaction

STATES = [
    ("40001", Unavailable, ErrorCode.BUSY),
    ("40P01", Unavailable, ErrorCode.BUSY),
    ("55P03", Unavailable, ErrorCode.BUSY),
    ("57014", Unavailable, ErrorCode.TOOK_TOO_LONG),
    ("57P01", Unavailable, ErrorCode.DATABASE_AWAY),
    ("57P03", Unavailable, ErrorCode.DATABASE_AWAY),
    ("53300", Unavailable, ErrorCode.DATABASE_AWAY),
    ("08006", Unavailable, ErrorCode.DATABASE_AWAY),
    ("53100", OutOfSpace, ErrorCode.DISK_FULL),
]


@pytest.fixture
def kind(session: Session) -> str:
    return db.engine.dialect.name


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "_PAUSE_SECONDS", 0.001)


def refuse(session: Session, statement: str) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as refused:
        session.execute(text(statement))
    session.rollback()
    return refused.value


def add_team(session: Session, name: str = "A") -> None:
    session.add(Team(name=name, is_personal=False, created_at=datetime.now(UTC)))


def teams(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Team)) or 0


@pytest.mark.parametrize(("state", "kind_of_error", "code"), STATES)
def test_a_state_of_postgresql_is_a_failure_that_passes(
    state: str, kind_of_error: type[AppError], code: ErrorCode, session: Session, kind: str
) -> None:
    if kind != "postgresql":
        return  # SQLite has no such states
    known = explain(refuse(session, f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))
    assert type(known) is kind_of_error
    assert known.code is code


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM nowhere", "SELECT nothing at all", "INSERT INTO team (id) VALUES (1)"]
)
def test_a_fault_of_ours_is_not_explained_away(statement: str, session: Session) -> None:
    assert explain(refuse(session, statement)) is None
    assert explain(ValueError("x")) is None
    assert explain(PermissionError(errno.EACCES, "no")) is None


def test_what_a_person_can_read_stays_what_it_is() -> None:
    refused = NotFound(ErrorCode.NOT_FOUND)
    assert explain(refused) is refused


def test_a_disk_without_room_is_known_by_the_systems_own_error() -> None:
    with pytest.raises(OSError, match="No space") as refused, open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        full.write(b"x")
    assert isinstance(explain(refused.value), OutOfSpace)


def test_a_pool_that_is_exhausted_is_a_database_that_does_not_answer() -> None:
    known = explain(PoolTimeout("no connection"))
    assert isinstance(known, Unavailable)
    assert known.code is ErrorCode.DATABASE_AWAY


def test_a_database_that_may_not_grow_is_a_full_disk_and_stays_whole(session: Session, kind: str) -> None:
    if kind != "sqlite":
        return
    pages = session.execute(text("PRAGMA page_count")).scalar() or 0
    session.rollback()
    session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutOfSpace) as refused:
        _write_much()
    assert refused.value.code is ErrorCode.DISK_FULL
    session.rollback()
    session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000")
    with transaction() as writing:
        add_team(writing)
    assert teams(session) == 1
    assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def _write_much() -> None:
    with transaction() as writing:
        for number in range(20):
            add_team(writing, f"{number}" * 4000)
        writing.flush()


def _write_and_lose_the_connection() -> None:
    with transaction() as writing:
        add_team(writing)
        writing.flush()
        kill_connection(writing)
        writing.execute(select(Team)).all()


def kill_connection(session: Session) -> None:
    """Have the server end the connection that the session uses."""
    backend = session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})


def test_a_connection_lost_in_the_middle_writes_nothing_and_the_next_one_works(session: Session, kind: str) -> None:
    if kind != "postgresql":
        return
    with pytest.raises(Unavailable) as refused:
        _write_and_lose_the_connection()
    assert refused.value.code is ErrorCode.DATABASE_AWAY
    assert teams(session) == 0
    with transaction() as writing:
        add_team(writing)
    assert teams(session) == 1


def test_connections_that_died_while_they_waited_are_replaced_without_a_word(session: Session, kind: str) -> None:
    if kind != "postgresql":
        return
    session.execute(select(1))
    kill_connection(session)
    with transaction() as writing:
        add_team(writing)
    assert teams(session) == 1


@pytest.mark.parametrize("error", [Unavailable(ErrorCode.BUSY), OutOfSpace(ErrorCode.DISK_FULL)])
def test_work_that_may_be_done_twice_is_tried_three_times(error: AppError, app: Flask) -> None:
    tries: list[int] = []

    def fails(until: int) -> Callable[[], str]:
        def work() -> str:
            tries.append(1)
            if len(tries) < until:
                raise error
            return "done"

        return work

    assert retrying(fails(3)) == "done"
    tries.clear()
    with pytest.raises(type(error)):
        retrying(fails(4))
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(KeyError):
        retrying(lambda: tries.append(1) or {}["a fault is not tried again"])
    assert len(tries) == 1
