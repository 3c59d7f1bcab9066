"""A corrected export time: afterwards an account is as if the file had come in with it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, run_jobs
from tests.ledgers import let_leases_expire, parse_here
from tests.series import DAY, HISTORY, START, Killed, bring, check_kills, fail_at, make_batches_small, same, visible
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.sections import Certainty, ExportedAtSource
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Export, ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind
from webapp.services import moves, undo
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import cancel_job, run_job

COUNT = len(HISTORY)
# The move, and the look for what is worth telling that follows.
MOVED = [JobState.DONE, JobState.DONE]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    make_batches_small(monkeypatch)


def time_of(place: float) -> int:
    return START + int(DAY * place)


def move_now(member: Member, public_id: str, second: int) -> None:
    moves.move_export(member.actor, member.scope, public_id, second)
    assert run_jobs() == MOVED


def queued(member: Member, public_id: str, second: int) -> str:
    moves.move_export(member.actor, member.scope, public_id, second)
    db.session.rollback()
    query = select(Job.id).where(Job.kind == JobKind.EXPORT_MOVE, Job.state == JobState.QUEUED)
    return db.session.scalars(query).one()


@pytest.mark.parametrize("number", range(COUNT))
def test_after_a_move_everything_is_as_if_the_file_had_come_in_with_that_time(
    number: int, session: Session, alice: Member
) -> None:
    runs = bring(alice, "ada", range(COUNT))
    # Before all, within its own place, right behind and right before others, on the second of another, after all.
    for turn, place in enumerate((-3, number + 0.4, 0.5, 2.5, 3, 9)):
        move_now(alice, runs[number], time_of(place))
        bring(alice, f"grace{turn}", range(COUNT), times={number: time_of(place)})
        same(visible(alice, "ada"), visible(alice, f"grace{turn}"))


def test_moves_and_undos_go_together(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", (3, 0, 4, 1, 2))
    move_now(alice, runs[0], time_of(8))
    undo.undo_import(alice.actor, alice.scope, runs[2])
    run_jobs()
    move_now(alice, runs[4], time_of(0))
    undo.undo_import(alice.actor, alice.scope, runs[1])
    run_jobs()
    bring(alice, "grace", (3, 0, 4), times={0: time_of(8), 4: time_of(0)})
    same(visible(alice, "ada"), visible(alice, "grace"))


def test_exports_of_one_second_stand_in_the_order_of_their_import(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", (2, 1, 0))
    for number in (0, 2):
        move_now(alice, runs[number], time_of(1))
    bring(alice, "grace", (2, 1, 0), gap=0, times=dict.fromkeys(range(3), time_of(1)))
    same(visible(alice, "ada"), visible(alice, "grace"))


def test_a_move_is_certain_recorded_and_shown_with_the_import(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", range(2))
    move_now(alice, runs[0], time_of(0.5))
    session.rollback()
    run = session.scalars(select(ImportRun).where(ImportRun.public_id == runs[0])).one()
    export = session.scalars(select(Export).where(Export.import_id == run.id)).one()
    assert (run.exported_at, run.exported_at_source) == (time_of(0.5), ExportedAtSource.PERSON)
    assert (export.exported_at_source, export.exported_at_certainty) == (ExportedAtSource.PERSON, Certainty.CERTAIN)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORT_CHANGED)).one()
    assert event.detail == {"before": {"exported_at": START}, "after": {"exported_at": time_of(0.5)}}
    revision = account_scope(alice, "ada").revision
    moves.move_export(alice.actor, alice.scope, runs[0], time_of(0.5))
    assert (run_jobs(), account_scope(alice, "ada").revision) == ([], revision), "it has that time already"


def test_the_last_of_several_corrections_counts(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", range(2))
    for place in (5, 6, 0.25):
        moves.move_export(alice.actor, alice.scope, runs[0], time_of(place))
    assert run_jobs() == MOVED
    session.rollback()
    assert min(session.scalars(select(Export.exported_at))) == time_of(0.25)
    job_id = queued(alice, runs[0], time_of(7))
    session.execute(update(Job).where(Job.id == job_id).values(state=JobState.RUNNING))
    session.commit()
    with pytest.raises(Conflict) as refusal:
        moves.move_export(alice.actor, alice.scope, runs[0], time_of(8))
    assert refusal.value.code is ErrorCode.IMPORT_NOT_READY


def test_who_may_move_what_to_where(session: Session, alice: Member, bob: Member, charlie: Member) -> None:
    runs = bring(alice, "ada", [0])
    with pytest.raises(NotFound):
        moves.move_export(charlie.actor, charlie.scope, runs[0], START)
    with pytest.raises(Forbidden):
        moves.move_export(bob.actor, bob.scope, runs[0], START)
    with pytest.raises(Invalid):
        moves.move_export(alice.actor, alice.scope, runs[0], 1)
    undo.undo_import(alice.actor, alice.scope, runs[0])
    with pytest.raises(Conflict):
        moves.move_export(alice.actor, alice.scope, runs[0], START)
    run_jobs()
    with pytest.raises(Conflict) as refusal:
        moves.move_export(alice.actor, alice.scope, runs[0], START)
    assert refusal.value.code is ErrorCode.IMPORT_ENDED


def test_a_move_of_what_was_undone_meanwhile_does_nothing(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", range(2))
    undo.undo_import(alice.actor, alice.scope, runs[1])
    session.rollback()
    run = session.scalars(select(ImportRun).where(ImportRun.public_id == runs[1])).one()
    run.state = ImportState.DONE
    session.commit()
    moves.move_export(alice.actor, alice.scope, runs[1], time_of(-1))
    session.rollback()
    run.state = ImportState.UNDOING
    session.commit()
    assert run_jobs() == [*MOVED, JobState.DONE]
    bring(alice, "grace", [0])
    same(visible(alice, "ada"), visible(alice, "grace"))


def test_a_move_killed_anywhere_shows_nothing_and_ends_as_if_undisturbed(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_kills(alice, monkeypatch, lambda runs: queued(alice, runs[1], time_of(7)), step=2)


def test_a_move_that_is_cancelled_leaves_the_export_where_it_was(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = bring(alice, "ada", range(3))
    before = visible(alice, "ada")
    job_id = queued(alice, runs[1], time_of(7))
    state = fail_at(monkeypatch)
    state["fails"] = 9
    with pytest.raises(Killed):
        run_job(job_id, HANDLERS)
    cancel_job(alice.actor, job_id, HANDLERS)
    let_leases_expire()
    run_jobs()
    session.rollback()
    assert session.get_one(Job, job_id).state is JobState.CANCELLED
    same(visible(alice, "ada"), before)
    move_now(alice, runs[1], time_of(7))
