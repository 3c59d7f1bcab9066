"""Write a recognised import: rows of the next revision in short batches, then one move of the pointer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from webapp import logs, metrics
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.sections import Certainty, ExportedAtSource, Section, SectionState
from webapp.extensions import db
from webapp.importers.child import ROWS_NAME
from webapp.importers.records import SectionSummary, Summary
from webapp.importers.rows_file import RowsFile
from webapp.models import (
    DIRECTIONS,
    Account,
    AuditAction,
    Export,
    FollowerSnapshot,
    ImportOrigin,
    ImportRun,
    ImportState,
)
from webapp.queue import JobKind
from webapp.services import after_switch, snapshots, studio, turns
from webapp.services.accounts import reveal_account
from webapp.services.audit import Actor, record
from webapp.services.batches import batches
from webapp.services.comparison_file import Basis, find_comparison
from webapp.services.erased_names import leave_out_erased
from webapp.services.export_lists import ExportList
from webapp.services.import_jobs import is_read, load_summary, ranks_of
from webapp.services.imports import end_import, left_out
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.ledger import (
    BATCH,
    RANGE,
    Comparison,
    Neighbours,
    compare,
    find_neighbours,
    visible_exports,
    write_first,
)
from webapp.services.ledger_reading import StoredSpells
from webapp.services.ledger_writes import write_changes
from webapp.services.notice_messages import tell_import_done
from webapp.services.owners import take_account, take_name
from webapp.services.posts import write_posts
from webapp.services.reminders import clear_request
from webapp.services.transaction import transaction
from webapp.services.turns import Turn
from webapp.services.uploads import work_path

# Rows of a later list that a transaction ends at most, and as many that it adds: they lie anywhere in the tables, so
# that each writes whole pages. More of them hold the write lock too long, fewer write the same pages more often.
CHANGED = 7_500
_POST_BATCH = 2_500
_POST_SECTIONS = (Section.POSTS, Section.DELETED_POSTS)


@dataclass(slots=True)
class _Work:
    """One commit on its way."""

    lease: Lease
    run_id: int
    account_id: int
    revision: int
    export_id: int
    exported_at: int
    folder: Path
    rows: RowsFile
    summary: Summary
    exports: list[Export]
    plans: dict[Section, Neighbours]
    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    result: dict[str, Any] = field(default_factory=dict)

    def hold(self, session: Session, rows: int) -> None:
        """Renew the lease in a batch's transaction and show its rows as done."""
        self.done += rows
        self.lease.hold(session, done=self.done, total=self.total)


def commit(lease: Lease) -> None:
    """Write the rows of an import and make them visible all at once.

    Raises ``NotYet`` while another import of the account writes.
    """
    run = db.session.get(ImportRun, lease.import_id)
    if run is None or run.state is not ImportState.COMMITTING:
        with transaction() as session:
            lease.finish(session)
        return
    logs.note(import_id=run.public_id)
    folder = work_path(run.public_id)
    if not is_read(folder):
        _read_again(lease)
        return
    summary = load_summary(folder)
    turn = _take_turn(lease, run, summary)
    account_id, revision = turn.account_id, turn.revision
    reach(Failpoint.TURN_AFTER_COMMIT)
    turns.make_ready(lease, turn)
    summary = leave_out_erased(db.session.get_one(Account, account_id), folder, summary)
    exports = visible_exports(db.session(), account_id, revision)
    if any(export.content_digest == summary.content_digest for export in exports):
        _finish_known(lease, account_id)
        return
    plans = _plan_lists(lease, account_id, revision, summary, exports)
    if plans is None:
        return
    total = sum(section.kept for section in (*summary.sections.values(), *_parts_of(summary)))
    lease.begin_step("writing", total)
    export_id, exported_at = _add_export(lease, account_id, revision + 1, summary)
    reach(Failpoint.EXPORT_AFTER_COMMIT)
    work = _Work(
        lease=lease,
        run_id=run.id,
        account_id=account_id,
        revision=revision + 1,
        export_id=export_id,
        exported_at=exported_at,
        folder=folder,
        rows=RowsFile(folder / ROWS_NAME),
        summary=summary,
        exports=exports,
        plans=plans,
        total=total,
    )
    for section, found in plans.items():
        _write_list(work, section, found)
    for section in left_out(run):
        said = summary.sections[section]
        skipped = {**said.skipped, "left_out": said.kept}
        work.result[section.value] = {"read": said.read, "skipped": skipped, **Comparison().counts()}
    _write_posts(work)
    _write_studio(work)
    reach(Failpoint.SWITCH_BEFORE)
    _switch(work)
    _count_rows(work)
    reach(Failpoint.SWITCH_AFTER_COMMIT)


