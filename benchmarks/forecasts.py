"""B14: a forecast for an account of 20,000 posts, from what the job kept; the job itself; and what it loads."""

from __future__ import annotations

import sys
from typing import Final

from benchmarks.busy import RUNS
from benchmarks.lab import IMPORT_KINDS, Lab
from benchmarks.measure import Goal, Line, Of, Unit, median, repeat, timed_line
from benchmarks.own_account import asked, find_ids, forgetting, read_from, write_posts
from webapp.analytics.content import posts
from webapp.analytics.forecasts import reading
from webapp.queue import JobKind

OWNER: Final = "forecast.account"
_POSTS: Final = 20_000
_HEAVY: Final = ("numpy", "scipy", "sklearn")
_KEPT: Final = "SELECT body FROM forecast_model WHERE account_id = ?"
_FORECAST, _PAGE = Goal(30, Of.P95), Goal(60, Of.P95)
# What is asked for, its address, and how long it may take.
_PLACES: Final = (
    ("the next post", "/api/ml/predict-engagement/?", _FORECAST),
    (
        "one post, by time, words and hashtags",
        "/api/ml/predict-engagement/?published_at=2026-01-20T18:00:00Z&title=morning&hashtags=fyp&",
        _FORECAST,
    ),
    ("the page with how forecasts did", "/content/forecast?", _PAGE),
)


def forecasts(lab: Lab) -> list[Line]:
    """B14: each answer as a process gives it for the first time, and once it has it; then the job."""
    lab.bring_in(write_posts(lab, OWNER, _POSTS, seed=61), *IMPORT_KINDS)
    jobs = lab.do_jobs(JobKind.FORECAST_FIT)
    lab.do_jobs()
    account_id, public_id = find_ids(lab, OWNER)
    floor = median(repeat(read_from(lab, _KEPT, [account_id]), RUNS))
    lines = []
    for name, place, goal in _PLACES:
        ask = asked(lab, f"{place}account={public_id}")
        lines += [
            timed_line("B14", f"{name}, cold", repeat(forgetting(ask, posts, reading), RUNS), floor),
            timed_line("B14", name, repeat(ask, RUNS), floor, goal),
        ]
    return [
        *lines,
        Line("B14", "the job that works it out", Unit.SECONDS, jobs.of(JobKind.FORECAST_FIT), None, Goal(60)),
        Line("B14", "  peak memory (PSS)", Unit.MEGABYTES, jobs.memory, None, Goal(400)),
        Line("B14", "numerical libraries in the web process", Unit.COUNT, _loaded(), None, Goal(0)),
    ]


def _loaded() -> float:
    """Return how many of the libraries that jobs alone need were loaded by all that was asked here."""
    return float(sum(name in sys.modules for name in _HEAVY))
