"""What is worked out anew once another revision of an account is read."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.models import Account, ImportOrigin, ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind
from webapp.services.content import CONTENT
from webapp.services.forecasts import FORECAST
from webapp.services.growth import GROWTH
from webapp.services.jobs import add_job
from webapp.services.list_index import queue_list_index
from webapp.services.notice_finding import queue_finding
from webapp.services.plan_matching import queue_matching
from webapp.services.post_index import POSTS
from webapp.services.shares import queue_refresh

_READINGS: Final = (
    JobKind.LIST_INDEX,
    JobKind.GROWTH_FIT,
    JobKind.POST_INDEX,
    JobKind.CONTENT_FIT,
    JobKind.FORECAST_FIT,
    JobKind.PLAN_MATCH,
)


def queue_readings(session: Session, account: Account, *, rings: bool = True) -> None:
    """Add the jobs that follow a switch to its transaction, after the account's pointer was moved.

    Without ``rings`` the caller does them itself.
    """
    session.flush()
    queue_list_index(session, account, rings=rings)
    GROWTH.queue(session, account, rings=rings)
    POSTS.queue(session, account, rings=rings)
    CONTENT.queue(session, account, rings=rings)
    FORECAST.queue(session, account, rings=rings)
    queue_matching(session, account, rings=rings)
    queue_finding(session, account, rings=rings)
    queue_refresh(session, account)
    _compare_held_anew(session, account, rings=rings)


def _compare_held_anew(session: Session, account: Account, *, rings: bool) -> None:
    """Ask once more about the imports that wait for an answer: who is absent from a list depends on the one before."""
    query = select(ImportRun).where(
        ImportRun.account_id == account.id,
        ImportRun.state == ImportState.HELD,
        # A command that was held has said so and ends.
        ImportRun.origin != ImportOrigin.COMMAND,
    )
    for run in session.scalars(query.with_for_update(skip_locked=True)):
        run.state, run.preview = ImportState.RECEIVED, None
        add_job(session, JobKind.IMPORT_RECOGNISE, team_id=run.team_id, import_id=run.id, rings=rings)


def is_being_read(session: Session, account_id: int) -> bool:
    """Return whether something is still worked out of what an account holds since the last switch."""
    query = select(Job.id).where(
        Job.kind.in_(_READINGS),
        Job.state.in_((JobState.QUEUED, JobState.RUNNING)),
        Job.arguments["account_id"].as_integer() == account_id,
    )
    return session.scalar(query.limit(1)) is not None


def find_waiting(team_id: int) -> list[str]:
    """Return the ids of the team's jobs of these kinds that nobody has begun, for a caller that does them itself."""
    kinds = (*_READINGS, JobKind.NOTICES_FIND)
    query = select(Job.id).where(Job.team_id == team_id, Job.kind.in_(kinds), Job.state == JobState.QUEUED)
    return list(db.session.scalars(query.order_by(Job.created_at)))
