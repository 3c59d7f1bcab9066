"""content analysis"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.domain.hashtags import find_hashtags
from webapp.domain.sounds import NamedSound, name_sound
from webapp.models.base import new_public_id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""

    op.create_table(
        "content_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_content_model_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_model")),
        sa.UniqueConstraint("account_id", name=op.f("uq_content_model_account_id")),
    )
    op.create_table(
        "hashtag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=150), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_hashtag_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashtag")),
    )
    op.create_index("uq_hashtag", "hashtag", ["account_id", "tag"], unique=True)
    op.create_table(
        "post_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_cover_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_post_cover_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_cover")),
        sa.UniqueConstraint("file", name=op.f("uq_post_cover_file")),
    )
    op.create_index("uq_post_cover", "post_cover", ["account_id", "published_at", "ordinal"], unique=True)
    op.create_table(
        "post_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_index_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_index")),
        sa.UniqueConstraint("account_id", name=op.f("uq_post_index_account_id")),
    )
    op.create_table(
        "post_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_note_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_post_note_created_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_post_note_public_id")),
    )
    op.create_index("ix_post_note_post", "post_note", ["account_id", "published_at", "ordinal"], unique=False)
    op.create_table(
        "sound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("music_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("is_original", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sound_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sound")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sound_public_id")),
    )
    op.create_index("uq_sound", "sound", ["account_id", "key"], unique=True)
    op.create_table(
        "studio_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("platform_post_id", sa.String(length=32), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_studio_choice_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_studio_choice_decided_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_choice")),
    )
    op.create_index("uq_studio_choice", "studio_choice", ["account_id", "platform_post_id"], unique=True)
    op.create_table(
        "studio_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("video_views", sa.BigInteger(), nullable=True),
        sa.Column("profile_views", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("viewers", sa.BigInteger(), nullable=True),
        sa.Column("new_viewers", sa.BigInteger(), nullable=True),
        sa.Column("returning_viewers", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_studio_day_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_day")),
    )
    op.create_index("uq_studio_day", "studio_day", ["account_id", "export_id", "day", "removed_revision"], unique=True)
    op.create_table(
        "studio_hour",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("active_followers", sa.BigInteger(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_studio_hour_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_hour")),
    )
    op.create_index(
        "uq_studio_hour", "studio_hour", ["account_id", "export_id", "day", "hour", "removed_revision"], unique=True
    )
    op.create_table(
        "studio_share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column(
            "trait", sa.Enum("gender", "territory", name="audiencetrait", native_enum=False, length=40), nullable=False
        ),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_studio_share_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_share")),
    )
    op.create_index(
        "uq_studio_share",
        "studio_share",
        ["account_id", "export_id", "trait", "label", "removed_revision"],
        unique=True,
    )
    op.create_table(
        "post_hashtag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hashtag_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("spelling", sa.String(length=150), nullable=False),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_post_hashtag_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_hashtag_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_hashtag")),
    )
    op.create_index("ix_post_hashtag_account", "post_hashtag", ["account_id"], unique=False)
    op.create_index("uq_post_hashtag", "post_hashtag", ["post_id", "hashtag_id", "removed_revision"], unique=True)
    op.create_table(
        "studio_video",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("platform_post_id", sa.String(length=32), nullable=False),
        sa.Column("permalink", sa.String(length=300), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "matched", "ambiguous", "unmatched", "by_hand", "none", name="matchstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("added_revision", sa.Integer(), nullable=False),
        sa.Column("removed_revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_studio_video_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_studio_video_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_video")),
    )
    op.create_index("ix_studio_video_post", "studio_video", ["post_id"], unique=False)
    op.create_index(
        "uq_studio_video",
        "studio_video",
        ["account_id", "export_id", "platform_post_id", "removed_revision"],
        unique=True,
    )
    op.add_column("post_detail", sa.Column("sound_id", sa.Integer(), nullable=True))
    op.add_column("post_detail", sa.Column("music_id", sa.String(length=32), nullable=True))
    op.add_column("post_detail", sa.Column("effect_ids", sa.Text(), nullable=True))
    op.add_column("post_detail", sa.Column("stickers", sa.Text(), nullable=True))
    op.add_column("user", sa.Column("post_layout", sa.String(length=10), nullable=True))
    _fill_parts()


def downgrade() -> None:
    """Take the change back."""
    # Not in batch mode: that copies the table on SQLite, and what refers to it goes with the old one.
    op.execute('ALTER TABLE "user" DROP COLUMN post_layout')
    op.execute("ALTER TABLE post_detail DROP COLUMN stickers")
    op.execute("ALTER TABLE post_detail DROP COLUMN effect_ids")
    op.execute("ALTER TABLE post_detail DROP COLUMN music_id")
    op.execute("ALTER TABLE post_detail DROP COLUMN sound_id")
    op.drop_index("uq_studio_video", table_name="studio_video")
    op.drop_index("ix_studio_video_post", table_name="studio_video")
    op.drop_table("studio_video")
    op.drop_index("uq_post_hashtag", table_name="post_hashtag")
    op.drop_index("ix_post_hashtag_account", table_name="post_hashtag")
    op.drop_table("post_hashtag")
    op.drop_index("uq_studio_share", table_name="studio_share")
    op.drop_table("studio_share")
    op.drop_index("uq_studio_hour", table_name="studio_hour")
    op.drop_table("studio_hour")
    op.drop_index("uq_studio_day", table_name="studio_day")
    op.drop_table("studio_day")
    op.drop_index("uq_studio_choice", table_name="studio_choice")
    op.drop_table("studio_choice")
    op.drop_index("uq_sound", table_name="sound")
    op.drop_table("sound")
    op.drop_index("ix_post_note_post", table_name="post_note")
    op.drop_table("post_note")
    op.drop_table("post_index")
    op.drop_index("uq_post_cover", table_name="post_cover")
    op.drop_table("post_cover")
    op.drop_index("uq_hashtag", table_name="hashtag")
    op.drop_table("hashtag")
    op.drop_table("content_model")


_DETAIL = sa.table(
    "post_detail",
    *(
        sa.column(name)
        for name in (
            "id",
            "account_id",
            "post_id",
            "title",
            "sound_name",
            "sound_author",
            "sound_id",
            "is_newest",
            "added_revision",
            "removed_revision",
        )
    ),
)
_ROWS = 5_000


def _fill_parts() -> None:
    """Write the sounds and hashtags of the posts that stand in the ledger, at whichever revision they are read.

    Both follow from the words alone, as `webapp/services/posts.py` writes them with every later import: a row of
    hashtags lives as long as the newest words that hold it.
    """
    for account_id in op.get_bind().scalars(sa.select(_DETAIL.c.account_id).distinct()).all():
        sounds: dict[str, int] = {}
        tags: dict[str, int] = {}
        for details in _details(account_id):
            _fill_sounds(account_id, details, sounds)
            _fill_hashtags(account_id, [row for row in details if row.is_newest], tags)


def _details(account_id: int) -> Iterator[list[Any]]:
    last = 0
    while True:
        query = sa.select(_DETAIL).where(_DETAIL.c.account_id == account_id, _DETAIL.c.id > last)
        rows = list(op.get_bind().execute(query.order_by(_DETAIL.c.id).limit(_ROWS)))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _fill_sounds(account_id: int, details: list[Any], ids: dict[str, int]) -> None:
    named = {row.id: name_sound(row.sound_name, row.sound_author) for row in details}
    new: dict[str, NamedSound] = {}
    for sound in named.values():
        if sound is not None and sound.key not in ids:
            new.setdefault(sound.key, sound)
    rows = [
        {
            "public_id": new_public_id(),
            "account_id": account_id,
            "key": key,
            "name": name,
            "author": author,
            "is_original": is_original,
        }
        for key, name, author, is_original in new.values()
    ]
    _add("sound", "key", account_id, rows, ids)
    known = [{"row": row_id, "sound": ids[sound.key]} for row_id, sound in named.items() if sound is not None]
    if known:
        change = sa.update(_DETAIL).where(_DETAIL.c.id == sa.bindparam("row")).values(sound_id=sa.bindparam("sound"))
        op.get_bind().execute(change, known)


def _fill_hashtags(account_id: int, details: list[Any], ids: dict[str, int]) -> None:
    found = [(row, find_hashtags(row.title)) for row in details]
    new = dict.fromkeys(tag.key for _, tags in found for tag in tags if tag.key not in ids)
    _add("hashtag", "tag", account_id, [{"account_id": account_id, "tag": tag} for tag in new], ids)
    rows = [
        {
            "account_id": account_id,
            "post_id": row.post_id,
            "hashtag_id": ids[tag.key],
            "position": position,
            "spelling": tag.spelling,
            "added_revision": row.added_revision,
            "removed_revision": row.removed_revision,
        }
        for row, tags in found
        for position, tag in enumerate(tags)
    ]
    if rows:
        op.bulk_insert(sa.table("post_hashtag", *(sa.column(name) for name in rows[0])), rows)


def _add(table: str, key: str, account_id: int, rows: list[dict[str, Any]], ids: dict[str, int]) -> None:
    """Add rows and note the ids of all of the account's by their key."""
    if not rows:
        return
    op.bulk_insert(sa.table(table, *(sa.column(name) for name in rows[0])), rows)
    stored = sa.table(table, sa.column("id"), sa.column("account_id"), sa.column(key))
    query = sa.select(stored.c[key], stored.c.id).where(stored.c.account_id == account_id)
    ids.update((found, row_id) for found, row_id in op.get_bind().execute(query))
