"""The job that works out an account's growth and keeps it, so that pages of large accounts need not.

One row an account. Whoever reads it looks whether it is of the revision and time zone that is asked for, so an old one
never answers for a new one, and the job may run twice, late, or never end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from webapp.analytics.growth_model import LAYOUT, work_out
from webapp.analytics.visible import visible
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import Account, FollowerSnapshot, GrowthModel, Job, JobState
from webapp.queue import JobKind
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

# Shorter lists are worked out quicker than a job is begun.
LEAST_KEPT: Final = 2_000
_ACCOUNT: Final = "account_id"


@dataclass(frozen=True, slots=True)
class _Reader:
    """An account at one of its revisions."""

    account_id: int
    revision: int


def queue_growth_fit(session: Session, account: Account, *, rings: bool = True) -> None:
    """Add the job to the transaction that changed the account's lists or time zone, if a list is long enough."""
    if _is_long(account):
        arguments = {_ACCOUNT: account.id}
        add_job(session, JobKind.GROWTH_FIT, team_id=account.team_id, arguments=arguments, rings=rings)


def fit(lease: Lease) -> None:
    """Work out the growth of the account as it is now and keep it, unless it is kept already.

    The job of the schedule names no account: it queues one for each whose growth is not kept.
    """
    if _ACCOUNT not in lease.arguments:
        _queue_missing(lease)
        return
    account = db.session.get(Account, lease.arguments[_ACCOUNT])
    if account is None or account.deleted_at is not None or _fits(account):
        with transaction() as session:
            lease.finish(session)
        return
    reader, timezone = _Reader(account.id, account.revision), account.timezone
    lease.begin_step("estimating")
    body = msgspec.to_builtins(work_out(reader, timezone))
    with transaction() as session:
        lease.hold(session)
        account = session.get_one(Account, reader.account_id, with_for_update=True)
        # What was changed meanwhile has a job of its own.
        if (account.revision, account.timezone) == (reader.revision, timezone):
            _keep(session, reader, timezone, body)
        reach(Failpoint.GROWTH_BEFORE_COMMIT)
        lease.finish(session)


def _queue_missing(lease: Lease) -> None:
    """Queue what an older version of the app or a job that failed left undone."""
    missing = select(Account).outerjoin(GrowthModel, GrowthModel.account_id == Account.id)
    is_other = or_(
        GrowthModel.id.is_(None),
        GrowthModel.revision != Account.revision,
        GrowthModel.timezone != Account.timezone,
        GrowthModel.layout != LAYOUT,
    )
    accounts = db.session.scalars(missing.where(Account.deleted_at.is_(None), Account.revision > 0, is_other)).all()
    open_jobs = select(Job.arguments).where(
        Job.kind == JobKind.GROWTH_FIT, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    begun = {arguments.get(_ACCOUNT) for arguments in db.session.scalars(open_jobs)}
    wanted = [(account.id, account.team_id) for account in accounts if account.id not in begun and _is_long(account)]
    with transaction() as session:
        for account_id, team_id in wanted:
            add_job(session, JobKind.GROWTH_FIT, team_id=team_id, arguments={_ACCOUNT: account_id})
        lease.finish(session)


def _is_long(account: Account) -> bool:
    reader, lists = _Reader(account.id, account.revision), FollowerSnapshot
    longest = select(func.max(lists.followers), func.max(lists.following)).where(visible(lists, reader))
    return max(count or 0 for count in db.session.execute(longest).one()) >= LEAST_KEPT


def _fits(account: Account) -> bool:
    kept = db.session.execute(
        select(GrowthModel.revision, GrowthModel.timezone, GrowthModel.layout).where(
            GrowthModel.account_id == account.id
        )
    ).first()
    return kept is not None and tuple(kept) == (account.revision, account.timezone, LAYOUT)


def _keep(session: Session, reader: _Reader, timezone: str, body: dict[str, object]) -> None:
    model = session.scalar(select(GrowthModel).where(GrowthModel.account_id == reader.account_id))
    if model is None:
        model = GrowthModel(account_id=reader.account_id)
        session.add(model)
    model.revision, model.timezone, model.layout = reader.revision, timezone, LAYOUT
    model.body, model.created_at = body, datetime.now(UTC)
