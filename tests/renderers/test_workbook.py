"""Workbooks: every cell has its type, no text runs, and a table too long for a sheet goes on in the next."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.injections import INJECTIONS
from webapp.renderers.table_csv import Moment, Row
from webapp.renderers.workbook import Sheet, text_cell, write_workbook

HEAD = ("name", "at", "day", "count", "share", "is_mutual", "nothing")
ROW: Row = ("ada", Moment(1_751_328_000), date(2025, 7, 1), 1234, 0.125, True, None)


def written(path: Path, rows: Iterable[Row], head: Row = HEAD, timezone: str = "UTC", **wishes: Any) -> Any:
    """Write a table and return the workbook as a spreadsheet reads it."""
    write_workbook(path / "table.xlsx", [Sheet("table", head, rows)], timezone, **wishes)
    return load_workbook(path / "table.xlsx")


def test_dates_numbers_and_texts_have_their_types(tmp_path: Path) -> None:
    sheet = written(tmp_path, [ROW], timezone="Europe/Paris")["table"]
    cells = sheet[2]
    assert [cell.data_type for cell in cells] == ["s", "d", "d", "n", "n", "b", "n"]
    assert [cell.value for cell in cells if not cell.is_date] == ["ada", 1234, 0.125, True, None]
    assert [str(cell.value) for cell in cells if cell.is_date] == ["2025-07-01 02:00:00", "2025-07-01 00:00:00"]
    assert (cells[1].number_format, cells[2].number_format) == ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd")


def test_the_head_is_bold_stays_in_sight_and_filters(tmp_path: Path) -> None:
    sheet = written(tmp_path, [ROW, ROW])["table"]
    assert [cell.value for cell in sheet[1]] == list(HEAD)
    assert all(cell.font.bold for cell in sheet[1])
    assert not any(cell.font.bold for cell in sheet[2])
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:G3")
    widths = {name: sheet.column_dimensions[name].width for name in "ABF"}
    assert widths == {"A": 10, "B": 21, "F": 11}


@pytest.mark.parametrize("place", [0, 1, 250])
def test_no_text_becomes_a_formula_wherever_it_stands(tmp_path: Path, place: int) -> None:
    """SECURITY 66."""
    plain = [("ada", 1)] * place
    book = written(tmp_path, [*plain, *((text, 1) for text in INJECTIONS)], ("=name", "n"))
    rows = list(book["table"].iter_rows(min_row=place + 2))
    assert len(rows) == len(INJECTIONS)
    assert {(row[0].data_type, row[1].value) for row in rows} == {("s", 1)}
    # A NUL, which no workbook holds, is replaced and no start of a formula any more.
    assert {row[0].value[0] for row in rows} == {"'", "\ufffd"}
    assert book["table"]["A1"].value == "'=name"
    with zipfile.ZipFile(tmp_path / "table.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "text", ["#N/A", "#REF!", "TRUE", "1,5", "007", "12345678901234567890", "été 🌸 قناة", "a\nb", "  a  ", "_x0041_"]
)
def test_a_text_stays_as_it_was_written(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path, [(text,)], ("text",))["table"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x005F_", "_") == text


def test_what_no_workbook_can_hold_is_replaced_or_cut(tmp_path: Path) -> None:
    texts = ["a\x00b\x0b", "\ud800", "x" * 40_000]
    cells = [
        row[0].value for row in written(tmp_path, [(text,) for text in texts], ("t",))["table"].iter_rows(min_row=2)
    ]
    assert cells == ["a\ufffdb\ufffd", "\ufffd", "x" * 32_767]
    assert text_cell("\x00=1") == "\ufffd=1"
    assert written(tmp_path, [(float("nan"), float("inf"))], ("a", "b"))["table"]["A2"].value is None


@pytest.mark.parametrize(("count", "sheets"), [(0, [0]), (4, [4]), (5, [4, 1]), (8, [4, 4]), (9, [4, 4, 1])])
def test_rows_that_do_not_fit_go_on_in_further_sheets(tmp_path: Path, count: int, sheets: list[int]) -> None:
    book = written(tmp_path, [(number,) for number in range(count)], ("n",), max_rows=4)
    assert book.sheetnames == ["table", "table (2)", "table (3)"][: len(sheets)]
    assert [sheet.max_row - 1 for sheet in book.worksheets] == sheets
    assert [cell.value for sheet in book.worksheets for (cell,) in sheet.iter_rows(min_row=2)] == list(range(count))


def test_nothing_stays_beside_the_file_and_rows_are_not_gathered(tmp_path: Path) -> None:
    seen: list[int] = []

    def rows() -> Iterator[Row]:
        for number in range(3000):
            seen.append(len(list(tmp_path.glob("*.part"))))
            yield (f"person.{number}", number)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    written(tmp_path, rows(), ("name", "n"))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    # What waits for the end lies where the file will be: a process that dies leaves nothing elsewhere.
    assert max(seen) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["table.xlsx"]


def test_several_tables_are_several_sheets(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, [Sheet("one", ("a",), [(1,)]), Sheet("two", ("b",), [])], "UTC")
    book = load_workbook(io.BytesIO(path.read_bytes()))
    assert book.sheetnames == ["one", "two"]
    assert book["two"]["A1"].value == "b"
    assert book.properties.creator == "TikTok Analytics"
