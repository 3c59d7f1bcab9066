"""Fixtures of the hostile files: the measuring parser, and an application that many files go through."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_settings
from tests.factories import Member, make_cast
from tests.hostile.children import Children
from tests.reuse import reuse
from webapp import create_app
from webapp.extensions import db


@dataclass(frozen=True, slots=True)
class Desk:
    """An application on SQLite and those who send files to it."""

    app: Flask
    alice: Member
    charlie: Member


@pytest.fixture
def quick_reader() -> None:
    """Have hostile files read by the process that the services really start."""


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    """A process that reads files as the parser does and says what each cost."""
    started = Children()
    yield started
    started.close()


@pytest.fixture
def desk(empty_sqlite: Path, tmp_path: Path) -> Iterator[Desk]:
    """An application with nothing in it but its people."""
    yield from _open_desk(empty_sqlite, tmp_path)


@pytest.fixture(scope="module")
def busy_desk(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An application for many files in a row."""
    yield from _open_desk(empty_sqlite, tmp_path_factory.mktemp("desk"))


def _open_desk(empty: Path, folder: Path) -> Iterator[Desk]:
    shutil.copyfile(empty, folder / "app.sqlite3")
    app = create_app(make_settings(folder / "instance", f"sqlite:///{folder / 'app.sqlite3'}"))
    reuse(app)
    cast = make_cast(app)
    yield Desk(app, cast.alice, cast.charlie)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
