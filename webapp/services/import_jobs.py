"""The two jobs of an import: read and compare a file, then write what is new.

Both may run twice. Reading leaves only files in the import's folder; writing adds rows of the account's next
revision in short transactions, which nobody sees until the last one moves ``account.revision``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from webapp import logs, metrics
from webapp.domain.errors import Conflict, ErrorCode, FileRefused, Invalid
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.sections import ExportedAtSource, SectionState
from webapp.domain.studio import STUDIO_LAYOUT
from webapp.extensions import db
from webapp.importers.child import ROWS_NAME, SHAPE_NAME, SUMMARY_NAME
from webapp.importers.records import Summary
from webapp.importers.rows_file import RowsFile
from webapp.models import DIRECTIONS, Account, Export, ImportOrigin, ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind
from webapp.services import studio
from webapp.services.comparison_file import Basis, ComparisonWriter, find_comparison
from webapp.services.early_matching import EarlyMatching
from webapp.services.erased_names import leave_out_erased
from webapp.services.export_lists import ExportList
from webapp.services.imports import asked_lists, end_import
from webapp.services.jobs import add_job
from webapp.services.known_files import find_known
from webapp.services.lease import Lease
from webapp.services.ledger import PREVIEWED, RANGE, Comparison, Neighbours, compare, find_neighbours, visible_exports
from webapp.services.notice_messages import tell_import_failed, tell_import_held
from webapp.services.owners import Owner, ask_owner, find_owner
from webapp.services.parser_process import extract_in_child
from webapp.services.transaction import transaction
from webapp.services.uploads import work_path

# The preview of a file whose content is there already.
_NOTHING_NEW: Final[dict[str, Any]] = {
    "is_known": True,
    "is_first": False,
    "sections": {},
    "held": [],
    "held_count": 0,
    "cut": [],
    "owner_question": None,
}


def recognise(lease: Lease) -> None:
    """Read the file of an import, compare it with the ledger and say what a commit would do."""
    run = _get_run(lease)
    if run.state is not ImportState.RECEIVED:
        with transaction() as session:
            lease.finish(session)
        return
    if _end_known(lease):
        return
    folder = work_path(run.public_id)
    with EarlyMatching.of(run, folder) as early:
        if not is_read(folder):
            _extract(lease, folder, run.file_name, run.size_bytes, early)
        summary = studio.assume_time(load_summary(folder), run.created_at)
        owner = find_owner(db.session(), run, summary)
        if owner.account is not None:
            summary = leave_out_erased(owner.account, folder, summary)
        question = ask_owner(db.session(), run, summary, owner, folder / ROWS_NAME)
        exported_at = run.exported_at if run.exported_at_source is ExportedAtSource.PERSON else summary.exported_at
        exported_at = exported_at if exported_at is not None else int(run.created_at.timestamp())
        early.finish(owner.account)
        preview = _preview(lease, owner.account, summary, folder, exported_at, early)
    preview["owner_question"] = question
    with transaction() as session:
        found = session.get_one(ImportRun, run.id)
        _record_recognised(found, summary, owner, exported_at, preview)
        tell_import_held(session, found)
        if preview["is_known"]:
            found.result = {"is_known": True}
            end_import(session, found, ImportState.DONE)
        elif found.state is ImportState.READY and found.commits_itself:
            found.state = ImportState.COMMITTING
            # A command goes on with the next job itself.
            rings = found.origin is not ImportOrigin.COMMAND
            add_job(session, JobKind.IMPORT_COMMIT, team_id=found.team_id, import_id=found.id, rings=rings)
        reach(Failpoint.JOB_BEFORE_DONE)
        lease.finish(session)
        reach(Failpoint.PREVIEW_BEFORE_COMMIT)


def _end_known(lease: Lease) -> bool:
    """End an import whose very bytes are there already; return whether that was so."""
    if find_known(db.session(), _get_run(lease)) is None:
        return False
    with transaction() as session:
        lease.hold(session)
        run = session.get_one(ImportRun, lease.import_id)
        known = find_known(session, run)
        if known is None:
            return False
        account, earlier = known
        run.platform, run.owner, run.account_id = account.platform, account.handle, account.id
        if run.exported_at_source is not ExportedAtSource.PERSON:
            run.exported_at, run.exported_at_source = earlier.exported_at, earlier.exported_at_source
        run.content_digest, run.summary = earlier.content_digest, earlier.summary
        run.preview = {**_NOTHING_NEW, "revision": account.revision}
        run.result = {"is_known": True}
        end_import(session, run, ImportState.DONE)
        reach(Failpoint.JOB_BEFORE_DONE)
        lease.finish(session)
        reach(Failpoint.PREVIEW_BEFORE_COMMIT)
    return True


def ended(session: Session, job: Job) -> None:
    """Put an import right whose job failed or was cancelled; its unseen rows go soon after."""
    run = session.get_one(ImportRun, job.import_id)
    if run.state.is_ended:
        return
    if job.state is JobState.FAILED:
        run.error_code, run.error_params = job.error_code, job.error_params
        # A fault of ours, not of the file: an admin may try again.
        keeps_file = job.error_code in (ErrorCode.JOB_FAILED, ErrorCode.JOB_CRASHED)
        end_import(session, run, ImportState.FAILED, keeps_file=keeps_file)
        tell_import_failed(session, run)
    else:
        end_import(session, run, ImportState.CANCELLED)


def revive(session: Session, job: Job) -> None:
    """Open a failed import again for another try of its job; raise ``Conflict`` when its file is gone."""
    run = session.get_one(ImportRun, job.import_id)
    if run.state is not ImportState.FAILED or not (work_path(run.public_id) / "upload").exists():
        raise Conflict(ErrorCode.UPLOAD_GONE)
    is_commit = job.kind == JobKind.IMPORT_COMMIT
    run.state = ImportState.COMMITTING if is_commit else ImportState.RECEIVED
    run.error_code, run.error_params, run.ended_at = None, None, None


def is_read(folder: Path) -> bool:
    """Return whether a file was read; an earlier version of this program left its rows in another form."""
    return (folder / SUMMARY_NAME).exists() and (folder / ROWS_NAME).exists()


def load_summary(folder: Path) -> Summary:
    """Return what the parser wrote; raise ``FileRefused`` when its files are gone."""
    try:
        return msgspec.json.decode((folder / SUMMARY_NAME).read_bytes(), type=Summary)
    except FileNotFoundError as error:
        raise FileRefused(ErrorCode.UPLOAD_GONE) from error


def ranks_of(exports: list[Export]) -> dict[int, int]:
    """Return the place in time of every export, by id."""
    return {export.id: rank for rank, export in enumerate(exports)}


def _get_run(lease: Lease) -> ImportRun:
    run = db.session.get(ImportRun, lease.import_id)
    if run is None:
        raise Invalid(ErrorCode.IMPORT_ENDED)
    logs.note(import_id=run.public_id)
    return run


def _extract(lease: Lease, folder: Path, file_name: str, size: int, early: EarlyMatching) -> None:
    upload = folder / "upload"
    if not upload.exists():
        raise FileRefused(ErrorCode.UPLOAD_GONE)
    lease.begin_step("reading", size)

    def on_progress(done: int, total: int) -> None:
        lease.tick(done, total or size)
        if done:  # the rows that an earlier try left unfinished are gone now
            for _ in early.advance():
                lease.tick(done, total or size)

    try:
        extract_in_child(upload, file_name, folder, on_progress)
    except FileRefused:
        _keep_shape(lease, folder)
        raise
    metrics.count(metrics.IMPORT_BYTES, amount=size)


def _keep_shape(lease: Lease, folder: Path) -> None:
    """Keep what the parser could say about the shape of a file that it refused."""
    shape = folder / SHAPE_NAME
    if shape.exists():
        with transaction() as session:
            lease.hold(session)
            session.get_one(ImportRun, lease.import_id).summary = {"shape": msgspec.json.decode(shape.read_bytes())}


def _preview(
    lease: Lease, account: Account | None, summary: Summary, folder: Path, exported_at: int, early: EarlyMatching
) -> dict[str, Any]:
    """Compare every follow list with the ledger; tell what is new, gone, and whether it must be held."""
    exports = visible_exports(db.session(), account.id, account.revision) if account else []
    is_known = any(export.content_digest == summary.content_digest for export in exports)
    preview: dict[str, Any] = {
        "revision": account.revision if account else 0,
        "is_known": is_known,
        "is_first": all(export.layout == STUDIO_LAYOUT for export in exports),
        "sections": {},
        "held": [],
        "held_count": 0,
        "cut": [section.value for section in DIRECTIONS if summary.sections[section].state is SectionState.CUT],
    }
    preview["studio"] = studio.preview_download(account, summary.studio, exported_at)
    if account is None or is_known:
        return preview
    rows = RowsFile(folder / ROWS_NAME)
    progress = _Progress(lease, sum(summary.sections[section].kept for section in DIRECTIONS))
    work = _Comparing(account.id, account.revision, account.hold_percent, exported_at, folder, ranks_of(exports), early)
    for section in DIRECTIONS:
        around = find_neighbours(exports, section, exported_at)
        is_missing = summary.sections[section].state is SectionState.MISSING
        if is_missing or (around.before is None and around.after is None):
            continue
        found = work.compare(ExportList(rows, section), around, progress)
        comparison = find_comparison(folder, section)
        renamed = comparison.count_renamed() if comparison else 0
        preview["sections"][section.value] = {**found.counts(), "renamed": renamed}
        if found.is_held(work.hold_percent):
            preview["held"].append(section.value)
            preview["held_count"] += found.gone + found.ended_later
    return preview


@dataclass(frozen=True, slots=True)
class _Comparing:
    """The account that the lists of a file are compared with."""

    account_id: int
    revision: int
    hold_percent: int
    exported_at: int
    folder: Path
    ranks: dict[int, int]
    early: EarlyMatching

    def compare(self, listed: ExportList, around: Neighbours, progress: _Progress) -> Comparison:
        """Compare one list, keep what was found for the commit and the pages, and return the figures."""
        section, matching = listed.section, self.early.take(listed.section, self.revision)
        basis = Basis.of(self.account_id, self.revision, self.exported_at, around)
        found = Comparison()
        with ComparisonWriter(self.folder, section, basis) as writer:
            for part in compare(
                db.session(),
                self.account_id,
                self.revision,
                section,
                listed,
                around,
                PREVIEWED,
                self.ranks,
                RANGE,
                matching,
            ):
                found.count(part)
                writer.add(part)
                progress.add(part)
            writer.finish()
        return found


@dataclass(slots=True)
class _Progress:
    """Names of the lists compared so far, of how many."""

    lease: Lease
    total: int
    done: int = 0

    def __post_init__(self) -> None:
        self.lease.begin_step("comparing", self.total)

    def add(self, part: Comparison) -> None:
        self.done += part.listed
        self.lease.tick(self.done, self.total)


def _record_recognised(
    run: ImportRun,
    summary: Summary,
    owner: Owner,
    exported_at: int,
    preview: dict[str, Any],
) -> None:
    run.platform = summary.platform
    run.owner = owner.name
    run.account_id = owner.account.id if owner.account else None
    if run.exported_at_source is not ExportedAtSource.PERSON:
        run.exported_at_source = summary.exported_at_source or ExportedAtSource.UPLOAD
    run.exported_at = exported_at
    run.content_digest = summary.content_digest
    run.summary = msgspec.to_builtins(studio.without_rows(summary))
    run.preview = preview
    asked = {section.value for section in asked_lists(run)}
    if run.answers is not None and asked != set(run.answers) and not run.losses_confirmed:
        # Another import came between: what was said of other lists answers nothing now, and a person looks again.
        run.answers, run.commits_itself = None, False
    if owner.name is None or preview["owner_question"] is not None:
        run.state = ImportState.RECOGNISED
    elif asked and run.answers is None and not run.losses_confirmed:
        run.state = ImportState.HELD
    else:
        run.state = ImportState.READY
