"""Named places where a test makes a process die, fail or wait; outside tests they do nothing.

``reach(Failpoint.X)`` marks the place. ``arm("batch.after_commit:3=kill", folder)`` has the third time any process
reaches it end that process, once: a note in ``folder`` keeps the next process from dying there again.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_SLEEP_SECONDS = 2.0
_SPEC = re.compile(r"(?P<point>[a-z_.]+):(?P<hit>[1-9][0-9]{0,6})=(?P<action>kill|raise|sleep|count)")


class Failpoint(StrEnum):
    """Every place that can be made to fail, in the order an import passes them."""

    UPLOAD_AFTER_RECEIVE = "upload.after_receive"
    UPLOAD_AFTER_FSYNC = "upload.after_fsync"
    UPLOAD_AFTER_RENAME = "upload.after_rename"
    UPLOAD_AFTER_ROW = "upload.after_row"
    JOB_AFTER_INSERT = "job.after_insert"
    JOB_BEFORE_RING = "job.before_ring"
    JOB_AFTER_RING = "job.after_ring"
    CLAIM_BEFORE = "claim.before"
    CLAIM_AFTER = "claim.after"
    CHILD_AFTER_SPAWN = "child.after_spawn"
    CHILD_MID_FILE = "child.mid_file"
    CHILD_BEFORE_RENAME = "child.before_rename"
    PREVIEW_BEFORE_COMMIT = "preview.before_commit"
    TURN_AFTER_COMMIT = "turn.after_commit"
    CLEAR_MID = "clear.mid"
    EXPORT_AFTER_COMMIT = "export.after_commit"
    BATCH_BEFORE_COMMIT = "batch.before_commit"
    BATCH_AFTER_COMMIT = "batch.after_commit"
    POSTS_AFTER_COMMIT = "posts.after_commit"
    SWITCH_BEFORE = "switch.before"
    SWITCH_MID = "switch.mid"
    SWITCH_AFTER_COMMIT = "switch.after_commit"
    AUDIT_AFTER_INSERT = "audit.after_insert"
    JOB_BEFORE_DONE = "job.before_done"
    JOB_AFTER_DONE = "job.after_done"
    DISCARD_MID = "discard.mid"
    INDEX_BEFORE_COMMIT = "index.before_commit"
    INDEX_AFTER_COMMIT = "index.after_commit"
    FIT_BEFORE_COMMIT = "fit.before_commit"
    ERASE_AFTER_DROP = "erase.after_drop"
    ERASE_AFTER_COMMIT = "erase.after_commit"
    PURGE_MID = "purge.mid"
    SWEEP_MID = "sweep.mid"
    MAIL_BEFORE_SEND = "mail.before_send"
    MAIL_AFTER_SEND = "mail.after_send"
    DATA_EXPORT_AFTER_FILE = "data_export.after_file"
    DATA_EXPORT_BEFORE_COMMIT = "data_export.before_commit"
    REPORT_BEFORE_COMMIT = "report.before_commit"
    REPORT_AFTER_FILE = "report.after_file"
    SHARE_BEFORE_COMMIT = "share.before_commit"
    SHARE_AFTER_COMMIT = "share.after_commit"
    DIGEST_BEFORE_COMMIT = "digest.before_commit"
    DIGEST_AFTER_COMMIT = "digest.after_commit"
    DIGESTS_PLAN_MID = "digests.plan_mid"
    NOTICES_BEFORE_COMMIT = "notices.before_commit"
    NOTICES_AFTER_COMMIT = "notices.after_commit"
    DELIVER_BEFORE_COMMIT = "deliver.before_commit"
    DELIVER_AFTER_COMMIT = "deliver.after_commit"
    PUSH_BEFORE_SEND = "push.before_send"
    PUSH_AFTER_SEND = "push.after_send"
    RECONCILE_MID = "reconcile.mid"
    PLAN_MID = "plan.mid"
    ROTATE_MID = "rotate.mid"
    MIGRATE_MID = "migrate.mid"


class FailpointReached(Exception):
    """An armed failpoint was reached whose action is to fail."""


@dataclass(frozen=True, slots=True)
class _Armed:
    point: str
    hit: int
    action: str
    folder: Path


_armed: _Armed | None = None
_hits: Counter[str] = Counter()


def parse(spec: str) -> tuple[str, int, str]:
    """Return point, hit and action of ``POINT:HIT=kill|raise|sleep|count``; raise ``ValueError`` for anything else."""
    match = _SPEC.fullmatch(spec)
    if match is None or match["point"] not in set(Failpoint):
        raise ValueError(spec)
    return match["point"], int(match["hit"]), match["action"]


def arm(spec: str, folder: Path) -> None:
    """Let this process act at one failpoint; an empty ``spec`` disarms it."""
    global _armed
    _hits.clear()
    _armed = _Armed(*parse(spec), folder) if spec else None


def handed_on() -> list[str]:
    """Return the arguments that arm the parser, which gets nothing of this process by itself; mostly none."""
    if _armed is None or not _armed.point.startswith("child."):
        return []
    return [f"{_armed.point}:{_armed.hit}={_armed.action}", str(_armed.folder)]


def reach(point: Failpoint) -> None:
    """Act if this place is armed and it is its turn."""
    if _armed is not None and _armed.point == point:
        _act(_armed)


def _act(armed: _Armed) -> None:
    _hits[armed.point] += 1
    armed.folder.mkdir(parents=True, exist_ok=True)
    if armed.action == "count":
        # One line a hit, with the process: so a run that is not killed tells which hit is the last.
        with (armed.folder / f"{armed.point}.count").open("ab") as file:
            file.write(b"%d\n" % os.getpid())
        return
    if _hits[armed.point] != armed.hit:
        return
    try:
        os.close(os.open(armed.folder / f"{armed.point}.{armed.hit}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return
    if armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if armed.action == "raise":
        raise FailpointReached(armed.point)
    time.sleep(_SLEEP_SECONDS)
