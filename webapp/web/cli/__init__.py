"""Commands of `flask --app wsgi`; names are spelled with underscores."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from webapp.extensions import settings
from webapp.services import users
from webapp.web.cli import audit, history, identity, imports, secrets


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(migrate_database)
    # Only for a process that runs a command: Alembic takes memory that no web process has to spare.
    if click.get_current_context(silent=True) is not None:
        from flask_migrate.cli import db

        app.cli.add_command(db)
    identity.register(app)
    imports.register(app)
    history.register(app)
    audit.register(app)
    secrets.register(app)


@click.command("migrate_database")
@with_appcontext
def migrate_database() -> None:
    """Bring the database to the schema of this version, and make the set-up token where the first person needs one."""
    # Costs 0.4 s to import, and only this command needs it.
    from flask_migrate import upgrade

    upgrade()
    users.ensure_setup_token(settings())
