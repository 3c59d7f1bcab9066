"""Commits: nothing is seen before its end, and a commit that dies leaves nothing behind."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import at, contents, follow_list, ledgers, let_leases_expire, lists_of, parse_here, zipped
from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import list_exports
from webapp.analytics.relationships import list_survivors, summarise_relationships
from webapp.domain.errors import ErrorCode, Invalid, Unavailable
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.importers import rows_file
from webapp.models import (
    NEVER,
    Account,
    Export,
    Follower,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    Job,
    JobState,
    OwnerAnswer,
    Post,
    PostDetail,
    PostReading,
)
from webapp.queue import JobKind
from webapp.services import import_commit, import_jobs, imports, ledger_writes, turns
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes
from webapp.services.jobs import run_job
from webapp.services.lease import Lease
from webapp.services.ledger import write_added
from webapp.services.owners import take_account
from webapp.services.uploads import work_path

OLD, NEW = at("2025-02-01"), at("2025-03-01")
POSTS = [
    {"Date": f"2025-01-0{day} 10:00:00", "Link": "", "Likes": str(day), "Title": f"post {day}"} for day in range(1, 6)
]


class Killed(BaseException):
    """A process that ends here: nothing after it runs."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    monkeypatch.setattr(import_commit, "BATCH", 3)
    monkeypatch.setattr(import_commit, "_POST_BATCH", 2)
    monkeypatch.setattr(import_commit, "RANGE", 5)
    monkeypatch.setattr(import_jobs, "RANGE", 4)
    monkeypatch.setattr(rows_file, "RUN_ROWS", 5)
    monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 2)


def first_export(owner: str) -> bytes:
    return export_json(many(12), many(6), owner=owner, posts=POSTS[:3])


def second_export(owner: str) -> bytes:
    """Two gone, one with a new date, four new; posts with more likes, one retitled, two new."""
    rows = many(12)
    newcomers = [(f"new{n}", f"2025-02-1{n} 00:00:00") for n in range(4)]
    followers = [*newcomers, (rows[0][0].upper(), rows[0][1]), (rows[1][0], "2025-02-02 00:00:00"), *rows[4:]]
    posts = [{**post, "Likes": "99", "Title": post["Title"].replace("2", "two")} for post in POSTS]
    return export_json(followers, many(5), owner=owner, posts=posts)


def preview(member: Member, content: bytes, exported_at: int) -> ImportRun:
    """Read a file and stop before its commit."""
    run = import_file(member, content, wishes=ImportWishes(exported_at=exported_at))
    if run.state is ImportState.RECOGNISED:
        imports.correct_import(member.actor, member.scope, run.public_id, owner_answer=OwnerAnswer.NEW_ACCOUNT)
        run_jobs()
        db.session.refresh(run)
    assert run.state in (ImportState.READY, ImportState.HELD), run.error_code
    return run


def queue_commit(member: Member, run: ImportRun) -> str:
    """Queue the commit of a run and return its job."""
    run_id = run.id
    imports.commit_import(member.actor, member.scope, run.public_id, losses_confirmed=run.state is ImportState.HELD)
    db.session.rollback()
    query = select(Job.id).where(Job.import_id == run_id, Job.state == JobState.QUEUED)
    return db.session.scalars(query).one()


def ready(member: Member, content: bytes, exported_at: int) -> tuple[int, str]:
    """Bring an import to the point where its commit is queued; return the run and the commit's job."""
    run = preview(member, content, exported_at)
    return run.id, queue_commit(member, run)


def seen(member: Member, owner: str) -> tuple[Any, ...]:
    """Return everything that readers of an account see."""
    db.session.rollback()
    scope = account_scope(member, owner)
    exports = [(export.exported_at, export.sections) for export in list_exports(scope)]
    return lists_of(member, owner), summarise_relationships(scope), list_survivors(scope), exports


