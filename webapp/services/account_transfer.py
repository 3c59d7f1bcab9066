"""Give an account, with all that was imported for it, to another team."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Invalid
from webapp.domain.scope import Permission, TeamScope
from webapp.models import Account, AccountRole, AuditAction, ImportRun, ImportState, Job, JobState
from webapp.services import audit
from webapp.services.accounts import find_account_now, get_account, give_default
from webapp.services.audit import Actor
from webapp.services.digests import end_digests_of
from webapp.services.members import lock_team
from webapp.services.notifications import forget_account
from webapp.services.planner_feeds import revoke_feeds_in
from webapp.services.revisions import is_writing
from webapp.services.shares import revoke_shares_in
from webapp.services.teams import require_admin
from webapp.services.transaction import transaction


def transfer_account(team: TeamScope, public_id: str, to_team: str, actor: Actor) -> None:
    """Give an account to another team the person is an admin of; from now on this team sees nothing of it.

    Raises ``NotFound`` for a team the person is not in, ``Forbidden`` below its admins, ``Invalid`` when it has an
    account of that name, and ``Conflict`` while something of the account is being written.
    """
    try:
        with transaction() as session:
            receiver = require_admin(session, team.user_id, to_team)
            sender = lock_team(session, team, Permission.TEAM_WRITE)
            account = get_account(session, team, public_id, Permission.ACCOUNT_WRITE)
            session.refresh(account, with_for_update=True)
            if receiver.id == sender.id:
                raise Invalid(ErrorCode.FIELD_INVALID, field="team", value=to_team)
            if is_writing(session, account) or _has_open_work(session, account.id):
                raise Conflict(ErrorCode.ACCOUNT_BUSY)
            if find_account_now(session, receiver.id, account.platform, account.handle) is not None:
                raise Invalid(ErrorCode.ACCOUNT_EXISTS, field="team", handle=account.handle)
            _move(session, account, receiver.id)
            told = {"before": {"team": sender.public_id}, "after": {"team": receiver.public_id}}
            for team_id in sorted((sender.id, receiver.id)):
                mine = Actor(actor.user_id, team_id, actor.ip, actor.request_id, actor.user_agent)
                audit.record(session, mine, AuditAction.ACCOUNT_TRANSFERRED, public_id, **told)
    except IntegrityError as error:  # an import of the receiving team was quicker
        raise Conflict(ErrorCode.ACCOUNT_BUSY) from error


def _move(session: Session, account: Account, team_id: int) -> None:
    before, was_default = account.team_id, account.is_default
    account.team_id, account.is_default = team_id, False
    session.flush()
    if was_default:
        give_default(session, before)
    give_default(session, team_id)
    runs = select(ImportRun.id).where(ImportRun.account_id == account.id)
    session.execute(update(Job).where(Job.import_id.in_(runs)).values(team_id=team_id))
    session.execute(update(ImportRun).where(ImportRun.account_id == account.id).values(team_id=team_id))
    session.execute(delete(AccountRole).where(AccountRole.account_id == account.id))
    # Whoever was given a link by the other team, or gets mail from it, has no business with this one.
    revoke_shares_in(session, account.id)
    revoke_feeds_in(session, account.id)
    end_digests_of(session, account.id)
    forget_account(session, account.id)


def _has_open_work(session: Session, account_id: int) -> bool:
    """Return whether people of the team still wait for something that is done to the account's imports."""
    ended = [state for state in ImportState if state.is_ended]
    runs = select(ImportRun.id).where(ImportRun.account_id == account_id)
    jobs = select(Job.id).where(Job.import_id.in_(runs), Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
    return any(
        session.scalar(query.limit(1)) is not None for query in (runs.where(ImportRun.state.not_in(ended)), jobs)
    )
