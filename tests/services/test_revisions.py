"""Rows that nobody reads any more: when they go, and what an import that begins meanwhile finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import at, contents, follow_list, parse_here
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import NEVER, Account, AccountRevision, Export, Follower, Job, JobState, PostDetail
from webapp.queue import JobKind
from webapp.services import batches, revisions
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

DAYS = [at(f"2025-0{month}-01") for month in range(2, 6)]
POST = {"Date": "2025-01-01 10:00:00", "Link": "", "Likes": "1"}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    monkeypatch.setattr(batches, "_BATCH_ROWS", 2)


@pytest.fixture
def ada(session: Session, alice: Member) -> Scope:
    """An account with three exports, each of which replaces rows of the one before; the scope of today."""
    for number, day in enumerate(DAYS[:3]):
        people = many(10)[: 10 - number]
        import_done(alice, export_json(people, owner="ada", posts=[{**POST, "Title": str(number)}]), exported_at=day)
    return account_scope(alice, "ada")


def at_revision(scope: Scope, revision: int) -> Scope:
    return Scope(scope.user_id, scope.team_id, scope.role, scope.account_id, revision, scope.timezone)


def age(session: Session, revision: int, seconds: int) -> None:
    """Let a revision have been made so many seconds ago."""
    made = datetime.now(UTC) - timedelta(seconds=seconds)
    session.execute(update(AccountRevision).where(AccountRevision.revision == revision).values(made_at=made))
    session.commit()


def sweep(**arguments: Any) -> None:
    with transaction() as session:
        add_job(session, JobKind.REVISIONS_SWEEP, arguments=arguments)
    run_jobs()


def replaced(session: Session, model: Any) -> list[int]:
    """Return the revisions that replaced rows which are still there."""
    session.rollback()
    query = select(model.removed_revision).where(model.removed_revision < NEVER).distinct()
    return sorted(session.scalars(query))


def test_an_answer_that_began_two_imports_ago_still_reads_its_rows(session: Session, alice: Member, ada: Scope) -> None:
    lengths = [len(follow_list(at_revision(ada, revision), Section.FOLLOWERS) or ()) for revision in (1, 2, 3)]
    assert lengths == [10, 9, 8]
    sweep()
    import_done(alice, export_json(many(2), owner="ada"), exported_at=DAYS[3], losses_confirmed=True)
    assert lengths == [len(follow_list(at_revision(ada, revision), Section.FOLLOWERS) or ()) for revision in (1, 2, 3)]


@pytest.mark.parametrize("by", ["sweep", "next import"])
def test_replaced_rows_go_an_hour_after_the_revision_that_replaced_them(
    by: str, session: Session, alice: Member, ada: Scope
) -> None:
    age(session, 2, revisions.READ_SECONDS + 5)
    age(session, 3, revisions.READ_SECONDS - 60)
    assert (replaced(session, Follower), replaced(session, PostDetail)) == ([2, 3], [2, 3])
    before = [follow_list(at_revision(ada, revision), Section.FOLLOWERS) for revision in (2, 3)]
    if by == "sweep":
        sweep()
        kept = [3]
    else:
        import_done(alice, export_json(many(7), owner="ada"), exported_at=DAYS[3])
        kept = [3, 4]
    assert (replaced(session, Follower), replaced(session, PostDetail)) == (kept, [3])
    assert [follow_list(at_revision(ada, revision), Section.FOLLOWERS) for revision in (2, 3)] == before


def test_a_sweep_leaves_nothing_but_what_is_seen_once_an_hour_has_passed(
    session: Session, alice: Member, ada: Scope
) -> None:
    seen = follow_list(ada, Section.FOLLOWERS)
    for revision in (1, 2, 3):
        age(session, revision, revisions.READ_SECONDS + 5)
    sweep()
    assert (replaced(session, Follower), replaced(session, PostDetail)) == ([], [])
    assert follow_list(ada, Section.FOLLOWERS) == seen
    before = contents(session, ada.account_id)
    sweep()
    assert contents(session, ada.account_id) == before


def leave_unfinished(session: Session, account_id: int, revision: int) -> None:
    """Leave what a killed import leaves: rows beyond the pointer, and rows that it was about to replace."""
    session.execute(update(Account).where(Account.id == account_id).values(has_leftovers=True))
    current = (Follower.account_id == account_id) & Follower.gone_export_id.is_(None)
    ids = session.scalars(select(Follower.id).where(current, Follower.removed_revision == NEVER).limit(5)).all()
    session.execute(update(Follower).where(Follower.id.in_(ids)).values(removed_revision=revision + 1))
    keys = session.scalars(select(Follower.username_key).where(Follower.id.in_(ids))).all()
    export_id = session.scalar(select(func.max(Export.id)))
    session.add_all(
        Follower(
            account_id=account_id,
            username=key.upper(),
            username_key=key,
            followed_at=1,
            first_export_id=export_id,
            added_revision=revision + 1,
        )
        for key in keys
    )
    session.commit()


def give_turn(session: Session, account_id: int) -> None:
    """Let a job that is under way have the turn to write the account."""
    job = session.scalars(select(Job).where(Job.kind == JobKind.IMPORT_COMMIT).limit(1)).one()
    job.state, job.lease_until = JobState.RUNNING, 2**40
    session.get_one(Account, account_id).writing_job_id = job.id
    session.flush()


def test_what_an_import_left_is_taken_back_without_a_trace(session: Session, alice: Member, ada: Scope) -> None:
    before = contents(session, ada.account_id)
    leave_unfinished(session, ada.account_id, ada.revision)
    assert contents(session, ada.account_id) != before
    sweep(account_id=ada.account_id)
    assert contents(session, ada.account_id) == before
    assert not session.get_one(Account, ada.account_id, populate_existing=True).has_leftovers


def test_a_sweep_touches_nothing_while_an_import_has_the_turn(session: Session, alice: Member, ada: Scope) -> None:
    leave_unfinished(session, ada.account_id, ada.revision)
    give_turn(session, ada.account_id)
    session.commit()
    before = contents(session, ada.account_id)
    sweep(account_id=ada.account_id)
    assert contents(session, ada.account_id) == before
    assert session.get_one(Account, ada.account_id, populate_existing=True).has_leftovers


def test_a_sweep_stops_when_an_import_takes_its_turn_in_the_middle(
    session: Session, alice: Member, ada: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_unfinished(session, ada.account_id, ada.revision)
    hold, calls = Lease.hold, []

    def hold_and_begin(lease: Lease, writing: Session, **progress: int) -> None:
        hold(lease, writing, **progress)
        calls.append(1)
        if len(calls) == 2:  # between the first batch and the second
            give_turn(writing, ada.account_id)

    monkeypatch.setattr(Lease, "hold", hold_and_begin)
    sweep(account_id=ada.account_id)
    session.rollback()
    unseen = session.scalar(select(func.count()).where(Follower.added_revision > ada.revision))
    assert unseen == 3, "one batch of two was taken back, the rest is the import's to clear"
    assert session.get_one(Account, ada.account_id, populate_existing=True).has_leftovers
