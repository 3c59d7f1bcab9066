"""Whether the person a job was queued for may still have it done."""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden
from webapp.domain.scope import PERMISSION_ROLES, Permission, Role, TeamScope
from webapp.models import ImportRun, Job
from webapp.services.access import find_team_scope


def check_job(session: Session, job_id: str, permission: Permission) -> None:
    """Raise ``Forbidden`` when the person a job was queued for may not have it done any more (SECURITY 40)."""
    job = session.get_one(Job, job_id)
    run = _run_of(session, job)
    user_id = asker_of(session, job)
    if user_id is None or job.team_id is None:
        return
    scope = find_team_scope(session, user_id, job.team_id)
    if scope is None or not scope.allows(permission):
        raise Forbidden(ErrorCode.JOB_REFUSED)
    if run is not None and run.account_id is not None:
        _require(scope.role_in(run.account_id), permission)


def asker_of(session: Session, job: Job) -> int | None:
    """Return the person a job was queued for: who asked for it, or who sent the file; ``None`` for none."""
    run = _run_of(session, job)
    asker: int | None = job.arguments.get("user_id") or (run.user_id if run is not None else None)
    return asker


def check_import_account(session: Session, run: ImportRun, account_id: int | None) -> None:
    """Raise ``Forbidden`` when the sender of a file may not import into an account, ``None`` for a new one."""
    scope = find_team_scope(session, run.user_id, run.team_id)
    if scope is None:
        raise Forbidden(ErrorCode.JOB_REFUSED)
    role = scope.role_in(account_id) if account_id is not None else _role_in_new(scope)
    _require(role, Permission.IMPORT_WRITE)


def _run_of(session: Session, job: Job) -> ImportRun | None:
    return session.get(ImportRun, job.import_id) if job.import_id is not None else None


def _role_in_new(scope: TeamScope) -> Role | None:
    """Return the role in an account that is not there yet: whoever sees only named accounts adds none."""
    return scope.role if scope.sees_all_accounts else None


def _require(role: Role | None, permission: Permission) -> None:
    if role is None or not role.includes(PERMISSION_ROLES[permission]):
        raise Forbidden(ErrorCode.JOB_REFUSED)