def _take_turn(lease: Lease, run: ImportRun, summary: Summary) -> Turn:
    """Take the turn to write the account, which is added if need be."""
    with transaction() as session:
        lease.hold(session)
        account = take_account(session, run, summary.platform)
        turn = turns.take(session, lease, account)
        session.get_one(ImportRun, run.id).account_id = account.id
        return turn


def _plan_lists(
    lease: Lease, account_id: int, revision: int, summary: Summary, exports: list[Export]
) -> dict[Section, Neighbours] | None:
    """Return the lists to write with their neighbours, or ``None`` when the import had to be held after all.

    The preview was made against an older revision when another import came between; then it is made anew.
    """
    run = db.session.get_one(ImportRun, lease.import_id)
    exported_at = run.exported_at or 0
    if (run.preview or {}).get("revision") != revision and not run.losses_confirmed:
        _read_again(lease, account_id)
        return None
    return {
        section: find_neighbours(exports, section, exported_at)
        for section in DIRECTIONS
        if summary.sections[section].state is not SectionState.MISSING and section not in left_out(run)
    }


def _read_again(lease: Lease, account_id: int | None = None) -> None:
    """Let the file be compared anew before it is written, and give the turn to write its account back."""
    with transaction() as session:
        found = session.get_one(ImportRun, lease.import_id)
        found.state, found.commits_itself = ImportState.RECEIVED, True
        if account_id is not None:
            turns.give_back(session.get_one(Account, account_id))
        add_job(session, JobKind.IMPORT_RECOGNISE, team_id=found.team_id, import_id=found.id)
        lease.finish(session)


def _add_export(lease: Lease, account_id: int, revision: int, summary: Summary) -> tuple[int, int]:
    """Add the export, unseen as yet; return its id and time."""
    with transaction() as session:
        lease.hold(session)
        run = session.get_one(ImportRun, lease.import_id)
        source = run.exported_at_source or ExportedAtSource.UPLOAD
        certainty = summary.exported_at_certainty or Certainty.GUESSED
        unsaid = left_out(run)
        profile = summary.profile
        export = Export(
            account_id=account_id,
            import_id=run.id,
            exported_at=run.exported_at or int(run.created_at.timestamp()),
            exported_at_source=source,
            exported_at_certainty=Certainty.CERTAIN if source is ExportedAtSource.PERSON else certainty,
            content_digest=summary.content_digest,
            layout=summary.layout,
            followers_state=_stored_state(summary, Section.FOLLOWERS, unsaid),
            following_state=_stored_state(summary, Section.FOLLOWING, unsaid),
            posts_state=_stored_state(summary, Section.POSTS, unsaid),
            sections={section.value: msgspec.to_builtins(said) for section, said in summary.sections.items()},
            profile_follower_count=profile.follower_count if profile else None,
            profile_following_count=profile.following_count if profile else None,
            added_revision=revision,
        )
        session.add(export)
        session.flush()
        return export.id, export.exported_at


def _parts_of(summary: Summary) -> Iterable[SectionSummary]:
    return summary.studio.parts.values() if summary.studio else ()


