"""The turn to write: imports, undos, moved exports and erasures of one account come one after another.

Whoever has the turn adds rows of the account's next revision, which nobody sees, and moves the pointer last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.models import Account, AccountRevision, Job
from webapp.services.lease import Lease, NotYet
from webapp.services.revisions import clear_replaced, is_writing, queue_sweep, take_back
from webapp.services.transaction import transaction

_TURN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """An account that only this job writes, and the revision that its readers see meanwhile."""

    account_id: int
    revision: int
    is_dirty: bool


def take(session: Session, lease: Lease, account: Account) -> Turn:
    """Take the turn inside the running transaction; raise ``NotYet`` while another job has it."""
    # Two that ask at once must see each other's answer; SQLite has one writer at a time anyway.
    session.refresh(account, with_for_update=True)
    if account.writing_job_id != lease.job_id and is_writing(session, account):
        raise NotYet(_TURN_SECONDS)
    account.writing_job_id = lease.job_id
    is_dirty, account.has_leftovers = account.has_leftovers, True
    session.flush()
    return Turn(account.id, account.revision, is_dirty)


def make_ready(lease: Lease, turn: Turn) -> None:
    """Delete what nobody reads any more; after work that did not end, also take back what it wrote."""
    lease.begin_step("clearing")
    clear_replaced(lease, turn.account_id)
    if turn.is_dirty:
        take_back(lease, turn.account_id, turn.revision)


def begin(lease: Lease, account_id: int) -> Turn:
    """Take the turn and make ready to write; raise ``NotYet`` while another job has it."""
    with transaction() as session:
        lease.hold(session)
        turn = take(session, lease, session.get_one(Account, account_id))
    make_ready(lease, turn)
    return turn


def switch(session: Session, account: Account, revision: int) -> None:
    """Make a revision the one that is read, in the transaction that ends the job, and give the turn back."""
    account.revision = revision
    session.add(AccountRevision(account_id=account.id, revision=revision, made_at=datetime.now(UTC)))
    give_back(account)


def give_back(account: Account) -> None:
    """Let others write; for a job that left no rows of its own."""
    account.writing_job_id, account.has_leftovers = None, False


def abandon(session: Session, account: Account, job: Job | None) -> None:
    """Take the turn from a job that has ended; what it left unfinished is swept soon after."""
    if job is not None and account.writing_job_id == job.id:
        account.writing_job_id = None
    is_unseen = account.awaits_import and account.deleted_at is None
    if account.has_leftovers and account.writing_job_id is None and not is_unseen:
        queue_sweep(session, account)
