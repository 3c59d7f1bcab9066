"""What a person does with an import: send a file, correct what was recognised, commit, cancel."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp import metrics
from webapp.analytics.imports import runs_of
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound, OutOfSpace
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import PERMISSION_ROLES, Permission, TeamScope
from webapp.domain.sections import ExportedAtSource, Section
from webapp.models import (
    Account,
    AuditAction,
    ImportOrigin,
    ImportRun,
    ImportState,
    Job,
    JobState,
    ListAnswer,
    OwnerAnswer,
    new_public_id,
)
from webapp.queue import JobKind
from webapp.services import turns
from webapp.services.accounts import drop_unseen_account
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.owners import find_renamed
from webapp.services.transaction import after_commit, transaction
from webapp.services.uploads import discard_upload, keep_upload

_OLDEST_EXPORT = int(datetime(2016, 1, 1, tzinfo=UTC).timestamp())
_NEWEST_EXPORT = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has arrived whole in the uploads folder."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportWishes:
    """What the sender said about a file; everything else is read from it."""

    handle: str | None = None
    exported_at: int | None = None
    commits_itself: bool = False
    losses_confirmed: bool = False


def create_import(
    actor: Actor,
    scope: TeamScope,
    file: ReceivedFile,
    origin: ImportOrigin,
    wishes: ImportWishes | None = None,
    *,
    rings: bool = True,
) -> str:
    """Take a file in and queue its reading; return the import's public id.

    Raises ``Forbidden`` for a role that may not import, ``Invalid`` for an impossible export time.
    """
    wishes = wishes or ImportWishes()
    if not scope.allows(Permission.IMPORT_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)
    if file.size == 0:
        raise Invalid(ErrorCode.FILE_EMPTY)
    if wishes.exported_at is not None:
        check_export_time(wishes.exported_at)
    public_id = new_public_id()
    keep_upload(file.path, public_id)
    try:
        _add_run(actor, scope, file, origin, wishes, public_id, rings=rings)
    except OutOfSpace:
        discard_upload(public_id)
        raise
    return public_id


def _add_run(
    actor: Actor,
    scope: TeamScope,
    file: ReceivedFile,
    origin: ImportOrigin,
    wishes: ImportWishes,
    public_id: str,
    *,
    rings: bool,
) -> None:
    with transaction() as session:
        run = ImportRun(
            public_id=public_id,
            team_id=scope.team_id,
            user_id=scope.user_id,
            state=ImportState.RECEIVED,
            origin=origin,
            file_name=shown_file_name(file.name),
            size_bytes=file.size,
            sha256=file.sha256,
            wanted_handle=wishes.handle,
            commits_itself=wishes.commits_itself,
            losses_confirmed=wishes.losses_confirmed,
            exported_at=wishes.exported_at,
            exported_at_source=ExportedAtSource.PERSON if wishes.exported_at is not None else None,
            created_at=datetime.now(UTC),
        )
        session.add(run)
        session.flush()
        reach(Failpoint.UPLOAD_AFTER_ROW)
        add_job(session, JobKind.IMPORT_RECOGNISE, team_id=scope.team_id, import_id=run.id, rings=rings)
        record(session, actor, AuditAction.IMPORT_RECEIVED, public_id, file=run.file_name, bytes=file.size)


def correct_import(
    actor: Actor,
    scope: TeamScope,
    public_id: str,
    *,
    exported_at: int | None = None,
    handle: str | None = None,
    owner_answer: OwnerAnswer | None = None,
    commits: bool = False,
    losses_confirmed: bool = False,
    rings: bool = True,
) -> None:
    """Set the export time or the account of an import that waits for a person, and compare anew.

    ``owner_answer`` says whose a file is whose owner no account has as its name; ``RENAMED`` needs the ``handle`` of
    the account. With ``commits`` the import is written as soon as nothing is left to ask.
    Raises ``Invalid`` for an answer that does not fit, ``Conflict`` when the import does not wait.
    """
    if exported_at is not None:
        check_export_time(exported_at)
    if owner_answer is OwnerAnswer.RENAMED and handle is None:
        raise Invalid(ErrorCode.IMPORT_OWNER_OPEN, field="account")
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        _require_waiting(run)
        before = _answers_of(run)
        if exported_at is not None and exported_at != run.exported_at:
            run.exported_at, run.exported_at_source = exported_at, ExportedAtSource.PERSON
        if owner_answer is not None:
            _answer_owner(session, run, owner_answer, handle)
        elif handle is not None:
            run.wanted_handle = handle
        run.commits_itself = run.commits_itself or commits
        run.losses_confirmed = run.losses_confirmed or losses_confirmed
        _read_again(session, scope, run, rings=rings)
        record(session, actor, AuditAction.IMPORT_CHANGED, public_id, before=before, after=_answers_of(run))


def _answers_of(run: ImportRun) -> dict[str, object]:
    return {"exported_at": run.exported_at, "handle": run.wanted_handle, "owner": run.owner_answer}


def _answer_owner(session: Session, run: ImportRun, answer: OwnerAnswer, handle: str | None) -> None:
    if run.owner is None or run.platform is None:
        raise Invalid(ErrorCode.IMPORT_WITHOUT_OWNER, field="account")
    run.owner_answer = answer
    run.wanted_handle = handle if answer is OwnerAnswer.RENAMED else None
    if answer is OwnerAnswer.RENAMED:
        find_renamed(session, run, run.platform, run.owner)


def compare_again(scope: TeamScope, public_id: str, *, rings: bool = True) -> None:
    """Compare an import that waits for a person with what is stored now, because other imports came between."""
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        _require_waiting(run)
        _read_again(session, scope, run, rings=rings)


def _read_again(session: Session, scope: TeamScope, run: ImportRun, *, rings: bool) -> None:
    run.state, run.preview, run.answers = ImportState.RECEIVED, None, None
    _add_job(session, JobKind.IMPORT_RECOGNISE, scope, run, rings=rings)


def _add_job(session: Session, kind: JobKind, scope: TeamScope, run: ImportRun, *, rings: bool) -> None:
    # Who asks for it now must still be allowed to when it is done.
    arguments = {"user_id": scope.user_id}
    add_job(session, kind, team_id=run.team_id, import_id=run.id, arguments=arguments, rings=rings)


def commit_import(
    actor: Actor,
    scope: TeamScope,
    public_id: str,
    *,
    answers: Mapping[Section, ListAnswer] | None = None,
    losses_confirmed: bool = False,
    rings: bool = True,
) -> None:
    """Queue the writing of a recognised import.

    ``answers`` says of every list that is held whether it is complete; ``losses_confirmed`` says so of all of them.
    Asking again changes nothing. Raises ``Conflict`` while it is still read, or has failed or was cancelled;
    ``Invalid`` when nobody knows whose it is, and when a list is held and not answered for.
    """
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        if run.state in (ImportState.COMMITTING, ImportState.DONE):
            return  # a second click asks for what is under way
        _require_waiting(run)
        if run.state is ImportState.RECOGNISED:
            is_named = run.owner is not None
            raise Invalid(ErrorCode.IMPORT_OWNER_OPEN if is_named else ErrorCode.IMPORT_WITHOUT_OWNER, field="account")
        asked = asked_lists(run)
        given = dict.fromkeys(asked, ListAnswer.COMPLETE) if losses_confirmed else dict(answers or {})
        unasked = next((section for section in given if section not in asked), None)
        if unasked is not None:
            raise Invalid(ErrorCode.FIELD_INVALID, field="answers", value=unasked.value)
        if run.state is ImportState.HELD and len(given) < len(asked):
            raise Invalid(ErrorCode.IMPORT_HELD, field="confirm", count=(run.preview or {}).get("held_count", 0))
        run.losses_confirmed = run.losses_confirmed or losses_confirmed
        run.answers = {section.value: answer.value for section, answer in given.items()} or None
        run.state = ImportState.COMMITTING
        _add_job(session, JobKind.IMPORT_COMMIT, scope, run, rings=rings)
        record(
            session,
            actor,
            AuditAction.IMPORT_COMMITTED,
            public_id,
            losses_confirmed=run.losses_confirmed,
            answers=run.answers,
        )


def asked_lists(run: ImportRun) -> list[Section]:
    """Return the lists of an import that a person must speak of before it is written."""
    preview = run.preview or {}
    names = {*preview.get("held", ()), *preview.get("cut", ())}
    return [section for section in Section if section.value in names]


def left_out(run: ImportRun) -> frozenset[Section]:
    """Return the lists that a person said are not complete, so that they stay as they were."""
    answers = run.answers or {}
    return frozenset(Section(name) for name, answer in answers.items() if answer == ListAnswer.INCOMPLETE)


def cancel_import(actor: Actor, scope: TeamScope, public_id: str) -> None:
    """Stop an import and forget its file, or stop its undo; what is being written is given up without a trace."""
    with transaction() as session:
        run = get_import(session, scope, public_id, Permission.IMPORT_WRITE)
        if run.state is ImportState.CANCELLED:
            return
        if run.state.is_ended:
            raise Conflict(ErrorCode.IMPORT_ENDED)
        job = find_job(session, run.id)
        if job is not None and job.state is JobState.RUNNING:
            job.is_cancel_wanted = True
        else:
            if job is not None and job.state is JobState.QUEUED:
                job.state, job.ended_at = JobState.CANCELLED, datetime.now(UTC)
                kind = job.kind
                after_commit(session, lambda: metrics.count(metrics.JOBS_ENDED, kind, JobState.CANCELLED))
            if run.state is ImportState.UNDOING:
                keep_committed(session, run, job)
            else:
                end_import(session, run, ImportState.CANCELLED)
        record(session, actor, AuditAction.IMPORT_CANCELLED, public_id)


def end_import(session: Session, run: ImportRun, state: ImportState, *, keeps_file: bool = False) -> None:
    """End a run in the running transaction, let go of its account, and forget its file once that is committed.

    A kept file is swept later; until then the job can be tried again.
    """
    run.state = state
    run.ended_at = datetime.now(UTC)
    if run.account_id is not None:
        account = session.get(Account, run.account_id, with_for_update=True)
        if account is not None:
            turns.abandon(session, account, find_job(session, run.id))
            if account.awaits_import and account.writing_job_id is None:
                drop_unseen_account(session, account)
    if not keeps_file:
        public_id = run.public_id
        after_commit(session, lambda: discard_upload(public_id))


def keep_committed(session: Session, run: ImportRun, job: Job | None) -> None:
    """Leave a committed import as it is after a job on it that came to nothing, and let go of its account."""
    if run.state is ImportState.UNDOING:
        run.state = ImportState.DONE
    account = session.get(Account, run.account_id, with_for_update=True)
    if account is not None:
        turns.abandon(session, account, job)


def get_import(session: Session, scope: TeamScope, public_id: str, permission: Permission) -> ImportRun:
    """Return an import of the team, locked for a change of its state.

    Raises ``NotFound`` for any other, ``Forbidden`` for a role that is too low.
    """
    run = session.scalars(
        select(ImportRun).where(ImportRun.public_id == public_id, runs_of(scope)).with_for_update()
    ).one_or_none()
    if run is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    role = scope.role if run.account_id is None else scope.role_in(run.account_id)
    if role is None or not role.includes(PERMISSION_ROLES[permission]):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return run


def find_job(session: Session, import_id: int) -> Job | None:
    """Return the newest job of an import."""
    return session.scalars(
        select(Job).where(Job.import_id == import_id).order_by(Job.created_at.desc(), Job.id).limit(1)
    ).first()


def shown_file_name(name: str) -> str:
    """Return a file's name without folders, control and direction characters, at most 120 characters long."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    return clean.strip()[:120] or "export"


def check_export_time(second: int) -> None:
    """Raise ``Invalid`` for a Unix second at which no export can have been made."""
    if not _OLDEST_EXPORT <= second <= _NEWEST_EXPORT:
        raise Invalid(ErrorCode.FIELD_INVALID, field="exported_at", value=str(second))


def _require_waiting(run: ImportRun) -> None:
    if run.state.is_ended:
        raise Conflict(ErrorCode.IMPORT_ENDED)
    if run.state not in (ImportState.RECOGNISED, ImportState.READY, ImportState.HELD):
        raise Conflict(ErrorCode.IMPORT_NOT_READY)
