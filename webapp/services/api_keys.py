"""Keys for scripts: shown once, kept as a hash."""

from __future__ import annotations

import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update

from webapp.domain.errors import ErrorCode, Forbidden, Invalid, LoginNeeded, NotFound
from webapp.domain.networks import network_of
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.secret_texts import digest_of
from webapp.extensions import db
from webapp.models import ApiKey, AuditAction, Membership, Team, User
from webapp.services import audit
from webapp.services.audit import NOBODY, Actor
from webapp.services.transaction import transaction

PREFIX = "tta_"
MAX_DAYS = 365
MAX_KEYS = 50
USED_EVERY = timedelta(minutes=1)
_MAX_NETWORKS = 20

_ALPHABET = string.digits + string.ascii_letters
_RANDOM_LENGTH = 40
_CHECK_LENGTH = 6
_LOOKUP_LENGTH = 8
_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECK_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its text is known."""

    public_id: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key that was shown and is valid: whose it is and how far it goes."""

    id: int
    user_id: int
    team_id: int
    can_write: bool


def create_key(team: TeamScope, name: str, actor: Actor, *, can_write: bool = False, days: int = MAX_DAYS) -> NewKey:
    """Make a key that acts for the person in the team; raise ``Invalid`` naming the field of a refused value."""
    if not team.allows(Permission.KEY_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100 or "\0" in name:
        raise Invalid(ErrorCode.KEY_NAME_INVALID, field="name")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(ErrorCode.KEY_LIFETIME_INVALID, field="days", maximum=MAX_DAYS)
    text = _new_text()
    now = datetime.now(UTC)
    with transaction() as session:
        count = session.scalar(
            select(func.count()).select_from(ApiKey).where(ApiKey.team_id == team.team_id, _is_valid(now))
        )
        if (count or 0) >= MAX_KEYS:
            raise Invalid(ErrorCode.KEYS_TOO_MANY, field="name", maximum=MAX_KEYS)
        key = ApiKey(
            prefix=_lookup_of(text),
            key_hash=digest_of(text),
            name=name,
            can_write=can_write,
            user_id=team.user_id,
            team_id=team.team_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(key)
        session.flush()
        audit.record(
            session, actor, AuditAction.API_KEY_CREATED, key.public_id, name=name, can_write=can_write, days=days
        )
        public_id = key.public_id
    return NewKey(public_id, text)


def list_keys(team: TeamScope) -> list[ApiKey]:
    """Return the person's own valid keys of the team, newest first."""
    return list(
        db.session.scalars(
            select(ApiKey)
            .where(ApiKey.team_id == team.team_id, ApiKey.user_id == team.user_id, _is_valid(datetime.now(UTC)))
            .order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
        )
    )


def revoke_key(team: TeamScope, public_id: str, actor: Actor) -> None:
    """End one of the person's keys; raise ``NotFound`` for any other."""
    now = datetime.now(UTC)
    with transaction() as session:
        revoked = session.scalars(
            update(ApiKey)
            .where(
                ApiKey.public_id == public_id,
                ApiKey.team_id == team.team_id,
                ApiKey.user_id == team.user_id,
                ApiKey.revoked_at.is_(None),
            )
            .values(revoked_at=now)
            .returning(ApiKey.id)
        ).all()
        if not revoked:
            raise NotFound(ErrorCode.NOT_FOUND)
        audit.record(session, actor, AuditAction.API_KEY_REVOKED, public_id)


def authenticate_key(text: str, actor: Actor = NOBODY) -> KeyInUse:
    """Return the valid key with this text; raise ``LoginNeeded`` for anything else.

    ``actor`` says where it is used from; the first use from another network is recorded.

    A mistyped key is told by its checksum, without a question to the database.
    """
    if not is_well_formed(text):
        raise LoginNeeded(ErrorCode.KEY_INVALID)
    now = datetime.now(UTC)
    digest = digest_of(text)
    candidates = db.session.scalars(
        select(ApiKey)
        .join(User, User.id == ApiKey.user_id)
        .join(Membership, (Membership.user_id == ApiKey.user_id) & (Membership.team_id == ApiKey.team_id))
        .join(Team, Team.id == ApiKey.team_id)
        .where(ApiKey.prefix == _lookup_of(text), _is_valid(now), User.is_disabled.is_(False))
        .where(Team.deletes_at.is_(None))
        # A key is no way around a second factor that the team asks of everybody.
        .where(or_(Team.requires_second_factor.is_(False), User.totp_enabled_at.is_not(None)))
    )
    for key in candidates:
        if hmac.compare_digest(key.key_hash, digest):
            in_use = KeyInUse(key.id, key.user_id, key.team_id, key.can_write)
            network = network_of(actor.ip)
            is_elsewhere = network is not None and network not in key.networks
            if is_elsewhere or key.last_used_at is None or now - key.last_used_at >= USED_EVERY:
                _note_use(key.id, now, actor, network)
            return in_use
    raise LoginNeeded(ErrorCode.KEY_INVALID)


def is_well_formed(text: str) -> bool:
    """Return whether the text has the form of a key and the checksum that belongs to it."""
    shape = _SHAPE.fullmatch(text) if text.isascii() else None
    return shape is not None and _checksum(shape[1]) == shape[2]


def _note_use(key_id: int, now: datetime, actor: Actor, network: str | None) -> None:
    with transaction() as session:
        key = session.get_one(ApiKey, key_id, with_for_update=True)
        key.last_used_at = now
        if network is None or network in key.networks:
            return
        if key.networks:
            whose = replace(actor, user_id=key.user_id, team_id=key.team_id)
            audit.record(session, whose, AuditAction.API_KEY_MOVED, key.public_id)
        key.networks = [*key.networks, network][-_MAX_NETWORKS:]


def _is_valid(now: datetime) -> ColumnElement[bool]:
    return ApiKey.revoked_at.is_(None) & (ApiKey.expires_at > now)


def _new_text() -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{PREFIX}{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    """Return the CRC-32 of the random part as six digits of base 62."""
    value = zlib.crc32(f"{PREFIX}{body}".encode())
    digits = ""
    for _ in range(_CHECK_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _lookup_of(text: str) -> str:
    return text[len(PREFIX) : len(PREFIX) + _LOOKUP_LENGTH]
