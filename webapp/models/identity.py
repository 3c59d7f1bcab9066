"""People, teams, sessions and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.domain.scope import Role
from webapp.models.base import Base, new_public_id


class User(Base):
    """A person who can sign in."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    email: Mapped[str] = mapped_column(String(320))
    # NFKC, case-folded, IDNA domain: two spellings of one address are one person.
    email_key: Mapped[str] = mapped_column(String(400), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_disabled: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str | None] = mapped_column(String(8))
    # How posts are laid out for this person (`webapp.domain.post_query.PostLayout`).
    post_layout: Mapped[str | None] = mapped_column(String(10))
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")


class Team(Base):
    """The owner of accounts; everybody has a personal one."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(100))
    hue: Mapped[int] = mapped_column(default=270)
    is_personal: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Membership(Base):
    """A person's role in a team."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="memberships")
    team: Mapped[Team] = relationship()


class LoginSession(Base):
    """A browser that is signed in; only the hash of its cookie is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(Base):
    """A key for scripts; only its hash and a prefix for finding it are kept."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "prefix"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    prefix: Mapped[str] = mapped_column(String(8))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    # read: GET alone; write: imports and changes too, as far as the person's role goes.
    can_write: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
