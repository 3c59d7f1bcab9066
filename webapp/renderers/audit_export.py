"""Write the record of actions as CSV and as JSON, with all that its digests are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice

from webapp.analytics.audit import AuditRow
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Moment, Row, render_rows

_HEAD: Row = (
    *("sequence", "time", "action", "person", "email", "target", "ip", "user_agent", "request_id", "detail"),
    *("previous_digest", "digest"),
)
_ROWS = 500

Shown = Callable[[str], str]
"""How an address is shown to this reader."""


def render_audit_csv(rows: Iterable[AuditRow], shown: Shown, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield the events as a table, times in UTC, details as JSON."""
    return render_rows(_HEAD, (_cells(row, shown) for row in rows), "UTC", dialect, locale)


def render_audit_json(rows: Iterable[AuditRow], shown: Shown) -> Iterator[bytes]:
    """Yield the events as one JSON array, an event a line."""
    yield b"["
    separator = "\n"
    iterator = iter(rows)
    while chunk := list(islice(iterator, _ROWS)):
        yield (separator + ",\n".join(json.dumps(_document(row, shown)) for row in chunk)).encode()
        separator = ",\n"
    yield b"\n]\n"


def _cells(row: AuditRow, shown: Shown) -> Row:
    return (
        *(row.sequence, Moment(int(row.at.timestamp())), row.action.value, row.person),
        *(shown(row.email) if row.email else None, row.target, row.ip, row.user_agent, row.request_id),
        json.dumps(row.detail, ensure_ascii=False),
        *(row.previous_digest, row.digest),
    )


def _document(row: AuditRow, shown: Shown) -> dict[str, object]:
    return {
        **asdict(row),
        "at": row.at.isoformat(timespec="microseconds"),
        "action": row.action.value,
        "email": shown(row.email) if row.email else None,
    }
