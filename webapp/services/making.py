"""What jobs make for somebody who asked: reports, links, downloads. A row names its newest job; no other counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Forbidden
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db
from webapp.models import DataExport, Job, JobState, ReportRun, ShareLink
from webapp.services import access
from webapp.services.after_switch import is_being_read
from webapp.services.lease import NotYet

# What follows an import takes some seconds: until then a report would say that numbers are still reckoned.
_READING_SECONDS: Final = 3


Row = TypeVar("Row", ReportRun, ShareLink, DataExport)


@dataclass(frozen=True, slots=True)
class Making(Generic[Row]):
    """One kind of row; ``argument`` of a job is the row that it makes something for."""

    model: type[Row]
    argument: str

    def ended(self, session: Session, job: Job) -> None:
        """Note at its row, in the transaction that ends a job, that it came to nothing."""
        row = self.find(session, job)
        if row is not None:
            row.error = job.error_code or JobState.CANCELLED.value

    def revive(self, session: Session, job: Job) -> None:
        """Let a failed job be tried again; raise ``Conflict`` where its row has another job or is gone."""
        row = self.find(session, job)
        if row is None:
            raise Conflict(ErrorCode.JOB_NOT_RETRIABLE)
        row.error = None

    def find(self, session: Session, job: Job) -> Row | None:
        """Return the row of a job; ``None`` where it is gone, or has a newer job."""
        row = session.get(self.model, job.arguments[self.argument])
        return row if row is not None and row.job_id == job.id else None


def find_maker(user_id: int | None, account_id: int, permission: Permission) -> Scope:
    """Return what somebody who asked for something may see of an account now.

    Raises ``Forbidden`` when they may not have it made any more, ``NotYet`` while the account's numbers are reckoned.
    """
    session = db.session()
    scope = access.find_scope_of(session, user_id, account_id, permission) if user_id is not None else None
    if scope is None:
        raise Forbidden(ErrorCode.JOB_REFUSED)
    if is_being_read(session, account_id):
        raise NotYet(_READING_SECONDS)
    return scope
