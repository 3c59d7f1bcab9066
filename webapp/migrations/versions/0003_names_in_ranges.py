"""names in ranges"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("follower", "following")


def upgrade() -> None:
    """Apply the change."""
    for table in _TABLES:
        _sort_names(table, "C")
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(
                f"ix_{table}_gone_name",
                ["account_id", "username_key"],
                unique=False,
                sqlite_where=sa.text("gone_export_id IS NOT NULL"),
                postgresql_where=sa.text("gone_export_id IS NOT NULL"),
            )


def downgrade() -> None:
    """Take the change back."""
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(f"ix_{table}_gone_name")
        _sort_names(table, "default")


def _sort_names(table: str, collation: str) -> None:
    """Have PostgreSQL sort names in another way; SQLite sorts them by code point anyway."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'ALTER TABLE {table} ALTER COLUMN username_key TYPE VARCHAR(64) COLLATE "{collation}"')
