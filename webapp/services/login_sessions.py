"""Browsers that are signed in: one row each, found by the hash of the cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.domain.errors import ErrorCode, LoginNeeded, NotFound
from webapp.domain.scope import Role
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db, settings
from webapp.models import AccountRole, AuditAction, LoginSession, Membership, PushDevice, Team, TokenKind, User
from webapp.services import audit, mailed_tokens
from webapp.services.audit import Actor
from webapp.services.transaction import transaction

MAX_PER_USER = 20
SEEN_EVERY = timedelta(minutes=1)
# How long a proof of who sits there is enough for what is grave (SECURITY 24).
SUDO = timedelta(minutes=30)
# How long a browser stays signed in that its person wants remembered, used or not.
REMEMBERED = timedelta(days=30)

_USER_AGENT_LENGTH = 300


# The team chosen in this browser, else the one chosen last anywhere, else the person's own: the first they were in.
_ANY_MEMBERSHIP = aliased(Membership)
_ANY_TEAM = aliased(Team)
_OWN = (
    select(func.min(_ANY_MEMBERSHIP.id))
    .join(_ANY_TEAM, _ANY_TEAM.id == _ANY_MEMBERSHIP.team_id)
    .where(_ANY_MEMBERSHIP.user_id == User.id, _ANY_TEAM.deletes_at.is_(None))
    .correlate(User, LoginSession)
)
# Three questions in place of one in order: SQLite does not find outer columns in the order of an inner question.
_MEMBERSHIP = func.coalesce(
    _OWN.where(_ANY_MEMBERSHIP.team_id == LoginSession.team_id).scalar_subquery(),
    _OWN.where(_ANY_MEMBERSHIP.team_id == User.last_team_id).scalar_subquery(),
    _OWN.scalar_subquery(),
)
_COUNT = _OWN.with_only_columns(func.count()).scalar_subquery()
# Everything a request must know of who asks, in one question; made once, because every request asks it.
_FIND = (
    select(
        *(LoginSession.id, LoginSession.public_id, LoginSession.user_id, LoginSession.data, LoginSession.ip),
        *(LoginSession.user_agent, LoginSession.created_at, LoginSession.last_seen_at),
        *(LoginSession.sudo_until, LoginSession.is_remembered),
        *(User.public_id.label("person_id"), User.email, User.is_admin, User.locale, User.theme),
        *(User.security_version, User.totp_enabled_at, User.verified_at, Team.requires_second_factor),
        *(Membership.team_id, Membership.role, Team.hue),
        *(Membership.id.label("membership_id"), Membership.hides_names, Membership.sees_all_accounts),
        exists(AccountRole.id).where(AccountRole.membership_id == Membership.id).label("has_account_roles"),
        *(Team.name.label("team_name"), _COUNT.label("team_count")),
    )
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(Membership, Membership.id == _MEMBERSHIP)
    .outerjoin(Team, Team.id == Membership.team_id)
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.expires_at > bindparam("now"),
        or_(LoginSession.is_remembered.is_(True), LoginSession.last_seen_at > bindparam("seen_since")),
        User.is_disabled.is_(False),
    )
)


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """The person of a session and their place in the team it is in, as read with the session."""

    public_id: str
    email: str
    is_admin: bool
    locale: str | None
    theme: str | None
    team_id: int | None
    role: Role | None
    hue: int | None
    security_version: int
    has_second_factor: bool
    # What the team asks of everybody in it.
    needs_second_factor: bool
    membership_id: int | None = None
    hides_names: bool = False
    sees_all_accounts: bool = True
    has_account_roles: bool = False
    team_name: str | None = None
    team_count: int = 1
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser as the request sees it; ``owner`` is there when it was found by its secret."""

    id: int
    public_id: str
    user_id: int
    data: Mapping[str, Any]
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    owner: SessionOwner | None = None
    sudo_until: datetime | None = None
    is_remembered: bool = False


def start_session(
    user_id: int,
    actor: Actor,
    *,
    user_agent: str,
    data: Mapping[str, Any],
    absolute: timedelta,
    has_sudo: bool = False,
    is_remembered: bool = False,
) -> tuple[str, OpenSession]:
    """Sign a browser in; return the secret for its cookie, which is kept nowhere, and the session."""
    with transaction() as session:
        return open_session(
            session,
            user_id,
            actor,
            user_agent=user_agent,
            data=data,
            absolute=absolute,
            has_sudo=has_sudo,
            is_remembered=is_remembered,
        )


def open_session(
    session: Session,
    user_id: int,
    actor: Actor,
    *,
    user_agent: str,
    data: Mapping[str, Any],
    absolute: timedelta,
    has_sudo: bool,
    is_remembered: bool,
    device_id: int | None = None,
) -> tuple[str, OpenSession]:
    """Sign a browser in inside the running transaction; the oldest of too many sessions end."""
    token = new_secret()
    now = datetime.now(UTC)
    newest = (
        select(LoginSession.id)
        .where(LoginSession.user_id == user_id)
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
        .offset(MAX_PER_USER - 1)
    )
    session.execute(delete(LoginSession).where(LoginSession.id.in_(session.scalars(newest).all())))
    row = LoginSession(
        token_hash=digest_of(token),
        user_id=user_id,
        data=dict(data),
        ip=actor.ip or "",
        user_agent=user_agent[:_USER_AGENT_LENGTH],
        device_id=device_id,
        sudo_until=now + SUDO if has_sudo else None,
        is_remembered=is_remembered,
        created_at=now,
        last_seen_at=now,
        expires_at=now + (REMEMBERED if is_remembered else absolute),
    )
    session.add(row)
    session.flush()
    # Whoever is in knows the password: a link to a new one that lies about in a mailbox is worth nothing any more.
    mailed_tokens.kill(session, user_id, TokenKind.RESET_PASSWORD)
    audit.record(session, actor, AuditAction.USER_LOGGED_IN, row.public_id)
    return token, _opened(row)


