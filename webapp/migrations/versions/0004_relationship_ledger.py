"""relationship ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GONE = sa.text("gone_export_id IS NOT NULL")
_MOVED = ("kind", "platform_post_id", "permalink")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "account_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_revision_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_revision")),
    )
    with op.batch_alter_table("account_revision", schema=None) as batch_op:
        batch_op.create_index("uq_account_revision", ["account_id", "revision"], unique=True)

    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_erasure_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["erased_by"], ["user.id"], name=op.f("fk_erasure_erased_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index("uq_erasure_digest", ["account_id", "digest"], unique=True)

    op.create_table(
        "former_handle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("handle_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_former_handle_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_handle")),
    )
    with op.batch_alter_table("former_handle", schema=None) as batch_op:
        batch_op.create_index("uq_former_handle", ["account_id", "handle_key"], unique=True)

    op.create_table(
        "growth_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_growth_model_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_growth_model")),
        sa.UniqueConstraint("account_id", name=op.f("uq_growth_model_account_id")),
    )
    op.create_table(
        "person_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_person_note_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_person_note_changed_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_note")),
    )
    with op.batch_alter_table("person_note", schema=None) as batch_op:
        batch_op.create_index("uq_person_note", ["account_id", "username_key"], unique=True)

    op.create_table(
        "person_tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("tag_key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_person_tag_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_tag")),
    )
    with op.batch_alter_table("person_tag", schema=None) as batch_op:
        batch_op.create_index("ix_person_tag_tag", ["account_id", "tag_key"], unique=False)
        batch_op.create_index("uq_person_tag", ["account_id", "username_key", "tag_key"], unique=True)

    op.create_table(
        "rename",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("from_username", sa.String(length=64), nullable=False),
        sa.Column("from_key", sa.String(length=64), nullable=False),
        sa.Column("to_username", sa.String(length=64), nullable=False),
        sa.Column("to_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rename_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_rename_decided_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rename")),
    )
    with op.batch_alter_table("rename", schema=None) as batch_op:
        batch_op.create_index("uq_rename_pair", ["account_id", "from_key", "to_key"], unique=True)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("writing_job_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("hold_percent", sa.Integer(), nullable=False, server_default="20"))
        batch_op.add_column(sa.Column("reminder_days", sa.Integer(), nullable=False, server_default="30"))
        batch_op.add_column(sa.Column("export_requested_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminder_snoozed_until", sa.DateTime(timezone=True), nullable=True))
    # Not in a batch, which would copy the table and, on dropping the old one, delete what refers to it.
    op.execute("ALTER TABLE account DROP COLUMN writing_import_id")

    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(
            "ix_follower_first", ["account_id", "first_export_id", "removed_revision"], unique=False
        )
        batch_op.drop_index("ix_follower_gone_name", sqlite_where=_GONE, postgresql_where=_GONE)
        batch_op.create_index(
            "ix_follower_gone_name",
            ["account_id", "username_key", "removed_revision"],
            unique=False,
            sqlite_where=_GONE,
            postgresql_where=_GONE,
        )

    with op.batch_alter_table("follower_snapshot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("followers_gained", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("followers_lost", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("followers_refollowed", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("following_gained", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("following_lost", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("following_refollowed", sa.Integer(), nullable=True))

    with op.batch_alter_table("following", schema=None) as batch_op:
        batch_op.create_index(
            "ix_following_first", ["account_id", "first_export_id", "removed_revision"], unique=False
        )
        batch_op.drop_index("ix_following_gone_name", sqlite_where=_GONE, postgresql_where=_GONE)
        batch_op.create_index(
            "ix_following_gone_name",
            ["account_id", "username_key", "removed_revision"],
            unique=False,
            sqlite_where=_GONE,
            postgresql_where=_GONE,
        )

    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_answer", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("answers", sa.JSON(), nullable=True))

    with op.batch_alter_table("post_detail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_newest", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="video"))
        batch_op.add_column(sa.Column("platform_post_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("permalink", sa.String(length=300), nullable=True))
        batch_op.drop_index(batch_op.f("uq_post_detail_post"))
        batch_op.create_index(
            "ix_post_detail_newest",
            ["account_id", "post_id"],
            unique=False,
            sqlite_where=sa.text("is_newest"),
            postgresql_where=sa.text("is_newest"),
        )
        batch_op.create_index("uq_post_detail_export", ["post_id", "export_id", "removed_revision"], unique=True)
    # What one export says of a post, another may not: these are words, not the post itself.
    for name in _MOVED:
        said = f"SELECT post.{name} FROM post WHERE post.id = post_detail.post_id"  # nosec B608
        op.execute(f"UPDATE post_detail SET {name} = ({said})")  # nosec B608
        op.execute(f"ALTER TABLE post DROP COLUMN {name}")


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="video"))
        batch_op.add_column(sa.Column("platform_post_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("permalink", sa.String(length=300), nullable=True))
    # There was one row of words for a post.
    op.execute("DELETE FROM post_detail WHERE NOT is_newest OR removed_revision < 2147483647")
    for name in _MOVED:
        newest = f"SELECT max(said.{name}) FROM post_detail AS said WHERE said.post_id = post.id"  # nosec B608
        default = "'video'" if name == "kind" else "NULL"
        op.execute(f"UPDATE post SET {name} = coalesce(({newest}), {default})")  # nosec B608
    with op.batch_alter_table("post_detail", schema=None) as batch_op:
        batch_op.drop_index("uq_post_detail_export")
        batch_op.drop_index(
            "ix_post_detail_newest", sqlite_where=sa.text("is_newest"), postgresql_where=sa.text("is_newest")
        )
        batch_op.create_index(batch_op.f("uq_post_detail_post"), ["post_id", "removed_revision"], unique=1)
    for name in ("is_newest", *_MOVED):
        op.execute(f"ALTER TABLE post_detail DROP COLUMN {name}")

    op.execute("ALTER TABLE import_run DROP COLUMN answers")
    op.execute("ALTER TABLE import_run DROP COLUMN owner_answer")

    with op.batch_alter_table("following", schema=None) as batch_op:
        batch_op.drop_index("ix_following_gone_name", sqlite_where=_GONE, postgresql_where=_GONE)
        batch_op.create_index(
            "ix_following_gone_name",
            ["account_id", "username_key"],
            unique=False,
            sqlite_where=_GONE,
            postgresql_where=_GONE,
        )
        batch_op.drop_index("ix_following_first")

    op.execute("ALTER TABLE follower_snapshot DROP COLUMN following_refollowed")
    op.execute("ALTER TABLE follower_snapshot DROP COLUMN following_lost")
    op.execute("ALTER TABLE follower_snapshot DROP COLUMN following_gained")
    op.execute("ALTER TABLE follower_snapshot DROP COLUMN followers_refollowed")
    op.execute("ALTER TABLE follower_snapshot DROP COLUMN followers_lost")
    op.execute("ALTER TABLE follower_snapshot DROP COLUMN followers_gained")

    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index("ix_follower_gone_name", sqlite_where=_GONE, postgresql_where=_GONE)
        batch_op.create_index(
            "ix_follower_gone_name",
            ["account_id", "username_key"],
            unique=False,
            sqlite_where=_GONE,
            postgresql_where=_GONE,
        )
        batch_op.drop_index("ix_follower_first")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("writing_import_id", sa.INTEGER(), nullable=True))
    op.execute("ALTER TABLE account DROP COLUMN reminder_snoozed_until")
    op.execute("ALTER TABLE account DROP COLUMN export_requested_at")
    op.execute("ALTER TABLE account DROP COLUMN reminder_days")
    op.execute("ALTER TABLE account DROP COLUMN hold_percent")
    op.execute("ALTER TABLE account DROP COLUMN writing_job_id")

    with op.batch_alter_table("rename", schema=None) as batch_op:
        batch_op.drop_index("uq_rename_pair")

    op.drop_table("rename")
    with op.batch_alter_table("person_tag", schema=None) as batch_op:
        batch_op.drop_index("uq_person_tag")
        batch_op.drop_index("ix_person_tag_tag")

    op.drop_table("person_tag")
    with op.batch_alter_table("person_note", schema=None) as batch_op:
        batch_op.drop_index("uq_person_note")

    op.drop_table("person_note")
    op.drop_table("growth_model")
    with op.batch_alter_table("former_handle", schema=None) as batch_op:
        batch_op.drop_index("uq_former_handle")

    op.drop_table("former_handle")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index("uq_erasure_digest")

    op.drop_table("erasure")
    with op.batch_alter_table("account_revision", schema=None) as batch_op:
        batch_op.drop_index("uq_account_revision")

    op.drop_table("account_revision")
