"""People, teams, sessions and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
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
    # Signed up, and not back from the mailed link yet: until then the password opens nothing.
    is_pending: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    # Goes up when the password, the address or the second factor changes: what was given out before opens nothing.
    security_version: Mapped[int] = mapped_column(default=0)
    # The team that was chosen last, in any browser: the next one opens with it.
    last_team_id: Mapped[int | None]
    # Wrong passwords in a row; at `services.throttle.MAX_FAILURES` the password opens nothing until it is reset.
    failed_logins: Mapped[int] = mapped_column(default=0)
    # The authenticator's secret, sealed (`services.vault`); the pending one waits for its first code.
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_pending_secret: Mapped[str | None] = mapped_column(Text)
    totp_enabled_at: Mapped[datetime | None]
    # The last time step that was accepted; each is accepted once (RFC 6238, 5.2).
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    # Whether a code by e-mail may stand in for the authenticator.
    allows_email_code: Mapped[bool] = mapped_column(default=False)

    # The person deleted their account. The row stays without anything of theirs, so that its number, which the record
    # of actions and imports name, is never given to somebody else.
    deleted_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")


class Team(Base):
    """The owner of accounts; everybody has a personal one."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(100))
    hue: Mapped[int] = mapped_column(default=270)
    # The name of a file of `services.logos`, for reports and images.
    logo: Mapped[str | None] = mapped_column(String(64))
    is_personal: Mapped[bool] = mapped_column(default=False)
    requires_second_factor: Mapped[bool] = mapped_column(default=False)
    # How many days the record of actions is kept; 0 keeps it for good.
    audit_days: Mapped[int] = mapped_column(default=0)
    # When the team goes with all its data; until then its admins may take the deletion back.
    deletes_at: Mapped[datetime | None]
    # When that was done. The row stays, empty: its number names a chain of events and must not be given again.
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person's role in a team."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    # People on the lists are shown under pseudonyms, everywhere.
    hides_names: Mapped[bool] = mapped_column(default=False)
    # Without it only the accounts that an AccountRole names are there.
    sees_all_accounts: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="memberships")
    team: Mapped[Team] = relationship()


class AccountRole(Base):
    """A member's role in one account where it is narrower than in the team; none at all where ``role`` is ``None``."""

    __tablename__ = "account_role"
    __table_args__ = (Index("uq_account_role", "membership_id", "account_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role | None]


class Invitation(Base):
    """A place in a team offered to one address; only the hash of its link is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(400), index=True)
    role: Mapped[Role]
    hides_names: Mapped[bool] = mapped_column(default=False)
    # Public ids of the accounts that alone are shown; none means all of them.
    accounts: Mapped[list[Any]]
    invited_by: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for a lost authenticator, once; only its hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("uq_recovery_code", "user_id", "code_hash", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser its person has signed in with before; found by the hash of a cookie of its own."""

    __tablename__ = "known_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str] = mapped_column(String(300))
    ip: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    # Until then no second factor is asked for here, while the person's security version is still this one.
    trusted_until: Mapped[datetime | None]
    security_version: Mapped[int]


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
    # The team that was chosen here; the first one of the person without it, or once they have left it.
    team_id: Mapped[int | None]
    device_id: Mapped[int | None]
    # Until then what is grave is done without asking for the password again.
    sudo_until: Mapped[datetime | None]
    is_remembered: Mapped[bool] = mapped_column(default=False)
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
    # The newest networks it was used from; another one is worth a word in the record of actions.
    networks: Mapped[list[Any]] = mapped_column(default=list)
    revoked_at: Mapped[datetime | None]
