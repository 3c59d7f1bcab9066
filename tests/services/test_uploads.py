"""Where uploaded files wait, and that they do not wait for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import Member, export_json, receive, run_jobs
from webapp.models import ImportOrigin, ImportRun, ImportState
from webapp.queue import JobKind
from webapp.services import uploads
from webapp.services.imports import create_import
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction


def age(path: Path, seconds: int = 4000) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_received_file_moves_to_the_folder_of_its_import(session: Session) -> None:
    file = receive(b"content")
    kept = uploads.keep_upload(file.path, "abc")
    assert kept == uploads.work_path("abc") / "upload"
    assert kept.read_bytes() == b"content"
    assert not file.path.exists()
    assert kept.parent.stat().st_mode & 0o077 == 0, "nobody else may look in"


def test_forgetting_a_file_twice_is_harmless(session: Session) -> None:
    uploads.keep_upload(receive(b"content").path, "abc")
    uploads.discard_upload("abc")
    uploads.discard_upload("abc")
    assert not uploads.work_path("abc").exists()


def test_the_sweep_takes_old_orphans_and_leaves_what_an_open_import_needs(session: Session, alice: Member) -> None:
    needed = create_import(alice.actor, alice.scope, receive(export_json()), ImportOrigin.WEB)
    failed = create_import(alice.actor, alice.scope, receive(export_json()), ImportOrigin.WEB)
    session.execute(update(ImportRun).where(ImportRun.public_id == failed).values(state=ImportState.FAILED))
    session.commit()
    young, old = receive(b"young").path, receive(b"old").path
    orphan = uploads.keep_upload(receive(b"orphan").path, "orphan").parent
    for path in (old, orphan, uploads.work_path(needed), uploads.work_path(failed)):
        age(path)
    assert uploads.sweep_uploads() == 3
    left = {path.name for path in uploads.uploads_path().iterdir()}
    assert left == {needed, young.name}
    assert (uploads.work_path(needed) / "upload").exists()


def test_the_sweep_of_a_folder_that_is_not_there_does_nothing(session: Session) -> None:
    assert uploads.sweep_uploads() == 0


def test_the_sweep_runs_as_a_job(session: Session) -> None:
    old = receive(b"old").path
    age(old)
    with transaction() as writing:
        add_job(writing, JobKind.UPLOADS_SWEEP)
    assert run_jobs() == ["done"]
    assert not old.exists()
