"""Jobs: claimed once, fenced, tried again, ended once, whatever happens to the worker."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from tests.factories import Member
from webapp.domain.errors import AppError, Conflict, ErrorCode, Invalid, NotFound, OutOfSpace, Unavailable
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Job, JobState, database_now
from webapp.queue import JobKind
from webapp.services import disk, jobs, stopping
from webapp.services import lease as lease_module
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import Handler, Handlers, add_job, run_job
from webapp.services.lease import Lease, LeaseLost, NotYet
from webapp.services.transaction import transaction

KIND = JobKind.UPLOADS_SWEEP
Work = Callable[[Lease], None]


class Killed(BaseException):
    """A process that ends here."""


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were rung for, in place of a queue server."""
    heard: list[str] = []
    monkeypatch.setattr(jobs, "_ring", lambda _url, _queue, job_id: heard.append(job_id))
    return heard


def queue(**wishes: Any) -> str:
    with transaction() as session:
        return add_job(session, KIND, **wishes).id


def finish(lease: Lease) -> None:
    with transaction() as session:
        lease.finish(session)


def doing(work: Work, **more: Any) -> Handlers:
    return {KIND: Handler(work, **more)}


def row(job_id: str) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job_id)


def change(job_id: str, **values: Any) -> None:
    db.session.rollback()
    db.session.execute(update(Job).where(Job.id == job_id).values(**values))
    db.session.commit()


def now(session: Session) -> int:
    return session.scalar(select(database_now())) or 0


def wait_for(happened: Callable[[], bool]) -> bool:
    for _ in range(1000):
        if happened():
            return True
        threading.Event().wait(0.01)
    return False


def test_a_job_is_rung_for_once_its_cause_is_committed_and_never_before(session: Session, rings: list[str]) -> None:
    with transaction() as writing:
        job_id = add_job(writing, KIND).id
        assert rings == []
    assert rings == [job_id]
    with pytest.raises((StatementError, TypeError)), transaction() as writing:
        add_job(writing, KIND, arguments={"not": object()})
    assert rings == [job_id]
    assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_delayed_job_is_neither_rung_for_nor_taken_before_its_time(session: Session, rings: list[str]) -> None:
    job_id = queue(delay_seconds=60)
    assert jobs.reconcile(HANDLERS) == 0
    assert run_job(job_id, doing(finish)) is None
    change(job_id, run_at=1)
    assert jobs.reconcile(HANDLERS) == 1
    assert rings == [job_id]
    assert run_job(job_id, doing(finish)) is JobState.DONE


def test_a_second_ring_for_a_job_does_nothing(session: Session, rings: list[str]) -> None:
    done: list[str] = []

    def work(lease: Lease) -> None:
        done.append(lease.job_id)
        assert run_job(lease.job_id, doing(work)) is None, "taken twice at once"
        finish(lease)

    job_id = queue()
    assert run_job(job_id, doing(work)) is JobState.DONE
    assert run_job(job_id, doing(work)) is None
    assert run_job("no such job", doing(work)) is None
    assert done == [job_id]
    assert (row(job_id).attempts, row(job_id).lease_until) == (1, None)


def test_an_expired_lease_cannot_write_once_another_worker_has_the_job(
    session: Session, rings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    lost: list[str] = []

    def slow(lease: Lease) -> None:
        change(lease.job_id, lease_until=1)
        assert run_job(lease.job_id, doing(quick)) is JobState.DONE

        def write() -> None:
            with transaction() as writing:
                writing.execute(update(Job).where(Job.id == lease.job_id).values(step="written by a ghost"))
                lease.hold(writing)

        acts = (write, lambda: lease.tick(5, 9), lambda: lease.begin_step("ghost"), lambda: finish(lease))
        for act in acts:
            with pytest.raises(LeaseLost):
                act()
            lost.append("no")
        raise RuntimeError("the ghost fails loudly")

    def quick(lease: Lease) -> None:
        lease.begin_step("quick", 3)
        finish(lease)

    job_id = queue()
    assert run_job(job_id, doing(slow)) is JobState.DONE
    job = row(job_id)
    assert (job.state, job.step, job.fence, job.error_code, len(lost)) == (JobState.DONE, "quick", 2, None, 4)
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.levelno for record in said] == [logging.WARNING], "what a ghost runs into is no fault of ours"


def test_a_slow_worker_that_nobody_overtook_goes_on(session: Session, rings: list[str]) -> None:
    def slow(lease: Lease) -> None:
        change(lease.job_id, lease_until=1)
        finish(lease)

    assert run_job(queue(), doing(slow)) is JobState.DONE


