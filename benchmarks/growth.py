"""B7: growth over all time, peaks and how many stay, of an account with six exports; and the job that works it out."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.busy import RUNS, at_rest, during_import
from benchmarks.lab import FIRST_AT, GAINED, IMPORT_KINDS, LOST, Lab
from benchmarks.measure import Goal, Line, Unit, median, repeat
from benchmarks.own_account import find_ids
from webapp.importers.records import FollowRow
from webapp.importers.synthetic import DAY, export_name, large_follows, large_history, write_export
from webapp.queue import JobKind

OWNER = "growing.account"
EXPORTS = 6
_PLACES = (
    ("growth over all time, the answer of the API", "/api/followers/growth/?"),
    ("growth over all time, the page", "/audience/analysis?period=all&"),
    ("growth of 28 days, the page", "/audience/analysis?"),
)
_MONTH = 30 * DAY


def growth(lab: Lab) -> list[Line]:
    """B7: the answer of the API and the page from what the job kept; the job itself; the floor is a daily rollup."""
    for month in range(EXPORTS):
        lab.bring_in(_write(lab, month), *IMPORT_KINDS)
    job = lab.do_jobs(JobKind.GROWTH_FIT)
    lab.do_jobs()
    account_id, public_id = find_ids(lab, OWNER)
    floor = median(repeat(_rollup(lab, account_id), RUNS))
    places = {name: f"{path}account={public_id}" for name, path in _PLACES}
    return [
        *at_rest(lab, "B7", places, floor),
        *during_import(lab, "B7", places),
        Line("B7", "the job that works it out", Unit.SECONDS, job.of(JobKind.GROWTH_FIT)),
        Line("B7", "  processor time", Unit.SECONDS, job.cpu),
        Line("B7", "  peak memory (PSS)", Unit.MEGABYTES, job.memory, None, Goal(400)),
        Line("B7", "  longest write lock", Unit.SECONDS, job.lock, None, Goal(0.5)),
    ]


def _write(lab: Lab, month: int) -> Path:
    at = FIRST_AT + month * _MONTH
    archive = lab.folder / f"{OWNER}_{export_name(at)}"
    people = large_history(lab.size, min(5000, lab.size // 10), 0, FIRST_AT - DAY, seed=21)
    with archive.open("wb") as target:
        write_export(target, replace(people, owner=OWNER, followers=_followers(lab.size, month)), at, 1)
    return archive


def _followers(size: int, month: int) -> Iterator[FollowRow]:
    """Yield the list of a month, newest first: those who came since the month before, and of those on it who stayed."""
    if not month:
        yield from large_follows(size, FIRST_AT - DAY, 21, "f")
        return
    at, count = FIRST_AT + month * _MONTH - 60, int(size * GAINED)
    for number in range(count):
        yield f"new.in.{month}.{number:x}", at - number * (_MONTH - 120) // count
    draw = random.Random(month)  # nosec B311
    yield from (row for row in _followers(size, month - 1) if draw.random() >= LOST)


def _rollup(lab: Lab, account_id: int) -> Callable[[], object]:
    """Return the floor: reading a table that counts the follows of each day."""
    connection = sqlite3.connect(lab.folder / "growth_floor.sqlite3")
    connection.execute("ATTACH ? AS lab", (str(lab.database),))
    connection.execute("CREATE TABLE r (day INTEGER PRIMARY KEY, gained INTEGER)")
    connection.execute(
        f"INSERT INTO r SELECT followed_at / {DAY}, count(*) FROM lab.follower WHERE account_id = ? GROUP BY 1",
        (account_id,),
    )
    connection.commit()
    connection.execute("DETACH lab")
    return lambda: connection.execute("SELECT day, gained FROM r ORDER BY day").fetchall()
