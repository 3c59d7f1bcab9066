"""audience analysis"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


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
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_annotation_created_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_annotation_public_id")),
    )
    op.create_index("ix_annotation_day", "annotation", ["account_id", "day"])
    op.add_column("growth_model", sa.Column("layout", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take the change back."""
    # Not in batch mode: that copies the table on SQLite, and what refers to it goes with the old one.
    op.execute("ALTER TABLE growth_model DROP COLUMN layout")
    op.drop_table("annotation")
