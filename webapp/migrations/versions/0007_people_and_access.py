"""people and access: second factor, teams, mails, chained audit events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NO = sa.false()


def upgrade() -> None:
    """Apply the change."""
    for column in (
        sa.Column("security_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failed_logins", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_pending_secret", sa.Text(), nullable=True),
        sa.Column("totp_enabled_at", _MOMENT, nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("allows_email_code", sa.Boolean(), nullable=False, server_default=_NO),
    ):
        op.add_column("user", column)
    for column in (
        sa.Column("requires_second_factor", sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column("audit_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("deletes_at", _MOMENT, nullable=True),
    ):
        op.add_column("team", column)
    op.add_column("membership", sa.Column("hides_names", sa.Boolean(), nullable=False, server_default=_NO))
    op.add_column("membership", sa.Column("sees_all_accounts", sa.Boolean(), nullable=False, server_default=sa.true()))
    for column in (
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("sudo_until", _MOMENT, nullable=True),
        sa.Column("is_remembered", sa.Boolean(), nullable=False, server_default=_NO),
    ):
        op.add_column("login_session", column)
    _create_tables()
    _chain_events()


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("uq_audit_event_chain", table_name="audit_event")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_user_id"))
        for name in ("digest", "previous_digest", "sequence", "chain", "user_agent"):
            batch_op.drop_column(name)
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_event_team_id"), "team", ["team_id"], ["id"], ondelete="CASCADE"
        )
    for table in (
        *("alert", "audit_seal", "audit_chain", "outbound_use", "mailed_token", "mail"),
        *("known_device", "recovery_code", "invitation", "account_role"),
    ):
        op.drop_table(table)
    # Not in batch mode: that copies the table on SQLite, and what refers to it goes with the old one.
    for table, names in (
        ("login_session", ("is_remembered", "sudo_until", "device_id", "team_id")),
        ("membership", ("sees_all_accounts", "hides_names")),
        ("team", ("deletes_at", "audit_days", "requires_second_factor")),
        (
            "user",
            (
                *("allows_email_code", "totp_last_step", "totp_enabled_at", "totp_pending_secret", "totp_secret"),
                *("failed_logins", "security_version"),
            ),
        ),
    ):
        for name in names:
            op.drop_column(table, name)


def _create_tables() -> None:
    op.create_table(
        "account_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_account_role_membership_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
    )
    op.create_index("uq_account_role", "account_role", ["membership_id", "account_id"], unique=True)
    op.create_index("ix_account_role_account_id", "account_role", ["account_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=400), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("hides_names", sa.Boolean(), nullable=False),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_invitation_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invited_by"], ["user.id"], name=op.f("fk_invitation_invited_by"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    for name in ("team_id", "email_key", "invited_by"):
        op.create_index(f"ix_invitation_{name}", "invitation", [name])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index("uq_recovery_code", "recovery_code", ["user_id", "code_hash"], unique=True)
    op.create_table(
        "known_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("trusted_until", _MOMENT, nullable=True),
        sa.Column("security_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_known_device_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("public_id", name=op.f("uq_known_device_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_device_token_hash")),
    )
    op.create_index("ix_known_device_user_id", "known_device", ["user_id"])
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mail_public_id")),
    )
    op.create_index("ix_mail_user_id", "mail", ["user_id"])
    op.create_index("ix_mail_created_at", "mail", ["created_at"])
    op.create_table(
        "mailed_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("security_version", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mailed_token_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_token_token_hash")),
    )
    op.create_index("ix_mailed_token_user_id", "mailed_token", ["user_id"])
    op.create_table(
        "outbound_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=200), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("first_used_at", _MOMENT, nullable=False),
        sa.Column("last_used_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_use")),
    )
    op.create_index("uq_outbound_use", "outbound_use", ["purpose", "destination"], unique=True)
    op.create_table(
        "audit_chain",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purged_sequence", sa.BigInteger(), nullable=False),
        sa.Column("purged_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
    )
    op.create_index("uq_audit_seal", "audit_seal", ["chain", "day"], unique=True)
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alert_public_id")),
    )
    op.create_index("uq_alert", "alert", ["rule", "key"], unique=True)
    for name in ("at", "team_id", "user_id"):
        op.create_index(f"ix_alert_{name}", "alert", [name])


def _chain_events() -> None:
    # Nothing refers to the events, so the copy that batch mode makes on SQLite takes nothing with it.
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_constraint("fk_audit_event_team_id", type_="foreignkey")
        batch_op.add_column(sa.Column("user_agent", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("chain", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("sequence", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("previous_digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_audit_event_user_id"), ["user_id"])
    event = sa.table("audit_event", *map(sa.column, ("id", "team_id", "chain", "sequence")))
    earlier = event.alias("earlier")
    chain = sa.func.coalesce(event.c.team_id, 0)
    op.execute(
        event.update().values(
            chain=chain,
            sequence=sa.select(sa.func.count())
            .select_from(earlier)
            .where(sa.func.coalesce(earlier.c.team_id, 0) == chain, earlier.c.id <= event.c.id)
            .scalar_subquery(),
        )
    )
    op.create_index("uq_audit_event_chain", "audit_event", ["chain", "sequence"], unique=True)
