"""The team that everybody has: whoever is left without one gets an empty one."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.scope import Role
from webapp.models import Membership, Team, User


def ensure_team(session: Session, user: User) -> None:
    """Give a person who is in no living team one of their own, inside the running transaction."""
    session.flush()
    living = (
        select(Membership.id)
        .join(Team, Team.id == Membership.team_id)
        .where(Membership.user_id == user.id, Team.deletes_at.is_(None))
    )
    if session.scalar(living.limit(1)) is None:
        add_team(session, user, user.email.rpartition("@")[0][:100], is_personal=True)


def add_team(session: Session, user: User, name: str, *, is_personal: bool = False) -> Team:
    """Add a team with the person as its admin, inside the running transaction."""
    now = datetime.now(UTC)
    team = Team(name=name, is_personal=is_personal, created_at=now)
    session.add(team)
    session.flush()
    session.add(Membership(team_id=team.id, user_id=user.id, role=Role.ADMIN, created_at=now))
    session.flush()
    return team
