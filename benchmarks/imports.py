"""B1, B2, B3: the first import, next month's, and the same file again."""

from __future__ import annotations

from benchmarks.lab import IMPORT_KINDS, Lab, Work
from benchmarks.measure import Goal, Line, Of, Unit, median
from benchmarks.processes import run_floor
from webapp.queue import JobKind

_FLOOR_RUNS = 3


def first_import(lab: Lab) -> list[Line]:
    """B1: from the start of the job to visible, the two parts apart, memory and write lock."""
    plain = lab.plain(lab.first_export)
    floors = [run_floor("load_list", plain, lab.folder / f"floor{number}.sqlite3") for number in range(_FLOOR_RUNS)]
    floor, floor_cpu, floor_memory = (median(figures) for figures in zip(*floors, strict=True))
    done = lab.first_import
    preview, commit = (done.of(kind) for kind in IMPORT_KINDS)
    return [
        Line("B1", "first import, job start to visible", Unit.SECONDS, preview + commit, floor, Goal(4, Of.RATIO)),
        Line("B1", "  of which to the preview", Unit.SECONDS, preview, floor),
        Line("B1", "  of which the commit", Unit.SECONDS, commit, floor),
        *_costs("B1", done, floor_cpu, floor_memory),
    ]


def later_jobs(lab: Lab) -> list[Line]:
    """Measure what the first import leaves to jobs of their own, after the rows are visible."""
    done = lab.follow_up
    if not done.seconds:
        return []
    named = ", ".join(sorted(done.seconds))
    return [
        Line("B1", f"jobs after it ({named})", Unit.SECONDS, sum(done.seconds.values())),
        *_costs("B1", done, mark="  jobs after it, "),
    ]


def same_file(lab: Lab) -> list[Line]:
    """B3: the file that is known already."""
    floors = [run_floor("digest", lab.first_export)[0] for _ in range(_FLOOR_RUNS)]
    done = [lab.bring_in(lab.first_export).total for _ in range(_FLOOR_RUNS)]
    return [Line("B3", "the same file again", Unit.SECONDS, median(done), median(floors), Goal(1))]


def next_month(lab: Lab) -> list[Line]:
    """B2: the next export, with 1.2 % gained and 0.8 % lost; to be measured last, because it changes the account."""
    plain = lab.plain(lab.second_export)
    floors = [run_floor("compare_list", plain, lab.database) for _ in range(_FLOOR_RUNS)]
    floor, floor_cpu, floor_memory = (median(figures) for figures in zip(*floors, strict=True))
    done = lab.bring_in(lab.second_export, *IMPORT_KINDS)
    preview, commit = done.of(JobKind.IMPORT_RECOGNISE), done.of(JobKind.IMPORT_COMMIT)
    after = lab.do_jobs()
    lines = [
        Line("B2", "next month's export", Unit.SECONDS, preview + commit, floor, Goal(2, Of.RATIO)),
        Line("B2", "  of which to the preview", Unit.SECONDS, preview, floor),
        Line("B2", "  of which the commit", Unit.SECONDS, commit, floor),
        *_costs("B2", done, floor_cpu, floor_memory),
    ]
    if after.seconds:
        lines.append(Line("B2", f"jobs after it ({', '.join(sorted(after.seconds))})", Unit.SECONDS, after.total))
    return lines


def _costs(
    budget: str, done: Work, floor_cpu: float | None = None, floor_memory: float | None = None, mark: str = "  "
) -> list[Line]:
    return [
        Line(budget, f"{mark}processor time", Unit.SECONDS, done.cpu, floor_cpu),
        Line(budget, f"{mark}peak memory (PSS)", Unit.MEGABYTES, done.memory, floor_memory, Goal(400)),
        Line(budget, f"{mark}longest write lock", Unit.SECONDS, done.lock, None, Goal(0.5)),
    ]
