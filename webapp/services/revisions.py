"""Clear rows that nobody reads any more: replaced ones after a while, and what an unfinished import left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlalchemy.orm import Session

from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import (
    NEVER,
    Account,
    AccountRevision,
    Export,
    Follower,
    FollowerSnapshot,
    Following,
    Job,
    JobState,
    Post,
    PostDetail,
    PostHashtag,
    PostReading,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioVideo,
)
from webapp.queue import JobKind
from webapp.services.batches import Check, delete_in_batches, update_in_batches
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

# An answer that began before a switch may still read rows that the switch replaced: a download, page by page.
READ_SECONDS: Final = 3600
_VERSIONED: Final[tuple[Any, ...]] = (
    Follower,
    Following,
    FollowerSnapshot,
    StudioVideo,
    StudioDay,
    StudioHour,
    StudioShare,
    PostHashtag,
    PostReading,
    PostDetail,
    Post,
    Export,
)


class _TurnTaken(Exception):
    """An import of the account writes now, and takes back itself what an earlier one left."""


def clear_replaced(lease: Lease, account_id: int) -> None:
    """Delete rows of an account that were replaced so long ago that nobody reads them any more."""
    revision = _unread_revision(account_id)
    if revision is None:
        return
    for model in _VERSIONED:
        delete_in_batches(lease, model, _is_replaced(model, account_id) & (model.removed_revision <= revision))
        reach(Failpoint.CLEAR_MID)


def take_back(lease: Lease, account_id: int, revision: int, check: Check | None = None) -> None:
    """Take back what an unfinished import wrote beyond a revision; for whoever has the turn to write.

    Added rows first: only then may replaced ones live again, because names are unique among the living.
    """
    for model in _VERSIONED:
        delete_in_batches(lease, model, (model.account_id == account_id) & (model.added_revision > revision), check)
        is_hidden = _is_replaced(model, account_id) & (model.removed_revision > revision)
        update_in_batches(lease, model, is_hidden, {"removed_revision": NEVER}, check)
        reach(Failpoint.CLEAR_MID)


def is_writing(session: Session, account: Account) -> bool:
    """Return whether a job has the turn to write rows of the account's next revision."""
    if account.writing_job_id is None:
        return False
    state = session.scalar(select(Job.state).where(Job.id == account.writing_job_id))
    return state in (JobState.QUEUED, JobState.RUNNING)


def queue_sweep(session: Session, account: Account) -> None:
    """Add the job that takes back what an unfinished import left, to the transaction that ends the import."""
    add_job(session, JobKind.REVISIONS_SWEEP, team_id=account.team_id, arguments={"account_id": account.id})


def sweep(lease: Lease) -> None:
    """Clear the rows that nobody reads of one account, or of all when the job names none."""
    query = select(Account.id).where(Account.deleted_at.is_(None)).order_by(Account.id)
    if "account_id" in lease.arguments:
        query = query.where(Account.id == lease.arguments["account_id"])
    for account_id in db.session.scalars(query).all():
        clear_replaced(lease, account_id)
        _take_back_leftovers(lease, account_id)
    with transaction() as session:
        lease.finish(session)


def _take_back_leftovers(lease: Lease, account_id: int) -> None:
    account = db.session.get(Account, account_id)
    if account is None or not account.has_leftovers:
        return
    revision = account.revision

    def check(session: Session) -> Account:
        """Return the account, locked, so that no import begins in this moment; raise ``_TurnTaken`` after that."""
        found = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
        if found.revision != revision or found.deleted_at is not None or is_writing(session, found):
            raise _TurnTaken
        return found

    try:
        take_back(lease, account_id, revision, check)
        with transaction() as session:
            lease.hold(session)
            check(session).has_leftovers = False
    except _TurnTaken:
        return


def _is_replaced(model: Any, account_id: int) -> ColumnElement[bool]:
    # Written as a literal, because a partial index is found only when its own condition is there.
    return and_(model.account_id == account_id, model.removed_revision < literal_column(str(NEVER)))


def _unread_revision(account_id: int) -> int | None:
    """Return the newest revision that was there long enough: what it replaced cannot be read any more."""
    return db.session.scalar(
        select(func.max(AccountRevision.revision))
        .where(AccountRevision.account_id == account_id)
        .where(AccountRevision.made_at <= datetime.now(UTC) - timedelta(seconds=READ_SECONDS))
    )
