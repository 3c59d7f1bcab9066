"""Migrations and models say the same, on both databases, and can be taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, inspect, select, text

from tests.conftest import fresh_postgres, make_settings
from webapp import create_app
from webapp.extensions import db
from webapp.models import NEVER, SINCE_OLDEST, AuditEvent, Base
from webapp.services.audit_verify import verify


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.sqlite3'}"
        return
    with fresh_postgres() as url:
        yield url


def test_migrations_lead_to_the_models_and_back(bare_url: str, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path / "instance", bare_url))
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        upgrade()  # a second time changes nothing
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        db.engine.dispose()


class Rows:
    """Adds rows to the tables as a migration left them; what a test does not name is filled in."""

    def __init__(self) -> None:
        self._metadata = MetaData()
        self._metadata.reflect(db.engine)

    def add(self, table: str, **values: Any) -> None:
        found = self._metadata.tables[table]
        for column in found.columns:
            if not (column.nullable or column.server_default or column.name in values):
                values[column.name] = _some(column.type.python_type)
        with db.engine.begin() as connection:
            connection.execute(found.insert().values(**values))

    def column(self, table: str, name: str) -> list[Any]:
        found = self._metadata.tables[table]
        with db.engine.connect() as connection:
            return list(connection.scalars(select(found.c[name]).order_by(found.c.id)))


def _some(kind: type) -> Any:
    return {datetime: datetime.now(UTC), dict: {}, bool: False, str: secrets.token_hex(5)}.get(kind, 1)


def test_spells_of_the_oldest_list_are_renamed_there_and_back(bare_url: str, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path / "instance", bare_url))
    with app.app_context():
        upgrade(revision="0004")
        rows = Rows()
        for table in ("team", "user"):
            rows.add(table, id=1)
        for account in (1, 2):
            rows.add("account", id=account, team_id=1, revision=3)
            rows.add("import_run", id=account, team_id=1, user_id=1)
        whole = {"account_id": 1, "import_id": 1, "followers_state": "filled", "removed_revision": NEVER}
        rows.add("export", **whole | {"id": 1, "exported_at": 10, "followers_state": "cut"})
        rows.add("export", **whole | {"id": 2, "exported_at": 20, "removed_revision": 3})
        rows.add("export", **whole | {"id": 3, "exported_at": 30})
        rows.add("export", **whole | {"id": 4, "exported_at": 40})
        rows.add("export", **whole | {"id": 5, "account_id": 2, "import_id": 2, "exported_at": 5})
        stored = [3, 3, 4, 5]
        for number, first in enumerate(stored, 1):
            account = 2 if first == 5 else 1
            rows.add("follower", id=number, account_id=account, first_export_id=first)
        upgrade(revision="0005")
        assert rows.column("follower", "first_export_id") == [SINCE_OLDEST, SINCE_OLDEST, 4, SINCE_OLDEST]
        downgrade(revision="0004")
        assert rows.column("follower", "first_export_id") == stored
        db.engine.dispose()


def test_posts_that_stand_in_the_ledger_get_their_hashtags_and_sounds(bare_url: str, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path / "instance", bare_url))
    with app.app_context():
        upgrade(revision="0005")
        rows = Rows()
        for table in ("team", "user"):
            rows.add(table, id=1)
        for account in (1, 2):
            rows.add("account", id=account, team_id=1, revision=3)
            rows.add("post", id=account, account_id=account, published_at=10)
        newest = {"account_id": 1, "post_id": 1, "is_newest": True, "kind": "video", "removed_revision": NEVER}
        # Said by the first export, then by the second, which is the newest: read from revision 3 on.
        was = {"title": "#Old #old #x", "sound_name": "son original", "sound_author": "Ada"}
        rows.add("post_detail", **newest | {"id": 1, "export_id": 1, "added_revision": 2, "removed_revision": 3} | was)
        rows.add("post_detail", **newest | {"id": 2, "export_id": 1, "added_revision": 3, "is_newest": False} | was)
        now = {"title": "#X \uff03y", "sound_name": "original sound", "sound_author": "ada"}
        rows.add("post_detail", **newest | {"id": 3, "export_id": 2, "added_revision": 3} | now)
        other = {"id": 4, "account_id": 2, "post_id": 2, "export_id": 3, "added_revision": 1, "title": "#x"}
        rows.add("post_detail", **newest | other)
        upgrade(revision="0006")
        rows = Rows()
        tags = dict(zip(rows.column("hashtag", "id"), rows.column("hashtag", "tag"), strict=True))
        columns = ("account_id", "hashtag_id", "position", "spelling", "added_revision", "removed_revision")
        found = list(zip(*(rows.column("post_hashtag", name) for name in columns), strict=True))
        assert sorted((row[0], tags[row[1]], *row[2:]) for row in found) == [
            (1, "old", 0, "Old", 2, 3),
            (1, "x", 0, "X", 3, NEVER),
            (1, "x", 1, "x", 2, 3),
            (1, "y", 1, "y", 3, NEVER),
            (2, "x", 0, "x", 1, NEVER),
        ]
        assert rows.column("sound", "name") == ["son original"]
        sound = rows.column("sound", "id")[0]
        assert rows.column("post_detail", "sound_id") == [sound, sound, sound, None]
        downgrade(revision="0005")
        db.engine.dispose()


def _guards() -> set[str]:
    """Return what keeps the record of actions as it was written, as the database has it."""
    queries = ["SELECT sql FROM sqlite_master WHERE type = 'trigger'"]
    if db.engine.dialect.name == "postgresql":
        queries = [
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT proname || prosrc FROM pg_proc WHERE proname LIKE 'audit%'",
        ]
    with db.engine.connect() as connection:
        return {" ".join(found.split()) for query in queries for found in connection.scalars(text(query))}


def test_migrations_guard_the_record_of_actions_as_the_models_do(bare_url: str, tmp_path: Path) -> None:
    """SECURITY 95."""
    app = create_app(make_settings(tmp_path / "instance", bare_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        made = _guards()
        Base.metadata.drop_all(db.engine)
        upgrade()
        assert _guards() == made
        assert len(made) >= 6
        db.engine.dispose()


def test_events_from_before_are_tied_together(bare_url: str, tmp_path: Path) -> None:
    """SECURITY 95."""
    app = create_app(make_settings(tmp_path / "instance", bare_url))
    with app.app_context():
        upgrade(revision="0006")
        rows = Rows()
        for team in (1, 2):
            rows.add("team", id=team)
        for number in range(1, 8):
            detail = {"name": "\u00e9t\u00e9 \U0001f600", "number": number}
            chain = None if number == 3 else 1 + number % 2
            rows.add("audit_event", id=number, action="account:created", detail=detail, team_id=chain)
        upgrade()
        verdict = verify()
        assert (verdict.chains, verdict.events, verdict.flaws) == (3, 7, ())
        with db.engine.connect() as connection:
            query = select(AuditEvent.id, AuditEvent.chain, AuditEvent.sequence).order_by(AuditEvent.id)
            places = [tuple(row) for row in connection.execute(query)]
        assert places == [(1, 2, 1), (2, 1, 1), (3, 0, 1), (4, 1, 2), (5, 2, 2), (6, 1, 3), (7, 2, 3)]
        db.session.remove()
        downgrade(revision="0006")
        db.engine.dispose()
