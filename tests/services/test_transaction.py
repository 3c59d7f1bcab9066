"""The one way to write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Unavailable
from webapp.extensions import db
from webapp.models import Team, database_now
from webapp.services.transaction import after_commit, transaction


def add_team(session: Session, name: str = "A") -> None:
    session.add(Team(name=name, is_personal=False, created_at=datetime.now(UTC)))


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Team)) or 0


def _write_and(error: BaseException, callback: Callable[[], None] = lambda: None) -> None:
    with transaction() as writing:
        add_team(writing)
        writing.flush()
        after_commit(writing, callback)
        raise error


def _begin_another(writing: Session) -> None:
    add_team(writing)
    with transaction():
        pass


def test_all_of_it_is_written_or_nothing(session: Session) -> None:
    with transaction() as writing:
        add_team(writing)
    assert count(session) == 1
    with pytest.raises(KeyboardInterrupt):
        _write_and(KeyboardInterrupt())
    assert count(session) == 1


def test_what_must_follow_follows_the_commit_in_its_order(session: Session) -> None:
    said: list[object] = []
    with transaction() as writing:
        add_team(writing)
        after_commit(writing, lambda: said.append(count(session)))
        after_commit(writing, lambda: said.append("second"))
        assert said == []
    assert said == [1, "second"]


def test_nothing_follows_what_was_rolled_back(session: Session) -> None:
    said: list[str] = []
    with pytest.raises(ValueError, match="no"):
        _write_and(ValueError("no"), lambda: said.append("wrong"))
    with transaction() as writing:
        add_team(writing)
    assert said == []


def test_a_transaction_in_a_transaction_is_a_mistake_and_harms_neither(session: Session) -> None:
    with pytest.raises(RuntimeError, match="one public function is one transaction"), transaction() as writing:
        _begin_another(writing)
    assert count(session) == 0
    with transaction() as writing:
        add_team(writing)
    assert count(session) == 1


def test_a_callback_may_write_in_a_transaction_of_its_own(session: Session) -> None:
    def follow() -> None:
        with transaction() as writing:
            add_team(writing, "B")

    with transaction() as writing:
        add_team(writing)
        after_commit(writing, follow)
    assert count(session) == 2


def test_a_database_that_stays_locked_is_a_failure_that_passes(app: Flask, session: Session) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # rows are locked there, not the database
    with db.engine.connect() as other:
        other.exec_driver_sql("UPDATE team SET name = name")
        session.rollback()
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 50")
        session.rollback()
        with pytest.raises(Unavailable) as refusal, transaction() as writing:
            add_team(writing)
        assert refusal.value.code is ErrorCode.BUSY
        other.rollback()
    with transaction() as writing:
        add_team(writing)
    assert count(session) == 1


def test_two_writers_of_one_row_do_not_lose_each_others_change(app: Flask, session: Session) -> None:
    """Ten times from two threads: on SQLite a lock asked for late would fail at once instead of waiting."""
    with transaction() as writing:
        add_team(writing, "0")
    failures: list[BaseException] = []

    def add_ten() -> None:
        with app.app_context():
            try:
                for _ in range(10):
                    with transaction() as writing:
                        team = writing.scalars(select(Team).with_for_update()).one()
                        team.name = str(int(team.name) + 1)
            except BaseException as error:
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=add_ten) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    session.rollback()
    assert session.scalars(select(Team.name)).one() == "20"


def test_the_clock_of_the_database_is_unix_time(session: Session) -> None:
    assert abs((session.scalar(select(database_now())) or 0) - time.time()) < 5
