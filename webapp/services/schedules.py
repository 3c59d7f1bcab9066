"""Plan slots of the schedule: each becomes one job, however many schedulers there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import ScheduleSlot, database_now
from webapp.queue import JobKind
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

# Long enough that no clock that was set back can make a slot a second time.
_KEEP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something done once in every span of ``every_seconds``, counted from the epoch."""

    name: str
    kind: JobKind
    every_seconds: int


def plan_due(schedules: Iterable[Schedule]) -> int:
    """Queue a job for the newest slot of every schedule that has none; return how many.

    Slots that were missed while nothing ran are not made up for: the newest stands for all of them.
    """
    now = db.session.scalar(select(database_now())) or 0
    planned = 0
    for schedule in schedules:
        slot = now - now % schedule.every_seconds
        if _is_planned(schedule, slot):
            continue
        try:
            with transaction() as session:
                job = add_job(session, schedule.kind)
                reach(Failpoint.PLAN_MID)
                session.add(
                    ScheduleSlot(schedule=schedule.name, planned_at=slot, job_id=job.id, created_at=datetime.now(UTC))
                )
                session.execute(
                    delete(ScheduleSlot).where(
                        ScheduleSlot.schedule == schedule.name,
                        ScheduleSlot.created_at < datetime.now(UTC) - _KEEP,
                    )
                )
        except IntegrityError:
            continue  # another scheduler was quicker
        planned += 1
    db.session.rollback()
    return planned


def _is_planned(schedule: Schedule, slot: int) -> bool:
    query = select(ScheduleSlot.id).where(ScheduleSlot.schedule == schedule.name, ScheduleSlot.planned_at >= slot)
    return db.session.scalar(query.limit(1)) is not None
