"""Read an uploaded file in a child process: a hostile file kills the child, never the worker."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from config import ROOT
from webapp import metrics
from webapp.domain import failpoints
from webapp.domain.errors import ErrorCode, FileRefused, OutOfSpace, ReaderDied
from webapp.extensions import settings

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 1.0
# The child inherits nothing of ours: no key, no database address. It reckons with few numbers at a time: threads for
# that would only wait, each with a stack that counts as its memory.
ENVIRONMENT = {"LANG": "C.UTF-8", "PYTHONHASHSEED": "random", "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"}


def extract_in_child(upload: Path, file_name: str, out: Path, on_progress: Callable[[int, int], None]) -> None:
    """Extract an upload into ``out`` (rows and summary.json), calling back with bytes done and in all.

    Raises ``FileRefused`` with what the parser said, or with ``PARSER_DIED`` or ``PARSER_TIMEOUT`` when the child
    ended without a word; ``ReaderDied`` when a signal ended it, which another try may survive, and
    ``OutOfSpace`` when what was read did not fit on the disk. Whatever ``on_progress`` raises stops the child and
    goes on upwards.
    """
    config = settings()
    limits = {"max_memory": config.parser_memory_mb * 1024 * 1024, "max_cpu_seconds": config.parser_cpu_seconds}
    command = [
        sys.executable,
        "-m",
        "webapp.importers.child",
        str(upload),
        file_name,
        str(out),
        json.dumps(limits),
        *failpoints.handed_on(),
    ]
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    child = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if child.stdout is None:
        raise RuntimeError("the parser has no output to follow")
    try:
        failpoints.reach(failpoints.Failpoint.CHILD_AFTER_SPAWN)
        refusal = _follow(child.stdout, on_progress)
        code = child.wait(timeout=30)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()
    if refusal is not None and refusal.code is ErrorCode.OUT_OF_SPACE:
        raise OutOfSpace(ErrorCode.OUT_OF_SPACE)
    if refusal is not None:
        raise refusal
    if code != 0:
        metrics.count(metrics.PARSER_DEATHS, "timeout" if code == -signal.SIGXCPU else "crash")
    if code == -signal.SIGXCPU:
        raise FileRefused(ErrorCode.PARSER_TIMEOUT, seconds=config.parser_cpu_seconds)
    if code != 0:
        logger.warning("the parser of %s ended with %s", out.name, code)
        raise ReaderDied(ErrorCode.PARSER_DIED) if code < 0 else FileRefused(ErrorCode.PARSER_DIED)


def _follow(stdout: IO[bytes], on_progress: Callable[[int, int], None]) -> FileRefused | None:
    """Relay progress until the child closes its output; return the refusal it spoke of, if any."""
    done, total = 0, 0
    refusal = None
    for line in _lines(stdout):
        if line is not None:
            said = json.loads(line)
            if "error" in said:
                refusal = FileRefused(ErrorCode(said["error"]["code"]), **said["error"]["params"])
            elif "done" in said:
                done, total = said["done"], said["total"]
        on_progress(done, total)
    return refusal


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the child's lines, and ``None`` whenever a second passes without one, so that leases stay alive."""
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if not selector.select(_WAIT_SECONDS):
                yield None
                continue
            chunk = os.read(stream.fileno(), 65_536)
            if not chunk:
                return
            *lines, buffer = (buffer + chunk).split(b"\n")
            yield from (line for line in lines if line.strip())
