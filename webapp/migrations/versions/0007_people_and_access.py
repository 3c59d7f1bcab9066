"""people and access: second factor, teams, mails, chained audit events"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NO = sa.false()
_EVENT = sa.table(
    "audit_event",
    *(sa.column("id"), sa.column("at", _MOMENT), sa.column("detail", sa.JSON())),
    *map(sa.column, ("action", "team_id", "user_id", "target", "ip", "request_id")),
    *map(sa.column, ("chain", "sequence", "previous_digest", "digest")),
)
_PURGED = ("purged_sequence", "purged_digest")
_BATCH = 1000
# What keeps events as they were written; the models make the same (`webapp/models/audit_guard.py`).
_SQLITE = (
    "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT,"
    " 'audit_event keeps its rows'); END",
    "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event WHEN OLD.sequence >"
    " COALESCE((SELECT purged_sequence FROM audit_chain WHERE chain = OLD.chain), 0) BEGIN SELECT"
    " RAISE(ABORT, 'audit_event keeps its rows'); END",
    "CREATE TRIGGER audit_chain_no_return BEFORE UPDATE ON audit_chain WHEN NEW.chain <> OLD.chain OR"
    " NEW.sequence < OLD.sequence OR NEW.purged_sequence < OLD.purged_sequence BEGIN SELECT RAISE(ABORT,"
    " 'audit_chain never goes back'); END",
    "CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain BEGIN SELECT RAISE(ABORT,"
    " 'audit_chain keeps its rows'); END",
    "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT,"
    " 'audit_seal keeps its rows'); END",
    "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT,"
    " 'audit_seal keeps its rows'); END",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_keeps_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE"
    " EXCEPTION '%% keeps its rows', TG_TABLE_NAME; END $$",
    "CREATE OR REPLACE FUNCTION audit_keeps_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF"
    " OLD.sequence > COALESCE((SELECT purged_sequence FROM audit_chain WHERE chain = OLD.chain), 0) THEN"
    " RAISE EXCEPTION 'audit_event keeps its rows'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION"
    " audit_keeps_rows()",
    "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION"
    " audit_keeps_events()",
    "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE"
    " FUNCTION audit_keeps_rows()",
    "CREATE TRIGGER audit_chain_no_return BEFORE UPDATE ON audit_chain FOR EACH ROW WHEN (NEW.chain <>"
    " OLD.chain OR NEW.sequence < OLD.sequence OR NEW.purged_sequence < OLD.purged_sequence) EXECUTE"
    " FUNCTION audit_keeps_rows()",
    "CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION"
    " audit_keeps_rows()",
    "CREATE TRIGGER audit_chain_no_truncate BEFORE TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE"
    " FUNCTION audit_keeps_rows()",
    "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
    "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
    "CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE"
    " FUNCTION audit_keeps_rows()",
)


def upgrade() -> None:
    """Apply the change."""
    for column in (
        sa.Column("is_pending", sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column("security_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failed_logins", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_pending_secret", sa.Text(), nullable=True),
        sa.Column("totp_enabled_at", _MOMENT, nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("allows_email_code", sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column("last_team_id", sa.Integer(), nullable=True),
        sa.Column("deleted_at", _MOMENT, nullable=True),
    ):
        op.add_column("user", column)
    for column in (
        sa.Column("requires_second_factor", sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column("audit_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("deletes_at", _MOMENT, nullable=True),
        sa.Column("deleted_at", _MOMENT, nullable=True),
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
    op.add_column("api_key", sa.Column("networks", sa.JSON(), nullable=False, server_default="[]"))
    _create_tables()
    _chain_events()
    _guard_events()


def downgrade() -> None:
    """Take the change back."""
    _leave_events_open()
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
        ("api_key", ("networks",)),
        ("login_session", ("is_remembered", "sudo_until", "device_id", "team_id")),
        ("membership", ("sees_all_accounts", "hides_names")),
        ("team", ("deleted_at", "deletes_at", "audit_days", "requires_second_factor")),
        (
            "user",
            (
                "deleted_at",
                *("last_team_id", "allows_email_code", "totp_last_step", "totp_enabled_at", "totp_pending_secret"),
                "totp_secret",
                *("failed_logins", "security_version", "is_pending"),
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
    _chain_old_events()
    op.create_index("uq_audit_event_chain", "audit_event", ["chain", "sequence"], unique=True)


def _chain_old_events() -> None:
    """Tie the events there are, in the order they were written, as `webapp/services/audit.py` ties new ones."""
    connection = op.get_bind()
    ends: dict[int, tuple[int, str]] = {}
    last_id = 0
    while True:
        query = sa.select(_EVENT).where(_EVENT.c.id > last_id).order_by(_EVENT.c.id).limit(_BATCH)
        rows = connection.execute(query).mappings().all()
        if not rows:
            break
        last_id = rows[-1]["id"]
        changes = [_tie(dict(row), ends) for row in rows]
        names = ("chain", "sequence", "previous_digest", "digest")
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
        connection.execute(_EVENT.update().where(_EVENT.c.id == sa.bindparam("row")).values(values), changes)
    if ends:
        chain = sa.table("audit_chain", *map(sa.column, ("chain", "sequence", "digest", *_PURGED)))
        rows_of_chains = [
            {"chain": number, "sequence": sequence, "digest": digest, "purged_sequence": 0, "purged_digest": ""}
            for number, (sequence, digest) in ends.items()
        ]
        connection.execute(chain.insert(), rows_of_chains)


def _tie(row: dict[str, Any], ends: dict[int, tuple[int, str]]) -> dict[str, object]:
    chain = row["team_id"] or 0
    sequence, previous = ends.get(chain, (0, "0" * 64))
    at: datetime = row["at"]
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    fields = {
        "chain": chain,
        "sequence": sequence + 1,
        "at": at.isoformat(timespec="microseconds"),
        **{name: row[name] for name in ("action", "team_id", "user_id", "target", "ip", "request_id", "detail")},
        "user_agent": None,
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(f"{previous}{text}".encode()).hexdigest()
    ends[chain] = (sequence + 1, digest)
    return {
        "row": row["id"],
        "new_chain": chain,
        "new_sequence": sequence + 1,
        "new_previous_digest": previous,
        "new_digest": digest,
    }


def _guard_events() -> None:
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.DDL(statement))  # type: ignore[no-untyped-call]


def _leave_events_open() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("audit_event_no_update", "audit_event_no_delete"):
            op.execute(f"DROP TRIGGER {name}")
        return
    for table, names in (
        ("audit_event", ("no_update", "no_delete", "no_truncate")),
        ("audit_chain", ("no_return", "no_delete", "no_truncate")),
        ("audit_seal", ("no_update", "no_delete", "no_truncate")),
    ):
        for name in names:
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    op.execute("DROP FUNCTION audit_keeps_events()")
    op.execute("DROP FUNCTION audit_keeps_rows()")