def test_a_lease_is_renewed_beside_work_that_has_no_steps(
    session: Session, rings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "_BEATS", 3000)
    seen = []

    def work(lease: Lease) -> None:
        change(lease.job_id, lease_until=0)
        with lease.kept_alive():
            seen.append(wait_for(lambda: (row(lease.job_id).lease_until or 0) > 0))
        change(lease.job_id, lease_until=0)
        seen.append(row(lease.job_id).lease_until)
        with lease.kept_alive():
            change(lease.job_id, fence=lease.fence + 1)
            wait_for(lambda: "lease" not in {thread.name for thread in threading.enumerate()})
        change(lease.job_id, fence=lease.fence)
        finish(lease)

    job_id = queue()
    run_job(job_id, doing(work))
    assert seen == [True, 0]
    assert row(job_id).state is JobState.DONE


def test_the_reconciler_takes_the_lease_from_a_dead_worker_and_fences_it(session: Session, rings: list[str]) -> None:
    leases: list[Lease] = []

    def die(lease: Lease) -> None:
        leases.append(lease)
        raise Killed

    job_id = queue()
    with pytest.raises(Killed):
        run_job(job_id, doing(die))
    assert jobs.reconcile(HANDLERS) == 0, "a lease that runs is left alone"
    rings.clear()
    change(job_id, lease_until=1)
    assert jobs.reconcile(HANDLERS) == 1
    assert (row(job_id).state, rings) == (JobState.QUEUED, [job_id])
    with pytest.raises(LeaseLost):
        finish(leases[0])
    assert jobs.reconcile(HANDLERS) == 0, "rung for a moment ago"
    assert run_job(job_id, doing(finish)) is JobState.DONE


def test_a_ring_that_nobody_heard_is_repeated(session: Session, rings: list[str]) -> None:
    job_id = queue()
    rings.clear()
    assert jobs.reconcile(HANDLERS) == 0
    change(job_id, rung_at=now(session) - 16)
    assert (jobs.reconcile(HANDLERS), jobs.reconcile(HANDLERS)) == (1, 0)
    assert rings == [job_id]


def test_a_job_that_kills_its_worker_is_given_up_after_its_tries(session: Session, rings: list[str]) -> None:
    told: list[tuple[str, JobState]] = []

    def die(_lease: Lease) -> None:
        raise Killed

    handlers = doing(die, ended=lambda _session, job: told.append((job.id, job.state)))
    job_id = queue()
    for attempt in range(3):
        with pytest.raises(Killed):
            run_job(job_id, handlers)
        assert told == []
        change(job_id, lease_until=1)
        jobs.reconcile(handlers)
        assert row(job_id).state is (JobState.QUEUED if attempt < 2 else JobState.FAILED)
    job = row(job_id)
    assert (job.error_code, job.error_params) == (ErrorCode.JOB_CRASHED, {"attempts": "3"})
    assert told == [(job_id, JobState.FAILED)]
    assert run_job(job_id, handlers) is None


@pytest.mark.parametrize("error", [RuntimeError("by the test"), Unavailable(ErrorCode.TOOK_TOO_LONG)])
def test_a_fault_of_ours_is_tried_again_with_growing_waits(
    error: Exception, session: Session, rings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    def fail(_lease: Lease) -> None:
        raise error

    job_id = queue()
    waits = []
    for _ in range(2):
        assert run_job(job_id, doing(fail)) is JobState.QUEUED
        waits.append(row(job_id).run_at - now(session))
        assert run_job(job_id, doing(fail)) is None, "not before its time"
        change(job_id, run_at=1)
    assert 0 < waits[0] <= 2 < 8 <= waits[1] <= 10
    assert run_job(job_id, doing(fail)) is JobState.FAILED
    assert (row(job_id).error_code, row(job_id).attempts) == (ErrorCode.JOB_FAILED, 3)


def test_a_refusal_that_a_person_can_read_is_final(session: Session, rings: list[str]) -> None:
    def refuse(_lease: Lease) -> None:
        raise Invalid(ErrorCode.IMPORT_OTHER_OWNER, owner="a", wanted="b")

    job_id = queue(dedupe_key="only one")
    assert run_job(job_id, doing(refuse)) is JobState.FAILED
    job = row(job_id)
    assert (job.error_code, job.error_params) == (ErrorCode.IMPORT_OTHER_OWNER, {"owner": "a", "wanted": "b"})
    assert (job.attempts, job.dedupe_key, job.ended_at is not None) == (1, None, True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unavailable(ErrorCode.BUSY), ErrorCode.WAITS_FOR_DATABASE),
        (Unavailable(ErrorCode.DATABASE_AWAY), ErrorCode.WAITS_FOR_DATABASE),
        (OutOfSpace(ErrorCode.DISK_FULL), ErrorCode.WAITS_FOR_SPACE),
        (OSError(errno.ENOSPC, "no space"), ErrorCode.WAITS_FOR_SPACE),
    ],
)
def test_what_passes_by_itself_pauses_a_job_and_costs_no_try(
    error: Exception, reason: ErrorCode, session: Session, rings: list[str]
) -> None:
    def meet(_lease: Lease) -> None:
        raise error

    job_id = queue()
    for _ in range(5):
        assert run_job(job_id, doing(meet)) is JobState.QUEUED
        job = row(job_id)
        assert (job.attempts, job.error_code, job.lease_until) == (0, reason, None)
        assert job.run_at > now(session), "looked at again later, not at once"
        change(job_id, run_at=1)
    assert run_job(job_id, doing(finish)) is JobState.DONE
    assert row(job_id).error_code is None


