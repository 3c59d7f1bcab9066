"""Undo of imports of the large account, beside the time that its first import took in the same run."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from benchmarks.lab import IMPORT_KINDS, Lab, Work
from benchmarks.measure import Goal, Line, Of, Unit
from webapp.extensions import db
from webapp.models import ImportRun, ImportState
from webapp.queue import JobKind
from webapp.services.audit import Actor
from webapp.services.undo import undo_import


def undos(lab: Lab) -> list[Line]:
    """Undo the newest of two exports, then, with it imported again, the oldest, then the only one that is left."""
    first = lab.first_import.total
    lab.do_jobs()
    lines = []
    for name, archive in (
        ("the newest of two", lab.second_export),
        ("the oldest of two", lab.first_export),
        ("the only one", lab.second_export),
    ):
        if name != "the only one" and _find(lab, lab.second_export) is None:
            lab.bring_in(lab.second_export, *IMPORT_KINDS)
            lab.do_jobs()
        done = _undo(lab, archive)
        seconds = done.of(JobKind.IMPORT_UNDO)
        lines += [
            Line("undo", f"undo of {name}; floor: B1", Unit.SECONDS, seconds, first, Goal(1, Of.RATIO)),
            Line("undo", "  processor time; floor: B1", Unit.SECONDS, done.cpu, lab.first_import.cpu),
            Line("undo", "  peak memory (PSS)", Unit.MEGABYTES, done.memory, None, Goal(400)),
            Line("undo", "  longest write lock", Unit.SECONDS, done.lock, None, Goal(0.5)),
        ]
        lab.do_jobs()
    return lines


def _find(lab: Lab, archive: Path) -> str | None:
    """Return the import that holds a file's content now."""
    query = select(ImportRun.public_id).where(
        ImportRun.file_name == archive.name, ImportRun.state == ImportState.DONE, ImportRun.team_id == lab.scope.team_id
    )
    with lab.app.app_context():
        found = [
            public_id
            for public_id, result in db.session.execute(query.add_columns(ImportRun.result))
            if not (result or {}).get("is_known")
        ]
        db.session.remove()
        db.engine.dispose()
    return found[0] if found else None


def _undo(lab: Lab, archive: Path) -> Work:
    public_id = _find(lab, archive)
    assert public_id is not None  # nosec B101: it was brought in a moment ago
    with lab.app.app_context():
        undo_import(Actor(lab.scope.user_id, lab.scope.team_id), lab.scope, public_id)
        db.session.remove()
        db.engine.dispose()
    return lab.do_jobs(JobKind.IMPORT_UNDO)
