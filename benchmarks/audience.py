"""B6: the figures of both lists, who is on both, and who is on one only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.busy import RUNS, at_rest, during_import
from benchmarks.lab import FIRST_AT, IMPORT_KINDS, Lab
from benchmarks.measure import Line, median, repeat
from benchmarks.own_account import find_ids
from webapp.importers.records import FollowRow
from webapp.importers.synthetic import DAY, export_name, large_follows, large_history, write_export

OWNER = "compared.account"
_FOLLOWING, _MUTUALS = 5000, 3000
_PAGE = "/audience/analysis/comparison"
_PLACES = (
    ("stats", "/api/followers/stats/"),
    ("common", "/api/followers/common/"),
    ("followers only", "/api/followers/followers-only/"),
    ("following only", "/api/followers/following-only/"),
    ("the page, mutuals", _PAGE),
    ("the page, followers only", f"{_PAGE}?list=followers_only"),
    ("the page, following only", f"{_PAGE}?list=following_only"),
)


def audience(lab: Lab) -> list[Line]:
    """B6: nothing is kept from one answer to the next; the floor is one index probe for each name of the short list."""
    lab.bring_in(_write(lab), *IMPORT_KINDS)
    lab.do_jobs()
    account_id, public_id = find_ids(lab, OWNER)
    floor = median(repeat(_probes(lab, account_id), RUNS))
    places = {name: f"{path}{'&' if '?' in path else '?'}account={public_id}" for name, path in _PLACES}
    return [*at_rest(lab, "B6", places, floor), *during_import(lab, "B6", places)]


def _write(lab: Lab) -> Path:
    archive = lab.folder / f"{OWNER}_{export_name(FIRST_AT)}"
    people = large_history(lab.size, min(_FOLLOWING, lab.size // 10), 0, FIRST_AT - DAY, seed=31)
    with archive.open("wb") as target:
        write_export(target, replace(people, owner=OWNER, following=_following(lab)), FIRST_AT, 1)
    return archive


def _following(lab: Lab) -> Iterator[FollowRow]:
    """Yield whom the account follows: three of five are followers, from all over their list."""
    count = min(_FOLLOWING, lab.size // 10)
    mutuals = count * _MUTUALS // _FOLLOWING
    everybody = large_follows(lab.size, FIRST_AT - DAY, 31, "f")
    yield from islice(everybody, 0, None, lab.size // mutuals)
    yield from large_follows(count - mutuals, FIRST_AT - DAY, 32, "g")


def _probes(lab: Lab, account_id: int) -> Callable[[], object]:
    connection = sqlite3.connect(f"file:{lab.database}?mode=ro", uri=True)
    sql = (
        "SELECT count(*) FROM following AS one CROSS JOIN follower AS other ON other.account_id = one.account_id"
        " AND other.username_key = one.username_key AND other.gone_export_id IS NULL"
        " WHERE one.account_id = ? AND one.gone_export_id IS NULL"
    )
    return lambda: connection.execute(sql, (account_id,)).fetchone()