def _stored_state(summary: Summary, section: Section, unsaid: frozenset[Section]) -> SectionState:
    state = summary.sections[section].state
    if section in unsaid:
        return SectionState.CUT
    # A list cut short is only written after a person said that it is complete.
    return SectionState.FILLED if state is SectionState.CUT else state


def _write_list(work: _Work, section: Section, around: Neighbours) -> None:
    said = work.summary.sections[section]
    if around.before is None and around.after is None:
        _write_first_list(work, section)
        found = Comparison(new=said.kept)
    else:
        found = _write_difference(work, section, around)
    work.result[section.value] = {"read": said.read, "skipped": said.skipped, **found.counts()}


def _write_first_list(work: _Work, section: Section) -> None:
    triples = (zip(names, keys, seconds, strict=True) for keys, names, seconds in work.rows.follows(section))
    for rows in batches(chain.from_iterable(triples), BATCH):
        # Rows of a batch that follow each other in the index by name are cheaper to add.
        rows.sort(key=itemgetter(1))
        with transaction() as session:
            work.hold(session, len(rows))
            write_first(session, section, work.account_id, rows, work.revision)
            reach(Failpoint.BATCH_BEFORE_COMMIT)
        reach(Failpoint.BATCH_AFTER_COMMIT)


def _write_difference(work: _Work, section: Section, around: Neighbours) -> Comparison:
    found, unwritten = Comparison(), Comparison()

    def write() -> None:
        write_changes(
            lambda session: work.hold(session, 0),
            work.account_id,
            section,
            unwritten,
            work.revision,
            min(BATCH, CHANGED),
        )

    for part in _compare(work, section, around):
        found.count(part)
        work.done += part.listed
        work.lease.tick(work.done, work.total)
        # A range alone changes little, and every transaction writes whole pages.
        unwritten.replaced += part.replaced
        unwritten.added += part.added
        if len(unwritten.replaced) + len(unwritten.added) >= CHANGED:
            write()
            unwritten = Comparison()
    write()
    return found


def _compare(work: _Work, section: Section, around: Neighbours) -> Iterator[Comparison]:
    """Return what the preview found when nothing has changed since; otherwise compare anew."""
    revision = work.revision - 1
    basis = Basis.of(work.account_id, revision, work.exported_at, around)
    kept = find_comparison(work.folder, section, basis)
    if kept is not None:
        return kept.parts(work.export_id)
    ranks = ranks_of(_with(work.exports, work))
    listed = ExportList(work.rows, section)
    return compare(db.session(), work.account_id, revision, section, listed, around, work.export_id, ranks, RANGE)


def _write_posts(work: _Work) -> None:
    order = ranks_of(_with(work.exports, work))
    counts = {section: dict.fromkeys(("new", "known", "changed", "repeated"), 0) for section in _POST_SECTIONS}
    for chunk in work.rows.posts():
        for posts in batches(chunk.posts, _POST_BATCH):
            with transaction() as session:
                work.hold(session, len(posts))
                written = write_posts(session, work.account_id, work.export_id, posts, work.revision, order)
            reach(Failpoint.POSTS_AFTER_COMMIT)
            for name, number in written.items():
                counts[chunk.section][name] += number
    for section in _POST_SECTIONS:
        said, written = work.summary.sections[section], counts[section]
        if said.state is SectionState.MISSING:
            continue
        repeated = {"repeated": written["repeated"]} if written["repeated"] else {}
        work.result[section.value] = {
            "read": said.read,
            "new": written["new"],
            "changed": written["changed"],
            "unchanged": written["known"] - written["changed"],
            "skipped": {**said.skipped, **repeated},
        }


def _write_studio(work: _Work) -> None:
    found = work.summary.studio
    if found is None or found.figures is None:
        return
    with transaction() as session:
        work.hold(session, sum(said.kept for said in found.parts.values()))
        studio.write_download(session, work.account_id, work.export_id, found.figures, work.exported_at, work.revision)


