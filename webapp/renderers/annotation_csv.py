"""Write the notes on days as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.annotations import DayNote
from webapp.renderers.csv import Dialect, neutralise

_BOM: Final = "\ufeff"
_HEAD: Final = ("day", "note")


def render_annotations(notes: Iterable[DayNote], dialect: Dialect) -> Iterator[bytes]:
    """Yield the notes in the order given, their days as YYYY-MM-DD."""
    is_excel = dialect is Dialect.EXCEL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    writer.writerow(_HEAD)
    writer.writerows((note.day.isoformat(), neutralise(note.text)) for note in notes)
    yield ((_BOM if is_excel else "") + buffer.getvalue()).encode()
