"""Fixtures: an application on each database, and the cast that knocks at its doors."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from config import Settings
from tests import factories
from tests.audit_watch import watch
from tests.reader import running_readers
from tests.reuse import reuse, reuse_inserts, reuse_routes
from webapp import create_app
from webapp.extensions import db
from webapp.models import GUARDED, Base
from webapp.services import parser_process
from webapp.services.readiness import head_revision

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
# What takes more than about twenty seconds a file, with two files at a time.
LONG = (
    "browser/",
    "faults/",
    "hostile/test_running.py",
    "house/test_opened_numbers.py",
    "services/test_commit_interruptions.py",
    "services/test_histories.py",
    "test_many_machines.py",
    "test_metrics.py",
    "test_supervisor.py",
)
SECRET = "a-secret-of-the-tests-0123456789-abcdef"
ENCRYPTION_KEYS = "tests:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="

reuse_routes()
reuse_inserts()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let fault tests kill as often as wanted, and the same way again, and goals be checked on many creators."""
    parser.addoption("--kills", type=int, help="random kills of a fault test; also runs the long fault tests")
    parser.addoption("--pace", choices=["test", "production"], default="test", help="lease and reconcile settings")
    parser.addoption("--creators", type=int, help="synthetic creators that the goals for statistics are checked on")
    parser.addoption("--seed", type=int, help="seed of the fault tests; a failure prints it")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that take long over the others, so that they neither meet each other nor come last."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [path for path in files if path.relative_to(Path(__file__).parent).as_posix().startswith(LONG)]
    # The last third of the others is short work for whoever is done first.
    gap = 2 * (len(files) - len(long)) / (3 * max(len(long), 1))
    places = {path: number for number, path in enumerate(path for path in files if path not in long)}
    places_of_long = {path: round((number + 0.5) * gap) for number, path in enumerate(long)}
    order = sorted(files, key=lambda path: places_of_long.get(path, places.get(path, 0)))
    items[:] = [item for path in order for item in files[path]]


def need(name: str, reason: str) -> str:
    """Return an environment variable, or skip; under REQUIRE_ALL a missing component is a failure."""
    value = os.environ.get(name)
    if not value:
        if REQUIRE_ALL:
            pytest.fail(reason)
        pytest.skip(reason)
    return value


def make_settings(instance: Path, database_url: str, **changes: str) -> Settings:
    """Return settings for one test; ``changes`` are environment variables."""
    environment = {
        "APP_ENV": "test",
        "INSTANCE_PATH": str(instance),
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "ENCRYPTION_KEYS": ENCRYPTION_KEYS,
        "RATE_LIMITS": "off",
        "ASSETS": "local",
        "REGISTRATION": "open",
        **changes,
    }
    return Settings.from_environ(environment)


def make_schema(engine: Engine) -> None:
    """Make every table, and note the revision as a migration would."""
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head_revision()})


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it; each test copies it."""
    folder = tmp_path_factory.mktemp("schema")
    app = create_app(make_settings(folder / "instance", f"sqlite:///{folder / 'empty.sqlite3'}"))
    with app.app_context():
        make_schema(db.engine)
        db.engine.dispose()
    return folder / "empty.sqlite3"


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """Yield the address of a new, empty PostgreSQL database, dropped at the end."""
    server = make_url(need("TEST_POSTGRES_URL", "PostgreSQL is not there: set TEST_POSTGRES_URL"))
    server = server.set(drivername="postgresql+psycopg")
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL database with the schema and nothing in it."""
    with fresh_postgres() as url:
        engine = create_engine(url)
        make_schema(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        copy = tmp_path / "app.sqlite3"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), copy)
        return f"sqlite:///{copy}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def _readers() -> Iterator[SimpleNamespace]:
    with running_readers() as started:
        yield started


@pytest.fixture
def quick_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files read by processes that need not start Python; override it where how they start matters."""
    monkeypatch.setattr(parser_process, "subprocess", request.getfixturevalue("_readers"))


@pytest.fixture
def app(database_url: str, tmp_path: Path, quick_reader: None) -> Iterator[Flask]:
    """The application on an empty database, with no queue server and nobody signed up."""
    application = create_app(make_settings(tmp_path / "instance", database_url))
    reuse(application)
    seen = watch(application)
    yield application
    with application.app_context():
        db.session.remove()
        if db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                empty_tables(connection)
        db.engine.dispose()
    assert seen.silent() == [], "these requests changed something and wrote no event (SECURITY 94)"


def empty_tables(connection: Connection) -> None:
    """Delete all rows and begin to count anew: ten times as quick as truncating forty tables that are nearly empty."""
    tables = list(reversed(Base.metadata.sorted_tables))
    names, counted = [table.name for table in tables], {table.name for table in tables if "id" in table.columns}
    filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
    found = set(connection.scalars(text(filled)))
    kept = [name for name in GUARDED if name in found]
    # One message for all: each of its own would wait for an answer of its own.
    orders = [f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in kept]
    for name in names:
        if name in found:
            orders.append(f'DELETE FROM "{name}"')
        if name in found & counted:
            orders.append(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), 1, false)")
    orders += [f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in kept]
    if orders:
        connection.exec_driver_sql("; ".join(orders))


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session of an application context that lasts for the whole test; not for tests that use a client."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask) -> factories.Cast:
    """Alice owns a team, Bob views it, Charlie is a stranger with a team of his own."""
    return factories.make_cast(app)


@pytest.fixture
def alice(cast: factories.Cast) -> factories.Member:
    """The admin of the team."""
    return cast.alice


@pytest.fixture
def bob(cast: factories.Cast) -> factories.Member:
    """A viewer in Alice's team."""
    return cast.bob


@pytest.fixture
def charlie(cast: factories.Cast) -> factories.Member:
    """A stranger."""
    return cast.charlie
