"""Look through the record of actions for what is suspicious, and tell those whom it concerns (SECURITY 96)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.networks import network_of
from webapp.domain.scope import Role, TeamScope
from webapp.extensions import db
from webapp.models import Alert, AuditAction, AuditEvent, Membership, Team, User, new_public_id
from webapp.services.alert_rules import (
    RULE_TEXTS,
    WATCHED,
    Finding,
    Places,
    Seen,
    browser_of,
    find_suspicious,
)
from webapp.services.audit import Actor, record
from webapp.services.lease import Lease
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.transaction import transaction

# What is looked at every time; longer than the app is likely to be down.
_LOOK_BACK = timedelta(hours=25)
# How long a place counts as known.
_REMEMBERED = timedelta(days=180)


def scan(lease: Lease) -> None:
    """Look at what happened lately."""
    raise_alerts()
    with transaction() as session:
        lease.finish(session)


def raise_alerts(now: datetime | None = None) -> int:
    """Write an alert, and mails that tell of it, for everything suspicious that has none yet; return how many."""
    since = (now or datetime.now(UTC)) - _LOOK_BACK
    events = _watched_since(since)
    findings = list(find_suspicious(events, _known_places(events, since)))
    db.session.rollback()
    raised = 0
    for finding in findings:
        with transaction() as session:
            raised += _raise(session, finding)
    return raised


def mark_seen(actor: Actor, team: TeamScope, public_id: str) -> None:
    """Note that somebody of the team has read an alert; raise ``NotFound`` for any other alert."""
    with transaction() as session:
        query = select(Alert).where(Alert.public_id == public_id, Alert.team_id == team.team_id).with_for_update()
        alert = session.scalars(query).one_or_none()
        if alert is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        if alert.seen_at is None:
            alert.seen_at = datetime.now(UTC)
            record(session, actor, AuditAction.ALERT_SEEN, public_id, rule=alert.rule)


def _watched_since(since: datetime) -> list[Seen]:
    query = (
        select(
            *(AuditEvent.id, AuditEvent.at, AuditEvent.action, AuditEvent.team_id, AuditEvent.user_id),
            *(AuditEvent.target, AuditEvent.ip, AuditEvent.user_agent, AuditEvent.detail),
        )
        .where(AuditEvent.at >= since, AuditEvent.action.in_(WATCHED))
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    return [Seen(*row) for row in db.session.execute(query)]


def _known_places(events: list[Seen], before: datetime) -> dict[int, Places]:
    """Return where the people of these events had signed in from before all of them."""
    people = {event.user_id for event in events if event.action is AuditAction.USER_LOGGED_IN}
    query = (
        select(AuditEvent.user_id, AuditEvent.ip, AuditEvent.user_agent)
        .where(
            AuditEvent.user_id.in_(people),
            AuditEvent.action == AuditAction.USER_LOGGED_IN,
            AuditEvent.at < before,
            AuditEvent.at >= before - _REMEMBERED,
        )
        .distinct()
    )
    networks: dict[int | None, set[str]] = defaultdict(set)
    browsers: dict[int | None, set[str]] = defaultdict(set)
    for user_id, ip, user_agent in db.session.execute(query):
        networks[user_id].add(network_of(ip) or "")
        browsers[user_id].add(browser_of(user_agent))
    return {who: Places(frozenset(networks[who]), frozenset(browsers[who])) for who in networks if who is not None}


def _raise(session: Session, finding: Finding) -> int:
    event = finding.event
    team_id = event.team_id or session.scalar(
        select(func.min(Membership.team_id)).where(Membership.user_id == event.user_id)
    )
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    alert = session.scalar(
        insert(Alert)
        .values(
            public_id=new_public_id(),
            rule=finding.rule.value,
            key=finding.key,
            at=event.at,
            team_id=team_id,
            user_id=event.user_id,
            event_id=event.id,
            detail=finding.params,
        )
        .on_conflict_do_nothing()
        .returning(Alert.id)
    )
    if alert is None:
        return 0
    _tell(session, finding, team_id)
    return 1


def _tell(session: Session, finding: Finding, team_id: int | None) -> None:
    """Write to the admins of the team and to the person themselves, who may be one of them."""
    team = session.get(Team, team_id) if team_id else None
    admins = select(Membership.user_id).where(Membership.team_id == team_id, Membership.role == Role.ADMIN)
    admin_ids = set(session.scalars(admins))
    about = session.scalar(select(User.email).where(User.id == finding.event.user_id))
    meant = User.id.in_(admin_ids) | (User.id == finding.event.user_id)
    for user in session.scalars(select(User).where(meant, User.is_disabled.is_(False)).order_by(User.id)).all():
        queue_mail(
            session,
            MailKind.ALERT,
            address=user.email,
            locale=user.locale,
            user_id=user.id,
            team=team.name if team else "",
            what=RULE_TEXTS[finding.rule],
            params=finding.params,
            who=about or "",
            at=finding.event.at,
            link=link_to("/audit" if user.id in admin_ids else "/settings/security"),
        )
