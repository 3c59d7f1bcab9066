"""Downloads that are put together: asking for one, fetching and deleting it, and the end of those nobody may have.

A file is made by a job (``webapp.services.data_export_making``); only who asked for it can fetch it, for some days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.analytics.data_exports import ExportRow, get_export
from webapp.domain.data_exports import LIFETIME, MAX_FILES, ExportWishes
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.models import Account, AuditAction, DataExport, Job, JobState
from webapp.queue import JobKind
from webapp.services.audit import Actor, record
from webapp.services.data_export_files import DATA_EXPORT_FILES, sweep_orphans
from webapp.services.jobs import add_job
from webapp.services.transaction import after_commit, transaction


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that can be fetched, and what it is called outside."""

    path: Path
    name: str


def request_data_export(actor: Actor, scope: Scope, wishes: ExportWishes, locale: str) -> str:
    """Have a file put together for the reader; return its public id.

    Raises ``Conflict`` while the same one is in work, ``Invalid`` for one file too many.
    """
    _require(scope)
    now = datetime.now(UTC)
    with transaction() as session:
        account = session.get_one(Account, scope.account_id, with_for_update=True)
        mine = (
            select(func.count(DataExport.id))
            .where(DataExport.account_id == scope.account_id, DataExport.user_id == scope.user_id)
            .where(DataExport.expires_at > now)
        )
        same = mine.where(DataExport.content == wishes.content.value, DataExport.form == wishes.form.value)
        if session.scalar(same.where(DataExport.file.is_(None), DataExport.error.is_(None))):
            raise Conflict(ErrorCode.DATA_EXPORT_IN_WORK)
        if (session.scalar(mine) or 0) >= MAX_FILES:
            raise Invalid(ErrorCode.DATA_EXPORTS_FULL, maximum=MAX_FILES)
        export = DataExport(
            account_id=scope.account_id,
            user_id=scope.user_id,
            content=wishes.content.value,
            form=wishes.form.value,
            # What a browser covers is covered in the file too.
            query={
                "hides_names": scope.redaction.hides_names,
                "hides_captions": scope.redaction.hides_captions,
            },
            locale=locale,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        session.add(export)
        session.flush()
        arguments = {"export_id": export.id, "user_id": scope.user_id}
        export.job_id = add_job(session, JobKind.DATA_EXPORT, team_id=account.team_id, arguments=arguments).id
        said = {"content": export.content, "form": export.form}
        record(session, actor, AuditAction.EXPORT_FILE_ASKED, export.public_id, **said)
        return export.public_id


def fetch_data_export(actor: Actor, scope: Scope, public_id: str) -> ReadyFile:
    """Return a file for a download, which is recorded; raise ``NotFound`` where there is none for the reader."""
    _require(scope)
    row = get_export(scope, public_id)
    path = DATA_EXPORT_FILES.find(row.file)
    if path is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    with transaction() as session:
        handle = session.get_one(Account, scope.account_id).handle
        record(session, actor, AuditAction.DATA_DOWNLOADED, public_id, bytes=row.size)
    return ReadyFile(path, _name(handle, row))


def delete_data_export(actor: Actor, scope: Scope, public_id: str) -> None:
    """Delete a file before its time, or stop making it; raise ``NotFound`` where there is none for the reader."""
    _require(scope)
    get_export(scope, public_id)
    with transaction() as session:
        mine = select(DataExport).where(
            DataExport.account_id == scope.account_id,
            DataExport.user_id == scope.user_id,
            DataExport.public_id == public_id,
        )
        export = session.scalars(mine.with_for_update()).one_or_none()
        if export is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        _delete(session, [export])
        record(session, actor, AuditAction.EXPORT_FILE_DELETED, public_id)


def discard_account_exports(account_id: int) -> None:
    """Delete the files of an account; harmless when they are gone."""
    with transaction() as session:
        forget_names(session, account_id)


def forget_names(session: Session, account_id: int) -> None:
    """Delete all files of an account inside the running transaction: they may hold somebody who is to be forgotten."""
    _delete(session, session.scalars(select(DataExport).where(DataExport.account_id == account_id)))


def discard_exports_of(session: Session, team_id: int, user_id: int) -> None:
    """Delete what a person had put together in a team, inside the running transaction."""
    accounts = select(Account.id).where(Account.team_id == team_id)
    _delete(
        session,
        session.scalars(select(DataExport).where(DataExport.user_id == user_id, DataExport.account_id.in_(accounts))),
    )


def sweep() -> None:
    """Delete the files whose time is over, and what belongs to nothing."""
    with transaction() as session:
        _delete(session, session.scalars(select(DataExport).where(DataExport.expires_at <= datetime.now(UTC))))
    sweep_orphans()


def _delete(session: Session, exports: Iterable[DataExport]) -> None:
    """Delete rows, and their files once that holds; a job that is at one is stopped and leaves nothing."""
    found = list(exports)
    names = [export.file for export in found]
    open_jobs = [export.job_id for export in found if export.file is None]
    is_open = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    session.execute(update(Job).where(Job.id.in_(open_jobs), is_open).values(is_cancel_wanted=True))
    for export in found:
        session.delete(export)
    after_commit(session, lambda: DATA_EXPORT_FILES.discard(*names))


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.ACCOUNT_READ):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _name(handle: str, row: ExportRow) -> str:
    day = (row.made_at or row.created_at).date().isoformat()
    return f"{handle}-{row.wishes.content.value}-{day}.{row.wishes.ending}"
