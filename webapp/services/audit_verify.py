"""Read the record of actions from its beginning and say where it is not as it was written (SECURITY 95)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Row, String, Text, cast, select, text, type_coerce

from webapp.extensions import db
from webapp.models import AuditAction, AuditChain, AuditEvent
from webapp.services.audit import START, canonical_time, digest_after
from webapp.services.audit_seals import Seal, copied_seals, is_genuine, stored_seals

_ROWS = 1000
_TRIGGERS = (
    *("audit_event_no_update", "audit_event_no_delete"),
    *("audit_chain_no_return", "audit_chain_no_delete"),
    *("audit_seal_no_update", "audit_seal_no_delete"),
)


class FlawKind(StrEnum):
    """What is wrong at a place of a chain."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    UNLINKED = "unlinked"
    CUT_SHORT = "cut_short"
    END_UNKNOWN = "end_unknown"
    PURGE_UNSAID = "purge_unsaid"
    SEAL_FORGED = "seal_forged"
    SEAL_BROKEN = "seal_broken"
    SEAL_GONE = "seal_gone"
    COPY_MISSING = "copy_missing"
    GUARD_OFF = "guard_off"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, in which chain, and at which event; ``name`` is that of a trigger which is not there."""

    kind: FlawKind
    chain: int
    sequence: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much was read, and what was found wrong in it."""

    chains: int
    events: int
    flaws: tuple[Flaw, ...]


def verify() -> Verdict:
    """Read every chain and every seal."""
    ends = {end.chain: end for end in db.session.scalars(select(AuditChain))}
    stored, copied = set(stored_seals()), set(copied_seals())
    seals: dict[int, list[Seal]] = defaultdict(list)
    flaws = [Flaw(FlawKind.GUARD_OFF, 0, 0, name) for name in _triggers_off()]
    for seal in sorted(stored | copied, key=lambda one: (one.chain, one.sequence)):
        if not is_genuine(seal):
            flaws.append(Flaw(FlawKind.SEAL_FORGED, seal.chain, seal.sequence))
            continue
        seals[seal.chain].append(seal)
        if seal not in stored:
            flaws.append(Flaw(FlawKind.SEAL_GONE, seal.chain, seal.sequence))
        if seal not in copied:
            flaws.append(Flaw(FlawKind.COPY_MISSING, seal.chain, seal.sequence))
    read: set[int] = set()
    count = 0
    for number, rows in groupby(_rows(), key=lambda row: int(row.chain)):
        check = _Check(number, ends.get(number), {seal.sequence: seal for seal in seals[number]})
        flaws += check.run(rows)
        read.add(number)
        count += check.count
    for number in (ends.keys() | seals.keys()) - read:
        flaws += _Check(number, ends.get(number), {seal.sequence: seal for seal in seals[number]}).run(())
    db.session.rollback()
    return Verdict(len(read | ends.keys()), count, tuple(sorted(flaws, key=lambda flaw: (flaw.chain, flaw.sequence))))


class _Check:
    """One chain, read from the first event that is kept."""

    def __init__(self, chain: int, end: AuditChain | None, seals: dict[int, Seal]) -> None:
        self.count = 0
        self._chain = chain
        self._end = end
        self._seals = seals
        self._purged = end.purged_sequence if end else 0
        # The digest that the next event must name; unknown after a gap.
        self._previous: str | None = end.purged_digest if end and self._purged else START
        self._expected = self._purged + 1
        self._is_purge_said = self._purged == 0

    def run(self, rows: Iterable[Row[Any]]) -> Iterator[Flaw]:
        """Yield what is wrong, in the order of the chain."""
        for row in rows:
            self.count += 1
            yield from self._read(row)
        yield from self._close()

    def _read(self, row: Row[Any]) -> Iterator[Flaw]:
        if row.sequence < self._expected:
            yield self._flaw(FlawKind.INSERTED, row.sequence)
            return
        if row.sequence > self._expected:
            yield self._flaw(FlawKind.MISSING, self._expected)
            self._previous = None
        if self._previous is not None and row.previous_digest != self._previous:
            yield self._flaw(FlawKind.UNLINKED, row.sequence)
        fields = _fields(row)
        if fields is None or digest_after(row.previous_digest, fields) != row.digest:
            yield self._flaw(FlawKind.EDITED, row.sequence)
        elif row.action == AuditAction.AUDIT_PURGED.value and self._end is not None:
            said = (fields["detail"].get("through"), fields["detail"].get("digest"))
            self._is_purge_said |= said == (self._purged, self._end.purged_digest)
        seal = self._seals.get(row.sequence)
        if seal is not None and seal.digest != row.digest:
            yield self._flaw(FlawKind.SEAL_BROKEN, row.sequence)
        self._previous, self._expected = row.digest, row.sequence + 1

    def _close(self) -> Iterator[Flaw]:
        last = self._expected - 1
        sealed = max(self._seals, default=0)
        if self._end is None:
            yield self._flaw(FlawKind.END_UNKNOWN, last)
        if max(sealed, self._end.sequence if self._end else 0) > last:
            yield self._flaw(FlawKind.CUT_SHORT, last + 1)
        elif self._end is not None and self._end.sequence < last:
            yield self._flaw(FlawKind.INSERTED, self._end.sequence + 1)
        elif self._end is not None and self._end.digest != (self._previous or START):
            yield self._flaw(FlawKind.END_UNKNOWN, last)
        if not self._is_purge_said:
            yield self._flaw(FlawKind.PURGE_UNSAID, self._purged)

    def _flaw(self, kind: FlawKind, sequence: int) -> Flaw:
        return Flaw(kind, self._chain, sequence)


def _rows() -> Iterator[Row[Any]]:
    """Yield all events by chain and place, as raw as they are stored: what was written there by force is read too."""
    columns: tuple[Any, ...] = (
        *(AuditEvent.chain, AuditEvent.sequence, AuditEvent.previous_digest, AuditEvent.digest),
        *(AuditEvent.team_id, AuditEvent.user_id, AuditEvent.target, AuditEvent.ip, AuditEvent.user_agent),
        AuditEvent.request_id,
        type_coerce(AuditEvent.action, String).label("action"),
        type_coerce(AuditEvent.at, String).label("at"),
        cast(AuditEvent.detail, Text).label("detail"),
    )
    query = select(*columns).order_by(AuditEvent.chain, AuditEvent.sequence)
    yield from db.session.execute(query.execution_options(yield_per=_ROWS))


def _fields(row: Row[Any]) -> dict[str, Any] | None:
    """Return the fields of an event as its digest was made of them; ``None`` where they cannot be read."""
    try:
        at = row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        detail = json.loads(row.detail)
    except (ValueError, TypeError):
        return None
    if not isinstance(detail, dict):
        return None
    names = ("chain", "sequence", "action", "team_id", "user_id", "target", "ip", "user_agent", "request_id")
    return {**{name: getattr(row, name) for name in names}, "at": canonical_time(at), "detail": detail}


def _triggers_off() -> Iterator[str]:
    """Yield the names of the triggers that guard the record and are not there, or are switched off."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    found = set(db.session.scalars(text(query)))
    yield from (name for name in _TRIGGERS if name not in found)
