"""Commits that are killed, overtaken, cancelled or made to wait: nothing is seen before their end, nothing stays."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.commits import (
    NEW,
    OLD,
    POSTS,
    Failpoint,
    cut_small,
    first_export,
    preview,
    queue_commit,
    ready,
    second_export,
    seen,
)
from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import contents, let_leases_expire, lists_of
from tests.series import Killed
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import ErrorCode, Unavailable
from webapp.extensions import db
from webapp.models import (
    Account,
    Follower,
    ImportRun,
    ImportState,
    Job,
    JobState,
)
from webapp.queue import JobKind
from webapp.services import import_commit, imports, ledger_writes, turns
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job
from webapp.services.lease import Lease
from webapp.services.ledger import write_added
from webapp.services.owners import take_account
from webapp.services.uploads import work_path


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


def test_a_commit_killed_at_any_batch_shows_nothing_and_ends_as_if_undisturbed(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    failpoint = Failpoint(monkeypatch)
    import_done(alice, first_export("golden"), exported_at=OLD)
    run_id, job_id = ready(alice, second_export("golden"), NEW)
    failpoint.calls = 0
    assert run_job(job_id, HANDLERS) is JobState.DONE
    batches = failpoint.calls
    golden = contents(session, account_scope(alice, "golden").account_id)
    result = session.get_one(ImportRun, run_id).result
    assert batches > 10

    for number in range(1, batches + 1):
        owner = f"victim{number}"
        import_done(alice, first_export(owner), exported_at=OLD)
        before = seen(alice, owner)
        run_id, job_id = ready(alice, second_export(owner), NEW)
        is_killed = number % 2 == 0
        failpoint.set(number, Killed() if is_killed else RuntimeError("by the test"))
        if is_killed:
            with pytest.raises(Killed):
                run_job(job_id, HANDLERS)
        else:
            assert run_job(job_id, HANDLERS) is JobState.QUEUED
        assert seen(alice, owner) == before, f"batch {number} was seen"
        let_leases_expire()
        assert run_job(job_id, HANDLERS) is JobState.DONE
        found = contents(session, account_scope(alice, owner).account_id)
        for table, rows in golden.items():
            assert found[table] == rows, f"{table} differs after batch {number}"
        assert session.get_one(ImportRun, run_id).result == result


def test_a_first_import_killed_at_any_batch_shows_nothing(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    failpoint = Failpoint(monkeypatch)
    _, job_id = ready(alice, first_export("golden"), OLD)
    failpoint.calls = 0
    run_job(job_id, HANDLERS)
    golden = contents(session, account_scope(alice, "golden").account_id)
    for number in range(1, failpoint.calls + 1):
        owner = f"victim{number}"
        _, job_id = ready(alice, first_export(owner), OLD)
        failpoint.set(number, Killed())
        with pytest.raises(Killed):
            run_job(job_id, HANDLERS)
        session.rollback()
        assert owner not in [row.handle for row in list_accounts(alice.scope)]
        let_leases_expire()
        assert run_job(job_id, HANDLERS) is JobState.DONE
        assert contents(session, account_scope(alice, owner).account_id) == golden


def _die(*_arguments: object) -> None:
    raise Killed


@pytest.mark.parametrize("is_swept", [True, False], ids=["swept", "left to the next"])
def test_a_commit_that_is_given_up_is_cleared_soon_or_by_the_next(
    is_swept: bool, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, first_export("golden"), exported_at=OLD)
    import_done(alice, second_export("golden"), exported_at=NEW)
    golden = contents(session, account_scope(alice, "golden").account_id)

    import_done(alice, first_export("victim"), exported_at=OLD)
    victim = account_scope(alice, "victim").account_id
    _, job_id = ready(alice, export_json(many(20, "other"), many(9), owner="victim", posts=POSTS), NEW - 60)
    with monkeypatch.context() as patch:
        patch.setattr(import_commit, "_switch", _die)
        with pytest.raises(Killed):
            run_job(job_id, HANDLERS)
    public_id = session.scalars(select(ImportRun.public_id).order_by(ImportRun.id.desc()).limit(1)).one()
    imports.cancel_import(alice.actor, alice.scope, public_id)
    let_leases_expire()
    assert run_job(job_id, HANDLERS) is JobState.CANCELLED
    unseen = session.scalar(select(func.count()).where(Follower.added_revision > 1))
    assert unseen, "the killed commit had written nothing yet: the test shows nothing"
    # The next import may come before the job that clears, or after it.
    if not is_swept:
        session.execute(update(Job).where(Job.kind == JobKind.REVISIONS_SWEEP).values(state=JobState.CANCELLED))
        session.commit()
    run_jobs()
    unseen = session.scalar(select(func.count()).where(Follower.added_revision > 1, Follower.account_id == victim))
    assert bool(unseen) is not is_swept
    assert session.get_one(Account, victim, populate_existing=True).has_leftovers is not is_swept
    import_done(alice, second_export("victim"), exported_at=NEW)
    assert contents(session, victim) == golden


def test_two_imports_of_one_account_take_turns(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    failpoint = Failpoint(monkeypatch)
    contents_of = (second_export("ada"), export_json(many(13), many(6), owner="ada"), export_json(owner="grace"))
    runs = [preview(alice, content, NEW + number) for number, content in enumerate(contents_of)]
    first, second, elsewhere = [queue_commit(alice, run) for run in runs]
    failpoint.set(5, Killed())
    with pytest.raises(Killed):
        run_job(first, HANDLERS)
    for _ in range(5):
        assert run_job(second, HANDLERS) is JobState.QUEUED
        session.rollback()
        job = session.get_one(Job, second)
        assert job.attempts == 0, "waiting for a turn is no try"
        session.execute(update(Job).where(Job.id == second).values(run_at=1))
        session.commit()
    assert run_job(elsewhere, HANDLERS) is JobState.DONE, "another account does not wait"
    let_leases_expire()
    assert run_job(first, HANDLERS) is JobState.DONE
    # What was previewed has changed meanwhile, so it is compared anew and then written.
    run_jobs()
    assert len(lists_of(alice, "ada")[0]) == 13
    states = session.scalars(select(ImportRun.state)).all()
    assert set(states) == {ImportState.DONE}


def test_two_workers_that_ask_for_the_turn_at_once_do_not_both_get_it(
    app: Flask, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    runs = [preview(alice, second_export("ada"), NEW), preview(alice, export_json(many(12), owner="ada"), NEW + 60)]
    job_ids = [queue_commit(alice, run) for run in runs]
    together, finished = threading.Barrier(2), threading.Event()
    find, clear = take_account, turns.make_ready
    writing: list[str] = []

    def find_together(*arguments: Any, **options: Any) -> Account:
        account = find(*arguments, **options)
        with contextlib.suppress(threading.BrokenBarrierError):  # SQLite lets only one come this far
            together.wait(0.5)
        return account

    def clear_slowly(lease: Lease, *arguments: Any, **options: Any) -> None:
        writing.append(lease.job_id)
        finished.wait(5)
        assert len(writing) == 1, "two write at once"
        clear(lease, *arguments, **options)

    monkeypatch.setattr(import_commit, "take_account", find_together)
    monkeypatch.setattr(turns, "make_ready", clear_slowly)
    states: list[JobState | None] = []

    def work(job_id: str) -> None:
        with app.app_context():
            states.append(run_job(job_id, HANDLERS))
            finished.set()
            db.session.remove()

    threads = [threading.Thread(target=work, args=(job_id,)) for job_id in job_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [JobState.QUEUED, JobState.DONE], "the one that waits is back first"


def test_a_database_that_is_busy_for_a_moment_costs_a_try_and_not_the_import(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    failpoint = Failpoint(monkeypatch)
    run_id, job_id = ready(alice, first_export("ada"), OLD)
    failpoint.set(8, Unavailable(ErrorCode.BUSY))
    assert run_job(job_id, HANDLERS) is JobState.QUEUED
    let_leases_expire()
    assert run_job(job_id, HANDLERS) is JobState.DONE
    session.rollback()
    assert session.get_one(ImportRun, run_id).state is ImportState.DONE


def test_an_import_cancelled_in_the_middle_leaves_nothing_to_see(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    before = seen(alice, "ada")
    run_id, job_id = ready(alice, second_export("ada"), NEW)

    def cancel_then_write(*arguments: Any) -> None:
        write_added(*arguments)
        arguments[0].execute(update(Job).where(Job.id == job_id).values(is_cancel_wanted=True))

    monkeypatch.setattr(ledger_writes, "write_added", cancel_then_write)
    assert run_job(job_id, HANDLERS) is JobState.CANCELLED
    session.rollback()
    run = session.get_one(ImportRun, run_id)
    assert run.state is ImportState.CANCELLED
    assert not work_path(run.public_id).exists()
    assert session.get_one(Account, run.account_id).writing_job_id is None
    assert seen(alice, "ada") == before


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, first_export("golden"), exported_at=OLD)
    import_done(alice, second_export("golden"), exported_at=NEW)
    golden = contents(session, account_scope(alice, "golden").account_id)
    import_done(alice, first_export("ada"), exported_at=OLD)
    _, job_id = ready(alice, second_export("ada"), NEW)
    states: list[JobState | None] = []

    def be_overtaken(*arguments: Any) -> None:
        write_added(*arguments)
        arguments[0].commit()
        if not states:
            # This worker slept for too long; another one claims the job, does all of it, and then this one wakes.
            info = arguments[0].info
            states.append(None)
            kept = dict(info)
            info["transaction_is_active"] = False
            let_leases_expire()
            states.append(run_job(job_id, HANDLERS))
            info.update(kept)

    monkeypatch.setattr(ledger_writes, "write_added", be_overtaken)
    run_job(job_id, HANDLERS)
    assert states[1] is JobState.DONE
    assert contents(session, account_scope(alice, "ada").account_id) == golden


def test_the_commit_of_a_run_that_is_no_longer_waiting_does_nothing(session: Session, alice: Member) -> None:
    run = import_done(alice, first_export("ada"), exported_at=OLD)
    before = contents(session, account_scope(alice, "ada").account_id)
    job = session.scalars(select(Job).where(Job.import_id == run.id, Job.kind == JobKind.IMPORT_COMMIT)).one()
    job.state, job.run_at = JobState.QUEUED, 1
    session.commit()
    assert run_job(job.id, HANDLERS) is JobState.DONE
    assert contents(session, account_scope(alice, "ada").account_id) == before
