"""The job that keeps what tests say of posts; how such jobs are queued, kept and repeated is tested for growth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, run_jobs
from tests.ledgers import at, parse_here
from webapp.analytics.content.fit import ContentFit, Refusal
from webapp.analytics.content.fit_reading import LEAST_TESTED, find_fit
from webapp.analytics.content.model import examine
from webapp.analytics.content.posts import find_posts
from webapp.models import Account, ContentModel, Job, JobState
from webapp.queue import JobKind
from webapp.services import accounts


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def posts(count: int) -> list[dict[str, Any]]:
    """Return posts of which every fourth has a hashtag and gets six times as much."""
    begun = datetime(2025, 1, 6, 6, tzinfo=UTC)
    return [
        {
            "Date": f"{begun + timedelta(days=number, hours=number % 12):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str((600 if number % 4 == 0 else 100) + number % 7),
            "Title": "morning #Bread" if number % 4 == 0 else "evening",
            "Sound": "song",
        }
        for number in range(count)
    ]


def jobs(session: Session, *states: JobState) -> int:
    session.rollback()
    query = select(func.count()).where(Job.kind == JobKind.CONTENT_FIT, Job.state.in_(states or tuple(JobState)))
    return session.scalar(query) or 0


def expected(member: Member, timezone: str) -> ContentFit:
    table = find_posts(account_scope(member))
    assert table is not None
    return examine(table, timezone)


def test_after_an_import_what_the_posts_tell_is_kept(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=posts(64)), exported_at=at("2025-06-02"))
    kept = find_fit(account_scope(alice))
    assert kept is not None
    assert kept == expected(alice, "UTC")
    assert [tag.group.key for tag in kept.likes.hashtags if tag.group.claim] == ["bread"]
    assert session.scalars(select(ContentModel.revision)).all() == [account_scope(alice).revision]


def test_fewer_posts_than_any_test_needs_are_answered_without_a_job(session: Session, alice: Member) -> None:
    assert LEAST_TESTED == 40
    import_done(alice, export_json(posts=posts(39)), exported_at=at("2025-06-02"))
    assert jobs(session) == 0
    kept = find_fit(account_scope(alice))
    assert kept is not None
    assert (kept.counted, kept.likes.typical, kept.likes.slots.refusal) == (39, 104, Refusal.FEW_POSTS)
    import_done(alice, export_json([], owner="no.posts"), exported_at=at("2025-06-02"))
    assert find_fit(account_scope(alice, "no.posts")) == ContentFit()


def test_posts_too_young_to_count_are_answered_while_their_job_waits(session: Session, alice: Member) -> None:
    """The list is long enough for a job, but fewer posts of it count: nobody is kept waiting."""
    import_done(alice, export_json(posts=posts(64)), exported_at=at("2025-02-01"))
    session.query(ContentModel).delete()
    session.commit()
    kept = find_fit(account_scope(alice))
    assert kept is not None
    assert kept.counted + kept.young == 64
    assert kept.counted < LEAST_TESTED


def test_another_time_zone_or_revision_is_worked_out_anew(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=posts(64)), exported_at=at("2025-06-02"))
    account = session.get_one(Account, account_scope(alice).account_id)
    accounts.change_account(alice.scope, account.public_id, alice.actor, timezone="Asia/Tokyo", display_name=None)
    assert (jobs(session, JobState.QUEUED), find_fit(account_scope(alice))) == (1, None)
    run_jobs()
    assert find_fit(account_scope(alice)) == expected(alice, "Asia/Tokyo") != expected(alice, "UTC")
    account = session.get_one(Account, account_scope(alice).account_id)
    account.revision += 1
    session.commit()
    assert find_fit(account_scope(alice)) is None
