"""A death between two steps of a migration leaves the old schema or the new one, and the next start goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from config import ROOT
from tests.conftest import fresh_postgres
from tests.faults.stack import Database
from webapp.domain.failpoints import Failpoint
from webapp.models import Base

pytestmark = pytest.mark.faults

STEPS = len(list(ScriptDirectory(str(ROOT / "webapp" / "migrations")).walk_revisions()))


def flask(instance: Path, database: dict[str, str], *command: str, failpoint: str = "") -> int:
    environment = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(instance), "FAILPOINT": failpoint, **database}
    words = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def migrate(instance: Path, database: dict[str, str], failpoint: str = "") -> int:
    return flask(instance, database, "migrate_database", failpoint=failpoint)


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found - {"alembic_version"}


def revision_of(url: str) -> str:
    """Return the revision that a database says it is at, "base" when it says nothing."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return found or "base"


def tables_of(revision: str, folder: Path) -> set[str]:
    """Return the tables of a whole revision."""
    if revision == "base":
        return set()
    folder.mkdir()
    url = f"sqlite:///{folder / 'app.sqlite3'}"
    assert flask(folder, {"DATABASE_URL": url}, "db", "upgrade", revision) == 0
    return tables(url)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.faults_long), STEPS])
@pytest.mark.parametrize("database", [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def test_a_migration_that_died_goes_on_at_the_next_start(database: Database, step: int, tmp_path: Path) -> None:
    if database is Database.SQLITE:
        die_and_go_on(tmp_path, f"sqlite:///{tmp_path / 'app.sqlite3'}", step)
    else:
        with fresh_postgres() as url:
            die_and_go_on(tmp_path, url, step)


def die_and_go_on(instance: Path, url: str, step: int) -> None:
    chosen = {"DATABASE_URL": url}
    assert migrate(instance, chosen, f"{Failpoint.MIGRATE_MID}:{step}=kill") == -signal.SIGKILL
    left = revision_of(url)
    assert tables(url) == tables_of(left, instance / "whole"), f"a part of what comes after {left} is there"
    assert migrate(instance, chosen) == 0
    assert tables(url) == set(Base.metadata.tables)
