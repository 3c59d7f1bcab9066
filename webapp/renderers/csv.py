"""Write results as CSV, in the standard form and in the form spreadsheets of the reader's locale open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum

from webapp.analytics.follows import FollowRow
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import instant

# A spreadsheet takes a cell that begins so for a formula (CWE-1236); blanks and wide forms before it count too.
_FORMULA_STARTS = "=+-@\t\r\n\0|%＝＋－＠"
_CHUNK_BYTES = 64 * 1024
_BOM = "\ufeff"


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


def render_follows(rows: Iterable[FollowRow], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a follow list in chunks: name, time of the follow, and whether it is mutual (empty when unknown)."""
    words = {"en": ("yes", "no"), "fr": ("oui", "non")}[locale] if dialect is Dialect.EXCEL else ("true", "false")
    header = ("username", "date_followed", "is_mutual")

    def cells() -> Iterator[tuple[str, ...]]:
        yield header
        for row in rows:
            mutual = "" if row.is_mutual is None else words[0] if row.is_mutual else words[1]
            yield neutralise(row.username), _when(row.followed_at, timezone, dialect), mutual

    return _write(cells(), dialect)


def _when(second: int, timezone: str, dialect: Dialect) -> str:
    if dialect is Dialect.EXCEL:
        return instant(second, timezone).strftime("%Y-%m-%d %H:%M:%S")
    return instant(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(rows: Iterable[tuple[str, ...]], dialect: Dialect) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    if dialect is Dialect.EXCEL:
        buffer.write(_BOM)
    writer = csv.writer(buffer, delimiter=";" if dialect is Dialect.EXCEL else ",", lineterminator="\r\n")
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= _CHUNK_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
