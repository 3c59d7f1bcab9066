"""The end of a team whose days of grace are over."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.models import Account, ApiKey, AuditAction, ImportRun, Invitation, Job, Membership, Notification, Team
from webapp.queue import JobKind
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.batches import delete_in_batches
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.logos import LOGOS
from webapp.services.maintenance import delete_row_of, delete_rows_of
from webapp.services.transaction import transaction
from webapp.services.uploads import discard_upload


def sweep(lease: Lease) -> None:
    """Queue the end of every team whose grace is over."""
    with transaction() as session:
        is_over = (Team.deletes_at <= datetime.now(UTC)) & Team.deleted_at.is_(None)
        over = session.scalars(select(Team.id).where(is_over).order_by(Team.id)).all()
        for team_id in over:
            key = f"{JobKind.TEAM_PURGE}:{team_id}"
            if session.scalar(select(Job.id).where(Job.dedupe_key == key)) is None:
                add_job(session, JobKind.TEAM_PURGE, arguments={"team_id": team_id}, dedupe_key=key)
        lease.finish(session)


def purge(lease: Lease) -> None:
    """Delete all that a team has; one whose deletion was taken back stays. Raises ``NotYet`` while an import writes.

    Its row stays without a name, because the record of what was done in it carries its number.
    """
    team_id = lease.arguments["team_id"]
    with transaction() as session:
        lease.hold(session)
        team = session.get(Team, team_id, with_for_update=True)
        ends_at = team.deletes_at if team is not None and team.deleted_at is None else None
        if ends_at is None or ends_at > datetime.now(UTC):
            lease.finish(session)
            return
        accounts = _close_accounts(session, team_id)
    for account_id in accounts:
        delete_rows_of(lease, account_id)
        with transaction() as session:
            lease.hold(session)
            delete_row_of(session, account_id)
    for public_id in db.session.scalars(select(ImportRun.public_id).where(ImportRun.team_id == team_id)):
        discard_upload(public_id)
    delete_in_batches(lease, ImportRun, ImportRun.team_id == team_id)
    with transaction() as session:
        lease.hold(session)
        team = session.get_one(Team, team_id, with_for_update=True)
        audit.record(session, Actor(team_id=team_id), AuditAction.TEAM_DELETED, team.public_id, name=team.name)
        for model in (Membership, Invitation, ApiKey, Notification, Job):
            session.execute(delete(model).where(model.team_id == team_id))
        LOGOS.discard(team.logo)
        team.name, team.logo, team.deleted_at = "", None, datetime.now(UTC)
        lease.finish(session)


def _close_accounts(session: Session, team_id: int) -> list[int]:
    """Mark the team's accounts as deleted, so that nothing begins to write to them, and return their ids."""
    session.execute(
        update(Account)
        .where(Account.team_id == team_id, Account.deleted_at.is_(None))
        .values(deleted_at=datetime.now(UTC), is_default=False)
    )
    return list(session.scalars(select(Account.id).where(Account.team_id == team_id).order_by(Account.id)))
