"""reports, public links, digests and goals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "data_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_data_export_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_data_export_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
        sa.UniqueConstraint("public_id", name=op.f("uq_data_export_public_id")),
    )
    op.create_index("ix_data_export_account", "data_export", ["account_id", "created_at"], unique=False)
    op.create_index(op.f("ix_data_export_expires_at"), "data_export", ["expires_at"], unique=False)
    op.create_index(op.f("ix_data_export_user_id"), "data_export", ["user_id"], unique=False)
    op.create_table(
        "digest_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=400), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("confirm_hash", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("unsubscribed_at", _MOMENT, nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("quiet_since", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("told_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_digest_subscription_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_digest_subscription_made_by"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_digest_subscription_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscription")),
        sa.UniqueConstraint("confirm_hash", name=op.f("uq_digest_subscription_confirm_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_digest_subscription_public_id")),
    )
    op.create_index(op.f("ix_digest_subscription_made_by"), "digest_subscription", ["made_by"], unique=False)
    op.create_index(op.f("ix_digest_subscription_next_at"), "digest_subscription", ["next_at"], unique=False)
    op.create_index(op.f("ix_digest_subscription_user_id"), "digest_subscription", ["user_id"], unique=False)
    op.create_index("uq_digest_subscription", "digest_subscription", ["account_id", "address_key", "kind"], unique=True)
    op.create_table(
        "goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_goal_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_goal_created_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_goal_public_id")),
    )
    op.create_index("uq_goal", "goal", ["account_id", "month", "metric"], unique=True)
    op.create_table(
        "report_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("paper", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("again_of", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_report_run_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_report_run_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_run_public_id")),
    )
    op.create_index("ix_report_run_account", "report_run", ["account_id", "created_at"], unique=False)
    op.create_table(
        "share_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("names", sa.String(length=40), nullable=False),
        sa.Column("numbers", sa.String(length=40), nullable=False),
        sa.Column("hides_captions", sa.Boolean(), nullable=False),
        sa.Column("shows_account", sa.Boolean(), nullable=False),
        sa.Column("allows_pdf", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_version", sa.Integer(), nullable=False),
        sa.Column("max_views", sa.Integer(), nullable=True),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("last_opened_at", _MOMENT, nullable=True),
        sa.Column("payload_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("paused_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_share_link_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_share_link_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_share_link_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_link_token_hash")),
    )
    op.create_index("ix_share_link_account", "share_link", ["account_id", "created_at"], unique=False)
    op.create_index(op.f("ix_share_link_expires_at"), "share_link", ["expires_at"], unique=False)
    op.create_table(
        "digest_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["digest_subscription.id"],
            name=op.f("fk_digest_slot_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_slot")),
    )
    op.create_index("uq_digest_slot", "digest_slot", ["subscription_id", "planned_at"], unique=True)
    op.create_table(
        "share_payload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.String(length=64), nullable=True),
        sa.Column("image", sa.String(length=64), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share_link.id"], name=op.f("fk_share_payload_share_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_payload")),
    )
    op.create_index(op.f("ix_share_payload_share_id"), "share_payload", ["share_id"], unique=False)
    op.add_column("mail", sa.Column("attachment", sa.String(length=64), nullable=True))
    op.add_column("team", sa.Column("logo", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("team", "logo")
    op.drop_column("mail", "attachment")
    op.drop_index(op.f("ix_share_payload_share_id"), table_name="share_payload")
    op.drop_table("share_payload")
    op.drop_index("uq_digest_slot", table_name="digest_slot")
    op.drop_table("digest_slot")
    op.drop_index(op.f("ix_share_link_expires_at"), table_name="share_link")
    op.drop_index("ix_share_link_account", table_name="share_link")
    op.drop_table("share_link")
    op.drop_index("ix_report_run_account", table_name="report_run")
    op.drop_table("report_run")
    op.drop_index("uq_goal", table_name="goal")
    op.drop_table("goal")
    op.drop_index("uq_digest_subscription", table_name="digest_subscription")
    op.drop_index(op.f("ix_digest_subscription_user_id"), table_name="digest_subscription")
    op.drop_index(op.f("ix_digest_subscription_next_at"), table_name="digest_subscription")
    op.drop_index(op.f("ix_digest_subscription_made_by"), table_name="digest_subscription")
    op.drop_table("digest_subscription")
    op.drop_index(op.f("ix_data_export_user_id"), table_name="data_export")
    op.drop_index(op.f("ix_data_export_expires_at"), table_name="data_export")
    op.drop_index("ix_data_export_account", table_name="data_export")
    op.drop_table("data_export")
