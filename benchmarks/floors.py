"""The least that the work costs with the same tools: what our figures are divided by."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

_CHUNK = 1024 * 1024


class _Row(msgspec.Struct):
    Date: str
    UserName: str


def load_list(export: Path, database: Path) -> int:
    """Decode the follower list of an export in 1 MB chunks, insert it into one table, index it; return its length."""
    text = export.read_bytes()
    start = text.index(b'"FansList"')
    start = text.index(b"[", start) + 1
    end = text.index(b"]", start)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE f (id INTEGER PRIMARY KEY, name TEXT, at TEXT)")
    decode = msgspec.json.Decoder(list[_Row]).decode
    count = 0
    while start < end:
        stop = min(start + _CHUNK, end)
        stop = end if stop == end else text.rindex(b"}", start, stop) + 1
        rows = decode(b"[" + text[start:stop].strip().strip(b",") + b"]")
        for first in range(0, len(rows), 400):
            part = rows[first : first + 400]
            marks = ",".join(["(?,?)"] * len(part))
            values = [value for row in part for value in (row.UserName, row.Date)]
            connection.execute(f"INSERT INTO f (name, at) VALUES {marks}", values)
        count += len(rows)
        start = stop
    connection.commit()
    connection.execute("CREATE UNIQUE INDEX f_name ON f (name)")
    connection.execute("CREATE INDEX f_at ON f (at)")
    connection.commit()
    connection.close()
    return count


def drain(database: Path, table: str) -> int:
    """Read every row of a table; return how many."""
    connection = sqlite3.connect(database)
    cursor = connection.execute(f"SELECT username, followed_at FROM {table}")
    count = sum(1 for _ in cursor)
    connection.close()
    return count
