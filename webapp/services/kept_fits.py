"""Jobs that work something out of an account's data and keep it, so that pages of large accounts need not.

One row an account. Whoever reads it looks whether it is of the revision and time zone that is asked for, so an old one
never answers for a new one, and the job may run twice, late, or never end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from webapp.analytics.visible import Reader
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import Account, ContentModel, ForecastModel, GrowthModel, Job, JobState, PostIndex
from webapp.queue import JobKind
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

_ACCOUNT: Final = "account_id"


@dataclass(frozen=True, slots=True)
class AccountReader:
    """An account at one of its revisions."""

    account_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class KeptFit:
    """A kind of job that keeps one row an account: in which table, of which layout, for whom, and made how.

    ``is_wanted`` says whether an account, as it is now, has so much data that a page does not work it out itself.
    ``work_out`` returns ``None`` where there is nothing to keep, ``pack`` makes what the table holds of the rest.
    """

    kind: JobKind
    model: type[GrowthModel] | type[ContentModel] | type[ForecastModel] | type[PostIndex]
    layout: int
    is_wanted: Callable[[AccountReader], bool]
    work_out: Callable[[Reader, str], Any]
    pack: Callable[[Any], Any] = msgspec.to_builtins

    def queue(self, session: Session, account: Account, *, rings: bool = True) -> None:
        """Add the job to the transaction that changed the account's data or time zone, if it is wanted."""
        if self._is_wanted(account):
            arguments = {_ACCOUNT: account.id}
            add_job(session, self.kind, team_id=account.team_id, arguments=arguments, rings=rings)

    def fit(self, lease: Lease) -> None:
        """Work out what is kept of the account as it is now, unless it is kept already.

        The job of the schedule names no account: it queues one for each of which nothing is kept.
        """
        if _ACCOUNT not in lease.arguments:
            self._queue_missing(lease)
            return
        account = db.session.get(Account, lease.arguments[_ACCOUNT])
        if account is None or account.deleted_at is not None or self._fits(account):
            with transaction() as session:
                lease.finish(session)
            return
        reader, timezone = AccountReader(account.id, account.revision), account.timezone
        lease.begin_step("estimating")
        with lease.kept_alive():
            found = self.work_out(reader, timezone)
            body = None if found is None else self.pack(found)
        with transaction() as session:
            lease.hold(session)
            account = session.get_one(Account, reader.account_id, with_for_update=True)
            # What was changed meanwhile has a job of its own.
            if body is not None and (account.revision, account.timezone) == (reader.revision, timezone):
                self._keep(session, account, body)
            reach(Failpoint.FIT_BEFORE_COMMIT)
            lease.finish(session)

    def _queue_missing(self, lease: Lease) -> None:
        """Queue what an older version of the app or a job that failed left undone."""
        missing = select(Account).outerjoin(self.model, self.model.account_id == Account.id)
        state = self._state(Account)
        is_other = or_(self.model.id.is_(None), *(getattr(self.model, name) != value for name, value in state.items()))
        accounts = db.session.scalars(missing.where(Account.deleted_at.is_(None), Account.revision > 0, is_other)).all()
        open_jobs = select(Job.arguments).where(
            Job.kind == self.kind, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
        )
        begun = {arguments.get(_ACCOUNT) for arguments in db.session.scalars(open_jobs)}
        wanted = [
            (account.id, account.team_id)
            for account in accounts
            if account.id not in begun and self._is_wanted(account)
        ]
        with transaction() as session:
            for account_id, team_id in wanted:
                add_job(session, self.kind, team_id=team_id, arguments={_ACCOUNT: account_id})
            lease.finish(session)

    def _is_wanted(self, account: Account) -> bool:
        return self.is_wanted(AccountReader(account.id, account.revision))

    def _fits(self, account: Account) -> bool:
        state = self._state(account)
        columns = [getattr(self.model, name) for name in state]
        kept = db.session.execute(select(*columns).where(self.model.account_id == account.id)).first()
        return kept is not None and tuple(kept) == tuple(state.values())

    def _state(self, account: Account | type[Account]) -> dict[str, Any]:
        """Return what the kept row must say of an account to answer for it; only some depend on the time zone."""
        state = {"revision": account.revision, "timezone": account.timezone, "layout": self.layout}
        return {name: value for name, value in state.items() if name in self.model.__table__.columns}

    def _keep(self, session: Session, account: Account, body: Any) -> None:
        kept = {**self._state(account), "body": body, "created_at": datetime.now(UTC)}
        row_id = session.scalar(select(self.model.id).where(self.model.account_id == account.id))
        if row_id is None:
            session.add(self.model(account_id=account.id, **kept))
        else:
            session.execute(update(self.model).where(self.model.id == row_id).values(**kept))
