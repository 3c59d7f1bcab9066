"""Record what people do, in the transaction that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.domain.failpoints import Failpoint, reach
from webapp.models import AuditAction, AuditEvent


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where."""

    user_id: int | None = None
    team_id: int | None = None
    ip: str | None = None
    request_id: str | None = None


def record(session: Session, actor: Actor, action: AuditAction, target: str | None = None, **detail: object) -> None:
    """Add an audit event to the running transaction; it stands or falls with the action."""
    session.add(
        AuditEvent(
            at=datetime.now(UTC),
            action=action,
            team_id=actor.team_id,
            user_id=actor.user_id,
            target=target,
            ip=actor.ip,
            request_id=actor.request_id,
            detail=detail,
        )
    )
    session.flush()
    reach(Failpoint.AUDIT_AFTER_INSERT)
