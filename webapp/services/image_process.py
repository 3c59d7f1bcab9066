"""Read an image in a child process: a hostile one kills the child alone.

It happens within the request that brings the image, not in a job: one takes well under a second, the time of a hostile
one is bounded, the person sees at once what became of each file, and a process that dies leaves nothing half done. Of
each web process only a few children run at a time, so that many requests cannot fill the memory.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec

from config import ROOT
from webapp import metrics
from webapp.domain.errors import ErrorCode, FileRefused, OutOfSpace, Unavailable
from webapp.importers.image_child import LIMITS
from webapp.importers.limits import Limits
from webapp.services.parser_process import ENVIRONMENT

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 2
_WAIT_SECONDS: Final = 20
# Twice its time on the processor, so that another program's work does not count against an honest image.
_MOST_SECONDS: Final = 20
_turns = threading.BoundedSemaphore(_AT_ONCE)


def write_widths_in_child(source: Path, out: Path, token: str, limits: Limits = LIMITS) -> tuple[int, int]:
    """Write an image into ``out`` in every width that is kept; return the widest size in pixels.

    Raises ``FileRefused`` with what the child said, or with ``COVER_DIED`` when it ended without a word or took too
    long, ``OutOfSpace`` when what it wrote did not fit on the disk, and ``Unavailable`` when other images take their
    turn for too long.
    """
    if not _turns.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable(ErrorCode.BUSY)
    try:
        return _run(source, out, token, limits)
    finally:
        _turns.release()


def _run(source: Path, out: Path, token: str, limits: Limits) -> tuple[int, int]:
    command = [sys.executable, "-m", "webapp.importers.image_child", str(source), str(out), token]
    child = subprocess.Popen(
        [*command, msgspec.json.encode(limits).decode()],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        output, _ = child.communicate(timeout=_MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise _died("timeout") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    try:
        said = json.loads(output) if output else {}
    except ValueError:
        said = {}
    if "error" in said:
        code = ErrorCode(said["error"]["code"])
        raise OutOfSpace(code) if code is ErrorCode.OUT_OF_SPACE else FileRefused(code, **said["error"]["params"])
    if child.returncode != 0 or "width" not in said:
        raise _died("crash")
    return said["width"], said["height"]


def _died(how: str) -> FileRefused:
    metrics.count(metrics.PARSER_DEATHS, how)
    logger.warning("the reader of an image ended: %s", how)
    return FileRefused(ErrorCode.COVER_DIED)
