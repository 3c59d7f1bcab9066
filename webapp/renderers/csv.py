"""Write results as CSV, in the standard form and in the form spreadsheets of the reader's locale open."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import instant

# A spreadsheet takes a cell that begins so for a formula (CWE-1236); blanks and wide forms before it count too.
_FORMULA_STARTS = "=+-@\t\r\n\0|%＝＋－＠"
_BOM = "\ufeff"
# What is none of these needs neither quotes nor an apostrophe, and most names hold nothing else.
_NEEDS_CARE = re.compile(r"[^A-Za-z0-9_.]").search
# The first rows leave at once; then about 64 kB at a time.
_FIRST_ROWS, _ROWS = 100, 1400
FOLLOWS_HEAD: Final = ("username", "date_followed", "is_mutual")
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_MINUTES: Final = tuple(f"{minute // 60:02}:{minute % 60:02}:" for minute in range(1440))
_SECONDS: Final = tuple(f"{second:02}" for second in range(60))

FollowCells = tuple[str, int, bool | None]
"""A username, the Unix second of the follow, and whether it is mutual, if that is known."""

AudienceCells = tuple[str, int | None, int | None]
"""A username and the Unix seconds at which they followed and were followed, if they did and were."""

_Row = TypeVar("_Row")


class Dialect(StrEnum):
    """How a CSV file is written."""

    STANDARD = "standard"  # RFC 4180, UTF-8, comma, ISO times
    EXCEL = "excel"  # BOM, semicolon, local times: opens in a spreadsheet by a double click

    @classmethod
    def parse(cls, text: str) -> Dialect:
        """Return the dialect that a query names, the standard one by default."""
        try:
            return cls(text or cls.STANDARD)
        except ValueError as error:
            raise Invalid(ErrorCode.FIELD_INVALID, field="dialect", value=text[:40]) from error


def neutralise(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before what looks like a formula."""
    start = text.lstrip(" \u00a0\u3000\ufeff")
    return f"'{text}" if start and start[0] in _FORMULA_STARTS else text


def render_follows(rows: Iterable[FollowCells], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a follow list in chunks: name, time of the follow, and whether it is mutual (empty when unknown)."""
    is_excel = dialect is Dialect.EXCEL
    yes, no = {"en": ("yes", "no"), "fr": ("oui", "non")}[locale] if is_excel else ("true", "false")
    comma = ";" if is_excel else ","
    times = _LocalTimes(timezone) if is_excel else _UtcTimes()
    ends = {True: f"{comma}{yes}\r\n", False: f"{comma}{no}\r\n", None: f"{comma}\r\n"}

    def lines(chunk: list[FollowCells]) -> list[str]:
        names = _name_cells([row[0] for row in chunk], comma)
        whens = times.write([row[1] for row in chunk])
        return [f"{name}{comma}{when}{ends[row[2]]}" for name, when, row in zip(names, whens, chunk, strict=True)]

    return _in_chunks(FOLLOWS_HEAD, rows, lines, dialect)


def render_audience(rows: Iterable[AudienceCells], timezone: str, dialect: Dialect) -> Iterator[bytes]:
    """Yield people in chunks: name and the times of both follows, empty for that of a list they are not on."""
    is_excel = dialect is Dialect.EXCEL
    comma = ";" if is_excel else ","
    times = _LocalTimes(timezone) if is_excel else _UtcTimes()

    def lines(chunk: list[AudienceCells]) -> list[str]:
        names = _name_cells([row[0] for row in chunk], comma)
        followed = [_written(times, row[1]) for row in chunk]
        following = [_written(times, row[2]) for row in chunk]
        return [f"{comma.join(cells)}\r\n" for cells in zip(names, followed, following, strict=True)]

    return _in_chunks(("username", "date_followed", "date_following"), rows, lines, dialect)


def _in_chunks(
    columns: Sequence[str], rows: Iterable[_Row], lines: Callable[[list[_Row]], list[str]], dialect: Dialect
) -> Iterator[bytes]:
    is_excel = dialect is Dialect.EXCEL
    head = (_BOM if is_excel else "") + (";" if is_excel else ",").join(columns) + "\r\n"
    iterator = iter(rows)
    size = _FIRST_ROWS
    while True:
        chunk = list(islice(iterator, size))
        yield (head + "".join(lines(chunk))).encode()
        if len(chunk) < size:
            return
        head, size = "", _ROWS


def _written(times: _UtcTimes | _LocalTimes, second: int | None) -> str:
    return "" if second is None else times.write([second])[0]


def _name_cells(names: list[str], comma: str) -> list[str]:
    if not _NEEDS_CARE("".join(names)):
        return names
    return [_cell(name, comma) if _NEEDS_CARE(name) else name for name in names]


def _cell(name: str, comma: str) -> str:
    """Return a name as a cell of a row with others, in quotes where it needs them."""
    buffer = io.StringIO(newline="")
    # Not alone in its row: there an empty cell would get quotes.
    csv.writer(buffer, delimiter=comma, lineterminator="\r\n").writerow((neutralise(name), ""))
    return buffer.getvalue().removesuffix(f"{comma}\r\n")


class _UtcTimes(dict[int, str]):
    """Write instants as ISO 8601 in UTC; the days that occur are kept."""

    def __missing__(self, number: int) -> str:
        text = self[number] = f"{_EPOCH + timedelta(days=number)}T"
        return text

    def write(self, seconds: list[int]) -> list[str]:
        """Return Unix seconds as text."""
        return [f"{self[s // _DAY]}{_MINUTES[s % _DAY // 60]}{_SECONDS[s % 60]}Z" for s in seconds]


class _LocalTimes(dict[int, str]):
    """Write instants as clocks of a zone showed them; the days that occur are kept, with what they differ from UTC."""

    def __init__(self, timezone: str) -> None:
        super().__init__()
        self._zone = ZoneInfo(timezone)
        self._offsets: dict[int, int | None] = {}

    def __missing__(self, number: int) -> str:
        text = self[number] = f"{_EPOCH + timedelta(days=number)} "
        return text

    def write(self, seconds: list[int]) -> list[str]:
        """Return Unix seconds as text."""
        return [self._written(second) for second in seconds]

    def _written(self, second: int) -> str:
        number = second // _DAY
        offset = self._offsets[number] if number in self._offsets else self._keep_offset(number)
        if offset is None:
            offset = self._offset(second)
        local = second + offset
        return f"{self[local // _DAY]}{_MINUTES[local % _DAY // 60]}{_SECONDS[local % 60]}"

    def _keep_offset(self, number: int) -> int | None:
        """Return what every second of a day of UTC differs by; ``None`` for a day on which clocks change."""
        first, last = self._offset(number * _DAY), self._offset(number * _DAY + _DAY - 1)
        self._offsets[number] = first if first == last else None
        return self._offsets[number]

    def _offset(self, second: int) -> int:
        offset = instant(second).astimezone(self._zone).utcoffset() or timedelta()
        return int(offset.total_seconds())
