"""The least that the work costs with the same tools: what our figures are divided by.

Run as ``python -m benchmarks.floors NAME ARGUMENT...`` one floor prints its seconds and processor time as JSON, so
that its memory can be watched from outside.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.measure import timed

_CHUNK = 1024 * 1024
_INSERT_ROWS = 400
# Other lines bring in accounts of their own; the floor is that of the first one alone.
_STORED = "FROM follower WHERE account_id = (SELECT min(id) FROM account)"


class _Row(msgspec.Struct):
    Date: str
    UserName: str


def load_list(export: str, database: str) -> None:
    """Decode the follower list of an export in 1 MB chunks, insert it into one table, then make two indexes."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE f (id INTEGER PRIMARY KEY, name TEXT, at TEXT)")
    for rows in _followers(Path(export)):
        for first in range(0, len(rows), _INSERT_ROWS):
            part = rows[first : first + _INSERT_ROWS]
            marks = ",".join(["(?,?)"] * len(part))
            values = [value for row in part for value in (row.UserName, row.Date)]
            connection.execute(f"INSERT INTO f (name, at) VALUES {marks}", values)
    connection.commit()
    connection.execute("CREATE UNIQUE INDEX f_name ON f (name)")
    connection.execute("CREATE INDEX f_at ON f (at)")
    connection.commit()
    connection.close()


def compare_list(export: str, database: str) -> None:
    """Take the set difference of an export's names, in chunks, against those of the stored ledger."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    gone = {name for (name,) in connection.execute(f"SELECT username {_STORED} AND gone_export_id IS NULL")}
    new: list[str] = []
    for rows in _followers(Path(export)):
        names = {row.UserName for row in rows}
        new.extend(names - gone)
        gone -= names
    connection.close()


def digest(file: str) -> None:
    """Take the SHA-256 of a file."""
    with Path(file).open("rb") as source:
        hashlib.file_digest(source, "sha256")


def drain(database: str) -> None:
    """Read name and date of every follower."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    for _ in connection.execute(f"SELECT username, followed_at {_STORED}"):
        pass
    connection.close()


FLOORS: dict[str, Callable[..., None]] = {
    "load_list": load_list,
    "compare_list": compare_list,
    "digest": digest,
    "drain": drain,
}


def _followers(export: Path) -> Iterator[list[_Row]]:
    """Yield the follower list of an export that our own generator wrote, decoded 1 MB at a time."""
    decode = msgspec.json.Decoder(list[_Row]).decode
    with export.open("rb") as source:
        text = b""
        while (start := text.find(b'"FansList": [')) < 0:
            text = text[-20:] + _more(source.read(_CHUNK))
        text = text[start + len(b'"FansList": [') :]
        while (end := text.find(b"]")) < 0:
            stop = text.rfind(b"}") + 1
            if stop:
                yield decode(b"[" + text[:stop].strip(b" \n,") + b"]")
            text = text[stop:] + _more(source.read(_CHUNK))
        yield decode(b"[" + text[:end].strip(b" \n,") + b"]")


def _more(chunk: bytes) -> bytes:
    if not chunk:
        raise SystemExit("the export has no follower list that ends")
    return chunk


if __name__ == "__main__":
    before = time.process_time()
    with timed() as watch:
        FLOORS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({"seconds": watch.seconds, "cpu": time.process_time() - before}))
