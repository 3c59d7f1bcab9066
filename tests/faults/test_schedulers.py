"""Two schedulers at once, and one that dies: each slot becomes one job."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select

from tests.conftest import fresh_postgres, make_settings
from tests.faults import rehearsal
from tests.faults.rehearsal import plan_beside_each_other
from tests.faults.simulated_hour import SimulatedHour, subscribe_everywhere
from tests.ledgers import at
from webapp import create_app
from webapp.domain.digests import DigestKind, DigestOutcome
from webapp.extensions import db, settings
from webapp.integrations.outbox import list_kept
from webapp.models import Base, DigestSlot, DigestSubscription, Job, ScheduleSlot
from webapp.queue import JobKind

pytestmark = pytest.mark.faults

# A Monday that is also the first of its month.
MONDAY = at("2026-06-01 00:50:00")
# In the first three it becomes seven in the morning within the hour, in the others before and after it.
DUE = ("Asia/Dhaka", "Asia/Kathmandu", "Asia/Kolkata")
NOT_DUE = ("Asia/Yangon", "Asia/Karachi", "America/Los_Angeles")
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.faults_long])])
def stage(request: pytest.FixtureRequest, empty_sqlite: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An instance and its database, with people and an account that has lists."""
    instance = tmp_path / "instance"
    instance.mkdir()
    with contextlib.ExitStack() as own:
        if request.param == "sqlite":
            shutil.copyfile(empty_sqlite, instance / "app.sqlite3")
            url = f"sqlite:///{instance / 'app.sqlite3'}"
        else:
            url = own.enter_context(fresh_postgres())
            engine = create_engine(url)
            Base.metadata.create_all(engine)
            engine.dispose()
        rehearsal.prepare(instance, url)
        yield instance, url


def test_two_schedulers_over_an_hour_have_every_digest_sent_once(stage: tuple[Path, str]) -> None:
    instance, url = stage
    subscribe_everywhere(instance, url, (*DUE, *NOT_DUE), MONDAY)
    hour = SimulatedHour(instance, url, MONDAY)
    try:
        hour.begin_scheduler()
        doomed = hour.begin_scheduler()
        for _ in range(2):
            hour.begin_worker()
        hour.move_on(5)
        doomed.kill()
        hour.begin_scheduler()
        hour.move_on(7)
    finally:
        codes = hour.end()
    assert codes == [0, -signal.SIGKILL, 0, 0, 0], (instance / "error").read_text()
    app = create_app(make_settings(instance, url))
    with app.app_context():
        planned = db.session.scalars(select(ScheduleSlot.planned_at).order_by(ScheduleSlot.planned_at)).all()
        columns = (DigestSubscription.timezone, DigestSubscription.kind, DigestSlot.planned_at, DigestSlot.outcome)
        joined = select(*columns).join(DigestSlot, DigestSlot.subscription_id == DigestSubscription.id)
        found = db.session.execute(joined).all()
        sent = Counter(db.session.scalars(select(Job.kind)))
        mails = [kept.message["To"] for kept in list_kept(settings().outbox_directory)]
        db.session.remove()
        db.engine.dispose()
    assert planned == [at(f"2026-06-01 {clock}:00") for clock in ("00:45", "01:00", "01:15", "01:30", "01:45")]
    due = {zone: at(f"2026-06-01 01:{minute}:00") for zone, minute in zip(DUE, ("00", "15", "30"), strict=True)}
    assert Counter(tuple(row[:3]) for row in found) == {
        (zone, kind, due[zone]): 2 for zone in DUE for kind in DigestKind
    }
    told = [row for row in found if row.outcome == DigestOutcome.TOLD]
    assert {row.kind for row in told} >= {DigestKind.WEEKLY}
    assert all(row.outcome is not None for row in found)
    assert sent[JobKind.DIGESTS_PLAN] == len(planned)
    assert sent[JobKind.DIGEST_SEND] == len(found)
    assert len(mails) == len(told)
