"""audience analysis"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = {"followers": "follower", "following": "following"}
# What a spell says that stands on the oldest complete list, in place of that export's id.
_SINCE_OLDEST = 0


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_annotation_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_annotation_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_annotation_public_id")),
    )
    op.create_index("ix_annotation_day", "annotation", ["account_id", "day"])
    op.add_column("growth_model", sa.Column("layout", sa.Integer(), server_default="0", nullable=False))
    _index_newest("is_newest = 1")
    for section, export_id, account_id in _oldest_lists():
        _rename_first(_TABLES[section], account_id, export_id, _SINCE_OLDEST)


def downgrade() -> None:
    """Take the change back."""
    for section, export_id, account_id in _oldest_lists():
        _rename_first(_TABLES[section], account_id, _SINCE_OLDEST, export_id)
    _index_newest("is_newest")
    # Not in batch mode: that copies the table on SQLite, and what refers to it goes with the old one.
    op.execute("ALTER TABLE growth_model DROP COLUMN layout")
    op.drop_table("annotation")


def _index_newest(condition: str) -> None:
    """Make the index of the newest words of posts anew, for the condition as SQLite is asked it."""
    op.drop_index("ix_post_detail_newest", "post_detail")
    op.create_index(
        "ix_post_detail_newest",
        "post_detail",
        ["account_id", "post_id"],
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text("is_newest"),
    )


def _oldest_lists() -> Iterator[tuple[str, int, int]]:
    """Yield section, export and account of every oldest complete list that is read now."""
    account = sa.table("account", sa.column("id"), sa.column("revision"))
    for section in _TABLES:
        names = ("id", "account_id", "exported_at", "added_revision", "removed_revision", f"{section}_state")
        export = sa.table("export", *(sa.column(name) for name in names))
        rows = op.get_bind().execute(
            sa.select(export.c.id, export.c.account_id)
            .join(account, account.c.id == export.c.account_id)
            .where(
                export.c[f"{section}_state"].in_(("filled", "empty")),
                export.c.added_revision <= account.c.revision,
                export.c.removed_revision > account.c.revision,
            )
            .order_by(export.c.exported_at.desc(), export.c.id.desc())
        )
        # The oldest comes last and stays.
        oldest = {account_id: export_id for export_id, account_id in rows}
        yield from ((section, export_id, account_id) for account_id, export_id in oldest.items())


def _rename_first(table: str, account_id: int, old: int, new: int) -> None:
    spells = sa.table(table, sa.column("account_id"), sa.column("first_export_id"))
    stands_there = (spells.c.account_id == account_id, spells.c.first_export_id == old)
    op.get_bind().execute(sa.update(spells).where(*stands_there).values(first_export_id=new))
