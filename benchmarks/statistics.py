"""Measure the goals of STATISTICS and print one table; run as ``python -m benchmarks.statistics [--data FILE.csv]``.

Exits with 0 only if every goal that was measured is reached.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

if not __package__:
    # Run by its path: its folder must not hide the module of the same name that Python brings.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.goals.content import content
from benchmarks.goals.early import early
from benchmarks.goals.followers import followers, peaks
from benchmarks.goals.forecasts import forecasts
from benchmarks.goals.outliers import changes, outliers
from benchmarks.goals.samples import Samples, from_file, synthetic
from benchmarks.goals.scale import scale
from benchmarks.goals.verdict import Verdict, print_table
from benchmarks.goals.wording import wording
from benchmarks.goals.workers import Workers

_CREATORS: Final = 60
_SEED: Final = 41
# So many creators are gone through five times.
_SCALED: Final = 12

Step = Callable[[Samples, Workers], list[Verdict]]
# In this order; those of followers say nothing of a file of posts.
OF_POSTS: Final[tuple[Step, ...]] = (
    lambda samples, workers: forecasts(samples.plain, workers),
    lambda samples, workers: content(samples.still, samples.with_slots, samples.with_tags, workers),
    lambda samples, workers: outliers(samples.levels, workers),
    lambda samples, workers: changes(samples.levels, workers),
    lambda samples, workers: scale(samples.plain[:_SCALED], workers),
)
OF_THE_REST: Final[tuple[Step, ...]] = (
    lambda samples, workers: followers(len(samples.plain) // 4, samples.seed, workers),
    lambda samples, workers: peaks(len(samples.plain) // 8, samples.seed, workers),
    lambda samples, workers: early(samples.plain[: len(samples.plain) // 2], workers),
    lambda samples, workers: wording(),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 0 if all goals that were measured are reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description="The goals of the statistics.")
    parser.add_argument("--creators", type=int, default=_CREATORS, help=f"synthetic creators (default {_CREATORS})")
    parser.add_argument("--seed", type=int, default=_SEED, help=f"what they are made from (default {_SEED})")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="posts instead: a CSV file with the columns creator, published_at, likes, hashtags, sound",
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same figures to a file")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    try:
        samples = from_file(options.data, options.seed) if options.data else synthetic(options.creators, options.seed)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    verdicts = measure(samples, options.processes, (*OF_POSTS, *(() if options.data else OF_THE_REST)))
    posts = sum(len(table.counted) for table in samples.plain)
    print(f"{len(samples.plain):,} creators, {posts:,} posts; {time.monotonic() - begun:.0f} s.")
    print_table(verdicts)
    if options.json:
        lines = [verdict.plain() for verdict in verdicts]
        options.json.write_text(json.dumps(lines, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = [verdict.goal.name for verdict in verdicts if verdict.is_reached is False]
    print(f"Not reached: {', '.join(dict.fromkeys(missed))}." if missed else "Every goal that was measured is reached.")
    return 1 if missed else 0


def measure(samples: Samples, processes: int, steps: tuple[Step, ...] = (*OF_POSTS, *OF_THE_REST)) -> list[Verdict]:
    """Return the lines of all goals in their order."""
    with Workers(processes) as workers:
        found = [verdict for step in steps for verdict in step(samples, workers)]
    return sorted(found, key=lambda verdict: int(verdict.goal.name[1:]))


if __name__ == "__main__":
    sys.exit(main())
