"""forecasts, anomalies, planner and experiments"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "experiment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("arm_a", sa.String(length=150), nullable=False),
        sa.Column("arm_b", sa.String(length=150), nullable=False),
        sa.Column("posts_each", sa.Integer(), nullable=False),
        sa.Column("spread", sa.Double(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_experiment_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_experiment_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_experiment_public_id")),
    )
    op.create_index("ix_experiment_account", "experiment", ["account_id"], unique=False)
    op.create_table(
        "forecast_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_forecast_model_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_model")),
        sa.UniqueConstraint("account_id", name=op.f("uq_forecast_model_account_id")),
    )
    op.create_table(
        "planner_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_planner_feed_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_planner_feed_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planner_feed")),
        sa.UniqueConstraint("public_id", name=op.f("uq_planner_feed_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_planner_feed_token_hash")),
    )
    op.create_index("ix_planner_feed_account", "planner_feed", ["account_id"], unique=False)
    op.create_index(op.f("ix_planner_feed_user_id"), "planner_feed", ["user_id"], unique=False)
    op.create_table(
        "expected_anomaly",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=True),
        sa.Column("wrote_note", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_expected_anomaly_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_expected_anomaly_annotation_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_expected_anomaly_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_anomaly")),
    )
    op.create_index("uq_expected_anomaly", "expected_anomaly", ["account_id", "kind", "key"], unique=True)
    op.create_table(
        "planned_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("said_published", sa.Boolean(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hashtags", sa.JSON(), nullable=False),
        sa.Column("sound", sa.String(length=20), nullable=True),
        sa.Column("sound_text", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=True),
        sa.Column("experiment_id", sa.Integer(), nullable=True),
        sa.Column("arm", sa.String(length=40), nullable=True),
        sa.Column("experiment_place", sa.Integer(), nullable=True),
        sa.Column("match", sa.String(length=40), nullable=False),
        sa.Column("match_published_at", sa.BigInteger(), nullable=True),
        sa.Column("match_ordinal", sa.Integer(), nullable=True),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_planned_post_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_planned_post_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiment.id"], name=op.f("fk_planned_post_experiment_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_post")),
        sa.UniqueConstraint("public_id", name=op.f("uq_planned_post_public_id")),
    )
    op.create_index("ix_planned_post_account", "planned_post", ["account_id", "planned_at"], unique=False)
    op.create_index("ix_planned_post_experiment", "planned_post", ["experiment_id"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_planned_post_experiment", table_name="planned_post")
    op.drop_index("ix_planned_post_account", table_name="planned_post")
    op.drop_table("planned_post")
    op.drop_index("uq_expected_anomaly", table_name="expected_anomaly")
    op.drop_table("expected_anomaly")
    op.drop_index(op.f("ix_planner_feed_user_id"), table_name="planner_feed")
    op.drop_index("ix_planner_feed_account", table_name="planner_feed")
    op.drop_table("planner_feed")
    op.drop_table("forecast_model")
    op.drop_index("ix_experiment_account", table_name="experiment")
    op.drop_table("experiment")
