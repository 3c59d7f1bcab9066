"""Rows come back from their file a range of names at a time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import pytest

from webapp.domain.sections import Section
from webapp.importers import rows_file
from webapp.importers.rows_file import RowsFile, RowsWriter

ROWS = [(f"name{number * 37 % 100:02}", number + 1) for number in range(100)]
ENDS = ["", "name07", "name08", "name31", "name31x", "name77", None]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RowsFile:
    monkeypatch.setattr(rows_file, "RUN_ROWS", 30)
    monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 7)
    writer = RowsWriter(tmp_path / "rows")
    for start in range(0, len(ROWS), 10):
        writer.follows(Section.FOLLOWERS, ROWS[start : start + 10])
    writer.end_lists()
    writer.finish()
    return RowsFile(tmp_path / "rows")


@pytest.mark.parametrize("order", [1, -1])
def test_ranges_in_any_order_hold_every_row_once(order: int, rows: RowsFile) -> None:
    for after, upto in list(pairwise(ENDS))[::order]:
        found = rows.between(Section.FOLLOWERS, after or "", upto)
        wanted = [row for row in ROWS if row[0] > (after or "") and (upto is None or row[0] <= upto)]
        assert found == {row[0]: row for row in wanted}


def test_ranges_in_order_read_every_chunk_once(rows: RowsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    read = rows_file._read

    def noted(file: BinaryIO, start: int, size: int) -> bytes:
        reads.append(start)
        return read(file, start, size)

    monkeypatch.setattr(rows_file, "_read", noted)
    for after, upto in pairwise(ENDS):
        rows.between(Section.FOLLOWERS, after or "", upto)
    assert len(reads) == len(set(reads)) == 17
