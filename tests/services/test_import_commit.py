"""Commits: what they write, what they hold, and who sees it when."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.commits import (
    NEW,
    OLD,
    cut_small,
    first_export,
    preview,
    queue_commit,
    second_export,
)
from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import contents, follow_list, ledgers, lists_of, zipped
from webapp.analytics.imports import list_exports
from webapp.analytics.relationships import count_by_day, summarise_relationships
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import (
    NEVER,
    Export,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    JobState,
    Post,
    PostDetail,
    PostReading,
)
from webapp.services import imports
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes
from webapp.services.jobs import run_job


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


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
    assert [sum(count_by_day(scope, Section.FOLLOWERS).values()) for scope in (newer, older)] == [14, 12]
    assert len(list_exports(older)) == 1
    assert follow_list(oldest, Section.FOLLOWERS) is None
    assert summarise_relationships(oldest).followers is None
    assert count_by_day(oldest, Section.FOLLOWERS) == {}


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
