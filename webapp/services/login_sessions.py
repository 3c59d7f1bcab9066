"""Browsers that are signed in: one row each, found by the hash of the cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.scope import Role
from webapp.extensions import db, settings
from webapp.models import AuditAction, LoginSession, Membership, Team, User
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.transaction import transaction

MAX_PER_USER = 20
SEEN_EVERY = timedelta(minutes=1)

# 256 random bits as URL-safe text.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_USER_AGENT_LENGTH = 300


# The person's own team is the first they were in.
_ANY_MEMBERSHIP = aliased(Membership)
_FIRST_MEMBERSHIP = (
    select(func.min(_ANY_MEMBERSHIP.id)).where(_ANY_MEMBERSHIP.user_id == User.id).correlate(User).scalar_subquery()
)
# Everything a request must know of who asks, in one question; made once, because every request asks it.
_FIND = (
    select(
        *(LoginSession.id, LoginSession.public_id, LoginSession.user_id, LoginSession.data, LoginSession.ip),
        *(LoginSession.user_agent, LoginSession.created_at, LoginSession.last_seen_at),
        *(User.public_id.label("person_id"), User.email, User.is_admin, User.locale, User.theme),
        *(Membership.team_id, Membership.role, Team.hue),
    )
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(Membership, Membership.id == _FIRST_MEMBERSHIP)
    .outerjoin(Team, Team.id == Membership.team_id)
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.expires_at > bindparam("now"),
        LoginSession.last_seen_at > bindparam("seen_since"),
        User.is_disabled.is_(False),
    )
)


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """The person of a session and their role in their own team, as read with the session."""

    public_id: str
    email: str
    is_admin: bool
    locale: str | None
    theme: str | None
    team_id: int | None
    role: Role | None
    hue: int | None


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


def is_token(text: str) -> bool:
    """Return whether the text has the form of a session's secret."""
    return _TOKEN.fullmatch(text) is not None


def start_session(
    user_id: int, actor: Actor, *, user_agent: str, data: Mapping[str, Any], absolute: timedelta
) -> tuple[str, OpenSession]:
    """Sign a browser in; return the secret for its cookie, which is kept nowhere, and the session."""
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with transaction() as session:
        newest = (
            select(LoginSession.id)
            .where(LoginSession.user_id == user_id)
            .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
            .offset(MAX_PER_USER - 1)
        )
        session.execute(delete(LoginSession).where(LoginSession.id.in_(session.scalars(newest).all())))
        row = LoginSession(
            token_hash=_hash(token),
            user_id=user_id,
            data=dict(data),
            ip=actor.ip or "",
            user_agent=user_agent[:_USER_AGENT_LENGTH],
            created_at=now,
            last_seen_at=now,
            expires_at=now + absolute,
        )
        session.add(row)
        session.flush()
        audit.record(session, actor, AuditAction.USER_LOGGED_IN, row.public_id)
        opened = _opened(row)
    return token, opened


def find_session(token: str, idle: timedelta) -> OpenSession | None:
    """Return the session that the secret opens, unless it has ended or its person is disabled."""
    if not is_token(token):
        return None
    now = datetime.now(UTC)
    values = {"token_hash": _hash(token), "now": now, "seen_since": now - idle}
    row = db.session.connection().execute(_FIND, values).one_or_none()
    if row is None:
        return None
    owner = SessionOwner(row.person_id, row.email, row.is_admin, row.locale, row.theme, row.team_id, row.role, row.hue)
    return _opened(row, owner)


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
        .where(LoginSession.user_id == user_id, LoginSession.expires_at > now, LoginSession.last_seen_at > now - idle)
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


def delete_expired_sessions(session: Session) -> int:
    """Delete the sessions that have ended by themselves, inside the running transaction; return how many."""
    now = datetime.now(UTC)
    idle = timedelta(hours=settings().session_idle_hours)
    gone = session.scalars(
        delete(LoginSession)
        .where(or_(LoginSession.expires_at <= now, LoginSession.last_seen_at <= now - idle))
        .returning(LoginSession.id)
    ).all()
    return len(gone)


def _opened(row: LoginSession | Row[Any], owner: SessionOwner | None = None) -> OpenSession:
    return OpenSession(
        row.id, row.public_id, row.user_id, row.data, row.ip, row.user_agent, row.created_at, row.last_seen_at, owner
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
