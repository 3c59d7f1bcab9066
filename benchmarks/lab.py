"""An instance of its own with one signed-in person, their exports, and ways to have jobs done."""

from __future__ import annotations

import hashlib
import itertools
import random
import shutil
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.measure import timed
from benchmarks.processes import lines_of, started, watched_memory, watched_write_lock
from config import Settings
from webapp import create_app
from webapp.domain.scope import Role, TeamScope
from webapp.extensions import db
from webapp.importers.synthetic import DAY, History, export_name, large_follows, large_history, write_export
from webapp.models import ImportOrigin, Membership
from webapp.queue import JobKind
from webapp.services.audit import Actor
from webapp.services.imports import ImportWishes, ReceivedFile, create_import
from webapp.services.login_sessions import start_session
from webapp.services.uploads import uploads_path
from webapp.services.users import create_user

SECRET = "only-for-benchmarks-0123456789abcdef"  # nosec B105: no real data are ever behind it
FIRST_AT = 1_768_463_100
SECOND_AT = FIRST_AT + 30 * DAY
GAINED, LOST = 0.012, 0.008
IMPORT_KINDS = (JobKind.IMPORT_RECOGNISE, JobKind.IMPORT_COMMIT)
_HASH_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Work:
    """What jobs took: seconds to take the file in, of each kind of job, of processor time; memory; the write lock.

    ``memory`` is the peak of all processes together in MB, ``lock`` the longest time that nobody else could write.
    """

    accepted: float
    seconds: dict[str, float]
    cpu: float
    memory: float
    lock: float

    def of(self, kind: JobKind) -> float:
        """Return the seconds of one kind of job, 0 when none ran."""
        return self.seconds.get(kind.value, 0.0)

    @property
    def total(self) -> float:
        """Return the seconds of all of it."""
        return self.accepted + sum(self.seconds.values())


class Lab:
    """A fresh instance in ``folder`` for an account of ``size`` followers."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        # What the processes of this instance run with.
        self.environment = {
            "APP_ENV": "test",
            "INSTANCE_PATH": str(folder / "instance"),
            "SECRET_KEY": SECRET,
            "RATE_LIMITS": "off",
            "ASSETS": "local",
            "LOG_LEVEL": "warning",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }
        self.database = folder / "instance" / "app.sqlite3"
        self.app: Flask = create_app(Settings.from_environ(self.environment))
        with self.app.app_context():
            self._migrate()
            user = create_user("bench@example.org", "a long password of the bench")
            team = db.session.query(Membership).filter_by(user_id=user).one().team_id
            self.scope = TeamScope(user, team, Role.ADMIN)
            db.session.remove()

    @cached_property
    def first_export(self) -> Path:
        """Return the first export of the account."""
        return self._write(FIRST_AT, 0)

    @cached_property
    def second_export(self) -> Path:
        """Return next month's export, with people gained and lost."""
        return self._write(SECOND_AT, 1)

    @cached_property
    def first_import(self) -> Work:
        """Import the first export once; every later question is about this account. Other jobs still wait."""
        return self.bring_in(self.first_export, *IMPORT_KINDS)

    @cached_property
    def follow_up(self) -> Work:
        """Do every job that the first import left behind, such as the search index."""
        assert self.first_import  # nosec B101: it must have come before
        return self.do_jobs()

    def plain(self, archive: Path) -> Path:
        """Return the JSON document inside an export."""
        target = archive.with_suffix(".json")
        if not target.exists():
            with zipfile.ZipFile(archive) as source, target.open("wb") as out:
                shutil.copyfileobj(source.open(source.namelist()[0]), out)
        return target

    def bring_in(self, archive: Path, *kinds: JobKind) -> Work:
        """Send a file as the web server would, and do its jobs, or every job when no kind is named."""
        accepted = self.send(archive)
        return replace(self.do_jobs(*kinds), accepted=accepted)

    def send(self, archive: Path) -> float:
        """Send a file as the web server would and leave its jobs waiting; return the seconds of taking it in."""
        with self.app.app_context():
            uploads_path().mkdir(mode=0o700, parents=True, exist_ok=True)
            part = uploads_path() / "bench.part"
            shutil.copyfile(archive, part)
            # The web server takes the digest while the bytes arrive.
            with part.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
            file = ReceivedFile(part, archive.name, part.stat().st_size, digest)
            actor = Actor(self.scope.user_id, self.scope.team_id)
            wishes = ImportWishes(commits_itself=True)
            with timed() as accepted:
                create_import(actor, self.scope, file, ImportOrigin.COMMAND, wishes, rings=False)
            db.session.remove()
            db.engine.dispose()
        return accepted.seconds

    def do_jobs(self, *kinds: JobKind) -> Work:
        """Do the waiting jobs in a worker process of its own and watch it."""
        seconds: dict[str, float] = {}
        cpu = 0.0
        with (
            watched_write_lock(self.database) as lock,
            started("benchmarks.worker", *kinds, environment=self.environment) as worker,
            watched_memory(worker.pid) as peaks,
        ):
            for said in lines_of(worker):
                seconds[said["kind"]] = seconds.get(said["kind"], 0.0) + said["seconds"]
                cpu += said["cpu"]
        return Work(0.0, seconds, cpu, peaks.together, max(lock, default=0.0))

    def sign_in(self) -> str:
        """Return the secret of a signed-in browser's cookie."""
        with self.app.app_context():
            token, _ = start_session(
                self.scope.user_id,
                Actor(),
                user_agent="bench",
                data={"_user_id": str(self.scope.user_id)},
                absolute=timedelta(hours=12),
            )
            db.session.remove()
        return token

    @cached_property
    def browser(self) -> FlaskClient:
        """Return a signed-in client inside this process: what a page costs without a network."""
        client = self.app.test_client()
        client.set_cookie("s", self.sign_in(), domain="localhost")
        return client

    def _migrate(self) -> None:
        from flask_migrate import upgrade

        upgrade()

    def _write(self, at: int, month: int) -> Path:
        archive = self.folder / export_name(at)
        with archive.open("wb") as target:
            write_export(target, history_of(self.size, month), at, 1)
        return archive


def history_of(size: int, month: int, owner: str = "large.account") -> History:
    """Return an account of this size in its first month, 0, or in the one after it, with people gained and lost."""
    history = large_history(size, min(5000, size // 10), min(20_000, size // 50), FIRST_AT - DAY)
    if month:
        draw = random.Random(month)  # nosec B311
        gained = large_follows(int(size * GAINED), SECOND_AT - 60, month + 9, "n")
        # The generator spreads follows over years; these came within the month.
        recent = ((name, SECOND_AT - 60 - number * 200) for number, (name, _) in enumerate(gained))
        kept = (row for row in history.followers if draw.random() >= LOST)
        history = replace(history, followers=itertools.chain(recent, kept))
    return replace(history, owner=owner)
