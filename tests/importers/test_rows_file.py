"""Rows come back from their file as they came."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.domain.sections import Section
from webapp.importers import rows_file
from webapp.importers.records import Post
from webapp.importers.rows_file import GrowingRows, RowsFile, RowsWriter

ROWS = [(f"Name{number * 37 % 100:02}", number - 3) for number in range(100)]
OTHERS = [("Ünal", 5), ("\U0001f600", 2**62), ("two\nlines", 7)]
POSTS = [Post(published_at=1, title="\n one"), Post(published_at=2, title="two")]


def columns(rows: list[tuple[str, int]]) -> tuple[list[str], list[int]]:
    return [name for name, _ in rows], [second for _, second in rows]


def test_every_list_comes_back_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 30)
    writer = RowsWriter(tmp_path / "rows")
    writer.follows(Section.FOLLOWERS, ["gone"] * 40, [1] * 40)
    writer.restart()
    for start in range(0, len(ROWS), 7):
        writer.follows(Section.FOLLOWERS, *columns(ROWS[start : start + 7]))
        if start == 35:
            writer.posts(Section.POSTS, POSTS)
            writer.follows(Section.FOLLOWING, *columns(OTHERS))
    writer.posts(Section.DELETED_POSTS, POSTS[:1])
    writer.end_lists()
    assert not (tmp_path / "rows").exists()
    writer.finish()
    rows = RowsFile(tmp_path / "rows")
    for section, expected in ((Section.FOLLOWERS, ROWS), (Section.FOLLOWING, OTHERS)):
        chunks = list(rows.follows(section))
        assert [row for _, *parts in chunks for row in zip(*parts, strict=True)] == expected
        assert [key for chunk in chunks for key in chunk.keys] == [name.lower() for name, _ in expected]
        assert max(len(chunk.names) for chunk in chunks) < 40
    assert [(chunk.section, chunk.posts) for chunk in rows.posts()] == [
        (Section.POSTS, POSTS),
        (Section.DELETED_POSTS, POSTS[:1]),
    ]


def test_lists_are_read_while_they_grow_and_no_row_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 10)
    growing = GrowingRows(tmp_path / "rows")
    assert list(growing.chunks()) == []
    assert not growing.is_finished()
    writer = RowsWriter(tmp_path / "rows")
    found: list[tuple[str, int]] = []
    for start in range(0, len(ROWS), 10):
        writer.follows(Section.FOLLOWERS, *columns(ROWS[start : start + 10]))
        writer.posts(Section.POSTS, POSTS * 300)
        if start == 70:
            assert 0 < len(found) < 70
            assert not growing.is_finished()
        found += [row for _, chunk in growing.chunks() for row in zip(*chunk[1:], strict=True)]
    writer.end_lists()
    writer.finish()
    found += [row for _, chunk in growing.chunks() for row in zip(*chunk[1:], strict=True)]
    assert found == ROWS
    assert growing.is_finished()
    growing.close()


def test_what_grew_is_not_the_file_when_that_was_begun_again_or_written_anew(tmp_path: Path) -> None:
    growing = GrowingRows(tmp_path / "rows")
    for _ in range(2):
        writer = RowsWriter(tmp_path / "rows")
        writer.follows(Section.FOLLOWERS, *columns(ROWS * 30))
        assert list(growing.chunks()) == [] or not growing.is_finished()
        writer.restart()
        writer.follows(Section.FOLLOWERS, *columns(ROWS))
        writer.end_lists()
        writer.finish()
        assert len(list(RowsFile(tmp_path / "rows").follows(Section.FOLLOWERS))) == 1
        assert list(growing.chunks()) == []
        assert not growing.is_finished()
    growing.close()
