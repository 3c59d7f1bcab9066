"""How long answers take at rest, and while an export of another account is read and committed by a worker process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.lab import FIRST_AT, IMPORT_KINDS, Lab
from benchmarks.measure import Goal, Line, Of, repeat, timed, timed_line
from benchmarks.processes import started
from webapp.importers.synthetic import DAY, export_name, large_history, write_export

RUNS: Final = 40
# As a person looks around; without a pause the process that answers would be the load.
_PAUSE: Final = 0.02
# Twice the 30 ms that these answers may take at rest.
_MOST: Final = 60


def at_rest(lab: Lab, budget: str, places: Mapping[str, str], floor: float) -> list[Line]:
    """Return a line for each address by name, asked again and again; ``floor`` is in milliseconds."""
    lines = []
    for name, place in places.items():
        if lab.browser.get(place).status_code != 200:
            raise RuntimeError(f"{place} does not answer")
        times = repeat(lambda place=place: lab.browser.get(place), RUNS)  # type: ignore[misc]
        lines.append(timed_line(budget, name, times, floor, Goal(_MOST / 2, Of.P95)))
    return lines


def during_import(lab: Lab, budget: str, places: Mapping[str, str]) -> list[Line]:
    """Return a line for each address by name, asked in turn for as long as the import of another account goes on."""
    lab.send(_write(lab, f"busy.{budget.lower()}"))
    times: dict[str, list[float]] = {name: [] for name in places}
    with started("benchmarks.worker", *IMPORT_KINDS, environment=lab.environment, is_heard=False) as worker:
        while (ended := worker.poll()) is None:
            for name, place in places.items():
                with timed() as watch:
                    status = lab.browser.get(place).status_code
                if status != 200:
                    raise RuntimeError(f"{place} does not answer")
                times[name].append(watch.seconds * 1000)
                time.sleep(_PAUSE)
    if ended:
        raise RuntimeError("the import failed")
    lab.do_jobs()
    return [
        timed_line(budget, f"{name}, during an import", taken, goal=Goal(_MOST, Of.P95))
        for name, taken in times.items()
    ]


def _write(lab: Lab, owner: str) -> Path:
    archive = lab.folder / f"{owner}_{export_name(FIRST_AT)}"
    people = large_history(lab.size, min(5000, lab.size // 10), 0, FIRST_AT - DAY, seed=41)
    with archive.open("wb") as target:
        write_export(target, replace(people, owner=owner), FIRST_AT, 1)
    return archive
