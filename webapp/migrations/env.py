"""Run migrations with the application's own engine and models."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Enum

from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import WRITES, db
from webapp.models import Base
from webapp.models.base import UtcDateTime


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as the plain ones they are in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def after_step(*_: Any, **_named: Any) -> None:
    """Mark the place between one step and the next."""
    reach(Failpoint.MIGRATE_MID)


def run_migrations() -> None:
    """Bring the database to the wanted revision, in one transaction."""
    configure_args = current_app.extensions["migrate"].configure_args
    with db.engine.connect().execution_options(**WRITES) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            on_version_apply=after_step,
            **configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
