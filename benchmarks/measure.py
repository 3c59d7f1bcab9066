"""Time things and put the results in one table."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: what was measured, the figure, the goal, and whether it was reached."""

    name: str
    work: str
    floor: str
    ours: str
    goal: str
    is_reached: bool


@dataclass(slots=True)
class Stopwatch:
    """Seconds of wall time."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Measure the wall time of a block."""
    watch = Stopwatch()
    start = time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - start


def repeat(work: Callable[[], object], times: int) -> list[float]:
    """Return the seconds of each of ``times`` runs, the first, which fills caches, left out."""
    work()
    found = []
    for _ in range(times):
        with timed() as watch:
            work()
        found.append(watch.seconds)
    return found


def p95(seconds: list[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] * 1000


def peak_megabytes(who: int = resource.RUSAGE_SELF) -> float:
    """Return the largest resident size so far of this process or of its ended children, in MB."""
    return resource.getrusage(who).ru_maxrss / 1024


def print_table(results: list[Result]) -> None:
    """Print the lines, aligned."""
    head = Result("", "work", "floor", "ours", "goal", True)
    rows = [
        (r.name, r.work, r.floor, r.ours, r.goal, "" if r is head else "yes" if r.is_reached else "NO")
        for r in (head, *results)
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
