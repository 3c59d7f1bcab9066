"""B14: a forecast for an account of 20,000 posts, from what the job kept; the job itself; and what it loads."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import select

from benchmarks.busy import RUNS
from benchmarks.lab import FIRST_AT, IMPORT_KINDS, Lab
from benchmarks.measure import Goal, Line, Of, Unit, median, repeat, timed_line
from webapp.analytics.content import posts
from webapp.analytics.forecasts import reading
from webapp.extensions import db
from webapp.importers.synthetic import DAY, export_name, large_history, write_export
from webapp.models import Account
from webapp.queue import JobKind

OWNER: Final = "forecast.account"
_POSTS: Final = 20_000
_FOLLOWERS: Final = 1_000
_HEAVY: Final = ("numpy", "scipy", "sklearn")
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
    lab.bring_in(_write(lab), *IMPORT_KINDS)
    jobs = lab.do_jobs(JobKind.FORECAST_FIT)
    lab.do_jobs()
    with lab.app.app_context():
        account = db.session.scalars(select(Account).where(Account.handle == OWNER)).one()
        account_id, public_id = account.id, account.public_id
        db.session.remove()
    floor = median(repeat(_kept(lab, account_id), RUNS))
    lines = []
    for name, place, goal in _PLACES:
        ask = _asked(lab, f"{place}account={public_id}")
        lines += [
            timed_line("B14", f"{name}, cold", repeat(_forgetting(ask), RUNS), floor),
            timed_line("B14", name, repeat(ask, RUNS), floor, goal),
        ]
    return [
        *lines,
        Line("B14", "the job that works it out", Unit.SECONDS, jobs.of(JobKind.FORECAST_FIT), None, Goal(60)),
        Line("B14", "  peak memory (PSS)", Unit.MEGABYTES, jobs.memory, None, Goal(400)),
        Line("B14", "numerical libraries in the web process", Unit.COUNT, _loaded(), None, Goal(0)),
    ]


def _write(lab: Lab) -> Path:
    archive = lab.folder / f"{OWNER}_{export_name(FIRST_AT)}"
    people = large_history(_FOLLOWERS, _FOLLOWERS // 2, _POSTS, FIRST_AT - DAY, seed=61)
    with archive.open("wb") as target:
        write_export(target, replace(people, owner=OWNER), FIRST_AT, 1)
    return archive


def _asked(lab: Lab, place: str) -> Callable[[], object]:
    def ask() -> None:
        if lab.browser.get(place).status_code != 200:
            raise RuntimeError(f"{place} does not answer")

    return ask


def _forgetting(ask: Callable[[], object]) -> Callable[[], object]:
    """Return the same question to a process that knows nothing of the account yet."""

    def forget_and_ask() -> None:
        # Nothing in the app forgets them, so there is no function for it.
        posts._kept.clear()  # noqa: SLF001
        reading._kept.clear()  # noqa: SLF001
        ask()

    return forget_and_ask


def _kept(lab: Lab, account_id: int) -> Callable[[], object]:
    connection = sqlite3.connect(f"file:{lab.database}?mode=ro", uri=True)
    return lambda: connection.execute("SELECT body FROM forecast_model WHERE account_id = ?", (account_id,)).fetchall()


def _loaded() -> float:
    """Return how many of the libraries that jobs alone need were loaded by all that was asked here."""
    return float(sum(name in sys.modules for name in _HEAVY))
