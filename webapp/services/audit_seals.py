"""Sign the ends of the chains of events every day, and delete the events whose time is over (SECURITY 95)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.extensions import db, settings
from webapp.models import AuditAction, AuditChain, AuditEvent, AuditSeal, Team
from webapp.services.audit import Actor, record
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

_PURPOSE = b"seal of the record of actions"


@dataclass(frozen=True, slots=True)
class Seal:
    """The end of a chain on a day (UTC), and what proves that this installation has seen it."""

    chain: int
    day: str
    sequence: int
    digest: str
    signature: str


def keep(lease: Lease) -> None:
    """Seal every chain that has grown, copy the seals out of the database, then delete what is too old."""
    seal_chains()
    purge_old_events()
    with transaction() as session:
        lease.finish(session)


def seal_chains() -> int:
    """Seal the ends of all chains that have grown since their last seal; return how many."""
    day = datetime.now(UTC).date().isoformat()
    with transaction() as session:
        sealed = select(func.max(AuditSeal.sequence)).where(AuditSeal.chain == AuditChain.chain).scalar_subquery()
        grown = session.scalars(select(AuditChain).where(AuditChain.sequence > func.coalesce(sealed, 0))).all()
        insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
        for end in grown:
            signature = _signature(settings().secret_keys[0], end.chain, day, end.sequence, end.digest)
            seal = Seal(end.chain, day, end.sequence, end.digest, signature)
            # A second time on one day the first seal stays: it says what was there then.
            session.execute(insert(AuditSeal).values(**asdict(seal)).on_conflict_do_nothing())
    _copy_out(list(stored_seals()))
    return len(grown)


def stored_seals() -> Iterator[Seal]:
    """Yield the seals in the database."""
    columns = (AuditSeal.chain, AuditSeal.day, AuditSeal.sequence, AuditSeal.digest, AuditSeal.signature)
    for row in db.session.execute(select(*columns).order_by(AuditSeal.chain, AuditSeal.sequence)):
        yield Seal(*row)


def copied_seals() -> Iterator[Seal]:
    """Yield the seals that were copied out of the database; lines that cannot be read are left out."""
    for path in sorted(_folder().glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield Seal(**json.loads(line))
            except (ValueError, TypeError):
                continue


def is_genuine(seal: Seal) -> bool:
    """Return whether a seal was signed with the secret of this installation or an earlier one."""
    made = [_signature(key, seal.chain, seal.day, seal.sequence, seal.digest) for key in settings().secret_keys]
    return any(hmac.compare_digest(one.encode(), str(seal.signature).encode()) for one in made)


def purge_old_events(now: datetime | None = None) -> int:
    """Delete the events whose team keeps them no longer; return how many. What belongs to no team is kept."""
    moment = now or datetime.now(UTC)
    teams = db.session.execute(select(Team.id, Team.audit_days).where(Team.audit_days > 0)).all()
    db.session.rollback()
    gone = 0
    for team_id, days in teams:
        with transaction() as session:
            gone += _purge(session, team_id, days, moment - timedelta(days=days))
    return gone


def _purge(session: Session, chain: int, days: int, before: datetime) -> int:
    """Move the beginning of a chain, say so in the chain itself, then delete what lies before it."""
    mine = AuditEvent.chain == chain
    # Saying that something was deleted is no reason to delete again.
    worth = select(AuditEvent.sequence).where(
        mine, AuditEvent.at < before, AuditEvent.action != AuditAction.AUDIT_PURGED
    )
    if session.scalar(worth.limit(1)) is None:
        return 0
    first_kept = session.scalar(select(func.min(AuditEvent.sequence)).where(mine, AuditEvent.at >= before))
    query = select(AuditEvent.sequence, AuditEvent.digest).where(mine).order_by(AuditEvent.sequence.desc()).limit(1)
    if first_kept is not None:
        query = query.where(AuditEvent.sequence < first_kept)
    last = session.execute(query).first()
    if last is None:
        return 0
    through, digest = last
    record(session, Actor(team_id=chain), AuditAction.AUDIT_PURGED, days=days, through=through, digest=digest)
    end = session.get_one(AuditChain, chain)
    end.purged_sequence, end.purged_digest = through, digest
    session.flush()
    gone = session.scalars(delete(AuditEvent).where(mine, AuditEvent.sequence <= through).returning(AuditEvent.id))
    return len(gone.all())


def _signature(secret: str, chain: int, day: str, sequence: int, digest: str) -> str:
    key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    return hmac.new(key, f"{chain}\n{day}\n{sequence}\n{digest}".encode(), hashlib.sha256).hexdigest()


def _folder() -> Path:
    return settings().instance_path / "audit_seals"


def _copy_out(seals: Iterable[Seal]) -> None:
    """Append the seals that no copy holds to the file of their day; nothing that stands there is changed."""
    known = set(copied_seals())
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    for seal in seals:
        if seal in known:
            continue
        descriptor = os.open(folder / f"{seal.day}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            # A line break before it too: a line that was cut off by a crash does not swallow this one.
            file.write(f"\n{json.dumps(asdict(seal))}\n".encode())
            file.flush()
            os.fsync(file.fileno())
