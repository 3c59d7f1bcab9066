"""One round of the scheduler."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import scheduler
from jobs.schedule import SCHEDULES
from webapp.extensions import db
from webapp.models import Job, JobState, ScheduleSlot
from webapp.queue import JobKind
from webapp.services import jobs


def test_a_round_plans_what_is_due_and_rings_for_what_waits(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(jobs, "_ring", lambda _url, _queue, job_id: heard.append(job_id))
    scheduler.look()
    ids = set(db.session.scalars(select(Job.id)))
    assert len(ids) == len(SCHEDULES)
    assert set(heard) == ids

    heard.clear()
    db.session.execute(update(Job).values(state=JobState.RUNNING, lease_until=1, attempts=1))
    db.session.commit()
    scheduler.look()
    assert set(heard) == ids
    assert db.session.scalar(select(func.count()).where(Job.state == JobState.QUEUED)) == len(ids)


def test_a_database_that_is_away_is_waited_for(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_handlers: object) -> int:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(scheduler, "reconcile", away)
        with caplog.at_level(logging.WARNING, "jobs.scheduler"):
            scheduler.look()
    assert "did not answer" in caplog.text
    scheduler.look()
    assert db.session.scalar(select(func.count()).select_from(ScheduleSlot)) == len(SCHEDULES)


def test_the_schedule_names_each_entry_once_and_never_a_job_that_needs_arguments() -> None:
    names = [entry.name for entry in SCHEDULES]
    assert len(names) == len(set(names))
    assert {entry.kind for entry in SCHEDULES} == {
        JobKind.UPLOADS_SWEEP,
        JobKind.FILES_SWEEP,
        JobKind.REVISIONS_SWEEP,
        JobKind.GROWTH_FIT,
        JobKind.POST_INDEX,
        JobKind.CONTENT_FIT,
        JobKind.FORECAST_FIT,
        JobKind.SESSIONS_PURGE,
        JobKind.TEAMS_SWEEP,
        JobKind.AUDIT_SEAL,
        JobKind.ALERTS_SCAN,
        JobKind.DIGESTS_PLAN,
        JobKind.NOTICES_FIND,
        JobKind.NOTICES_WATCH,
        JobKind.NOTICES_DELIVER,
    }
