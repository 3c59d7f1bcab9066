"""What posts are made of and what a team adds to them: hashtags, sounds, covers, notes, and what jobs worked out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.hashtags import MAX_TAG
from webapp.models.base import NEVER, Base, BigId, new_public_id

MAX_SOUND_KEY = 64
MAX_POST_NOTE = 2_000


class Hashtag(Base):
    """A hashtag by its compared form. How often and when it was used follows from its posts, for each revision anew."""

    __tablename__ = "hashtag"
    __table_args__ = (Index("uq_hashtag", "account_id", "tag", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(String(MAX_TAG))


class PostHashtag(Base):
    """A hashtag in the newest words of a post, as it is spelled there."""

    __tablename__ = "post_hashtag"
    __table_args__ = (
        Index("uq_post_hashtag", "post_id", "hashtag_id", "removed_revision", unique=True),
        Index("ix_post_hashtag_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    # The row of `Hashtag`; those go with their account alone.
    hashtag_id: Mapped[int]
    position: Mapped[int]
    spelling: Mapped[str] = mapped_column(String(MAX_TAG))
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)


class Sound(Base):
    """A sound by the platform's id, or by its normalised name and author; its uses follow from its posts.

    ``key`` is a digest of either. "Original sound" in every language is one sound an author, and says so.
    """

    __tablename__ = "sound"
    __table_args__ = (Index("uq_sound", "account_id", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(MAX_SOUND_KEY))
    music_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    is_original: Mapped[bool] = mapped_column(default=False)


class PostCover(Base):
    """An image that a person gave a post; it stays with the post's identity across imports and undos.

    ``file`` is a random name that nobody can guess, part of the image's address; the sizes are in pixels.
    """

    __tablename__ = "post_cover"
    __table_args__ = (Index("uq_post_cover", "account_id", "published_at", "ordinal", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    published_at: Mapped[int] = mapped_column(BigInteger)
    ordinal: Mapped[int] = mapped_column(default=0)
    file: Mapped[str] = mapped_column(String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class PostNote(Base):
    """What a team wrote about a post; it stays with the post's identity across imports and undos."""

    __tablename__ = "post_note"
    __table_args__ = (Index("ix_post_note_post", "account_id", "published_at", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    published_at: Mapped[int] = mapped_column(BigInteger)
    ordinal: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(String(MAX_POST_NOTE))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]


class PostIndex(Base):
    """The posts of an account as one packed table, for one revision; made anew when another revision is read."""

    __tablename__ = "post_index"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[int]
    # What the body holds (`webapp.analytics.content.table.LAYOUT`): that of an older version is made anew.
    layout: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class ContentModel(Base):
    """What tests say about the posts of an account; made anew when revision or zone has changed."""

    __tablename__ = "content_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    revision: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    # Which figures the body holds (`webapp.analytics.content.fit.LAYOUT`).
    layout: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
