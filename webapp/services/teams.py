"""Teams: choosing one, making one, its settings, its end."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Role, TeamScope
from webapp.extensions import db
from webapp.models import AuditAction, Job, JobState, LoginSession, Membership, Team, User
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.members import lock_team
from webapp.services.own_team import add_team, ensure_team
from webapp.services.transaction import transaction

MAX_NAME = 100
MAX_TEAMS = 20
GRACE = timedelta(days=7)
# How long the record of actions is kept, in days; 0 keeps it for good.
AUDIT_DAYS = (0, 90, 365, 730)
# Colours whose texts and buttons can be read in both themes, none near the red of what is dangerous.
HUES = (270, 235, 185, 150, 90, 50, 350, 300)


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team of the person, for the switcher."""

    id: int
    public_id: str
    name: str
    role: Role
    deletes_at: datetime | None


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What the admins of a team decide for all of it."""

    name: str
    hue: int
    requires_second_factor: bool
    audit_days: int


def list_teams(user_id: int) -> list[TeamRow]:
    """Return the teams the person is in, and those of their own that will be deleted, by name."""
    query = (
        select(Team.id, Team.public_id, Team.name, Membership.role, Team.deletes_at)
        .join(Membership, Membership.team_id == Team.id)
        .where(Membership.user_id == user_id)
        .order_by(func.lower(Team.name), Team.id)
    )
    rows = [TeamRow(*row) for row in db.session.execute(query)]
    return [row for row in rows if row.deletes_at is None or row.role is Role.ADMIN]


def select_team(user_id: int, public_id: str, session_id: int | None, actor: Actor) -> None:
    """Let a browser, and the next ones, open with another team; raise ``NotFound`` for one the person is not in."""
    with transaction() as session:
        team = _living_team(session, user_id, public_id)
        user = session.get_one(User, user_id)
        opened = session.get(LoginSession, session_id) if session_id is not None else None
        user.last_team_id = team.id
        if opened is not None:
            opened.team_id = team.id
        audit.record(
            *(session, Actor(user_id, team.id, actor.ip, actor.request_id, actor.user_agent)),
            *(AuditAction.TEAM_OPENED, team.public_id),
        )


def create_team(user_id: int, name: str, session_id: int | None, actor: Actor) -> None:
    """Make a team with the person as its admin, and go on in it; raise ``Invalid`` naming the field."""
    name = clean_name(name)
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        count = select(func.count()).where(Membership.user_id == user_id, Membership.role == Role.ADMIN)
        if (session.scalar(count) or 0) >= MAX_TEAMS:
            raise Invalid(ErrorCode.TEAMS_TOO_MANY, field="name", maximum=MAX_TEAMS)
        team = add_team(session, user, name)
        user.last_team_id = team.id
        opened = session.get(LoginSession, session_id) if session_id is not None else None
        if opened is not None:
            opened.team_id = team.id
        actor = Actor(user_id, team.id, actor.ip, actor.request_id, actor.user_agent)
        audit.record(session, actor, AuditAction.TEAM_CREATED, team.public_id, name=name)


def get_settings(team: TeamScope) -> TeamSettings:
    """Return what the admins of the team have decided."""
    return _settings_of(db.session.get_one(Team, team.team_id))


def change_settings(team: TeamScope, actor: Actor, wanted: TeamSettings) -> None:
    """Write the settings of the team; raise ``Invalid`` naming the field of a refused value.

    Whoever asks everybody for a second factor has one.
    """
    name = clean_name(wanted.name)
    for field, value, allowed in (("hue", wanted.hue, HUES), ("audit_days", wanted.audit_days, AUDIT_DAYS)):
        if value not in allowed:
            raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=str(value))
    with transaction() as session:
        found = lock_team(session, team, Permission.TEAM_WRITE)
        user = session.get_one(User, team.user_id)
        if wanted.requires_second_factor and not found.requires_second_factor and user.totp_enabled_at is None:
            raise Invalid(ErrorCode.TEAM_FACTOR_FIRST, field="requires_second_factor")
        before = _settings_of(found)
        found.name, found.hue, found.audit_days = name, wanted.hue, wanted.audit_days
        found.requires_second_factor = wanted.requires_second_factor
        audit.record(
            *(session, actor, AuditAction.TEAM_CHANGED, found.public_id),
            before=_told(before),
            after=_told(_settings_of(found)),
        )


def ask_deletion(team: TeamScope, typed_name: str, actor: Actor) -> None:
    """Close the team at once and let it go with all its data after the grace; the typed name must be the team's.

    From now on nobody is in it: its keys open nothing, its work stops, its invitations are over.
    """
    with transaction() as session:
        found = lock_team(session, team, Permission.TEAM_WRITE)
        if clean_text(typed_name) != found.name:
            raise Invalid(ErrorCode.TEAM_NAME_DIFFERS, field="typed_name", name=found.name)
        found.deletes_at = datetime.now(UTC) + GRACE
        session.execute(
            update(Job).where(Job.team_id == found.id, Job.state == JobState.RUNNING).values(is_cancel_wanted=True)
        )
        audit.record(
            *(session, actor, AuditAction.TEAM_DELETION_ASKED, found.public_id),
            name=found.name,
            deletes_at=found.deletes_at.isoformat(),
        )
        by = session.get_one(User, team.user_id).email
        members = select(User).join(Membership, Membership.user_id == User.id).where(Membership.team_id == found.id)
        for member in session.scalars(members.order_by(User.id)).all():
            ensure_team(session, member)
            queue_mail(
                *(session, MailKind.TEAM_DELETION_ASKED),
                address=member.email,
                locale=member.locale,
                user_id=member.id,
                team=found.name,
                by=by,
                day=found.deletes_at,
                link=link_to("/teams"),
            )


def stop_deletion(user_id: int, public_id: str, actor: Actor) -> None:
    """Take the deletion of a team back; raise ``NotFound`` for any team the person is no admin of."""
    with transaction() as session:
        query = (
            select(Team)
            .join(Membership, Membership.team_id == Team.id)
            .where(Membership.user_id == user_id, Membership.role == Role.ADMIN, Team.public_id == public_id)
            .where(Team.deletes_at > datetime.now(UTC))
            .with_for_update(of=Team)
        )
        team = session.scalars(query).one_or_none()
        if team is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        team.deletes_at = None
        actor = Actor(user_id, team.id, actor.ip, actor.request_id, actor.user_agent)
        audit.record(session, actor, AuditAction.TEAM_DELETION_STOPPED, team.public_id)


def clean_name(text: str) -> str:
    """Return a name for a team; raise ``Invalid`` for one that nobody could read."""
    name = clean_text(text)
    is_readable = any(unicodedata.category(letter)[0] in "LN" for letter in name)
    if not 1 <= len(name) <= MAX_NAME or not is_readable:
        raise Invalid(ErrorCode.TEAM_NAME_INVALID, field="name", maximum=MAX_NAME)
    return name


def clean_text(text: str) -> str:
    """Return a text in composed form, with single spaces and without control and direction characters."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(letter for letter in composed if unicodedata.category(letter)[0] != "C")


def require_admin(session: Session, user_id: int, public_id: str) -> Team:
    """Return a living team the person is an admin of, locked; raise ``NotFound`` for any other, ``Forbidden`` below."""
    team = _living_team(session, user_id, public_id)
    session.refresh(team, with_for_update=True)
    query = select(Membership.role).where(Membership.team_id == team.id, Membership.user_id == user_id)
    if session.scalar(query) is not Role.ADMIN:
        raise Forbidden(ErrorCode.FORBIDDEN)
    return team


def _living_team(session: Session, user_id: int, public_id: str) -> Team:
    query = (
        select(Team)
        .join(Membership, Membership.team_id == Team.id)
        .where(Membership.user_id == user_id, Team.public_id == public_id, Team.deletes_at.is_(None))
    )
    team = session.scalars(query).one_or_none()
    if team is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return team


def _settings_of(team: Team) -> TeamSettings:
    return TeamSettings(team.name, team.hue, team.requires_second_factor, team.audit_days)


def _told(settings: TeamSettings) -> dict[str, object]:
    """Return settings as the record of actions keeps them."""
    return {
        "name": settings.name,
        "hue": settings.hue,
        "requires_second_factor": settings.requires_second_factor,
        "audit_days": settings.audit_days,
    }
