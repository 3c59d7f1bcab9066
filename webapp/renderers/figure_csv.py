"""Write the people behind a number as CSV, where no list has a form of its own for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from webapp.analytics.mutuals import MutualRow
from webapp.domain.period import instant
from webapp.renderers.csv import Dialect, neutralise

_ROWS: Final = 1000


def render_dated(rows: Iterable[tuple[str, int]], timezone: str, dialect: Dialect) -> Iterator[bytes]:
    """Yield people in chunks: name and time of the follow."""
    people = ((name, (second,)) for name, second in rows)
    return _render(("username", "date_followed"), people, timezone, dialect)


def render_mutual_dates(rows: Iterable[MutualRow], timezone: str, dialect: Dialect) -> Iterator[bytes]:
    """Yield people on both lists in chunks: name and both times."""
    people = ((row.username, (row.followed_at, row.following_at)) for row in rows)
    return _render(("username", "date_followed", "date_following"), people, timezone, dialect)


def _render(
    headers: Sequence[str], people: Iterable[tuple[str, Sequence[int]]], timezone: str, dialect: Dialect
) -> Iterator[bytes]:
    is_excel = dialect is Dialect.EXCEL
    zone, form = (timezone, "%Y-%m-%d %H:%M:%S") if is_excel else ("UTC", "%Y-%m-%dT%H:%M:%SZ")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    buffer.write("\ufeff" if is_excel else "")
    writer.writerow(headers)
    iterator = iter(people)
    while True:
        chunk = list(islice(iterator, _ROWS))
        for name, seconds in chunk:
            writer.writerow((neutralise(name), *(instant(second, zone).strftime(form) for second in seconds)))
        yield buffer.getvalue().encode()
        if len(chunk) < _ROWS:
            return
        buffer.seek(0)
        buffer.truncate()
