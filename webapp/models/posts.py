"""Posts, what they say, and what each export counted for them."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import NEVER, Base, BigId, new_public_id


class Post(Base):
    """A post by its identity: account and publication second, numbered where two share a second."""

    __tablename__ = "post"
    __table_args__ = (
        Index("uq_post_identity", "account_id", "published_at", "ordinal", "removed_revision", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    published_at: Mapped[int] = mapped_column(BigInteger)
    ordinal: Mapped[int] = mapped_column(default=0)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class PostDetail(Base):
    """What a post says from one export on, until a later export says something else.

    An export whose words are those of the export before it has no row of its own. ``is_newest`` marks the words of the
    newest export of the post.
    """

    __tablename__ = "post_detail"
    __table_args__ = (
        Index("uq_post_detail_export", "post_id", "export_id", "removed_revision", unique=True),
        Index(
            "ix_post_detail_newest",
            "account_id",
            "post_id",
            # As queries write it: SQLite takes a partial index only where the condition stands in the same words.
            sqlite_where=text("is_newest = 1"),
            postgresql_where=text("is_newest"),
        ),
        Index("ix_post_detail_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    platform_post_id: Mapped[str | None] = mapped_column(String(32))
    permalink: Mapped[str | None] = mapped_column(String(300))
    title: Mapped[str | None] = mapped_column(Text)
    image_count: Mapped[int] = mapped_column(default=0)
    sound_name: Mapped[str | None] = mapped_column(Text)
    sound_author: Mapped[str | None] = mapped_column(Text)
    sound_raw: Mapped[str | None] = mapped_column(Text)
    # The row of `Sound`; those go with their account alone.
    sound_id: Mapped[int | None]
    music_id: Mapped[str | None] = mapped_column(String(32))
    # Ids as the file lists them, with a comma between.
    effect_ids: Mapped[str | None] = mapped_column(Text)
    stickers: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    privacy: Mapped[str | None] = mapped_column(String(40))
    allow_comments: Mapped[bool | None]
    allow_stitches: Mapped[bool | None]
    allow_duets: Mapped[bool | None]
    allow_stickers: Mapped[bool | None]
    allow_sharing_to_story: Mapped[bool | None]
    content_disclosure: Mapped[str | None] = mapped_column(Text)
    ai_generated: Mapped[str | None] = mapped_column(Text)
    add_yours_text: Mapped[str | None] = mapped_column(Text)
    alternate_text: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)
    is_newest: Mapped[bool] = mapped_column(default=True)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class PostReading(Base):
    """What one export counted for a post; a metric the file does not hold is unknown, never zero."""

    __tablename__ = "post_reading"
    __table_args__ = (
        Index("uq_post_reading_post_export", "post_id", "export_id", "removed_revision", unique=True),
        Index("ix_post_reading_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    export_id: Mapped[int]
    likes: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)
