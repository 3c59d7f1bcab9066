"""Write any table of values as CSV; what is unknown or not stated is an empty cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from babel.numbers import format_decimal

from webapp.domain.period import instant
from webapp.renderers.csv import Dialect, neutralise

_ROWS: Final = 1000


class Moment(NamedTuple):
    """A Unix second, to be written as a time."""

    second: int


Cell = str | int | float | bool | date | Moment | None
Row = Sequence[Cell]


def render_rows(head: Row, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table with its head in chunks."""
    cells = _Cells(timezone, dialect, locale)
    is_excel = dialect is Dialect.EXCEL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    buffer.write("\ufeff" if is_excel else "")
    writer.writerow(head)
    iterator = iter(rows)
    while chunk := list(islice(iterator, _ROWS)):
        writer.writerows([cells.write(cell) for cell in row] for row in chunk)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


class _Cells:
    """Turn values into cells in the form of a dialect."""

    def __init__(self, timezone: str, dialect: Dialect, locale: str) -> None:
        self._is_excel = dialect is Dialect.EXCEL
        self._timezone = timezone
        self._locale = locale
        words = {"en": ("yes", "no"), "fr": ("oui", "non")}[locale] if self._is_excel else ("true", "false")
        self._words = {True: words[0], False: words[1]}

    def write(self, cell: Cell) -> str:
        """Return a cell; a spreadsheet reads fractions with the comma of its reader's language."""
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return self._words[cell]
        if isinstance(cell, Moment):
            return self._time(cell.second)
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, float):
            return self._fraction(cell)
        return neutralise(cell) if isinstance(cell, str) else str(cell)

    def _fraction(self, value: float) -> str:
        if self._is_excel:
            return str(format_decimal(value, format="0.######", locale=self._locale))
        return f"{round(value, 6)}"

    def _time(self, second: int) -> str:
        if self._is_excel:
            return instant(second, self._timezone).strftime("%Y-%m-%d %H:%M:%S")
        return instant(second).strftime("%Y-%m-%dT%H:%M:%SZ")
