"""Reports on paper: asking for one, asking again for an old one, deleting it.

A report is made by a job (``webapp.services.report_making``) and shows what whoever asked for it may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from webapp.analytics.report_runs import get_report
from webapp.analytics.reports.payload import decode, forget
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db
from webapp.models import Account, AuditAction, ReportRun
from webapp.queue import JobKind
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.report_files import discard_files, find_file
from webapp.services.report_queries import write_query
from webapp.services.transaction import after_commit, transaction

MAX_TITLE: Final = 120
# Of one account.
MAX_REPORTS: Final = 200


def request_report(actor: Actor, scope: Scope, query: ReportQuery, *, title: str, locale: str, paper: Paper) -> str:
    """Have a report made; return its public id. Raises ``Invalid`` for a title too long and one report too many."""
    _require(scope)
    title = " ".join(title.split())
    if len(title) > MAX_TITLE:
        raise Invalid(ErrorCode.REPORT_TITLE_TOO_LONG, field="title", found=len(title), maximum=MAX_TITLE)
    with transaction() as session:
        _lock(session, scope)
        run = ReportRun(
            account_id=scope.account_id,
            created_by=scope.user_id,
            title=title,
            query=write_query(query),
            locale=locale,
            paper=paper,
            created_at=datetime.now(UTC),
        )
        return _queue(session, actor, scope, run)


def request_again(
    actor: Actor,
    scope: Scope,
    public_id: str,
    *,
    keeps_numbers: bool,
    locale: str | None = None,
    paper: Paper | None = None,
) -> str:
    """Have a report made again as a new one; return the public id of that.

    With ``keeps_numbers`` it says what it said then, else the same question is asked of the newest data. Raises
    ``NotFound`` for a report that is not there or not for the reader, ``Conflict`` for one that has no numbers yet.
    """
    _require(scope)
    get_report(scope, public_id)
    with transaction() as session:
        _lock(session, scope)
        before = session.scalars(_mine(scope).where(ReportRun.public_id == public_id)).one_or_none()
        if before is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        if keeps_numbers and before.body is None:
            raise Conflict(ErrorCode.REPORT_NOT_MADE)
        run = ReportRun(
            account_id=scope.account_id,
            created_by=scope.user_id,
            title=before.title,
            query=before.query,
            locale=locale or before.locale,
            paper=paper or before.paper,
            body=before.body if keeps_numbers else None,
            revision=before.revision if keeps_numbers else None,
            again_of=before.id,
            created_at=datetime.now(UTC),
        )
        return _queue(session, actor, scope, run)


def delete_report(actor: Actor, scope: Scope, public_id: str) -> None:
    """Delete a report with its file; raise ``NotFound`` for one that is not there or not for the reader."""
    _require(scope)
    get_report(scope, public_id)
    with transaction() as session:
        _lock(session, scope)
        run = session.scalars(_mine(scope).where(ReportRun.public_id == public_id)).one_or_none()
        if run is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        session.delete(run)
        record(session, actor, AuditAction.REPORT_DELETED, public_id)
        after_commit(session, lambda: discard_files(public_id))


def read_report_file(scope: Scope, public_id: str) -> bytes:
    """Return the PDF of a report; raise ``NotFound`` where there is none, or where the report is not for the reader."""
    path = find_file(public_id) if get_report(scope, public_id).is_made else None
    if path is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(ErrorCode.NOT_FOUND) from None


def forget_names(session: Session, account_id: int, names: Sequence[str]) -> None:
    """Take names out of the reports of an account inside the running transaction, and have those drawn anew."""
    team_id = session.scalar(select(Account.team_id).where(Account.id == account_id))
    for run in session.scalars(select(ReportRun).where(ReportRun.account_id == account_id)):
        before = run.body
        run.body = forget(before, names) if before is not None else None
        # One that is being made may have read the names already: what comes of it is thrown away.
        is_being_made = before is None and run.error is None
        if run.body == before and not is_being_made:
            continue
        notes = decode(run.body).notes if run.body is not None else None
        if notes is not None:
            run.query = {**run.query, "notes": notes.author}
        run.made_at = None
        queue_making(session, run, team_id)
        gone = run.public_id
        after_commit(session, lambda public_id=gone: discard_files(public_id))  # type: ignore[misc]


def discard_reports(account_id: int) -> None:
    """Delete the reports of an account and their files; harmless when they are gone."""
    mine = ReportRun.account_id == account_id
    discard_files(*db.session.scalars(select(ReportRun.public_id).where(mine)))
    with transaction() as session:
        session.execute(delete(ReportRun).where(mine))


def queue_making(session: Session, run: ReportRun, team_id: int | None) -> None:
    """Have a report made or drawn anew, in the running transaction."""
    arguments = {"report_id": run.id, "user_id": run.created_by}
    run.job_id = add_job(session, JobKind.REPORT_MAKE, team_id=team_id, arguments=arguments).id
    run.error = None


def _queue(session: Session, actor: Actor, scope: Scope, run: ReportRun) -> str:
    count = select(func.count(ReportRun.id)).where(ReportRun.account_id == scope.account_id)
    if (session.scalar(count) or 0) >= MAX_REPORTS:
        raise Invalid(ErrorCode.REPORTS_FULL, field="title", maximum=MAX_REPORTS)
    session.add(run)
    session.flush()
    queue_making(session, run, scope.team_id)
    record(session, actor, AuditAction.REPORT_MADE, run.public_id, locale=run.locale, paper=run.paper.value)
    return run.public_id


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.REPORT_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who write come one after another, so that what they count holds."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _mine(scope: Scope) -> Select[ReportRun]:
    return select(ReportRun).where(ReportRun.account_id == scope.account_id)
