"""A death between two steps of a migration leaves the old schema or the new one, and the next start goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from config import ROOT
from tests.conftest import fresh_postgres
from tests.faults.stack import Database
from webapp.domain.failpoints import Failpoint
from webapp.models import Base

pytestmark = pytest.mark.faults

STEPS = len(list(ScriptDirectory(str(ROOT / "webapp" / "migrations")).walk_revisions()))


def migrate(instance: Path, database: dict[str, str], failpoint: str = "") -> int:
    environment = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(instance), "FAILPOINT": failpoint, **database}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "migrate_database"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found - {"alembic_version"}


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
    assert tables(url) in (set(), set(Base.metadata.tables)), "a part of the schema is there"
    assert migrate(instance, chosen) == 0
    assert tables(url) == set(Base.metadata.tables)