class Failpoint:
    """Raise at the n-th batch of a commit, inside its transaction and before it is committed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.countdown: int | None = None
        self.error: BaseException = Killed()
        self.calls = 0
        hold = Lease.hold

        def hold_or_fail(lease: Lease, session: Session, **progress: int) -> None:
            self.calls += 1
            hold(lease, session, **progress)
            if self.countdown is not None:
                self.countdown -= 1
                if self.countdown == 0:
                    self.countdown = None
                    raise self.error

        monkeypatch.setattr(Lease, "hold", hold_or_fail)

    def set(self, countdown: int, error: BaseException) -> None:
        self.countdown, self.error = countdown, error


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


def test_a_reader_keeps_the_state_it_began_with(session: Session, alice: Member) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    scope = account_scope(alice, "ada")
    before = follow_list(scope, Section.FOLLOWERS)
    import_done(alice, second_export("ada"), exported_at=NEW)
    assert follow_list(scope, Section.FOLLOWERS) == before
    assert follow_list(account_scope(alice, "ada"), Section.FOLLOWERS) != before


def test_rows_of_a_later_revision_are_not_there_for_any_question(session: Session, alice: Member) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    import_done(alice, second_export("ada"), exported_at=NEW)
    newer = account_scope(alice, "ada")
    older = Scope(newer.user_id, newer.team_id, newer.role, newer.account_id, newer.revision - 1, newer.timezone)
    oldest = Scope(newer.user_id, newer.team_id, newer.role, newer.account_id, 0, newer.timezone)
    assert (summarise_relationships(newer).followers, summarise_relationships(older).followers) == (14, 12)
    assert (list_survivors(newer).counts[-1], list_survivors(older).counts[-1]) == (14, 12)
    assert len(list_exports(older)) == 1
    assert follow_list(oldest, Section.FOLLOWERS) is None
    assert summarise_relationships(oldest).followers is None
    assert list_survivors(oldest).days == ()


def test_counts_of_a_commit_add_up_and_the_snapshot_counts_its_own_lists(session: Session, alice: Member) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    run = import_done(alice, second_export("ada"), exported_at=NEW)
    result = run.result or {}
    followers = result["followers"]
    assert {name: followers[name] for name in ("read", "new", "unchanged", "gone", "refollowed")} == {
        "read": 14,
        "new": 4,
        "unchanged": 9,
        "gone": 2,
        "refollowed": 1,
    }
    assert result["posts"] == {"read": 5, "new": 2, "changed": 1, "unchanged": 2, "skipped": {}}
    snapshot = session.scalars(select(FollowerSnapshot).order_by(FollowerSnapshot.at.desc()).limit(1)).one()
    assert (snapshot.at, snapshot.followers, snapshot.following, snapshot.mutuals) == (NEW, 14, 5, 3)


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


def test_an_import_whose_preview_is_outdated_is_held_after_all(session: Session, alice: Member) -> None:
    import_done(alice, first_export("ada"), exported_at=OLD)
    run = preview(alice, export_json(many(12), many(6), owner="ada"), NEW)
    run_id = run.id
    import_done(alice, export_json(many(40), many(6), owner="ada"), exported_at=NEW - 60)
    job_id = queue_commit(alice, run)
    assert run_job(job_id, HANDLERS) is JobState.DONE
    run_jobs()
    session.rollback()
    run = session.get_one(ImportRun, run_id)
    assert (run.state, (run.preview or {})["held"]) == (ImportState.HELD, ["followers"])
    assert len(lists_of(alice, "ada")[0]) == 40


def test_an_export_that_another_import_brought_meanwhile_adds_nothing(session: Session, alice: Member) -> None:
    run = preview(alice, first_export("ada"), OLD)
    run_id = run.id
    import_done(alice, first_export("ada"), exported_at=OLD)
    before = contents(session, account_scope(alice, "ada").account_id)
    job_id = queue_commit(alice, run)
    assert run_job(job_id, HANDLERS) is JobState.DONE
    session.rollback()
    assert session.get_one(ImportRun, run_id).result == {"is_known": True}
    assert contents(session, account_scope(alice, "ada").account_id) == before


# the held rule, from file to table


@pytest.fixture
def ada(session: Session, alice: Member) -> tuple[Any, Any]:
    """An account of 20 followers and 10 following."""
    import_done(alice, export_json(many(20), many(10), owner="ada"), exported_at=OLD)
    return lists_of(alice, "ada")


@pytest.mark.parametrize(
    "content",
    [
        export_json(many(20)[8:], many(10), owner="ada"),
        export_json([], many(10), owner="ada"),
        export_json(many(20), [], owner="ada"),
        export_json(many(20), many(10), owner="ada").replace(b'"FansList": [', b'"FansList": null, "Old": ['),
    ],
    ids=["more than a fifth", "no followers", "no following", "null"],
)
def test_a_held_import_marks_nobody_as_gone_until_a_person_says_so(
    content: bytes, session: Session, alice: Member, ada: tuple[Any, Any]
) -> None:
    spells = ledgers(alice, "ada")
    run = import_file(alice, content, wishes=ImportWishes(commits_itself=True, exported_at=NEW))
    assert run.state is ImportState.HELD
    count = (run.preview or {})["held_count"]
    assert (lists_of(alice, "ada"), ledgers(alice, "ada")) == (ada, spells)
    with pytest.raises(Invalid) as refusal:
        imports.commit_import(alice.actor, alice.scope, run.public_id)
    assert (refusal.value.code, refusal.value.params["count"]) == (ErrorCode.IMPORT_HELD, count)
    imports.commit_import(alice.actor, alice.scope, run.public_id, losses_confirmed=True)
    run_jobs()
    now = lists_of(alice, "ada")
    assert sum(len(before) - len(after) for before, after in zip(ada, now, strict=True)) == count >= 5


def test_a_section_that_an_export_lacks_stays_as_it_was(session: Session, alice: Member, ada: tuple[Any, Any]) -> None:
    spells = ledgers(alice, "ada")
    run = import_done(
        alice, export_json(None, [*many(10), ("eve", "2025-02-03 00:00:00")], owner="ada"), exported_at=NEW
    )
    assert "followers" not in (run.result or {})
    followers, following = lists_of(alice, "ada")
    assert followers == ada[0]
    assert len(following) == 11
    assert ledgers(alice, "ada")[Section.FOLLOWERS] == spells[Section.FOLLOWERS]
    summary = summarise_relationships(account_scope(alice, "ada"))
    assert (summary.followers_as_of, summary.following_as_of) == (OLD, NEW)
    snapshot = session.scalars(select(FollowerSnapshot).where(FollowerSnapshot.at == NEW)).one()
    assert (snapshot.followers, snapshot.following, snapshot.mutuals) == (None, 11, None)


def test_an_empty_list_of_a_first_import_is_zero(session: Session, alice: Member) -> None:
    import_done(alice, export_json([], many(2), owner="ada"), exported_at=OLD)
    assert lists_of(alice, "ada")[0] == []
    summary = summarise_relationships(account_scope(alice, "ada"))
    assert (summary.followers, summary.mutuals) == (0, 0)


# faults of our own


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


def test_posts_keep_the_words_of_the_newest_export_and_the_figures_of_each(session: Session, alice: Member) -> None:
    def export(title: str, likes: int, second: int) -> tuple[bytes, str]:
        post = {"Date": "2025-01-01 10:00:00", "Link": "", "Likes": str(likes), "Title": title}
        return zipped(export_json(owner="ada", posts=[post]), second)

    for title, likes, second in (("same", 1, OLD), ("same", 3, OLD + 200), ("other", 2, OLD + 100)):
        import_done(alice, *export(title, likes, second))
    words = (
        select(PostDetail.title, PostDetail.is_newest)
        .join(Export, Export.id == PostDetail.export_id)
        .where(PostDetail.removed_revision == NEVER)
        .order_by(Export.exported_at)
    )
    found = [tuple(row) for row in session.execute(words)]
    assert found == [("same", False), ("other", False), ("same", True)], "an older export says nothing about today"
    figures = session.execute(select(PostReading.likes, PostReading.views).order_by(PostReading.likes)).all()
    assert [tuple(row) for row in figures] == [(1, None), (2, None), (3, None)]
    assert session.scalar(select(func.count()).select_from(Post)) == 1


def test_the_commit_of_a_run_that_is_no_longer_waiting_does_nothing(session: Session, alice: Member) -> None:
    run = import_done(alice, first_export("ada"), exported_at=OLD)
    before = contents(session, account_scope(alice, "ada").account_id)
    job = session.scalars(select(Job).where(Job.import_id == run.id, Job.kind == JobKind.IMPORT_COMMIT)).one()
    job.state, job.run_at = JobState.QUEUED, 1
    session.commit()
    assert run_job(job.id, HANDLERS) is JobState.DONE
    assert contents(session, account_scope(alice, "ada").account_id) == before
