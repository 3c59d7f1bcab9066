"""Find what a killed process may leave behind outside the database: files, folders, processes."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select

from tests.faults.stack import FaultStack
from tests.processes import alive, descendants
from webapp.models import ImportRun, ImportState
from webapp.queue import JobKind
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

_LONG_AGO = 1_700_000_000


def order_sweep(stack: FaultStack) -> None:
    """Make everything in the uploads folder old enough and queue the job that cleans it."""
    for entry in uploads(stack.instance):
        os.utime(entry, (_LONG_AGO, _LONG_AGO))
    with stack.app.app_context(), transaction() as session:
        add_job(session, JobKind.UPLOADS_SWEEP)


def uploads(instance: Path) -> list[Path]:
    """Return the files and folders of uploads."""
    folder = instance / "uploads"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def check_files(stack: FaultStack) -> list[str]:
    """Check that nothing is left of uploads that broke off and of imports that have ended."""
    ended = [state for state in ImportState if state.is_ended]
    with stack.engine.connect() as connection:
        still_open = set(connection.scalars(select(ImportRun.public_id).where(ImportRun.state.not_in(ended))))
    return [f"{entry.name} is left in the uploads" for entry in uploads(stack.instance) if entry.name not in still_open]


def check_processes(stack: FaultStack) -> list[str]:
    """Check that every process of this app is a descendant of its supervisor, and none a parser without a job."""
    family = descendants(stack.pid).keys() | {stack.pid} if stack.pid else set[int]()
    mark = f"INSTANCE_PATH={stack.instance}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        try:
            command = (entry / "cmdline").read_bytes()
            is_ours = mark in (entry / "environ").read_bytes().split(b"\0") or str(stack.instance).encode() in command
        except OSError:
            continue
        is_app = is_ours and pid != os.getpid() and alive(pid)
        if is_app and (pid not in family or b"webapp.importers.child" in command):
            found.append(f"process {pid} has nobody: {command.decode(errors='replace')!r}")
    return found
