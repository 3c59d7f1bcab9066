"""The sample account: in by one click, out by one click."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import contents, parse_here, row_counts
from webapp.analytics.imports import list_exports
from webapp.analytics.relationships import summarise_relationships
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, NotFound
from webapp.importers.synthetic import SAMPLE_OWNER
from webapp.models import Account, ImportRun, ImportState, Job, JobState
from webapp.queue import JobKind
from webapp.services import sample
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job
from webapp.services.uploads import uploads_path


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def test_the_sample_comes_in_through_real_imports_and_goes_without_a_trace(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(3)))
    own = contents(session, account_scope(alice, "demo.maker").account_id)
    before, worked_out_before = row_counts(session), count_worked_out(session)
    sample.load_sample(alice.actor, alice.scope)
    run_jobs()
    scope = account_scope(alice, SAMPLE_OWNER)
    assert len(list_exports(scope)) == 3
    summary = summarise_relationships(scope)
    assert (summary.followers or 0) > 400
    assert (summary.mutuals or 0) > 50
    account = session.get_one(Account, scope.account_id)
    assert (account.is_sample, account.is_default) == (True, False)
    with pytest.raises(Conflict) as refusal:
        sample.load_sample(alice.actor, alice.scope)
    assert refusal.value.code is ErrorCode.SAMPLE_EXISTS

    sample.remove_sample(alice.actor, alice.scope)
    run_jobs()
    after = row_counts(session)
    # The record of what was done stays, and so do the rows of jobs that belong to no import: that which deleted, and
    # those that worked something out of the exports.
    worked_out = count_worked_out(session) - worked_out_before
    assert {k: v for k, v in after.items() if k not in ("audit_event", "job")} == {
        k: v for k, v in before.items() if k not in ("audit_event", "job")
    }
    assert after["job"] == before["job"] + 1 + worked_out
    assert list(uploads_path().iterdir()) == []
    assert contents(session, account_scope(alice, "demo.maker").account_id) == own
    with pytest.raises(NotFound):
        sample.remove_sample(alice.actor, alice.scope)


def count_worked_out(session: Session) -> int:
    kinds = (JobKind.CONTENT_FIT, JobKind.FORECAST_FIT, JobKind.NOTICES_FIND)
    return session.scalar(select(func.count()).where(Job.kind.in_(kinds))) or 0


def test_a_sample_on_its_way_cannot_be_ordered_twice(session: Session, alice: Member, charlie: Member) -> None:
    sample.load_sample(alice.actor, alice.scope)
    with pytest.raises(Conflict):
        sample.load_sample(alice.actor, alice.scope)
    sample.load_sample(charlie.actor, charlie.scope)
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 6


def test_a_sample_removed_while_it_loads_does_not_come_back(session: Session, alice: Member) -> None:
    sample.load_sample(alice.actor, alice.scope)
    first = session.scalars(select(Job.id).order_by(Job.created_at).limit(1)).one()
    run_job(first, HANDLERS)
    session.rollback()
    commit = session.scalars(select(Job.id).where(Job.state == JobState.QUEUED, Job.kind == "import.commit")).one()
    run_job(commit, HANDLERS)
    sample.remove_sample(alice.actor, alice.scope)
    run_jobs()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Account)) == 0
    assert set(session.scalars(select(ImportRun.state))) <= {ImportState.CANCELLED}
    assert list(uploads_path().iterdir()) == []


def test_a_viewer_cannot_load_or_remove_the_sample(session: Session, alice: Member, bob: Member) -> None:
    with pytest.raises(Forbidden):
        sample.load_sample(bob.actor, bob.scope)
    sample.load_sample(alice.actor, alice.scope)
    run_jobs()
    with pytest.raises(Forbidden):
        sample.remove_sample(bob.actor, bob.scope)
    assert account_scope(bob, SAMPLE_OWNER)