def _switch(work: _Work) -> None:
    """Make everything visible: snapshot, pointer, run and job in one short transaction."""
    followers, following, mutuals = _snapshot_counts(work)
    profile = work.summary.profile
    changed = {work.export_id, *(around.after for around in work.plans.values() if around.after is not None)}
    counted = snapshots.count(db.session(), work.account_id, work.revision, changed)
    with transaction() as session:
        work.lease.hold(session)
        if work.summary.studio is None:
            session.add(
                FollowerSnapshot(
                    account_id=work.account_id,
                    export_id=work.export_id,
                    at=work.exported_at,
                    followers=followers,
                    following=following,
                    mutuals=mutuals,
                    profile_followers=profile.follower_count if profile else None,
                    added_revision=work.revision,
                )
            )
        snapshots.rebuild(session, work.account_id, work.revision, changed, counted)
        reach(Failpoint.SWITCH_MID)
        account = session.get_one(Account, work.account_id)
        studio.settle_videos(session, account, work.revision)
        turns.switch(session, account, work.revision)
        if profile and profile.display_name:
            account.display_name = profile.display_name
        reveal_account(session, account)
        run = session.get_one(ImportRun, work.run_id)
        run.result = work.result if work.summary.studio is None else studio.result_of(run.preview)
        end_import(session, run, ImportState.DONE)
        tell_import_done(session, run)
        # A command does what follows itself: there may be no worker.
        after_switch.queue_readings(session, account, rings=run.origin is not ImportOrigin.COMMAND)
        actor = Actor(user_id=run.user_id, team_id=run.team_id)
        newest = max((export.exported_at for export in work.exports), default=work.exported_at)
        take_name(session, account, run, actor, is_newest=work.exported_at >= newest)
        if work.exported_at >= newest and work.summary.studio is None:
            clear_request(account)
        record(session, actor, AuditAction.IMPORT_COMMITTED, run.public_id, revision=work.revision)
        reach(Failpoint.JOB_BEFORE_DONE)
        work.lease.finish(session)


def _count_rows(work: _Work) -> None:
    for section in work.result:
        metrics.count(metrics.IMPORT_ROWS, section, amount=work.summary.sections[Section(section)].kept)
    metrics.observe(metrics.IMPORT_RATE, work.total / max(time.monotonic() - work.started, 0.001))


def _snapshot_counts(work: _Work) -> tuple[int | None, int | None, int | None]:
    """Return followers, following and mutuals of this export's own lists; ``None`` for a list it lacks."""
    kept = {section: work.summary.sections[section].kept for section in work.plans}
    mutuals = _count_mutuals(work, *sorted(kept, key=kept.__getitem__)) if len(kept) == len(DIRECTIONS) else None
    return kept.get(Section.FOLLOWERS), kept.get(Section.FOLLOWING), mutuals


def _count_mutuals(work: _Work, short: Section, long: Section) -> int:
    """Return how many names are on both lists of the export, whose rows were written."""
    names = ExportList(work.rows, short)
    if work.plans[long].after is None:
        # The newest list is what the ledger says now.
        return StoredSpells(db.session(), work.account_id, work.revision, long).count_named(names.keys())
    return names.count_common(ExportList(work.rows, long))


def _finish_known(lease: Lease, account_id: int) -> None:
    with transaction() as session:
        lease.hold(session)
        run = session.get_one(ImportRun, lease.import_id)
        run.result = {"is_known": True}
        turns.give_back(session.get_one(Account, account_id))
        end_import(session, run, ImportState.DONE)
        reach(Failpoint.JOB_BEFORE_DONE)
        lease.finish(session)


def _with(exports: list[Export], work: _Work) -> list[Export]:
    """Return the exports in order of time with the one being written among them."""
    written = db.session.get_one(Export, work.export_id)
    return sorted([*exports, written], key=lambda export: (export.exported_at, export.id))
