"""What a goal asks, and a line of the table: what was found, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.analytics.statistics.proportions import wilson

Floats = NDArray[np.float64]

_DRAWS: Final = 1000
_SEED: Final = 20_260


class Form(StrEnum):
    """How a figure is written."""

    PERCENT = "percent"
    PLAIN = "plain"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of a figure: at least, at most, and that its interval lies above ``lower_end``."""

    name: str
    about: str
    least: float | None = None
    most: float | None = None
    lower_end: float | None = None
    form: Form = Form.PERCENT

    def unknown(self, counted: str) -> Verdict:
        """Return the line where nothing can be said."""
        return Verdict(self, None, counted)

    def share(self, found: int, of: int, what: str) -> Verdict:
        """Return the line of a share of ``of`` things, with Wilson's interval."""
        interval = wilson(found, of)
        if interval is None:
            return self.unknown(f"n = 0 {what}")
        return Verdict(self, found / of, f"n = {of:,} {what}", interval.low, interval.high)

    def of_clusters(self, clusters: Sequence[Floats], figure: Callable[[Floats], float], counted: str) -> Verdict:
        """Return the line of a figure of sums, with the middle 95 % of those of clusters drawn with replacement.

        Each cluster is a row of sums, of one creator; ``figure`` makes the figure of such a row or of their sum.
        Creators are drawn, not posts: posts of one creator are alike.
        """
        if not clusters:
            return self.unknown(counted)
        rows = np.stack(list(clusters))
        random = np.random.default_rng(_SEED)
        drawn = [figure(rows[random.integers(0, len(rows), len(rows))].sum(axis=0)) for _ in range(_DRAWS)]
        low, high = np.nanquantile(drawn, (0.025, 0.975))
        return Verdict(self, figure(rows.sum(axis=0)), counted, float(low), float(high))

    @property
    def asked(self) -> str:
        """Return the bounds as a person reads them."""
        if self.least is not None and self.most is not None:
            asked = f"{self.shown(self.least)} to {self.shown(self.most)}"
        else:
            asked = f"≤ {self.shown(self.most)}" if self.least is None else f"≥ {self.shown(self.least)}"
        return asked if self.lower_end is None else f"{asked}, surely > {self.shown(self.lower_end)}"

    def shown(self, figure: float | None) -> str:
        """Return a figure as it is written."""
        if figure is None:
            return "-"
        if self.form is Form.PERCENT:
            return f"{100 * figure:.1f} %"
        return f"{figure:.0f}" if self.form is Form.COUNT else f"{figure:.2f}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found with its 95 % interval, and of how many; ``None`` where the data say nothing of it."""

    goal: Goal
    figure: float | None
    counted: str
    low: float | None = None
    high: float | None = None

    @property
    def is_reached(self) -> bool | None:
        """Return whether the goal is reached, by the figure; ``None`` where nothing was measured."""
        goal = self.goal
        if self.figure is None:
            return None
        return (
            (goal.least is None or self.figure >= goal.least)
            and (goal.most is None or self.figure <= goal.most)
            and (goal.lower_end is None or (self.low is not None and self.low > goal.lower_end))
        )

    def cells(self) -> tuple[str, ...]:
        """Return the columns as a person reads them."""
        shown = self.goal.shown
        return (
            self.goal.name,
            self.goal.about,
            self.goal.asked,
            shown(self.figure),
            "" if self.low is None or self.high is None else f"{shown(self.low)} to {shown(self.high)}",
            self.counted,
            {None: "not measured", True: "yes", False: "NO"}[self.is_reached],
        )

    def plain(self) -> dict[str, object]:
        """Return the line for a program to read."""
        return {
            "goal": self.goal.name,
            "about": self.goal.about.strip(),
            "least": self.goal.least,
            "most": self.goal.most,
            "lower_end": self.goal.lower_end,
            "figure": self.figure,
            "low": self.low,
            "high": self.high,
            "counted": self.counted,
            "reached": self.is_reached,
        }


def print_table(verdicts: Iterable[Verdict]) -> None:
    """Print the lines, aligned."""
    rows = [("", "what", "goal", "figure", "95 %", "of", "reached"), *(verdict.cells() for verdict in verdicts)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
