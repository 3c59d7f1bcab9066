"""Do everything that writes in one process that may die, then once more in one that may not.

Each performance is forked from a server that has the app loaded, so that hundreds of deaths take little time.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import func, select

from jobs.schedule import SCHEDULES
from tests.conftest import make_settings
from tests.factories import Member, account_scope, make_cast, receive
from tests.faults import oracle
from tests.faults.exports import SMALL, Upload, make_pair
from tests.ledgers import let_leases_expire
from tests.processes import until
from webapp import create_app
from webapp.analytics import list_index
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import (
    NEVER,
    Account,
    AuditEvent,
    Base,
    Erasure,
    Follower,
    ImportOrigin,
    ImportRun,
    Invitation,
    Job,
    JobState,
    Membership,
    User,
)
from webapp.queue import JobKind
from webapp.services import growth
from webapp.services.accounts import delete_account
from webapp.services.erasure import request_erasure
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, create_import
from webapp.services.invitations import invite
from webapp.services.jobs import add_job, run_job
from webapp.services.members import Place
from webapp.services.schedules import Schedule, plan_due
from webapp.services.transaction import transaction
from webapp.services.uploads import uploads_path

Play = Callable[[Member], None]
"""What a performance does, as the member; it can be begun again by whoever comes after a death."""

# Files in the instance: that a performance has begun, and how many seconds a whole one took.
BEGUN, TOOK = "begun", "took"
ACTOR, DOOMED = "actor", "doomed"
_SEED = 7
_LONG_AGO = 1_700_000_000
_ROUNDS = 12
# So that the small lists of a rehearsal are packed as long ones are.
_LEAST_ROWS = 300
# Begun anew by whoever comes second, or made once an hour.
_NOT_COUNTED = ("job", "schedule_slot", "audit_event")
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    [__name__, "tests.faults.paperwork", "tests.faults.tidings", "tests.faults.simulated_hour"]
)


def perform(
    instance: Path,
    database_url: str,
    failpoint: str = "",
    play: Play | None = None,
    killed_after: float | None = None,
    **environment: str,
) -> int:
    """Perform in a process of its own and return its exit code; -9 says that it was killed.

    Without a play it is everything that writes. ``killed_after`` is how many seconds after its begin it is killed,
    ``environment`` holds further settings.
    """
    begun = instance / BEGUN
    begun.unlink(missing_ok=True)
    process = processes.Process(target=_perform, args=(instance, database_url, failpoint, play or _play, environment))
    process.start()
    if killed_after is not None:
        until(lambda: begun.exists() or not process.is_alive())
        process.join(killed_after)
        process.kill()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
    code = process.exitcode or 0
    process.close()
    return code


def plan_beside_each_other(instance: Path, database_url: str, seconds: float, schedulers: int) -> list[int]:
    """Let several processes plan slots of one second at once; return their exit codes."""
    arguments = (instance, database_url, seconds)
    planning = [processes.Process(target=_plan, args=arguments) for _ in range(schedulers)]
    for process in planning:
        process.start()
    for process in planning:
        process.join(seconds + 60)
    return [-1 if process.exitcode is None else process.exitcode for process in planning]


def _plan(instance: Path, database_url: str, seconds: float) -> None:
    app = create_app(make_settings(instance, database_url))
    with app.app_context():
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            plan_due([Schedule("every_second", JobKind.SESSIONS_PURGE, every_seconds=1)])


def prepare(instance: Path, database_url: str) -> None:
    """Fill an empty database with people and an account that will be deleted."""
    app = create_app(make_settings(instance, database_url))
    make_cast(app)
    with app.app_context(), _small_lists():
        _import_once(find_alice(), DOOMED, make_pair(_SEED, DOOMED, SMALL)[0])
        db.session.remove()
        db.engine.dispose()
    stray = instance / "uploads" / "stray.part"
    stray.write_bytes(b"{")


@contextlib.contextmanager
def _small_lists() -> Iterator[None]:
    """Let the small lists of a rehearsal be packed and fitted as long ones are."""
    with (
        patch.object(list_index, "LEAST_ROWS", _LEAST_ROWS),
        patch.object(growth, "LEAST_KEPT", _LEAST_ROWS),
    ):
        yield


def _perform(instance: Path, database_url: str, failpoint: str, play: Play, environment: Mapping[str, str]) -> None:
    try:
        app = create_app(make_settings(instance, database_url, FAILPOINT=failpoint, **environment))
        (instance / BEGUN).touch()
        began = time.monotonic()
        with _small_lists(), app.app_context():
            play(find_alice())
            (instance / TOOK).write_text(f"{time.monotonic() - began}")
            db.session.remove()
            db.engine.dispose()
    except BaseException:
        (instance / "error").write_text(traceback.format_exc())
        raise


def _play(member: Member) -> None:
    """Do what was not done yet; whoever played before may have died anywhere."""
    finish_jobs()
    plan_due(SCHEDULES)
    for upload in make_pair(_SEED, ACTOR, SMALL):
        _import_once(member, ACTOR, upload)
    if db.session.scalar(select(Erasure.id)) is None:
        _erase_somebody(member)
    if db.session.scalar(select(Invitation.id)) is None:
        invite(member.scope, "guest@example.org", Place(Role.VIEWER), member.actor, locale="en")
    finish_jobs()
    doomed = db.session.scalar(select(Account.public_id).where(Account.handle == DOOMED, Account.deleted_at.is_(None)))
    if doomed is not None:
        delete_account(member.scope, doomed, DOOMED, member.actor)
    finish_jobs()
    for entry in uploads_path().iterdir():
        os.utime(entry, (_LONG_AGO, _LONG_AGO))
    with transaction() as session:
        add_job(session, JobKind.UPLOADS_SWEEP)
    finish_jobs()


def _import_once(member: Member, owner: str, upload: Upload) -> None:
    there = select(ImportRun.id).where(ImportRun.file_name == upload.name, ImportRun.wanted_handle == owner)
    if db.session.scalar(there) is None:
        wishes = ImportWishes(handle=owner, commits_itself=True)
        create_import(member.actor, member.scope, receive(upload.content, upload.name), ImportOrigin.WEB, wishes)
    finish_jobs()


def _erase_somebody(member: Member) -> None:
    scope = account_scope(member, ACTOR)
    first = select(func.min(Follower.username_key)).where(Follower.account_id == scope.account_id)
    name = db.session.scalar(first.where(Follower.gone_export_id.is_(None), Follower.removed_revision == NEVER))
    assert name is not None
    request_erasure(member.actor, scope, name, name)
    finish_jobs()


def finish_jobs() -> None:
    """Do every job there is, those of the dead as well, until none is left."""
    for _ in range(_ROUNDS):
        let_leases_expire()
        db.session.rollback()
        waiting = db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.created_at)).all()
        if not waiting:
            return
        for job_id in waiting:
            run_job(job_id, HANDLERS)
    raise AssertionError("the jobs do not come to an end")


def find_alice() -> Member:
    """Return Alice in the team that she has on any stage."""
    row = db.session.execute(
        select(User.id, Membership.team_id)
        .join(Membership, Membership.user_id == User.id)
        .where(User.email == "alice@example.org")
    ).one()
    return Member(row.id, row.team_id, "alice@example.org", Role.ADMIN)


def outcome(instance: Path, database_url: str) -> oracle.Rows:
    """Return what a performance left: the account's rows, how many rows every table has, actions, files."""
    app = create_app(make_settings(instance, database_url))
    with app.app_context():
        engine = db.engine
        found = oracle.account_rows(engine, ACTOR)
        with engine.connect() as connection:
            counts = {
                table.name: connection.scalar(select(func.count()).select_from(table))
                for table in Base.metadata.sorted_tables
                if table.name not in _NOT_COUNTED
            }
            actions = Counter(action.value for action in connection.scalars(select(AuditEvent.action)))
        found["all tables"] = sorted(f"{name}: {count}" for name, count in counts.items())
        found["all actions"] = sorted(f"{name}: {count}" for name, count in actions.items())
        found["wrong"] = [
            *oracle.check_sums(engine),
            *oracle.check_rest(engine),
            *oracle.check_integrity(engine),
            *(f"{entry.name} is left" for entry in sorted((instance / "uploads").iterdir())),
        ]
        db.session.remove()
        engine.dispose()
    return found


if __name__ == "__main__":
    _perform(Path(sys.argv[1]), sys.argv[2], "", _play, {})
