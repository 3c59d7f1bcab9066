"""What is told when something is done, fails or concerns one person, in the transaction of the thing itself.

Each is told once, whatever is tried again; whoever is named by nothing any more is told nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.notifications import Message, NoticeKind
from webapp.domain.scope import Role
from webapp.models import (
    Account,
    DataExport,
    ImportOrigin,
    ImportRun,
    ImportState,
    Job,
    KnownDevice,
    ReportRun,
    ShareLink,
    Team,
    new_public_id,
)
from webapp.services.notifications import find_readers, tell

_ASKING = (ImportState.RECOGNISED, ImportState.HELD)


def tell_import_done(session: Session, run: ImportRun) -> None:
    """Tell everybody who may read the account that its figures are new; nobody of the sample."""
    if run.account_id is not None and run.origin is not ImportOrigin.SAMPLE:
        tell(
            session,
            find_readers(session, run.team_id, run.account_id),
            [_of_import(session, run, NoticeKind.IMPORT_DONE)],
        )


def tell_import_held(session: Session, run: ImportRun) -> None:
    """Tell whoever imported a file that only a person can decide something in it, where that is so."""
    if run.state in _ASKING:
        tell(session, [run.user_id], [_of_import(session, run, NoticeKind.IMPORT_HELD)])


def tell_import_failed(session: Session, run: ImportRun) -> None:
    """Tell whoever imported a file that it came to nothing."""
    tell(session, [run.user_id], [_of_import(session, run, NoticeKind.IMPORT_FAILED)])


def tell_report_ready(session: Session, run: ReportRun) -> None:
    """Tell whoever asked for a report that it is there."""
    _tell_of_account(session, run, run.created_by, NoticeKind.REPORT_READY, {"report": run.public_id, **_titled(run)})


def tell_report_failed(session: Session, run: ReportRun, job: Job) -> None:
    """Tell whoever asked for a report that the job came to nothing."""
    values = {"report": run.public_id, "error": job.error_code or "", **_titled(run)}
    _tell_of_account(session, run, run.created_by, NoticeKind.REPORT_FAILED, values, key=job.id)


def tell_download_ready(session: Session, export: DataExport) -> None:
    """Tell whoever asked for a download that it is there."""
    values = {"download": export.public_id, "content": export.content, "form": export.form}
    _tell_of_account(session, export, export.user_id, NoticeKind.DOWNLOAD_READY, values)


def tell_link_expiring(session: Session, share: ShareLink) -> None:
    """Tell whoever made a public link that it is about to end; with a new end they are told again."""
    until = int(share.expires_at.timestamp())
    values = {"share": share.public_id, "expires_at": until, **_titled(share)}
    _tell_of_account(
        session, share, share.created_by, NoticeKind.LINK_EXPIRING, values, key=f"{share.public_id}:{until}"
    )


def tell_new_device(session: Session, device: KnownDevice) -> None:
    """Tell a person that a browser signed in that they had not used before."""
    values = {"browser": device.user_agent, "ip": device.ip}
    tell(session, [device.user_id], [Message(NoticeKind.NEW_DEVICE, device.public_id, values)])


def tell_role(session: Session, user_id: int, team: Team, role: Role) -> None:
    """Tell a member that somebody gave them another place."""
    values = {"team": team.name, "role": role.value}
    # Each change is news, also the one that takes another back.
    tell(session, [user_id], [Message(NoticeKind.ROLE_CHANGED, new_public_id(), values, team_id=team.id)])


def _of_import(session: Session, run: ImportRun, kind: NoticeKind) -> Message:
    values: dict[str, Any] = {"import": run.public_id, "file": run.file_name}
    if kind is NoticeKind.IMPORT_FAILED:
        values["error"] = run.error_code or ""
    account = session.get(Account, run.account_id) if run.account_id is not None else None
    # An account that is not there before its first import is nobody's to open yet.
    is_there = account is not None and not account.awaits_import
    return Message(
        kind, run.public_id, values, team_id=run.team_id, account_id=account.id if account and is_there else None
    )


def _tell_of_account(
    session: Session,
    row: ReportRun | DataExport | ShareLink,
    user_id: int | None,
    kind: NoticeKind,
    values: dict[str, Any],
    key: str = "",
) -> None:
    """Tell one person something of an account, as long as both are there."""
    account = session.get(Account, row.account_id)
    if user_id is None or account is None:
        return
    message = Message(kind, key or row.public_id, values, team_id=account.team_id, account_id=account.id)
    tell(session, [user_id], [message])


def _titled(row: ReportRun | ShareLink) -> dict[str, str]:
    return {"title": row.title}
