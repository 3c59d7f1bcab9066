"""The reports on paper of an account, as a reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from webapp.analytics.reports.payload import decode
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction
from webapp.domain.reports import Paper, Report, ReportHead
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Job, JobState, ReportRun, User

_AGAIN = aliased(ReportRun)
_NAMES: Final = list(NameDisplay)
_NUMBERS: Final = list(NumberDisplay)


class _Kept(msgspec.Struct):
    """The head of a kept report; the rest of its text is passed over."""

    head: ReportHead


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report of the list; ``again_of`` is the public id of the one it was made again from.

    ``head`` is there once its numbers are; ``made_at`` once its file is. ``error`` is the code of what went
    wrong, or says that somebody stopped it.
    """

    public_id: str
    title: str
    query: dict[str, Any]
    locale: str
    paper: Paper
    revision: int | None
    again_of: str | None
    by: str | None
    head: ReportHead | None
    error: str | None
    error_params: dict[str, Any] | None
    step: str | None
    pages: int | None
    size: int | None
    created_at: datetime
    made_at: datetime | None

    @property
    def is_made(self) -> bool:
        """Return whether it can be read and downloaded."""
        return self.made_at is not None

    @property
    def is_working(self) -> bool:
        """Return whether it is still being made."""
        return self.made_at is None and self.error is None


@dataclass(frozen=True, slots=True)
class ReportList:
    """The reports that the reader may see, newest first, and how many there are that they may not."""

    rows: tuple[ReportRow, ...]
    kept_back: int


def list_reports(scope: Scope) -> ReportList:
    """Return the reports of an account; one that tells more than the reader gets to see is counted alone."""
    found = [(row, _row(row)) for row in db.session.execute(_query(scope))]
    shown = tuple(told for row, told in found if _is_for(scope, row.created_by, told.head))
    return ReportList(shown, len(found) - len(shown))


def get_report(scope: Scope, public_id: str) -> ReportRow:
    """Return one report; raise ``NotFound`` where it is not there or tells more than the reader gets to see."""
    row = db.session.execute(_query(scope).where(ReportRun.public_id == public_id)).first()
    told = _row(row) if row is not None else None
    if row is None or told is None or not _is_for(scope, row.created_by, told.head):
        raise NotFound(ErrorCode.NOT_FOUND)
    return told


def read_report(scope: Scope, public_id: str) -> Report:
    """Return what a report says; raise ``NotFound`` like ``get_report``, and where nothing was found yet."""
    get_report(scope, public_id)
    body = db.session.scalar(
        select(ReportRun.body).where(ReportRun.account_id == scope.account_id, ReportRun.public_id == public_id)
    )
    if body is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return decode(body)


def tells_no_more(head: ReportHead, redaction: Redaction) -> bool:
    """Return whether a report shows nothing of what is kept from a reader."""
    return (
        _NAMES.index(head.names) >= _NAMES.index(redaction.names)
        and _NUMBERS.index(head.numbers) >= _NUMBERS.index(redaction.numbers)
        and (head.hides_captions or not redaction.hides_captions)
    )


def _is_for(scope: Scope, created_by: int | None, head: ReportHead | None) -> bool:
    if head is None:
        # Its title and notes are words of whoever asked for it, who may have seen more.
        return created_by == scope.user_id or not scope.redaction.hides_names
    return tells_no_more(head, scope.redaction)


def _query(scope: Scope) -> Any:
    return (
        select(
            ReportRun,
            ReportRun.created_by,
            _AGAIN.public_id.label("again"),
            User.email,
            Job.step,
            Job.state,
            Job.error_params,
        )
        .outerjoin(_AGAIN, _AGAIN.id == ReportRun.again_of)
        .outerjoin(User, User.id == ReportRun.created_by)
        .outerjoin(Job, Job.id == ReportRun.job_id)
        .where(ReportRun.account_id == scope.account_id)
        .order_by(ReportRun.created_at.desc(), ReportRun.id.desc())
    )


def _row(row: Row[Any]) -> ReportRow:
    run: ReportRun = row.ReportRun
    return ReportRow(
        public_id=run.public_id,
        title=run.title,
        query=run.query,
        locale=run.locale,
        paper=run.paper,
        revision=run.revision,
        again_of=row.again,
        by=row.email,
        head=msgspec.json.decode(run.body, type=_Kept).head if run.body is not None else None,
        error=run.error,
        error_params=row.error_params,
        step=row.step if row.state is JobState.RUNNING else None,
        pages=run.pages,
        size=run.size,
        created_at=run.created_at,
        made_at=run.made_at,
    )
