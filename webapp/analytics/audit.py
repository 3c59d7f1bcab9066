"""The record of what people did, newest first: a chain for every team, and one for what belongs to none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, or_, select

from webapp.domain.audit_query import NOBODY, PAGE_SIZE, AuditQuery, Place
from webapp.domain.scope import TeamScope
from webapp.extensions import db
from webapp.models import Alert, AuditAction, AuditEvent, User

_ROWS = 500
_ALERTS = 20
# The row of somebody who deleted their account stays, without anything that names them.
_ADDRESS = case((User.deleted_at.is_(None), User.email))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event; ``email`` and ``person`` are there while the person is."""

    sequence: int
    at: datetime
    action: AuditAction
    user_id: int | None
    person: str | None
    email: str | None
    target: str | None
    ip: str | None
    user_agent: str | None
    request_id: str | None
    detail: dict[str, Any]
    previous_digest: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the record and the ways on from it."""

    rows: tuple[AuditRow, ...]
    newer: Place | None
    older: Place | None


@dataclass(frozen=True, slots=True)
class AuditPerson:
    """Somebody who did something that stands in the record."""

    public_id: str
    email: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Something suspicious; ``email`` is whom it is about."""

    public_id: str
    rule: str
    at: datetime
    email: str | None
    detail: dict[str, Any]
    seen_at: datetime | None


def list_events(chain: int, query: AuditQuery, actions: tuple[AuditAction, ...] | None) -> AuditPage:
    """Return a page of a chain of events; ``actions`` are what the query's ``what`` stands for."""
    place = query.place
    statement = _selected(chain, query, actions)
    if place is not None and place.is_newer:
        statement = statement.where(AuditEvent.sequence > place.sequence).order_by(AuditEvent.sequence)
    else:
        statement = statement.order_by(AuditEvent.sequence.desc())
        if place is not None:
            statement = statement.where(AuditEvent.sequence < place.sequence)
    found = [AuditRow(*row) for row in db.session.execute(statement.limit(PAGE_SIZE + 1))]
    has_more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    goes_up = place is not None and place.is_newer
    if goes_up:
        rows.reverse()
    has_newer = has_more if goes_up else place is not None
    has_older = True if goes_up else has_more
    return AuditPage(
        tuple(rows),
        Place(True, rows[0].sequence) if rows and has_newer else None,
        Place(False, rows[-1].sequence) if rows and has_older else None,
    )


def stream_events(chain: int, query: AuditQuery, actions: tuple[AuditAction, ...] | None) -> Iterator[AuditRow]:
    """Yield all events of a view, newest first, wherever in it the query stands."""
    statement = _selected(chain, query, actions).order_by(AuditEvent.sequence.desc())
    for row in db.session.execute(statement.execution_options(yield_per=_ROWS)):
        yield AuditRow(*row)


def list_audit_people(chain: int) -> tuple[AuditPerson, ...]:
    """Return those who did something in a chain and are still here, by address."""
    acted = select(AuditEvent.user_id).where(AuditEvent.chain == chain)
    query = select(User.public_id, User.email).where(User.id.in_(acted), User.deleted_at.is_(None)).order_by(User.email)
    return tuple(AuditPerson(*row) for row in db.session.execute(query))


def list_alerts(team: TeamScope) -> tuple[AlertRow, ...]:
    """Return the newest alerts of the team, those nobody has read first."""
    query = (
        select(Alert.public_id, Alert.rule, Alert.at, _ADDRESS, Alert.detail, Alert.seen_at)
        .outerjoin(User, User.id == Alert.user_id)
        .where(Alert.team_id == team.team_id)
        .order_by(Alert.seen_at.is_not(None), Alert.at.desc(), Alert.id.desc())
        .limit(_ALERTS)
    )
    return tuple(AlertRow(*row) for row in db.session.execute(query))


def _selected(chain: int, query: AuditQuery, actions: tuple[AuditAction, ...] | None) -> Select[Any]:
    statement = (
        select(
            *(AuditEvent.sequence, AuditEvent.at, AuditEvent.action, AuditEvent.user_id),
            *(User.public_id, _ADDRESS, AuditEvent.target, AuditEvent.ip, AuditEvent.user_agent),
            *(AuditEvent.request_id, AuditEvent.detail, AuditEvent.previous_digest, AuditEvent.digest),
        )
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.chain == chain)
    )
    if actions is not None:
        statement = statement.where(AuditEvent.action.in_(actions))
    if query.who:
        statement = statement.where(
            AuditEvent.user_id.is_(None) if query.who == NOBODY else User.public_id == query.who
        )
    if query.date_from:
        statement = statement.where(AuditEvent.at >= datetime.combine(query.date_from, datetime.min.time(), UTC))
    if query.date_to:
        end = query.date_to + timedelta(days=1)
        statement = statement.where(AuditEvent.at < datetime.combine(end, datetime.min.time(), UTC))
    return statement.where(_holds(query.search)) if query.search else statement


def _holds(words: str) -> ColumnElement[bool]:
    """Return whether an event holds the words in its target, address, browser, request number or detail."""
    plain = words.casefold()
    # Details are stored with every letter escaped that is not of ASCII: there capitals count, so both ways are tried.
    stored = {json.dumps(text)[1:-1].lower() for text in (words, plain)}
    texts = (AuditEvent.target, AuditEvent.ip, AuditEvent.user_agent, AuditEvent.request_id)
    return or_(
        *(func.lower(column).contains(plain, autoescape=True) for column in texts),
        *(func.lower(cast(AuditEvent.detail, Text)).contains(text, autoescape=True) for text in stored),
    )
