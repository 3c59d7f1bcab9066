"""The schedule: every slot is sent once, however many schedulers there are and however long they slept."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.models import Job, ScheduleSlot
from webapp.queue import JobKind
from webapp.services import schedules
from webapp.services.schedules import Schedule, plan_due
from webapp.services.transaction import transaction

# So long that no slot ends while a test runs.
SWEEP = Schedule("sweep", JobKind.UPLOADS_SWEEP, every_seconds=10 * 365 * 86_400)
PURGE = Schedule("purge", JobKind.SESSIONS_PURGE, every_seconds=10 * 365 * 86_400)


def jobs(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Job)) or 0


def slots(session: Session, schedule: Schedule = SWEEP) -> list[int]:
    session.rollback()
    query = select(ScheduleSlot.planned_at).where(ScheduleSlot.schedule == schedule.name)
    return list(session.scalars(query.order_by(ScheduleSlot.planned_at)))


def add_slot(planned_at: int, age: timedelta = timedelta()) -> None:
    with transaction() as session:
        at = datetime.now(UTC) - age
        session.add(ScheduleSlot(schedule=SWEEP.name, planned_at=planned_at, created_at=at))


def test_a_slot_is_planned_once(session: Session) -> None:
    assert (plan_due([SWEEP, PURGE]), plan_due([SWEEP, PURGE])) == (2, 0)
    kinds = session.scalars(select(Job.kind)).all()
    assert sorted(kinds) == sorted([SWEEP.kind, PURGE.kind])
    assert slots(session)[0] % SWEEP.every_seconds == 0


def test_of_the_slots_that_were_missed_only_the_newest_is_made_up_for(session: Session) -> None:
    plan_due([SWEEP])
    newest = slots(session)[0]
    with transaction() as writing:
        writing.query(ScheduleSlot).delete()
    add_slot(newest - 3 * SWEEP.every_seconds)
    assert plan_due([SWEEP]) == 1
    assert slots(session) == [newest - 3 * SWEEP.every_seconds, newest]


def test_a_clock_that_was_set_back_plans_nothing_again(session: Session) -> None:
    plan_due([SWEEP])
    later = slots(session)[0] + SWEEP.every_seconds
    with transaction() as writing:
        writing.query(ScheduleSlot).delete()
    add_slot(later)
    assert plan_due([SWEEP]) == 0
    assert slots(session) == [later]


def test_slots_are_forgotten_after_a_month(session: Session) -> None:
    add_slot(0, timedelta(days=31))
    add_slot(1, timedelta(days=29))
    plan_due([SWEEP])
    assert slots(session)[0] == 1


def test_two_schedulers_that_look_at_once_send_one_job(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)
    is_planned = schedules._is_planned

    def look_together(schedule: Schedule, slot: int) -> bool:
        found = is_planned(schedule, slot)
        both.wait(10)
        return found

    monkeypatch.setattr(schedules, "_is_planned", look_together)
    planned: list[int] = []

    def look() -> None:
        with app.app_context():
            planned.append(plan_due([SWEEP]))
            db.session.remove()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(planned) == [0, 1]
    assert (jobs(session), len(slots(session))) == (1, 1)
