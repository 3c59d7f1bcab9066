"""list index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "list_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("token", sa.String(length=20), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_list_index_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["export_id"], ["export.id"], name=op.f("fk_list_index_export_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_index")),
        sa.UniqueConstraint("token", name=op.f("uq_list_index_token")),
    )
    with op.batch_alter_table("list_index", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_index_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_list_index_export_id"), ["export_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_list_index_job_id"), ["job_id"], unique=False)
        batch_op.create_index(
            "uq_list_index_ready",
            ["account_id", "section", "export_id"],
            unique=True,
            sqlite_where=sa.text("is_ready"),
            postgresql_where=sa.text("is_ready"),
        )

    op.create_table(
        "list_index_piece",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_list_index_piece_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["index_id"], ["list_index.id"], name=op.f("fk_list_index_piece_index_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_index_piece")),
    )
    with op.batch_alter_table("list_index_piece", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_index_piece_account_id"), ["account_id"], unique=False)
        batch_op.create_index("uq_list_index_piece", ["index_id", "ordinal"], unique=True)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("list_index_piece", schema=None) as batch_op:
        batch_op.drop_index("uq_list_index_piece")
        batch_op.drop_index(batch_op.f("ix_list_index_piece_account_id"))

    op.drop_table("list_index_piece")
    with op.batch_alter_table("list_index", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_list_index_ready", sqlite_where=sa.text("is_ready"), postgresql_where=sa.text("is_ready")
        )
        batch_op.drop_index(batch_op.f("ix_list_index_job_id"))
        batch_op.drop_index(batch_op.f("ix_list_index_export_id"))
        batch_op.drop_index(batch_op.f("ix_list_index_account_id"))

    op.drop_table("list_index")
