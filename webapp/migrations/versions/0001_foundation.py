"""foundation"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "schedule_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule", sa.String(length=40), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_slot")),
    )
    with op.batch_alter_table("schedule_slot", schema=None) as batch_op:
        batch_op.create_index("uq_schedule_slot", ["schedule", "planned_at"], unique=True)

    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hue", sa.Integer(), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("public_id", name=op.f("uq_team_public_id")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=400), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_user_email_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_public_id")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("handle_key", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("awaits_import", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("writing_import_id", sa.Integer(), nullable=True),
        sa.Column("has_leftovers", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_account_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(
            "uq_account_default",
            ["team_id"],
            unique=True,
            sqlite_where=sa.text("is_default AND deleted_at IS NULL"),
            postgresql_where=sa.text("is_default AND deleted_at IS NULL"),
        )
        batch_op.create_index(
            "uq_account_team_platform_handle",
            ["team_id", "platform", "handle_key"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_api_key_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_key_public_id")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_prefix"), ["prefix"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=100), nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_audit_event_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_team_id"), ["team_id"], unique=False)

    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_login_session_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_login_session_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("team_id", "user_id", name=op.f("uq_membership_team_id_user_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_user_id"), ["user_id"], unique=False)

    op.create_table(
        "follower",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("followed_at", sa.BigInteger(), nullable=False),
        sa.Column("first_export_id", sa.Integer(), nullable=False),
        sa.Column("last_export_id", sa.Integer(), nullable=True),
        sa.Column("gone_export_id", sa.Integer(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_follower_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
    )
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follower_account_removed",
            ["account_id", "removed_revision"],
            unique=False,
            sqlite_where=sa.text("removed_revision < 2147483647"),
            postgresql_where=sa.text("removed_revision < 2147483647"),
        )
        batch_op.create_index(
            "ix_follower_current_date",
            ["account_id", "followed_at", "username_key"],
            unique=False,
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.create_index(
            "ix_follower_gone",
            ["account_id", "gone_export_id"],
            unique=False,
            sqlite_where=sa.text("gone_export_id IS NOT NULL"),
            postgresql_where=sa.text("gone_export_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_follower_current_name",
            ["account_id", "username_key", "removed_revision"],
            unique=True,
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )

    op.create_table(
        "following",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("followed_at", sa.BigInteger(), nullable=False),
        sa.Column("first_export_id", sa.Integer(), nullable=False),
        sa.Column("last_export_id", sa.Integer(), nullable=True),
        sa.Column("gone_export_id", sa.Integer(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_following_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following")),
    )
    with op.batch_alter_table("following", schema=None) as batch_op:
        batch_op.create_index(
            "ix_following_account_removed",
            ["account_id", "removed_revision"],
            unique=False,
            sqlite_where=sa.text("removed_revision < 2147483647"),
            postgresql_where=sa.text("removed_revision < 2147483647"),
        )
        batch_op.create_index(
            "ix_following_current_date",
            ["account_id", "followed_at", "username_key"],
            unique=False,
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.create_index(
            "ix_following_gone",
            ["account_id", "gone_export_id"],
            unique=False,
            sqlite_where=sa.text("gone_export_id IS NOT NULL"),
            postgresql_where=sa.text("gone_export_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_following_current_name",
            ["account_id", "username_key", "removed_revision"],
            unique=True,
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )

    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("wanted_handle", sa.String(length=64), nullable=True),
        sa.Column("commits_itself", sa.Boolean(), nullable=False),
        sa.Column("losses_confirmed", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("exported_at", sa.BigInteger(), nullable=True),
        sa.Column("exported_at_source", sa.String(length=40), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("preview", sa.JSON(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_params", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_run_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_import_run_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_import_run_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_run_public_id")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_run_content_digest"), ["content_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_run_team_id_created_at"), ["team_id", "created_at"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("platform_post_id", sa.String(length=32), nullable=True),
        sa.Column("permalink", sa.String(length=300), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_post_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("public_id", name=op.f("uq_post_public_id")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(
            "uq_post_identity", ["account_id", "published_at", "ordinal", "removed_revision"], unique=True
        )

    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("exported_at", sa.BigInteger(), nullable=False),
        sa.Column("exported_at_source", sa.String(length=40), nullable=False),
        sa.Column("exported_at_certainty", sa.String(length=40), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.String(length=20), nullable=False),
        sa.Column("followers_state", sa.String(length=40), nullable=False),
        sa.Column("following_state", sa.String(length=40), nullable=False),
        sa.Column("posts_state", sa.String(length=40), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("profile_follower_count", sa.BigInteger(), nullable=True),
        sa.Column("profile_following_count", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_export_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_export_import_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_public_id")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index("ix_export_account_exported_at", ["account_id", "exported_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_import_id"), ["import_id"], unique=False)
        batch_op.create_index(
            "uq_export_account_digest", ["account_id", "content_digest", "removed_revision"], unique=True
        )

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=120), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("rung_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("is_cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("progress_done", sa.BigInteger(), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_params", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_job_import_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_job_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_job_dedupe_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_state_run_at"), ["state", "run_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_team_id"), ["team_id"], unique=False)

    op.create_table(
        "post_detail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("image_count", sa.Integer(), nullable=False),
        sa.Column("sound_name", sa.Text(), nullable=True),
        sa.Column("sound_author", sa.Text(), nullable=True),
        sa.Column("sound_raw", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("privacy", sa.String(length=40), nullable=True),
        sa.Column("allow_comments", sa.Boolean(), nullable=True),
        sa.Column("allow_stitches", sa.Boolean(), nullable=True),
        sa.Column("allow_duets", sa.Boolean(), nullable=True),
        sa.Column("allow_stickers", sa.Boolean(), nullable=True),
        sa.Column("allow_sharing_to_story", sa.Boolean(), nullable=True),
        sa.Column("content_disclosure", sa.Text(), nullable=True),
        sa.Column("ai_generated", sa.Text(), nullable=True),
        sa.Column("add_yours_text", sa.Text(), nullable=True),
        sa.Column("alternate_text", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_detail_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_detail_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_detail")),
    )
    with op.batch_alter_table("post_detail", schema=None) as batch_op:
        batch_op.create_index("ix_post_detail_account", ["account_id"], unique=False)
        batch_op.create_index("uq_post_detail_post", ["post_id", "removed_revision"], unique=True)

    op.create_table(
        "post_reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("saves", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_reading_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_reading_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_reading")),
    )
    with op.batch_alter_table("post_reading", schema=None) as batch_op:
        batch_op.create_index("ix_post_reading_account", ["account_id"], unique=False)
        batch_op.create_index("uq_post_reading_post_export", ["post_id", "export_id", "removed_revision"], unique=True)

    op.create_table(
        "follower_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("following", sa.Integer(), nullable=True),
        sa.Column("mutuals", sa.Integer(), nullable=True),
        sa.Column("profile_followers", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_follower_snapshot_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["export_id"], ["export.id"], name=op.f("fk_follower_snapshot_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower_snapshot")),
    )
    with op.batch_alter_table("follower_snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follower_snapshot_export_id"), ["export_id"], unique=False)
        batch_op.create_index(
            "uq_follower_snapshot_export", ["account_id", "export_id", "removed_revision"], unique=True
        )


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("follower_snapshot", schema=None) as batch_op:
        batch_op.drop_index("uq_follower_snapshot_export")
        batch_op.drop_index(batch_op.f("ix_follower_snapshot_export_id"))

    op.drop_table("follower_snapshot")
    with op.batch_alter_table("post_reading", schema=None) as batch_op:
        batch_op.drop_index("uq_post_reading_post_export")
        batch_op.drop_index("ix_post_reading_account")

    op.drop_table("post_reading")
    with op.batch_alter_table("post_detail", schema=None) as batch_op:
        batch_op.drop_index("uq_post_detail_post")
        batch_op.drop_index("ix_post_detail_account")

    op.drop_table("post_detail")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_team_id"))
        batch_op.drop_index(batch_op.f("ix_job_state_run_at"))
        batch_op.drop_index(batch_op.f("ix_job_import_id"))

    op.drop_table("job")
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index("uq_export_account_digest")
        batch_op.drop_index(batch_op.f("ix_export_import_id"))
        batch_op.drop_index("ix_export_account_exported_at")

    op.drop_table("export")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index("uq_post_identity")

    op.drop_table("post")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_team_id_created_at"))
        batch_op.drop_index(batch_op.f("ix_import_run_content_digest"))
        batch_op.drop_index(batch_op.f("ix_import_run_account_id"))

    op.drop_table("import_run")
    with op.batch_alter_table("following", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_following_current_name",
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_following_gone",
            sqlite_where=sa.text("gone_export_id IS NOT NULL"),
            postgresql_where=sa.text("gone_export_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_following_current_date",
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_following_account_removed",
            sqlite_where=sa.text("removed_revision < 2147483647"),
            postgresql_where=sa.text("removed_revision < 2147483647"),
        )

    op.drop_table("following")
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_follower_current_name",
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_follower_gone",
            sqlite_where=sa.text("gone_export_id IS NOT NULL"),
            postgresql_where=sa.text("gone_export_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_follower_current_date",
            sqlite_where=sa.text("gone_export_id IS NULL"),
            postgresql_where=sa.text("gone_export_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_follower_account_removed",
            sqlite_where=sa.text("removed_revision < 2147483647"),
            postgresql_where=sa.text("removed_revision < 2147483647"),
        )

    op.drop_table("follower")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_id"))

    op.drop_table("membership")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_user_id"))

    op.drop_table("login_session")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_team_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))

    op.drop_table("audit_event")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_user_id"))
        batch_op.drop_index(batch_op.f("ix_api_key_team_id"))
        batch_op.drop_index(batch_op.f("ix_api_key_prefix"))

    op.drop_table("api_key")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_account_team_platform_handle",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_account_default",
            sqlite_where=sa.text("is_default AND deleted_at IS NULL"),
            postgresql_where=sa.text("is_default AND deleted_at IS NULL"),
        )

    op.drop_table("account")
    op.drop_table("user")
    op.drop_table("team")
    with op.batch_alter_table("schedule_slot", schema=None) as batch_op:
        batch_op.drop_index("uq_schedule_slot")

    op.drop_table("schedule_slot")
