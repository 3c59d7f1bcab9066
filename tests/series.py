"""A short history of one account in which every kind of change occurs, and ways to look at what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, contents, let_leases_expire, visible_contents, written
from webapp.extensions import db
from webapp.importers import rows_file
from webapp.models import JobState
from webapp.services import (
    import_commit,
    ledger,
    ledger_matching,
    ledger_reading,
    ledger_writes,
    moves,
    sorted_rows,
    undo,
)
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job
from webapp.services.lease import Lease

DAY = 86_400
START = at("2025-02-01")
Names = dict[str, int] | None
"""A list as name -> follow second; ``None`` when the export lacks it."""


class Killed(BaseException):
    """A process that ends here: nothing after it runs."""


def make_comparisons_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short lists go by way of the rows that are put aside, and of several pages of the ledger."""
    monkeypatch.setattr(ledger, "RUN_ROWS", 5)
    monkeypatch.setattr(ledger_matching, "RUN_ROWS", 2)
    monkeypatch.setattr(sorted_rows, "_CHUNK_ROWS", 2)
    monkeypatch.setattr(ledger_reading, "_PAGE", 3)
    monkeypatch.setattr(ledger_reading, "_STORED_RANGE", 2)


def make_batches_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let short lists meet every edge that long ones meet."""
    monkeypatch.setattr(import_commit, "BATCH", 3)
    monkeypatch.setattr(import_commit, "CHANGED", 2)
    monkeypatch.setattr(import_commit, "RANGE", 5)
    monkeypatch.setattr(ledger_writes, "REWRITTEN", 2)
    monkeypatch.setattr(moves, "RANGE", 3)
    monkeypatch.setattr(undo, "POST_BATCH", 2)
    monkeypatch.setattr(moves, "POST_BATCH", 2)
    monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 3)
    make_comparisons_small(monkeypatch)


def listed(names: Names) -> list[tuple[str, str]] | None:
    return None if names is None else [(name, written(START - DAY + second)) for name, second in names.items()]


def post(second: int, title: str, likes: int = 1, **more: str) -> dict[str, Any]:
    row = {"Date": f"2025-01-01 10:00:{second:02}", "Link": "", "Likes": str(likes), "Title": title}
    return {**row, "Sound": "original sound", **more}


def export(owner: str, followers: Names, following: Names = None, posts: list[dict[str, Any]] | None = None) -> bytes:
    return export_json(listed(followers), listed(following), owner=owner, posts=posts)


# One name for each way through: stays, goes, comes, visits, is missing once, follows again, is renamed, returns.
HISTORY: list[tuple[Names, Names, list[dict[str, Any]] | None]] = [
    ({"stay": 1, "go": 2, "gap": 3, "again": 4, "back": 5, "two": 6, "old": 7, "brief": 8}, {"me": 1}, [post(1, "a")]),
    (
        {"stay": 1, "come": 20, "visit": 21, "again": 22, "two": 6, "new": 7, "brief": 9},
        None,
        [post(1, "b", 2), post(2, "x"), post(3, "s"), post(3, "t")],
    ),
    ({"stay": 1, "come": 20, "gap": 3, "again": 4, "back": 5, "new": 7, "brief": 8}, {"me": 1, "you": 2}, None),
    ({"stay": 1, "come": 20, "again": 40, "two": 6}, {}, [post(1, "b", 4), post(3, "t"), post(3, "u"), post(4, "z")]),
    (None, {"you": 2}, [post(1, "a", 5), post(2, "x", 9), post(3, "s")]),
]


def bring(
    member: Member, owner: str, numbers: Iterable[int], gap: int = DAY, times: Mapping[int, int] | None = None
) -> dict[int, str]:
    """Import some exports of the history in this order; return the import of each."""
    runs = {}
    for number in numbers:
        followers, following, posts = HISTORY[number]
        # What says nothing of the account keeps the files apart.
        content = export(owner, followers, following, posts) + b" " * number
        run = import_done(
            member, content, exported_at=(times or {}).get(number, START + gap * number), losses_confirmed=True
        )
        runs[number] = run.public_id
    return runs


def visible(member: Member, owner: str) -> dict[str, Any]:
    db.session.rollback()
    return visible_contents(db.session(), account_scope(member, owner).account_id)


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for table in one:
        assert one[table] == other[table], table


def fail_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a state whose ``fails`` has that sign of life of a job raise, and whose ``calls`` counts them."""
    hold, state = Lease.hold, {"calls": 0, "fails": 0}

    def hold_or_fail(lease: Lease, session: Session, **progress: int) -> None:
        state["calls"] += 1
        hold(lease, session, **progress)
        if state["calls"] == state["fails"]:
            raise Killed

    monkeypatch.setattr(Lease, "hold", hold_or_fail)
    return state


def check_kills(
    member: Member, monkeypatch: pytest.MonkeyPatch, begin: Callable[[dict[int, str]], str], *, step: int = 1
) -> None:
    """Kill a job at every ``step``-th sign of life: nothing shows before its end, and it ends as if undisturbed.

    ``begin`` queues the job for the imports of an account and returns its id.
    """
    job_id = begin(bring(member, "golden", range(4)))
    state = fail_at(monkeypatch)
    assert run_job(job_id, HANDLERS) is JobState.DONE
    signs = state["calls"]
    golden = rows_of(member, "golden")
    assert signs > 12
    for number in range(1, signs + 1, step):
        owner = f"victim{number}"
        state["fails"] = 0
        runs = bring(member, owner, range(4))
        before = visible(member, owner)
        job_id = begin(runs)
        state.update(calls=0, fails=number)
        with pytest.raises(Killed):
            run_job(job_id, HANDLERS)
        same(visible(member, owner), before)
        let_leases_expire()
        assert run_job(job_id, HANDLERS) is JobState.DONE
        same(rows_of(member, owner), golden)


def rows_of(member: Member, owner: str) -> dict[str, Any]:
    """Return everything in the tables of an account, rows that nobody sees included."""
    return contents(db.session(), account_scope(member, owner).account_id)
