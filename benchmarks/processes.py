"""Watch other processes: their memory, their descendants, and who holds the write lock of the database."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import ROOT

_SAMPLE_SECONDS = 0.05
_STOP_SECONDS = 15
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


def proportional_mb(pid: int) -> float:
    """Return a process's share of memory (PSS) in MB: its own pages, and its part of those it shares; 0 when gone."""
    try:
        found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    for member in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
    return found


@dataclass(slots=True)
class MemoryPeaks:
    """The largest share of memory seen: of the whole family at one moment, and of each process, in MB."""

    together: float = 0.0
    by_process: dict[int, float] = field(default_factory=dict)

    def look(self, roots: Iterable[int]) -> None:
        """Take one sample of the roots and their descendants."""
        now = {pid: proportional_mb(pid) for root in roots for pid in family(root)}
        self.together = max(self.together, sum(now.values()))
        for pid, size in now.items():
            self.by_process[pid] = max(self.by_process.get(pid, 0.0), size)


@contextmanager
def watched_memory(*roots: int, pause: float = _SAMPLE_SECONDS) -> Iterator[MemoryPeaks]:
    """Sample the processes and their descendants during a block, twenty times a second if nothing else is said."""
    peaks = MemoryPeaks()
    peaks.look(roots)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(pause):
            peaks.look(roots)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


@contextmanager
def started(
    module: str, *arguments: str, environment: dict[str, str] | None = None, is_heard: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """Run a module of this interpreter beside a block; it is asked to stop at the end.

    What it prints is read by ``lines_of``; a process that nobody reads must not be heard, or it would wait for that.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment or {},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if is_heard else subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()


def lines_of(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects that a process prints, one a line, until it ends; raise when it failed."""
    if process.stdout is None:
        return
    for line in process.stdout:
        yield json.loads(line)
    if process.wait() != 0:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")


def run_floor(name: str, *arguments: object) -> tuple[float, float, float]:
    """Run one floor in a process of its own; return its seconds, its processor time, and its peak memory in MB."""
    with (
        started("benchmarks.floors", name, *map(str, arguments)) as process,
        watched_memory(process.pid) as peaks,
    ):
        (said,) = lines_of(process)
    return float(said["seconds"]), float(said["cpu"]), peaks.together


@contextmanager
def watched_write_lock(database: Path) -> Iterator[list[float]]:
    """Try for the write lock of a SQLite database again and again; the list holds the longest wait, in seconds."""
    longest: list[float] = []
    with started("benchmarks.lock_probe", str(database)) as process:
        time.sleep(0.3)
        yield longest
        process.send_signal(signal.SIGTERM)
        longest.extend(said["seconds"] for said in lines_of(process))
