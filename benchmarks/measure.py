"""Time things, compare them with a floor and a goal, and show every figure in one table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Unit(StrEnum):
    """What a figure counts."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MEGABYTES = "MB"
    KILOBYTES = "kB"
    PER_SECOND = "/s"
    RATIO = "x"
    COUNT = ""


class Of(StrEnum):
    """Which column a goal is about."""

    OURS = "ours"
    P95 = "p95"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of our figure, of its 95th percentile, or of its ratio to the floor."""

    bound: float
    of: Of = Of.OURS
    is_least: bool = False

    def is_reached_by(self, figure: float) -> bool:
        """Tell whether a figure is on the right side of the bound."""
        return figure >= self.bound if self.is_least else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what was measured, our figure, the floor of the same run, and the goal.

    Both figures are medians where the work was repeated; ``p95`` is what 95 of 100 repetitions did not exceed.
    """

    budget: str
    work: str
    unit: Unit
    ours: float
    floor: float | None = None
    goal: Goal | None = None
    p95: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return ours divided by the floor."""
        return self.ours / self.floor if self.floor else None

    @property
    def is_reached(self) -> bool | None:
        """Return whether the goal is reached; ``None`` for a line without one."""
        if self.goal is None:
            return None
        figure = {Of.OURS: self.ours, Of.P95: self.p95, Of.RATIO: self.ratio}[self.goal.of]
        return None if figure is None else self.goal.is_reached_by(figure)

    def cells(self) -> tuple[str, ...]:
        """Return the columns as a person reads them."""
        goal = ""
        if self.goal:
            mark = "p95 " if self.goal.of is Of.P95 else ""
            unit = Unit.RATIO if self.goal.of is Of.RATIO else self.unit
            goal = f"{mark}{'≥' if self.goal.is_least else '≤'} {_shown(self.goal.bound, unit)}"
        return (
            self.budget,
            self.work,
            _shown(self.floor, self.unit),
            _shown(self.ours, self.unit),
            _shown(self.p95, self.unit),
            _shown(self.ratio, Unit.RATIO),
            goal,
            {None: "", True: "yes", False: "NO"}[self.is_reached],
        )

    def plain(self) -> dict[str, object]:
        """Return the line for the JSON file, with every figure unrounded."""
        return {
            "budget": self.budget,
            "work": self.work,
            "unit": self.unit.value,
            "floor": self.floor,
            "ours": self.ours,
            "p95": self.p95,
            "ratio": self.ratio,
            "goal": self.goal and {"bound": self.goal.bound, "of": self.goal.of, "is_least": self.goal.is_least},
            "reached": self.is_reached,
        }


@dataclass(slots=True)
class Stopwatch:
    """Seconds of wall time."""

    seconds: float = field(default=0.0)


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
    """Return the milliseconds of each of ``times`` runs; one before them, which fills caches, is left out."""
    work()
    found = []
    for _ in range(times):
        with timed() as watch:
            work()
        found.append(watch.seconds * 1000)
    return found


def timed_line(
    budget: str, work: str, times: Sequence[float], floor: float | None = None, goal: Goal | None = None
) -> Line:
    """Return the line of repeated work from the milliseconds of each run."""
    return Line(budget, work, Unit.MILLISECONDS, median(times), floor, goal, p95(times))


def median(figures: Iterable[float]) -> float:
    """Return the middle of the figures."""
    return statistics.median(figures)


def p95(figures: Sequence[float]) -> float:
    """Return the value that 95 of 100 figures do not exceed."""
    return statistics.quantiles(figures, n=20, method="inclusive")[-1] if len(figures) > 1 else figures[0]


def print_table(lines: Iterable[Line]) -> None:
    """Print the lines, aligned."""
    rows = [("", "work", "floor", "ours", "p95", "ratio", "goal", "reached"), *(line.cells() for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(8)]
    for row in rows:
        left = (cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True))
        right = (cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True))
        print("  ".join((*left, *right)).rstrip())


def write_json(file: Path, lines: Iterable[Line], **about: object) -> None:
    """Write the same figures for a program to read."""
    content = {**about, "lines": [line.plain() for line in lines]}
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _shown(figure: float | None, unit: Unit) -> str:
    """Return a figure with its unit: three digits, or all that stand before the point."""
    if figure is None:
        return ""
    digits = 3 if abs(figure) < 1 else 2 if abs(figure) < 10 else 1 if abs(figure) < 100 else 0
    text = f"{figure:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if digits else text
    return f"{text} {unit}".rstrip()
