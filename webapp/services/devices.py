"""Browsers a person has signed in with before: known ones are not locked out, trusted ones are asked for one factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db
from webapp.models import AuditAction, KnownDevice, User
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, queue_mail
from webapp.services.notice_messages import tell_new_device
from webapp.services.transaction import transaction

# How long a browser is taken for the second factor that was shown in it.
TRUSTED = timedelta(days=30)
# How long a browser is known without being used.
KNOWN = timedelta(days=365)
MAX_PER_USER = 20

_USER_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Device:
    """A browser in the person's list."""

    id: int
    public_id: str
    user_agent: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    trusted_until: datetime | None


@dataclass(frozen=True, slots=True)
class Noted:
    """The device of a sign-in, and the secret of its cookie where it was not known before."""

    id: int
    new_token: str | None


def find_device(user_id: int, tokens: Sequence[str]) -> Device | None:
    """Return the person's known device that one of the browser's secrets opens; trust that has ended is not there."""
    row = _find(db.session(), user_id, tokens)
    if row is None:
        return None
    return _seen(row, db.session.get_one(User, user_id).security_version)


def find_device_of(email_key: str, tokens: Sequence[str]) -> Device | None:
    """Return the known device of the person with this address, in the form in which addresses are compared."""
    if not tokens:
        return None
    user_id = db.session.scalar(select(User.id).where(User.email_key == email_key))
    return find_device(user_id, tokens) if user_id is not None else None


def note_device(session: Session, user: User, actor: Actor, tokens: Sequence[str], *, is_trusted: bool) -> Noted:
    """Remember inside the running transaction that the person signed in here; tell them of a browser that is new.

    The very first browser of a person is no news.
    """
    row, token = _find(session, user.id, tokens), None
    if row is None:
        token = new_secret()
        row = _add_device(session, user, actor, token)
    now = datetime.now(UTC)
    row.user_agent, row.ip, row.last_seen_at = _agent_of(actor), actor.ip or "", now
    if is_trusted:
        row.trusted_until = now + TRUSTED
    elif row.security_version != user.security_version:
        row.trusted_until = None
    row.security_version = user.security_version
    session.flush()
    return Noted(row.id, token)


def list_devices(user_id: int) -> list[Device]:
    """Return the browsers the person has signed in with, last seen first."""
    version = db.session.get_one(User, user_id).security_version
    rows = db.session.scalars(
        select(KnownDevice)
        .where(KnownDevice.user_id == user_id)
        .order_by(KnownDevice.last_seen_at.desc(), KnownDevice.id.desc())
    )
    return [_seen(row, version) for row in rows]


def forget_device(user_id: int, public_id: str, actor: Actor) -> None:
    """Forget one of the person's browsers; raise ``NotFound`` for one that is not theirs."""
    with transaction() as session:
        forgotten = session.scalars(
            delete(KnownDevice)
            .where(KnownDevice.user_id == user_id, KnownDevice.public_id == public_id)
            .returning(KnownDevice.id)
        ).all()
        if not forgotten:
            raise NotFound(ErrorCode.NOT_FOUND)
        audit.record(session, actor, AuditAction.DEVICE_FORGOTTEN, public_id)


def delete_forgotten_devices(session: Session) -> int:
    """Delete the browsers that nobody has used for a year, inside the running transaction; return how many."""
    since = datetime.now(UTC) - KNOWN
    gone = session.scalars(delete(KnownDevice).where(KnownDevice.last_seen_at < since).returning(KnownDevice.id))
    return len(gone.all())


def _find(session: Session, user_id: int, tokens: Sequence[str]) -> KnownDevice | None:
    hashes = [digest_of(token) for token in tokens if is_secret(token)]
    if not hashes:
        return None
    return session.scalars(
        select(KnownDevice)
        .where(
            KnownDevice.user_id == user_id,
            KnownDevice.token_hash.in_(hashes),
            KnownDevice.last_seen_at > datetime.now(UTC) - KNOWN,
        )
        .limit(1)
    ).first()


def _add_device(session: Session, user: User, actor: Actor, token: str) -> KnownDevice:
    now, agent, ip = datetime.now(UTC), _agent_of(actor), actor.ip or ""
    has_others = session.scalar(select(KnownDevice.id).where(KnownDevice.user_id == user.id).limit(1)) is not None
    _make_room(session, user.id)
    row = KnownDevice(
        token_hash=digest_of(token),
        user_id=user.id,
        user_agent=agent,
        ip=ip,
        created_at=now,
        last_seen_at=now,
        security_version=user.security_version,
    )
    session.add(row)
    session.flush()
    if has_others:
        values = {"at": now, "browser": agent, "ip": ip}
        queue_mail(session, MailKind.NEW_DEVICE, address=user.email, locale=user.locale, user_id=user.id, **values)
        tell_new_device(session, row)
    return row


def _agent_of(actor: Actor) -> str:
    return (actor.user_agent or "")[:_USER_AGENT_LENGTH]


def _make_room(session: Session, user_id: int) -> None:
    oldest = (
        select(KnownDevice.id)
        .where(KnownDevice.user_id == user_id)
        .order_by(KnownDevice.last_seen_at.desc(), KnownDevice.id.desc())
        .offset(MAX_PER_USER - 1)
    )
    session.execute(delete(KnownDevice).where(KnownDevice.id.in_(session.scalars(oldest).all())))


def _seen(row: KnownDevice, version: int) -> Device:
    is_trusted = (
        row.trusted_until is not None and row.trusted_until > datetime.now(UTC) and row.security_version == version
    )
    until = row.trusted_until if is_trusted else None
    return Device(row.id, row.public_id, row.user_agent, row.ip, row.created_at, row.last_seen_at, until)
