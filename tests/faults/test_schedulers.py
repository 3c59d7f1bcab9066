"""Two schedulers at once, and one that dies: each slot becomes one job."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.faults.rehearsal import plan_beside_each_other
from webapp.extensions import db
from webapp.models import Job, ScheduleSlot

pytestmark = pytest.mark.faults

SECONDS = 3.0
SCHEDULERS = 3


def test_several_schedulers_plan_each_slot_once(app: Flask, database_url: str, tmp_path: Path) -> None:
    assert plan_beside_each_other(tmp_path / "instance", database_url, SECONDS, SCHEDULERS) == [0] * SCHEDULERS
    with app.app_context():
        slots = db.session.execute(select(ScheduleSlot.planned_at, ScheduleSlot.job_id)).all()
        jobs = set(db.session.scalars(select(Job.id)))
        db.session.remove()
    assert len(slots) >= 2, "nothing was planned"
    assert Counter(slot.planned_at for slot in slots).most_common(1)[0][1] == 1
    assert {slot.job_id for slot in slots} == jobs