def find_session(token: str, idle: timedelta) -> OpenSession | None:
    """Return the session that the secret opens, unless it has ended or its person is disabled."""
    if not is_secret(token):
        return None
    now = datetime.now(UTC)
    values = {"token_hash": digest_of(token), "now": now, "seen_since": now - idle}
    row = db.session.connection().execute(_FIND, values).one_or_none()
    if row is None:
        return None
    owner = SessionOwner(
        *(row.person_id, row.email, row.is_admin, row.locale, row.theme, row.team_id, row.role, row.hue),
        security_version=row.security_version,
        has_second_factor=row.totp_enabled_at is not None,
        needs_second_factor=bool(row.requires_second_factor),
        membership_id=row.membership_id,
        hides_names=bool(row.hides_names),
        sees_all_accounts=row.sees_all_accounts is not False,
        has_account_roles=bool(row.has_account_roles),
        team_name=row.team_name,
        team_count=row.team_count,
        is_verified=row.verified_at is not None,
    )
    return _opened(row, owner)


def renew_secret(session: Session, session_id: int, *, has_sudo: bool = False) -> str:
    """Give a session another secret inside the running transaction and return it; the old one opens nothing."""
    token = new_secret()
    values: dict[str, Any] = {"token_hash": digest_of(token)}
    if has_sudo:
        values["sudo_until"] = datetime.now(UTC) + SUDO
    renewed = session.scalars(
        update(LoginSession).where(LoginSession.id == session_id).values(**values).returning(LoginSession.id)
    ).all()
    if not renewed:
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    return token


def renew_session(session_id: int) -> str:
    """Give a session another secret and return it, because what its person may do has changed."""
    with transaction() as session:
        return renew_secret(session, session_id)


def touch_session(session_id: int) -> None:
    """Note that the person is still there; the idle time counts from now."""
    now = datetime.now(UTC)
    with transaction() as session:
        session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))


def save_session_data(session_id: int, data: Mapping[str, Any]) -> None:
    """Keep what the pages noted for this browser; a session that has ended meanwhile stays ended."""
    with transaction() as session:
        session.execute(update(LoginSession).where(LoginSession.id == session_id).values(data=dict(data)))


def list_sessions(user_id: int, idle: timedelta) -> list[OpenSession]:
    """Return the person's living sessions, last seen first."""
    now = datetime.now(UTC)
    rows = db.session.scalars(
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.expires_at > now,
            or_(LoginSession.is_remembered.is_(True), LoginSession.last_seen_at > now - idle),
        )
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
    )
    return [_opened(row) for row in rows]


def end_session(user_id: int, public_id: str, actor: Actor) -> None:
    """Sign one of the person's browsers out; raise ``NotFound`` for a session that is not theirs."""
    with transaction() as session:
        ended = session.scalars(
            delete(LoginSession)
            .where(LoginSession.user_id == user_id, LoginSession.public_id == public_id)
            .returning(LoginSession.id)
        ).all()
        if not ended:
            raise NotFound(ErrorCode.NOT_FOUND)
        audit.record(session, actor, AuditAction.USER_LOGGED_OUT, public_id)


def end_other_sessions(user_id: int, keep_id: int | None, actor: Actor) -> int:
    """Sign all of the person's browsers out but one, or all of them; return how many."""
    with transaction() as session:
        ended = end_all_but(session, user_id, keep_id)
        audit.record(session, actor, AuditAction.USER_LOGGED_OUT, "others" if keep_id else "all", sessions=ended)
    return ended


def end_all_but(session: Session, user_id: int, keep_id: int | None) -> int:
    """End the person's sessions but one inside the running transaction; return how many.

    No device takes push messages from then on: which of them is the browser that stays is not known, and one that was
    lost must show nothing more.
    """
    session.execute(delete(PushDevice).where(PushDevice.user_id == user_id))
    query = delete(LoginSession).where(LoginSession.user_id == user_id)
    if keep_id is not None:
        query = query.where(LoginSession.id != keep_id)
    return len(session.scalars(query.returning(LoginSession.id)).all())


def delete_expired_sessions(session: Session) -> int:
    """Delete the sessions that have ended by themselves, inside the running transaction; return how many."""
    now = datetime.now(UTC)
    idle = timedelta(hours=settings().session_idle_hours)
    gone = session.scalars(
        delete(LoginSession)
        .where(
            or_(
                LoginSession.expires_at <= now,
                LoginSession.is_remembered.is_(False) & (LoginSession.last_seen_at <= now - idle),
            )
        )
        .returning(LoginSession.id)
    ).all()
    return len(gone)


def _opened(row: LoginSession | Row[Any], owner: SessionOwner | None = None) -> OpenSession:
    return OpenSession(
        *(row.id, row.public_id, row.user_id, row.data, row.ip, row.user_agent, row.created_at, row.last_seen_at),
        *(owner, row.sudo_until, row.is_remembered),
    )
