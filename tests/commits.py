"""Two exports of an account, their imports brought to their commit, and a point at which a commit fails."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_file, many, run_jobs
from tests.ledgers import at, lists_of, parse_here
from tests.series import Killed, make_batches_small
from webapp.analytics.imports import list_exports
from webapp.analytics.relationships import count_by_day, summarise_relationships
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import (
    ImportRun,
    ImportState,
    Job,
    JobState,
    OwnerAnswer,
)
from webapp.services import import_commit, import_jobs, imports
from webapp.services.imports import ImportWishes
from webapp.services.lease import Lease

OLD, NEW = at("2025-02-01"), at("2025-03-01")
POSTS = [
    {"Date": f"2025-01-0{day} 10:00:00", "Link": "", "Likes": str(day), "Title": f"post {day}"} for day in range(1, 6)
]


def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short lists meet every edge that long ones meet, in a parser of this process."""
    parse_here(monkeypatch)
    make_batches_small(monkeypatch)
    monkeypatch.setattr(import_commit, "_POST_BATCH", 2)
    monkeypatch.setattr(import_jobs, "RANGE", 4)


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
    return lists_of(member, owner), summarise_relationships(scope), count_by_day(scope, Section.FOLLOWERS), exports


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
