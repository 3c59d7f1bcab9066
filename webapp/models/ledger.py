"""The relationship ledger: one row per spell of following, in two directions.

A row is never changed in place. A revision adds rows (``added_revision``) and replaces rows
(``removed_revision``); a reader at revision R sees ``added_revision <= R < removed_revision``. So an import
writes in short batches that nobody sees until ``account.revision`` moves, and a killed one leaves nothing visible.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from webapp.domain.sections import Section
from webapp.models.base import NEVER, Base, BigId

# What ``first_export_id`` of a spell says that stands on the oldest complete list of its kind, whichever export that
# is: a list that comes in before it, or goes, changes the rows of those alone who are not on both.
SINCE_OLDEST: Final = 0

_CURRENT = text("gone_export_id IS NULL")
_GONE = text("gone_export_id IS NOT NULL")
# Sorted by code point on both databases, as Python does: lists are compared in ranges of names.
_NAME_KEY = String(64).with_variant(String(64, collation="C"), "postgresql")


class FollowSpell:
    """The columns that both directions share."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(_NAME_KEY)
    followed_at: Mapped[int] = mapped_column(BigInteger)
    # ``SINCE_OLDEST``, or the export between which and the list before it the person began to follow.
    first_export_id: Mapped[int]
    # Set together when a later export lacks the name: between the two the person stopped following.
    last_export_id: Mapped[int | None]
    gone_export_id: Mapped[int | None]
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)

    @declared_attr
    @classmethod
    def account_id(cls) -> Mapped[int]:
        """The account whose list this is."""
        return mapped_column(ForeignKey("account.id", ondelete="CASCADE"))

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """One current row per account and name; the same index orders by name, the other by date."""
        table = cls.__name__.lower()
        return (
            Index(
                f"uq_{table}_current_name",
                "account_id",
                "username_key",
                "removed_revision",
                unique=True,
                sqlite_where=_CURRENT,
                postgresql_where=_CURRENT,
            ),
            Index(
                f"ix_{table}_current_date",
                "account_id",
                "followed_at",
                "username_key",
                sqlite_where=_CURRENT,
                postgresql_where=_CURRENT,
            ),
            Index(
                f"ix_{table}_gone",
                "account_id",
                "gone_export_id",
                sqlite_where=_GONE,
                postgresql_where=_GONE,
            ),
            Index(
                f"ix_{table}_gone_name",
                "account_id",
                "username_key",
                "removed_revision",
                sqlite_where=_GONE,
                postgresql_where=_GONE,
            ),
            # Who came with an export; counted without a look at the rows.
            Index(f"ix_{table}_first", "account_id", "first_export_id", "removed_revision"),
            # Rows that a revision replaced are found by this when the next one is written.
            Index(
                f"ix_{table}_account_removed",
                "account_id",
                "removed_revision",
                sqlite_where=text(f"removed_revision < {NEVER}"),
                postgresql_where=text(f"removed_revision < {NEVER}"),
            ),
        )


class Follower(FollowSpell, Base):
    """Somebody who follows, or followed, the account."""

    __tablename__ = "follower"


class Following(FollowSpell, Base):
    """Somebody whom the account follows, or followed."""

    __tablename__ = "following"


DIRECTIONS: dict[Section, type[Follower] | type[Following]] = {
    Section.FOLLOWERS: Follower,
    Section.FOLLOWING: Following,
}


class FollowerSnapshot(Base):
    """The counts of one export, from its lists; unknown where a list was not in it."""

    __tablename__ = "follower_snapshot"
    __table_args__ = (Index("uq_follower_snapshot_export", "account_id", "export_id", "removed_revision", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id", ondelete="CASCADE"), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    followers: Mapped[int | None]
    following: Mapped[int | None]
    mutuals: Mapped[int | None]
    profile_followers: Mapped[int | None] = mapped_column(BigInteger)
    # Against the complete list before this one; unknown for the first list, and where this export lacks the list.
    # Gained and lost count names; who is on both lists with another date followed again and counts as neither.
    followers_gained: Mapped[int | None]
    followers_lost: Mapped[int | None]
    followers_refollowed: Mapped[int | None]
    following_gained: Mapped[int | None]
    following_lost: Mapped[int | None]
    following_refollowed: Mapped[int | None]
    added_revision: Mapped[int]
    removed_revision: Mapped[int] = mapped_column(default=NEVER)
