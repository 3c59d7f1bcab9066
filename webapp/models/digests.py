"""Who gets a digest of which account, and which ones were sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.digests import DigestKind, DigestOutcome
from webapp.models.base import Base, new_public_id


class DigestSubscription(Base):
    """One digest to one person; ``user_id`` is ``None`` for recipients without an account, who must confirm it.

    ``timezone`` is the recipient's. ``made_by`` is the person whose rights say what it may tell; when they lose them,
    it is sent no more. ``quiet_since`` is the planned second of the first digest that had nothing to tell;
    ``reminded_at`` the second of the one reminder that was sent then.
    """

    __tablename__ = "digest_subscription"
    __table_args__ = (Index("uq_digest_subscription", "account_id", "address_key", "kind", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DigestKind]
    # Empty for members: they get it where they sign in.
    address: Mapped[str] = mapped_column(String(320))
    # As `services.users.normalise_email` makes it; for members their public id, which is no address.
    address_key: Mapped[str] = mapped_column(String(400))
    locale: Mapped[str] = mapped_column(String(8))
    timezone: Mapped[str] = mapped_column(String(64))
    # The SHA-256 of the link by which somebody without an account confirms.
    confirm_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    # Unix seconds; the next slot is reckoned anew from the zone when this one is done.
    next_at: Mapped[int] = mapped_column(BigInteger, index=True)
    quiet_since: Mapped[int | None] = mapped_column(BigInteger)
    reminded_at: Mapped[int | None] = mapped_column(BigInteger)
    # The second that the data of the last digest reached to: what reaches no further is no news.
    told_until: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class DigestSlot(Base):
    """A planned digest; its uniqueness makes two schedulers send once."""

    __tablename__ = "digest_slot"
    __table_args__ = (Index("uq_digest_slot", "subscription_id", "planned_at", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("digest_subscription.id", ondelete="CASCADE"))
    planned_at: Mapped[int] = mapped_column(BigInteger)
    # ``None`` until it is decided.
    outcome: Mapped[DigestOutcome | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
