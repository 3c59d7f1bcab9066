"""Rows come back by name, a range at a time, whatever the order in which they came."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask import Flask

from webapp.services import sorted_rows
from webapp.services.batches import batches
from webapp.services.ledger_reading import Row
from webapp.services.sorted_rows import SortedRows

pytestmark = pytest.mark.parametrize("database_url", ["sqlite:///:memory:"])

ROWS = {f"name{number * 37 % 100:02}": (f"Name{number * 37 % 100:02}", number + 1) for number in range(100)}
ENDS = ["", "name07", "name08", "name31", "name31x", "name77", None]


@pytest.fixture(params=[60, 1_000_000], ids=["in a file", "in memory"])
def rows(app: Flask, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SortedRows]:
    monkeypatch.setattr(sorted_rows, "_CHUNK_ROWS", 7)
    monkeypatch.setattr(sorted_rows, "_SPOOLED_BYTES", request.param)
    with app.app_context(), SortedRows() as kept:
        for run in batches(ROWS.items(), 30):
            kept.add(run)
        yield kept


def wanted(after: str | None, upto: str | None) -> dict[str, Row]:
    return {key: row for key, row in ROWS.items() if key > (after or "") and (upto is None or key <= upto)}


@pytest.mark.parametrize("order", [1, -1])
def test_ranges_in_any_order_hold_every_row_once(order: int, rows: SortedRows) -> None:
    for after, upto in list(pairwise(ENDS))[::order]:
        assert rows.between(after or "", upto) == wanted(after, upto)


def test_rows_that_come_after_a_look_are_found_as_well(rows: SortedRows) -> None:
    rows.between("", "name07")
    rows.add([("name07x", ("late", 1))])
    assert rows.between("name07", "name08") == {**wanted("name07", "name08"), "name07x": ("late", 1)}


def test_ranges_in_order_read_every_chunk_once(rows: SortedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    read = SortedRows._chunk

    def noted(kept: SortedRows, place: sorted_rows._Place) -> list[sorted_rows.KeyedRow]:
        reads.append(place.start)
        return read(kept, place)

    monkeypatch.setattr(SortedRows, "_chunk", noted)
    for after, upto in pairwise(ENDS):
        rows.between(after or "", upto)
    assert len(reads) == len(set(reads)) == 17


def test_bounds_cut_the_rows_into_ranges_of_about_one_size(rows: SortedRows) -> None:
    sizes = [len(rows.between(after or "", upto)) for after, upto in pairwise(["", *rows.bounds(21), None])]
    assert sum(sizes) == 100
    assert max(sizes) <= 42
