"""The reserve: made when there is room, given up when nothing else is left, made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.models import Team
from webapp.services import disk
from webapp.services.transaction import transaction

MIB = 1024 * 1024


@pytest.fixture
def free(session: Session, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How much is free, for the test to say; the reserve takes its part of it."""
    found = {"bytes": 1000 * MIB}

    def left() -> int:
        taken = disk.reserve_path().stat().st_size if disk.reserve_path().exists() else 0
        return found["bytes"] - taken

    monkeypatch.setattr(disk, "free_bytes", left)
    monkeypatch.setattr(disk, "reserve_bytes", lambda: 4 * MIB)
    return found


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def test_the_reserve_takes_real_blocks_and_is_nobody_elses(free: dict[str, int]) -> None:
    disk.keep_reserve()
    path: Path = disk.reserve_path()
    assert path.exists() == is_sqlite(), "a server of its own has a disk of its own"
    if is_sqlite():
        assert path.stat().st_blocks * 512 >= 4 * MIB
        assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.glob("*.part")] == []


def test_it_is_not_made_where_it_would_take_the_last_room(free: dict[str, int]) -> None:
    free["bytes"] = 8 * MIB - 1
    disk.keep_reserve()
    assert not disk.reserve_path().exists()


def test_a_write_to_a_full_disk_gives_it_up_first_and_it_comes_back_with_the_room(free: dict[str, int]) -> None:
    disk.keep_reserve()
    with transaction() as session:
        session.execute(select(Team)).all()
    assert disk.reserve_path().exists() == is_sqlite(), "there is room"
    free["bytes"] = 4 * MIB
    with transaction() as session:
        session.execute(select(Team)).all()
    assert not disk.reserve_path().exists()
    disk.keep_reserve()
    assert not disk.reserve_path().exists()
    free["bytes"] = 9 * MIB
    disk.keep_reserve()
    assert disk.reserve_path().exists() == is_sqlite()


def test_what_is_short_for_much_is_enough_for_little(free: dict[str, int]) -> None:
    free["bytes"] = 4 * MIB - 1
    assert disk.is_short()
    assert not disk.is_full()
    assert not disk.release_reserve()
    free["bytes"] = MIB - 1
    assert disk.is_full()
    assert not disk.release_reserve(), "there is none"


def test_the_settings_say_how_much(app: Flask) -> None:
    with app.app_context():
        assert disk.reserve_bytes() == 64 * MIB
        assert disk.reserve_path().parent == Path(app.instance_path)
