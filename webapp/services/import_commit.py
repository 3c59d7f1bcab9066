"""Write a recognised import: rows of the next revision in short batches, then one move of the pointer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from webapp import logs, metrics
from webapp.domain.errors import ErrorCode, Invalid
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
from webapp.services import turns
from webapp.services.accounts import get_or_create_account, reveal_account
from webapp.services.audit import Actor, record
from webapp.services.batches import batches
from webapp.services.export_lists import ExportLists
from webapp.services.import_jobs import load_summary, ranks_of, visible_exports
from webapp.services.imports import end_import
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.ledger import (
    BATCH,
    RANGE,
    Comparison,
    Neighbours,
    compare,
    find_neighbours,
    write_added,
    write_first,
    write_replaced,
)
from webapp.services.list_index import queue_list_index
from webapp.services.posts import write_posts
from webapp.services.transaction import transaction
from webapp.services.turns import Turn
from webapp.services.uploads import work_path

_POST_BATCH = 2_000
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
    rows: RowsFile
    lists: ExportLists
    summary: Summary
    exports: list[Export]
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
    summary = load_summary(folder)
    turn = _take_turn(lease, run, summary)
    account_id, revision = turn.account_id, turn.revision
    reach(Failpoint.TURN_AFTER_COMMIT)
    turns.make_ready(lease, turn)
    exports = visible_exports(db.session(), account_id, revision)
    if any(export.content_digest == summary.content_digest for export in exports):
        _finish_known(lease, account_id)
        return
    plans = _plan_lists(lease, account_id, revision, summary, exports)
    if plans is None:
        return
    total = sum(section.kept for section in summary.sections.values())
    lease.begin_step("writing", total)
    export_id, exported_at = _add_export(lease, account_id, revision + 1, summary)
    reach(Failpoint.EXPORT_AFTER_COMMIT)
    rows = RowsFile(folder / ROWS_NAME)
    lists = ExportLists(rows, summary.sections)
    work = _Work(lease, run.id, account_id, revision + 1, export_id, exported_at, rows, lists, summary, exports, total)
    for section, found in plans.items():
        _write_list(work, section, found)
    _write_posts(work)
    reach(Failpoint.SWITCH_BEFORE)
    _switch(work)
    _count_rows(work)
    reach(Failpoint.SWITCH_AFTER_COMMIT)


def _take_turn(lease: Lease, run: ImportRun, summary: Summary) -> Turn:
    """Take the turn to write the account, which is added if need be."""
    run_id, handle = run.id, run.owner
    if handle is None:
        raise Invalid(ErrorCode.IMPORT_WITHOUT_OWNER, field="account")
    is_sample = run.origin is ImportOrigin.SAMPLE
    with transaction() as session:
        lease.hold(session)
        account = get_or_create_account(session, run.team_id, summary.platform, handle, is_sample=is_sample)
        turn = turns.take(session, lease, account)
        session.get_one(ImportRun, run_id).account_id = account.id
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
        with transaction() as session:
            found = session.get_one(ImportRun, lease.import_id)
            found.state, found.commits_itself = ImportState.RECEIVED, True
            account = session.get_one(Account, account_id)
            turns.give_back(account)
            add_job(session, JobKind.IMPORT_RECOGNISE, team_id=found.team_id, import_id=found.id)
            lease.finish(session)
        return None
    return {
        section: find_neighbours(exports, section, exported_at)
        for section in DIRECTIONS
        if summary.sections[section].state is not SectionState.MISSING
    }


def _add_export(lease: Lease, account_id: int, revision: int, summary: Summary) -> tuple[int, int]:
    """Add the export, unseen as yet; return its id and time."""
    with transaction() as session:
        lease.hold(session)
        run = session.get_one(ImportRun, lease.import_id)
        source = run.exported_at_source or ExportedAtSource.UPLOAD
        certainty = summary.exported_at_certainty or Certainty.GUESSED
        profile = summary.profile
        export = Export(
            account_id=account_id,
            import_id=run.id,
            exported_at=run.exported_at or int(run.created_at.timestamp()),
            exported_at_source=source,
            exported_at_certainty=Certainty.CERTAIN if source is ExportedAtSource.PERSON else certainty,
            content_digest=summary.content_digest,
            layout=summary.layout,
            followers_state=_stored_state(summary.sections[Section.FOLLOWERS]),
            following_state=_stored_state(summary.sections[Section.FOLLOWING]),
            posts_state=_stored_state(summary.sections[Section.POSTS]),
            sections={section.value: msgspec.to_builtins(said) for section, said in summary.sections.items()},
            profile_follower_count=profile.follower_count if profile else None,
            profile_following_count=profile.following_count if profile else None,
            added_revision=revision,
        )
        session.add(export)
        session.flush()
        return export.id, export.exported_at


def _stored_state(said: SectionSummary) -> SectionState:
    # A list cut short is only written after a person said that it is complete.
    return SectionState.FILLED if said.state is SectionState.CUT else said.state


def _write_list(work: _Work, section: Section, around: Neighbours) -> None:
    said = work.summary.sections[section]
    if around.before is None and around.after is None:
        _write_first_list(work, section)
        found = Comparison(new=said.kept)
    else:
        found = _write_difference(work, section, around)
    work.result[section.value] = {"read": said.read, "skipped": said.skipped, **found.counts()}


def _write_first_list(work: _Work, section: Section) -> None:
    for rows in batches(chain.from_iterable(work.lists[section].triples()), BATCH):
        with transaction() as session:
            work.hold(session, len(rows))
            write_first(session, section, work.account_id, work.export_id, rows, work.revision)
            reach(Failpoint.BATCH_BEFORE_COMMIT)
        reach(Failpoint.BATCH_AFTER_COMMIT)


def _write_difference(work: _Work, section: Section, around: Neighbours) -> Comparison:
    found, listed = Comparison(), work.lists[section]
    ranks = ranks_of(_with(work.exports, work))
    parts = compare(
        db.session(), work.account_id, work.revision - 1, section, listed, around, work.export_id, ranks, RANGE
    )
    for part in parts:
        found.count(part)
        work.done += part.listed
        work.lease.tick(work.done, work.total)
        _write_changes(work, section, part)
    return found


def _write_changes(work: _Work, section: Section, part: Comparison) -> None:
    """Write what one range of names changes."""
    for ids, rows in zip_longest(batches(part.replaced, BATCH), batches(part.added, BATCH), fillvalue=()):
        with transaction() as session:
            work.hold(session, 0)
            write_replaced(session, section, ids, work.revision)
            write_added(session, section, work.account_id, rows, work.revision)
            reach(Failpoint.BATCH_BEFORE_COMMIT)
        reach(Failpoint.BATCH_AFTER_COMMIT)


def _write_posts(work: _Work) -> None:
    times = {export.id: export.exported_at for export in work.exports}
    counts = {section: dict.fromkeys(("new", "known", "changed", "repeated"), 0) for section in _POST_SECTIONS}
    for chunk in work.rows.posts():
        for posts in batches(chunk.posts, _POST_BATCH):
            with transaction() as session:
                work.hold(session, len(posts))
                written = write_posts(
                    session, work.account_id, work.export_id, work.exported_at, posts, work.revision, times
                )
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


def _switch(work: _Work) -> None:
    """Make everything visible: snapshot, pointer, run and job in one short transaction."""
    followers, following, mutuals = _snapshot_counts(work)
    profile = work.summary.profile
    with transaction() as session:
        work.lease.hold(session)
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
        session.flush()
        reach(Failpoint.SWITCH_MID)
        account = session.get_one(Account, work.account_id)
        turns.switch(session, account, work.revision)
        if profile and profile.display_name:
            account.display_name = profile.display_name
        reveal_account(session, account)
        run = session.get_one(ImportRun, work.run_id)
        run.result = work.result
        end_import(session, run, ImportState.DONE)
        queue_list_index(session, account, run, work.summary)
        actor = Actor(user_id=run.user_id, team_id=run.team_id)
        record(session, actor, AuditAction.IMPORT_COMMITTED, run.public_id, revision=work.revision)
        reach(Failpoint.JOB_BEFORE_DONE)
        work.lease.finish(session)


def _count_rows(work: _Work) -> None:
    for section in work.result:
        metrics.count(metrics.IMPORT_ROWS, section, amount=work.summary.sections[Section(section)].kept)
    metrics.observe(metrics.IMPORT_RATE, work.total / max(time.monotonic() - work.started, 0.001))


def _snapshot_counts(work: _Work) -> tuple[int | None, int | None, int | None]:
    """Return followers, following and mutuals of this export's own lists; ``None`` for a list it lacks."""
    sections = work.summary.sections
    followers, following = sections[Section.FOLLOWERS], sections[Section.FOLLOWING]
    has_followers = followers.state is not SectionState.MISSING
    has_following = following.state is not SectionState.MISSING
    mutuals = work.lists.count_mutuals() if has_followers and has_following else None
    return followers.kept if has_followers else None, following.kept if has_following else None, mutuals


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
