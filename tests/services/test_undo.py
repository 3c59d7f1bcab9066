"""Undo: afterwards an account is as if the file had never come in."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, import_done, import_file, run_jobs
from tests.ledgers import contents, let_leases_expire, lists_of, parse_here
from tests.series import (
    DAY,
    HISTORY,
    START,
    Killed,
    bring,
    check_kills,
    export,
    fail_at,
    make_batches_small,
    same,
    visible,
)
from webapp.analytics.accounts import list_accounts
from webapp.analytics.relationships import summarise_relationships
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, NotFound
from webapp.extensions import db
from webapp.models import (
    NEVER,
    Account,
    AuditAction,
    AuditEvent,
    Follower,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    Job,
    JobState,
)
from webapp.queue import JobKind
from webapp.services import imports, undo
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes
from webapp.services.jobs import retry_job, run_job


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    make_batches_small(monkeypatch)


def undo_now(member: Member, public_id: str) -> None:
    undo.undo_import(member.actor, member.scope, public_id)
    run_jobs()
    db.session.rollback()
    run = db.session.scalars(select(ImportRun).where(ImportRun.public_id == public_id)).one()
    assert run.state is ImportState.UNDONE, (run.state, run.error_code)


@pytest.mark.parametrize("number", range(len(HISTORY)))
def test_after_an_undo_everything_is_as_if_the_file_had_never_come(
    number: int, session: Session, alice: Member
) -> None:
    numbers = range(len(HISTORY))
    runs = bring(alice, "ada", numbers)
    bring(alice, "grace", [each for each in numbers if each != number])
    undo_now(alice, runs[number])
    same(visible(alice, "ada"), visible(alice, "grace"))
    bring(alice, "ada", [number])
    bring(alice, "grace", [number])
    same(visible(alice, "ada"), visible(alice, "grace"))


def test_undos_in_any_order_leave_what_is_left(session: Session, alice: Member) -> None:
    for turn, order in enumerate([(0, 1, 2), (4, 3, 2), (1, 3, 0), (2, 1, 3), (3, 0, 4)]):
        owner, other = f"ada{turn}", f"grace{turn}"
        runs = bring(alice, owner, sorted(range(len(HISTORY)), key=lambda n: (n * 7 + turn) % 5))
        for number in order:
            undo_now(alice, runs[number])
        bring(alice, other, [n for n in range(len(HISTORY)) if n not in order])
        same(visible(alice, owner), visible(alice, other))


def test_exports_in_any_order_give_the_same_rows_everywhere(session: Session, alice: Member) -> None:
    bring(alice, "golden", range(4))
    golden = visible(alice, "golden")
    for turn, order in enumerate(list(permutations(range(4)))[1::5]):
        bring(alice, f"ada{turn}", order)
        same(visible(alice, f"ada{turn}"), golden)


def test_of_exports_of_one_second_any_can_be_undone(session: Session, alice: Member) -> None:
    for number in range(4):
        owner, other = f"ada{number}", f"grace{number}"
        runs = bring(alice, owner, range(4), gap=0)
        undo_now(alice, runs[number])
        bring(alice, other, [n for n in range(4) if n != number], gap=0)
        same(visible(alice, owner), visible(alice, other))


def test_the_only_import_leaves_an_account_that_is_empty_and_unknown(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", [1])
    undo_now(alice, runs[1])
    scope = account_scope(alice, "ada")
    assert lists_of(alice, "ada") == (None, None)
    assert summarise_relationships(scope).followers is None
    assert [row.handle for row in list_accounts(alice.scope)] == ["ada"]
    assert not any(visible(alice, "ada").values())
    bring(alice, "ada", [1])
    assert len(lists_of(alice, "ada")[0]) == len(HISTORY[1][0] or {})


def test_an_undo_of_the_oldest_leaves_the_rows_of_those_who_are_on_the_next_list_as_well(
    session: Session, alice: Member
) -> None:
    oldest = import_done(alice, export("ada", {"ann": 1, "bob": 2, "cy": 3}), exported_at=START)
    import_done(alice, export("ada", {"ann": 1, "bob": 5, "dee": 4}), exported_at=START + DAY)
    living = select(Follower).where(Follower.removed_revision == NEVER, Follower.gone_export_id.is_(None))
    before = {row.username_key: row.id for row in session.scalars(living)}
    undo_now(alice, oldest.public_id)
    rows = session.scalars(living).all()
    assert {(row.username_key, row.followed_at - START + DAY) for row in rows} == {("ann", 1), ("bob", 5), ("dee", 4)}
    assert {row.username_key for row in rows if row.id == before[row.username_key]} == {"ann"}


def test_a_file_can_come_in_again_after_its_undo(session: Session, alice: Member) -> None:
    content = export("ada", {"ann": 1})
    run = import_done(alice, content, exported_at=START)
    undo_now(alice, run.public_id)
    again = import_done(alice, content, exported_at=START)
    assert (again.result or {})["followers"]["new"] == 1
    known = import_done(alice, content, exported_at=START)
    assert known.result == {"is_known": True}
    with pytest.raises(Conflict) as refusal:
        undo.undo_import(alice.actor, alice.scope, known.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_ADDED_NOTHING


def test_a_reader_keeps_the_state_from_before_an_undo(session: Session, alice: Member) -> None:
    runs = bring(alice, "ada", range(3))
    account_id = account_scope(alice, "ada").account_id
    revision = account_scope(alice, "ada").revision
    before = contents(session, account_id, revision)
    undo_now(alice, runs[1])
    same(contents(session, account_id, revision), before)


def test_who_may_undo_what(session: Session, alice: Member, bob: Member, charlie: Member) -> None:
    runs = bring(alice, "ada", [0])
    with pytest.raises(NotFound):
        undo.undo_import(charlie.actor, charlie.scope, runs[0])
    with pytest.raises(Forbidden):
        undo.undo_import(bob.actor, bob.scope, runs[0])
    waiting = import_file(alice, export("ada", {"x": 1}), wishes=ImportWishes())
    with pytest.raises(Conflict) as refusal:
        undo.undo_import(alice.actor, alice.scope, waiting.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_NOT_READY
    imports.cancel_import(alice.actor, alice.scope, waiting.public_id)
    with pytest.raises(Conflict) as refusal:
        undo.undo_import(alice.actor, alice.scope, waiting.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_ENDED
    undo_now(alice, runs[0])
    undo.undo_import(alice.actor, alice.scope, runs[0])
    assert run_jobs() == [], "asking again asks for what was done"
    session.rollback()
    actions = session.scalars(
        select(AuditEvent.action).where(AuditEvent.target == runs[0]).order_by(AuditEvent.id)
    ).all()
    assert actions[-2:] == [AuditAction.IMPORT_UNDO_STARTED, AuditAction.IMPORT_UNDONE]
    users = session.scalars(select(AuditEvent.user_id).where(AuditEvent.action == AuditAction.IMPORT_UNDONE)).all()
    assert users == [alice.user_id]


def test_counts_of_gained_and_lost_follow_the_exports_that_are_left(session: Session, alice: Member) -> None:
    def figures() -> list[tuple[int | None, ...]]:
        session.rollback()
        revision = account_scope(alice, "ada").revision
        query = select(FollowerSnapshot).where(
            FollowerSnapshot.added_revision <= revision, FollowerSnapshot.removed_revision > revision
        )
        return [
            (row.followers_gained, row.followers_lost, row.followers_refollowed)
            for row in session.scalars(query.order_by(FollowerSnapshot.at))
        ]

    runs = bring(alice, "ada", [4, 1, 0, 2])
    # again and brief follow again with both; go, gap, back and old leave; come, visit and new come
    assert figures() == [(None, None, None), (3, 4, 2), (2, 2, 2), (None, None, None)]
    undo_now(alice, runs[1])
    assert figures() == [(None, None, None), (2, 3, 0), (None, None, None)]
    undo_now(alice, runs[0])
    assert figures() == [(None, None, None), (None, None, None)]


# an undo that does not come to its end


def queued(member: Member, public_id: str) -> str:
    undo.undo_import(member.actor, member.scope, public_id)
    db.session.rollback()
    query = select(Job.id).where(Job.kind == JobKind.IMPORT_UNDO, Job.state == JobState.QUEUED)
    return db.session.scalars(query).one()


def test_an_undo_killed_anywhere_shows_nothing_and_ends_as_if_undisturbed(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_kills(alice, monkeypatch, lambda runs: queued(alice, runs[1]))


@pytest.mark.parametrize("is_begun", [False, True], ids=["waiting", "begun"])
def test_an_undo_that_is_cancelled_leaves_the_import_in_place(
    is_begun: bool, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = bring(alice, "ada", range(3))
    before = visible(alice, "ada")
    job_id = queued(alice, runs[1])
    if is_begun:
        state = fail_at(monkeypatch)
        state["fails"] = 8
        with pytest.raises(Killed):
            run_job(job_id, HANDLERS)
    imports.cancel_import(alice.actor, alice.scope, runs[1])
    let_leases_expire()
    run_jobs()
    session.rollback()
    assert session.get_one(Job, job_id).state is JobState.CANCELLED
    run = session.scalars(select(ImportRun).where(ImportRun.public_id == runs[1])).one()
    account = session.get_one(Account, run.account_id)
    assert (run.state, account.writing_job_id, account.has_leftovers) == (ImportState.DONE, None, False)
    same(visible(alice, "ada"), before)
    hidden = select(func.count()).where(Follower.added_revision > account.revision)
    assert session.scalar(hidden) == 0
    undo_now(alice, runs[1])


def test_an_undo_that_failed_can_be_tried_again(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = bring(alice, "ada", range(3))
    bring(alice, "grace", [0, 2])
    before = visible(alice, "ada")
    job_id = queued(alice, runs[1])

    def fail(*_arguments: object) -> None:
        raise RuntimeError("by the test")

    with monkeypatch.context() as patch:
        patch.setattr(undo, "_switch", fail)
        for _ in range(3):
            let_leases_expire()
            run_job(job_id, HANDLERS)
    session.rollback()
    assert session.get_one(Job, job_id).state is JobState.FAILED
    run = session.scalars(select(ImportRun).where(ImportRun.public_id == runs[1])).one()
    assert run.state is ImportState.DONE
    same(visible(alice, "ada"), before)
    retry_job(alice.actor, job_id, HANDLERS)
    run_jobs()
    same(visible(alice, "ada"), visible(alice, "grace"))
    session.execute(update(Job).where(Job.id == job_id).values(state=JobState.FAILED))
    session.commit()
    with pytest.raises(Conflict):
        retry_job(alice.actor, job_id, HANDLERS)


def test_an_import_and_an_undo_of_one_account_take_turns(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = bring(alice, "ada", range(2))
    waiting = import_file(
        alice, export("ada", {"stay": 1, "come": 20, "two": 6}), wishes=ImportWishes(exported_at=START + 9 * DAY)
    )
    job_id = queued(alice, runs[0])
    state = fail_at(monkeypatch)
    state["fails"] = 6
    with pytest.raises(Killed):
        run_job(job_id, HANDLERS)
    imports.commit_import(alice.actor, alice.scope, waiting.public_id, losses_confirmed=True)
    session.rollback()
    commit_id = session.scalars(select(Job.id).where(Job.kind == JobKind.IMPORT_COMMIT, Job.attempts == 0)).one()
    assert run_job(commit_id, HANDLERS) is JobState.QUEUED, "the undo has the turn"
    let_leases_expire()
    assert run_job(job_id, HANDLERS) is JobState.DONE
    let_leases_expire()
    run_jobs()
    session.rollback()
    states = session.scalars(select(ImportRun.state).order_by(ImportRun.id)).all()
    assert states == [ImportState.UNDONE, ImportState.DONE, ImportState.DONE]
    assert {row[0] for row in lists_of(alice, "ada")[0]} == {"stay", "come", "two"}
