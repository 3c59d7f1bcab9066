"""Record what people do, in the transaction that does it; every event is tied to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.domain.failpoints import Failpoint, reach
from webapp.models import AuditAction, AuditChain, AuditEvent
from webapp.services.transaction import aside

# What the first event of a chain is tied to.
START = "0" * 64
_USER_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where."""

    user_id: int | None = None
    team_id: int | None = None
    ip: str | None = None
    request_id: str | None = None
    user_agent: str | None = None


# Who acts where nobody is known.
NOBODY = Actor()


def record(session: Session, actor: Actor, action: AuditAction, target: str | None = None, **detail: object) -> None:
    """Add an audit event to the running transaction; it stands or falls with the action.

    What changes a setting gives ``before`` and ``after``, each a mapping of the same keys.
    """
    end = _end_of(session, actor.team_id or 0)
    event = AuditEvent(
        at=datetime.now(UTC),
        action=action,
        team_id=actor.team_id,
        user_id=actor.user_id,
        target=target,
        ip=actor.ip,
        user_agent=actor.user_agent[:_USER_AGENT_LENGTH] if actor.user_agent else None,
        request_id=actor.request_id,
        detail=detail,
        chain=end.chain,
        sequence=end.sequence + 1,
        previous_digest=end.digest,
    )
    event.digest = digest_of(event)
    end.sequence, end.digest = event.sequence, event.digest
    session.add(event)
    session.flush()
    reach(Failpoint.AUDIT_AFTER_INSERT)


def record_alone(actor: Actor, action: AuditAction, target: str | None = None, **detail: object) -> None:
    """Record what changes nothing itself, a refusal or a download, beside what the request is reading."""
    with aside() as session:
        record(session, actor, action, target, **detail)


def digest_of(event: AuditEvent) -> str:
    """Return the SHA-256 of an event in its canonical form and of the digest before it, as 64 hex digits."""
    return digest_after(
        event.previous_digest,
        {
            "chain": event.chain,
            "sequence": event.sequence,
            "at": canonical_time(event.at),
            "action": event.action.value,
            "team_id": event.team_id,
            "user_id": event.user_id,
            "target": event.target,
            "ip": event.ip,
            "user_agent": event.user_agent,
            "request_id": event.request_id,
            "detail": event.detail,
        },
    )


def digest_after(previous: str, fields: Mapping[str, object]) -> str:
    """Return the digest of an event's fields, tied to the digest before it."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def canonical_time(at: datetime) -> str:
    """Return a moment as events carry it into their digests."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _end_of(session: Session, chain: int) -> AuditChain:
    """Return the end of a chain, locked until the transaction ends: events of one chain are written one by one."""
    found = _locked(session, chain)
    if found is None:
        insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
        session.execute(
            insert(AuditChain)
            .values(chain=chain, sequence=0, digest=START, purged_sequence=0, purged_digest="")
            .on_conflict_do_nothing()
        )
        found = _locked(session, chain)
    if found is None:
        raise RuntimeError("the end of the chain of events is gone")
    return found


def _locked(session: Session, chain: int) -> AuditChain | None:
    return session.scalars(select(AuditChain).where(AuditChain.chain == chain).with_for_update()).one_or_none()
