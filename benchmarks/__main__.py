"""Run the benchmarks and print one table. Run as ``python -m benchmarks [--followers N] [--only B4,B5]``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    audience,
    browser_upload,
    cards,
    downloads,
    forecasts,
    growth,
    imports,
    lists,
    notifications,
    posts,
    reports,
    throughput,
    undos,
    weight,
)
from benchmarks.lab import Lab
from benchmarks.measure import Line, print_table, write_json

# In this order: what changes the account comes last.
STEPS: tuple[tuple[str, Callable[[Lab], list[Line]]], ...] = (
    ("B1", imports.first_import),
    ("B5", lambda lab: lists.searches(lab, "before the index")),
    ("B1", imports.later_jobs),
    ("B5", lambda lab: lists.searches(lab, "index ready")),
    ("B3", imports.same_file),
    ("B4", lists.pages),
    ("B6", audience.audience),
    ("B7", growth.growth),
    ("B8", downloads.csv_download),
    ("B9", posts.content),
    ("B14", forecasts.forecasts),
    ("B16", notifications.notifications),
    ("B10", throughput.followers_page),
    ("B11", cards.story),
    ("B11", reports.paper),
    ("B12", weight.web_process),
    ("B13", weight.page_weight),
    ("B2", imports.next_month),
    ("undo", undos.undos),
    ("upload", browser_upload.upload),
)
# Needs a browser and a minute, so it is run when it is named.
ON_REQUEST = {"upload"}


def main() -> int:
    """Measure, print, and return 0: a missed goal is a figure, not a failure."""
    known = list(dict.fromkeys(name for name, _ in STEPS))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed and memory against a floor.")
    parser.add_argument("--followers", type=int, default=200_000, help="length of the follower list (default 200000)")
    parser.add_argument("--only", help=f"some of {', '.join(known)}, with commas between them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same figures to a file")
    options = parser.parse_args()
    wanted = set(options.only.split(",")) if options.only else set(known) - ON_REQUEST
    if not wanted <= set(known):
        parser.error(f"--only takes some of {', '.join(known)}")
    lines: list[Line] = []
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), options.followers)
        for name, step in STEPS:
            if name in wanted:
                print(f"{name} ...", file=sys.stderr, flush=True)
                lines += step(lab)
    print(f"{options.followers:,} followers; the goals are meant for 1,000,000. Load average before: {load:.1f}")
    lines.sort(key=lambda line: known.index(line.budget))
    print_table(lines)
    if options.json:
        write_json(options.json, lines, followers=options.followers, load_before=load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
