"""notifications, their rules and choices, and the devices they go to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "push_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.String(length=100), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_key")),
    )
    op.create_table(
        "notification_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("frequency", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notification_choice_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_choice")),
    )
    op.create_index("uq_notification_choice", "notification_choice", ["user_id", "type", "channel"], unique=True)
    op.create_table(
        "notification_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notification_hours_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_hours")),
        sa.UniqueConstraint("user_id", name=op.f("uq_notification_hours_user_id")),
    )
    op.create_table(
        "push_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_sent_at", _MOMENT, nullable=True),
        sa.Column("last_error", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_push_device_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_device")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_device_endpoint_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_device_public_id")),
    )
    op.create_index(op.f("ix_push_device_user_id"), "push_device", ["user_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    op.create_index("uq_notice", "notice", ["account_id", "kind", "key"], unique=True)
    op.create_table(
        "notice_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_muted", sa.Boolean(), nullable=False),
        sa.Column("least", sa.Double(), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_rule_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_notice_rule_changed_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rule")),
    )
    op.create_index("uq_notice_rule", "notice_rule", ["account_id", "kind"], unique=True)
    op.create_table(
        "notice_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("examined_until", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("examined_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_state_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_state")),
        sa.UniqueConstraint("account_id", name=op.f("uq_notice_state_account_id")),
    )
    op.create_table(
        "push_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("notifications", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["push_device.id"], name=op.f("fk_push_message_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_message")),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_message_public_id")),
    )
    op.create_index(op.f("ix_push_message_created_at"), "push_message", ["created_at"], unique=False)
    op.create_index(op.f("ix_push_message_device_id"), "push_message", ["device_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("mail_due_at", sa.BigInteger(), nullable=True),
        sa.Column("push_due_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notification_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notification_notice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_notification_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notification_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notification_public_id")),
    )
    op.create_index("ix_notification_account", "notification", ["account_id"], unique=False)
    op.create_index("ix_notification_list", "notification", ["user_id", "at", "id"], unique=False)
    op.create_index("ix_notification_mail_due", "notification", ["mail_due_at"], unique=False)
    op.create_index("ix_notification_notice", "notification", ["notice_id"], unique=False)
    op.create_index("ix_notification_push_due", "notification", ["push_due_at"], unique=False)
    op.create_index("ix_notification_team", "notification", ["team_id"], unique=False)
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["user_id", "team_id", "account_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL AND is_shown = 1 AND is_withdrawn = 0"),
        postgresql_where=sa.text("read_at IS NULL AND is_shown AND NOT is_withdrawn"),
    )
    op.create_index("uq_notification_once", "notification", ["user_id", "kind", "key"], unique=True)


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("uq_notification_once", table_name="notification")
    op.drop_index(
        "ix_notification_unread",
        table_name="notification",
        sqlite_where=sa.text("read_at IS NULL AND is_shown = 1 AND is_withdrawn = 0"),
        postgresql_where=sa.text("read_at IS NULL AND is_shown AND NOT is_withdrawn"),
    )
    op.drop_index("ix_notification_team", table_name="notification")
    op.drop_index("ix_notification_push_due", table_name="notification")
    op.drop_index("ix_notification_notice", table_name="notification")
    op.drop_index("ix_notification_mail_due", table_name="notification")
    op.drop_index("ix_notification_list", table_name="notification")
    op.drop_index("ix_notification_account", table_name="notification")
    op.drop_table("notification")
    op.drop_index(op.f("ix_push_message_device_id"), table_name="push_message")
    op.drop_index(op.f("ix_push_message_created_at"), table_name="push_message")
    op.drop_table("push_message")
    op.drop_table("notice_state")
    op.drop_index("uq_notice_rule", table_name="notice_rule")
    op.drop_table("notice_rule")
    op.drop_index("uq_notice", table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_push_device_user_id"), table_name="push_device")
    op.drop_table("push_device")
    op.drop_table("notification_hours")
    op.drop_index("uq_notification_choice", table_name="notification_choice")
    op.drop_table("notification_choice")
    op.drop_table("push_key")