def test_a_short_disk_pauses_what_writes_and_not_what_makes_room(
    session: Session, rings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda: disk.reserve_bytes() - 1)
    with transaction() as writing:
        job_id = add_job(writing, JobKind.IMPORT_COMMIT).id
    handlers = {JobKind.IMPORT_COMMIT: Handler(lambda lease: lease.begin_step("writing"))}
    assert run_job(job_id, handlers) is JobState.QUEUED
    assert row(job_id).error_code == ErrorCode.WAITS_FOR_SPACE

    def make_room(lease: Lease) -> None:
        lease.begin_step("clearing")
        finish(lease)

    assert run_job(queue(), doing(make_room)) is JobState.DONE


def test_a_process_that_must_stop_gives_its_job_back_for_the_next_one(
    session: Session, rings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = threading.Event()
    monkeypatch.setattr(stopping, "_wanted", wanted)
    steps: list[str] = []

    def work(lease: Lease) -> None:
        lease.begin_step("one")
        steps.append("one")
        stopping.ask()
        lease.begin_step("two")
        steps.append("two")

    job_id = queue()
    rings.clear()
    assert run_job(job_id, doing(work)) is JobState.QUEUED
    job = row(job_id)
    assert (steps, rings, job.attempts, job.lease_until) == (["one"], [job_id], 0, None)
    assert job.run_at <= now(session)
    # Work that has come to its end is not thrown away.
    assert run_job(job_id, doing(finish)) is JobState.DONE


def test_a_job_given_back_too_late_gets_its_try_back_from_the_reconciler(session: Session, rings: list[str]) -> None:
    """The database was away for longer than the lease: the reconciler came first and counted the try."""

    def late(lease: Lease) -> None:
        change(lease.job_id, lease_until=1)
        jobs.reconcile(HANDLERS)
        raise Unavailable(ErrorCode.DATABASE_AWAY)

    job_id = queue()
    assert run_job(job_id, doing(late)) is JobState.QUEUED
    assert row(job_id).attempts == 0


def test_jobs_that_stand_in_a_queue_are_not_rung_for_all_the_time(
    session: Session, rings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = queue()
    rings.clear()
    monkeypatch.setattr(jobs, "waiting_bells", lambda _url, _queue: 1)
    change(job_id, rung_at=now(session) - 20)
    assert jobs.reconcile(HANDLERS) == 0
    change(job_id, rung_at=now(session) - 46)
    assert jobs.reconcile(HANDLERS) == 1


def test_waiting_does_not_count_as_a_try(session: Session, rings: list[str]) -> None:
    def wait(_lease: Lease) -> None:
        raise NotYet(30)

    job_id = queue()
    for _ in range(7):
        assert run_job(job_id, doing(wait)) is JobState.QUEUED
        assert 28 <= row(job_id).run_at - now(session) <= 30
        change(job_id, run_at=1)
    assert row(job_id).attempts == 0
    assert run_job(job_id, doing(finish)) is JobState.DONE


def test_progress_is_the_row_and_a_listener_hears_the_same(session: Session, rings: list[str]) -> None:
    heard: list[tuple[str, int, int]] = []
    seen: list[tuple[str | None, int, int]] = []

    def work(lease: Lease) -> None:
        lease.begin_step("reading", 10)
        lease.tick(4, 10)
        lease.tick(5, 10)  # within the same second: not written
        job = row(lease.job_id)
        seen.append((job.step, job.progress_done, job.progress_total))
        finish(lease)

    assert run_job(queue(), doing(work), lambda *progress: heard.append(progress)) is JobState.DONE
    assert seen == [("reading", 4, 10)]
    assert heard == [("reading", 0, 10), ("reading", 4, 10)]


# cancel and retry


def test_a_waiting_job_is_cancelled_at_once(session: Session, alice: Member, rings: list[str]) -> None:
    told: list[JobState] = []
    handlers = doing(finish, ended=lambda _session, job: told.append(job.state))
    job_id = queue(team_id=alice.team_id)
    jobs.cancel_job(alice.actor, job_id, handlers)
    assert (row(job_id).state, told) == (JobState.CANCELLED, [JobState.CANCELLED])
    assert run_job(job_id, handlers) is None
    with pytest.raises(Conflict) as refusal:
        jobs.cancel_job(alice.actor, job_id, handlers)
    assert refusal.value.code is ErrorCode.JOB_ENDED
    events = session.execute(select(AuditEvent.action, AuditEvent.user_id, AuditEvent.target)).all()
    assert [tuple(event) for event in events] == [(AuditAction.JOB_CANCELLED, alice.user_id, job_id)]


def test_a_running_job_stops_at_its_next_sign_of_progress(session: Session, alice: Member, rings: list[str]) -> None:
    told: list[JobState] = []
    reached: list[str] = []

    def work(lease: Lease) -> None:
        jobs.cancel_job(alice.actor, lease.job_id, HANDLERS)
        with transaction() as writing:
            reached.append("before")
            lease.hold(writing)
            reached.append("after")

    job_id = queue()
    handlers = doing(work, ended=lambda _session, job: told.append(job.state))
    assert run_job(job_id, handlers) is JobState.CANCELLED
    assert (reached, told) == (["before"], [JobState.CANCELLED])


def test_only_jobs_of_the_own_team_can_be_cancelled(
    session: Session, alice: Member, charlie: Member, rings: list[str]
) -> None:
    job_id = queue(team_id=alice.team_id)
    with pytest.raises(NotFound):
        jobs.cancel_job(charlie.actor, job_id, HANDLERS, team_id=charlie.team_id)
    with pytest.raises(NotFound):
        jobs.cancel_job(charlie.actor, "nothing", HANDLERS)
    assert row(job_id).state is JobState.QUEUED


def test_only_failed_jobs_are_tried_again(session: Session, alice: Member, rings: list[str]) -> None:
    job_id = queue()
    with pytest.raises(Conflict) as refusal:
        jobs.retry_job(alice.actor, job_id, HANDLERS)
    assert refusal.value.code is ErrorCode.JOB_NOT_RETRIABLE
    change(job_id, state=JobState.FAILED, attempts=3, error_code="job_failed", is_cancel_wanted=True)
    rings.clear()
    jobs.retry_job(alice.actor, job_id, HANDLERS)
    job = row(job_id)
    assert (job.state, job.attempts, job.error_code, job.is_cancel_wanted) == (JobState.QUEUED, 0, None, False)
    assert rings == [job_id]
    assert run_job(job_id, doing(finish)) is JobState.DONE


# the same with real imports


def test_every_kind_of_job_has_a_handler_and_a_queue() -> None:
    assert set(HANDLERS) == set(JobKind)


# two at once


def test_a_row_that_another_process_holds_is_left_to_it(app: Flask, session: Session, rings: list[str]) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # one writer at a time: there is nobody else to hold a row
    job_id = queue()
    with pytest.raises(Killed):
        run_job(job_id, doing(_die))
    change(job_id, lease_until=1)
    with db.engine.connect() as other:
        # What a worker does at this moment: it renews its lease.
        other.execute(update(Job).where(Job.id == job_id).values(lease_until=now(session) + 60))
        session.rollback()
        session.execute(text("SET lock_timeout = '2s'"))
        session.commit()
        assert jobs.reconcile(HANDLERS) == 0
        other.commit()
    assert (row(job_id).state, row(job_id).fence) == (JobState.RUNNING, 1)


def _die(_lease: Lease) -> None:
    raise Killed


def test_an_error_of_ours_names_its_code_and_nothing_else() -> None:
    assert str(AppError(ErrorCode.JOB_FAILED, attempts=3)) == "job_failed {'attempts': 3}"
