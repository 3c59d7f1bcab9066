"""Write tables as a workbook: dates are dates, numbers are numbers, and texts are texts whatever they look like.

Rows are written as they come, so a million of them take no more memory than a thousand. Loaded by jobs alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from webapp.domain.period import instant
from webapp.renderers.csv import neutralise
from webapp.renderers.table_csv import Cell, Moment, Row

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# A sheet ends there; the head is one of its rows.
MAX_ROWS: Final = 1_048_576 - 1
_MAX_TEXT: Final = 32_767
# What XML cannot hold.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A spreadsheet would read this as the letter with the number.
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DAY_FORMAT, _MOMENT_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
# Rows that say how wide the columns are, in letters.
_LOOKED_AT: Final = 200
_NARROWEST, _WIDEST = 8, 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a workbook; more rows than a sheet holds go on in further sheets of the same name."""

    name: str
    head: Row
    rows: Iterable[Row]


def write_workbook(path: Path, sheets: Iterable[Sheet], timezone: str, *, max_rows: int = MAX_ROWS) -> None:
    """Write sheets to a file, times as clocks of a zone showed them; what it needs meanwhile stands beside the file."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "TikTok Analytics"
    for sheet in sheets:
        for title, rows in _parts(sheet, max_rows):
            _Writer(book, title, sheet.head, timezone, path).write(rows)
    book.save(path)


def _parts(sheet: Sheet, max_rows: int) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield the rows that each of the sheets of a table holds; each has to be read before the next."""
    rows, number = iter(sheet.rows), 1
    yield sheet.name, islice(rows, max_rows)
    for first in rows:
        number += 1
        yield f"{sheet.name} ({number})", islice(chain((first,), rows), max_rows)


def text_cell(text: str) -> str:
    """Return a text as a cell of a workbook may hold it: no formula, nothing XML refuses, not too long."""
    return _ESCAPE.sub("_x005F_", neutralise(_UNWRITABLE.sub("\ufffd", text)))[:_MAX_TEXT]


class _Writer:
    """One sheet while it is written."""

    def __init__(self, book: Workbook, title: str, head: Row, timezone: str, path: Path) -> None:
        from openpyxl.cell import WriteOnlyCell

        self._sheet: WriteOnlyWorksheet = book.create_sheet(title)
        self._cell, self._head, self._timezone, self._path = WriteOnlyCell, head, timezone, path
        self._styles = {form: self._style(form) for form in (_DAY_FORMAT, _MOMENT_FORMAT)}

    def write(self, rows: Iterator[Row]) -> None:
        """Write the head and rows."""
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        looked_at = list(islice(rows, _LOOKED_AT))
        for place, name in enumerate(self._head):
            width = max(len(str(name)), *(_width(row[place]) for row in looked_at), _NARROWEST) + 2
            self._sheet.column_dimensions[get_column_letter(place + 1)].width = min(width, _WIDEST)
        self._sheet.freeze_panes = "A2"
        self._write_beside()
        head = [self._text(str(name)) for name in self._head]
        for cell in head:
            cell.font = Font(bold=True)
        self._sheet.append(head)
        count = 1
        for count, row in enumerate(chain(looked_at, rows), 2):  # noqa: B007
            self._sheet.append([self._written(cell) for cell in row])
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._head))}{count}"
        self._sheet.close()

    def _write_beside(self) -> None:
        """Let rows wait beside the file, not in a folder of the machine where a process that dies leaves them."""
        from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter

        waiting = str(self._path.with_name(f"{secrets.token_hex(16)}.part"))
        ALL_TEMP_FILES.append(waiting)
        self._sheet._writer = WorksheetWriter(self._sheet, waiting)  # noqa: SLF001
        self._sheet._writer.write_top()  # noqa: SLF001

    def _written(self, cell: Cell) -> Any:
        if isinstance(cell, str):
            return self._text(cell) if cell else None
        if isinstance(cell, Moment):
            moment = instant(cell.second, self._timezone).replace(tzinfo=None)
            return self._timed(moment, _MOMENT_FORMAT)
        if isinstance(cell, date):
            return self._timed(cell, _DAY_FORMAT)
        if isinstance(cell, float) and not isfinite(cell):
            return None
        return cell

    def _text(self, text: str) -> Any:
        cell = self._cell(self._sheet, text_cell(text))
        # What looks like a formula or an error is none.
        cell.data_type = "s"
        return cell

    def _timed(self, value: date | datetime, form: str) -> Any:
        cell = self._cell(self._sheet)
        cell._style = self._styles[form]  # noqa: SLF001
        cell.value = value
        return cell

    def _style(self, form: str) -> Any:
        """Return a style that cells share: to look it up for each of a million takes longer than to write them."""
        cell = self._cell(self._sheet)
        cell.number_format = form
        return cell._style  # noqa: SLF001


def _width(cell: Cell) -> int:
    if isinstance(cell, Moment):
        return len(_MOMENT_FORMAT)
    if isinstance(cell, date):
        return len(_DAY_FORMAT)
    if cell is None:
        return 0
    return max(map(len, str(cell).splitlines()), default=0)
