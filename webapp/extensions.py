"""The unbound extension objects, and how the database engine is set up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Connection, Engine, event

from config import ROOT
from webapp.models import Base
from webapp.queue import ANSWER_SECONDS

if TYPE_CHECKING:
    from config import Settings

db = SQLAlchemy(model_class=Base)
login = LoginManager()
babel = Babel()
csrf = CSRFProtect()
compress = Compress()
htmx = Htmx()
# Without Redis each process counts for itself: a limit that is away must not be a limit that is off.
limiter = Limiter(get_remote_address, strategy="moving-window", in_memory_fallback_enabled=True)

SQLITE_BUSY_MS = 10_000
# Long imports insert into name order: with the default of 2 MB every page would be read and written many times.
SQLITE_CACHE_KB = 32_768
SQLITE_PAGE_BYTES = 16_384
# For what is read once and in order: it would put its pages in the place of those that are asked for again.
_SQLITE_PASSING_KB = 2048
# Execution option of a connection that is going to write: on SQLite it takes the write lock at once, because
# a lock that is asked for in the middle of a transaction fails without waiting.
WRITES = {"writes": True}
# A connection that died is noticed before it is used, and one that hangs within half a minute.
_POSTGRES: dict[str, Any] = {
    "hide_parameters": True,
    "pool_pre_ping": True,
    "pool_size": 20,
    "pool_timeout": 10,
    "connect_args": {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
}


def settings() -> Settings:
    """Return the settings of the running application."""
    found: Settings = current_app.config["APP"]
    return found


def init_database(app: Flask, config: Settings) -> None:
    """Bind the database and set every connection of SQLite up for several processes."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    is_sqlite = config.database_url.startswith("sqlite")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True} if is_sqlite else _POSTGRES
    db.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
    if is_sqlite:
        with app.app_context():
            listen_on_sqlite(db.engine)


def listen_on_sqlite(engine: Engine) -> None:
    """Make connections durable and let the application decide how a transaction begins."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        # Counts when the file is made; larger pages are split and logged less often while a long list is written.
        cursor.execute(f"PRAGMA page_size = {SQLITE_PAGE_BYTES}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # Deleted names are overwritten with zeros, so that an erased person is not found in free pages either.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KB}")
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def passing() -> Iterator[None]:
    """Keep little in the memory of this process of what the session reads of a database file during the block."""
    if db.engine.dialect.name != "sqlite":
        yield
        return
    connection = db.session.connection()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_PASSING_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = -{SQLITE_CACHE_KB}")


def init_app(app: Flask, config: Settings) -> None:
    """Bind every extension to the application."""
    app.config["APP"] = config
    app.config["SECRET_KEY"] = config.secret_key
    app.config["SECRET_KEY_FALLBACKS"] = list(config.secret_key_fallbacks)
    app.config["TESTING"] = config.app_env == "test"
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # bound to the session, which has an end of its own
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # web/csrf.py decides, after the person is known
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_MIMETYPES"] = ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"]
    app.config["RATELIMIT_ENABLED"] = config.rate_limits
    app.config["RATELIMIT_STORAGE_URI"] = config.limiter_url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {
        "socket_connect_timeout": ANSWER_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    app.config["RATELIMIT_HEADERS_ENABLED"] = True
    init_database(app, config)
    login.init_app(app)
    csrf.init_app(app)
    compress.init_app(app)
    htmx.init_app(app)
    limiter.init_app(app)


class _Migrations:
    """Stands for Flask-Migrate until a migration is asked for: it brings Alembic, which no web process needs."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        folder = str(ROOT / "webapp" / "migrations")
        # It puts itself in the place of this.
        Migrate().init_app(self._app, db, directory=folder, render_as_batch=True, compare_type=True)
        return getattr(self._app.extensions["migrate"], name)
