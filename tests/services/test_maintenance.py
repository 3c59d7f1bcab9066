"""Deleting an account deletes everything of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import FIRST, SECOND, at, contents, parse_here, row_counts
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import Invalid
from webapp.models import Account, Follower, ImportRun, Job, JobState, LoginSession
from webapp.queue import JobKind
from webapp.services import accounts, batches
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes
from webapp.services.jobs import add_job, run_job
from webapp.services.lease import Lease
from webapp.services.login_sessions import start_session
from webapp.services.transaction import transaction
from webapp.services.uploads import uploads_path


class Killed(BaseException):
    """A process that ends here."""


# What stays: people, the record of what was done, and the job that deleted.
STAYS = {"user", "team", "membership", "audit_event", "audit_chain", "job"}


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def delete(member: Member, handle: str) -> None:
    with_id = {row.handle: row.public_id for row in list_accounts(member.scope)}
    accounts.delete_account(member.scope, with_id[handle], handle, member.actor)


def test_a_deleted_account_leaves_no_row_and_no_file(session: Session, alice: Member) -> None:
    for file in (FIRST, SECOND):
        import_done(alice, file, losses_confirmed=True)
    waiting = import_file(alice, export_json(many(3)), wishes=ImportWishes(losses_confirmed=True))
    assert (uploads_path() / waiting.public_id).exists()
    assert session.scalar(select(func.count()).select_from(Follower))
    delete(alice, "demo.maker")
    run_jobs()
    assert set(row_counts(session)) <= STAYS
    assert list(uploads_path().iterdir()) == []
    jobs = session.execute(select(Job.kind, Job.state)).all()
    # Of the account itself they hold the number alone.
    assert {tuple(job) for job in jobs} == {
        (kind, JobState.DONE) for kind in (JobKind.NOTICES_FIND, JobKind.ACCOUNT_PURGE)
    }


def test_a_purge_touches_no_other_account(session: Session, alice: Member, charlie: Member) -> None:
    for member, handle in ((alice, "ada"), (charlie, "ada"), (alice, "grace")):
        import_done(member, export_json(many(4), many(2), owner=handle), exported_at=at("2025-02-01"))
    kept = {
        account.id: contents(session, account.id)
        for account in session.scalars(select(Account))
        if (account.team_id, account.handle) != (alice.team_id, "ada")
    }
    delete(alice, "ada")
    import_done(alice, export_json(many(1), owner="ada"), exported_at=at("2025-02-01"))
    run_jobs()
    for account_id, rows in kept.items():
        assert contents(session, account_id) == rows
    assert len(contents(session, account_scope(alice, "ada").account_id)["follower"]) == 1


def test_a_purge_that_was_killed_is_finished_by_the_next_try(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_BATCH_ROWS", 5)
    import_done(alice, SECOND)
    delete(alice, "demo.maker")
    job_id = session.scalars(select(Job.id).where(Job.kind == JobKind.ACCOUNT_PURGE)).one()
    hold, calls = Lease.hold, []

    def hold_and_die(lease: Lease, writing: Session, **progress: int) -> None:
        hold(lease, writing, **progress)
        calls.append(1)
        if len(calls) == 6:
            raise Killed

    monkeypatch.setattr(Lease, "hold", hold_and_die)
    before = row_counts(session)["follower"]
    with pytest.raises(Killed):
        run_job(job_id, HANDLERS)
    assert 0 < row_counts(session)["follower"] < before
    job = session.get_one(Job, job_id)
    job.lease_until = 1
    session.commit()
    assert run_job(job_id, HANDLERS) is JobState.DONE
    assert set(row_counts(session)) <= STAYS


def test_an_account_that_was_not_deleted_survives_its_purge(session: Session, alice: Member) -> None:
    """A job with a wrong id must not take an account that somebody uses."""
    import_done(alice, export_json(many(2)))
    with pytest.raises(Invalid):
        accounts.delete_account(alice.scope, list_accounts(alice.scope)[0].public_id, "another name", alice.actor)
    assert session.scalar(select(func.count()).where(Account.deleted_at.is_not(None))) == 0
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_ended_sessions_are_deleted_and_others_stay(session: Session, alice: Member) -> None:
    with transaction():
        pass
    start_session(alice.user_id, alice.actor, user_agent="x", data={}, absolute=timedelta(hours=1))
    start_session(alice.user_id, alice.actor, user_agent="x", data={}, absolute=timedelta(seconds=-1))
    with transaction() as writing:
        add_job(writing, JobKind.SESSIONS_PURGE)
    assert run_jobs() == [JobState.DONE]
    left = session.scalars(select(LoginSession)).all()
    assert len(left) == 1
    assert left[0].expires_at > datetime.now(UTC)
