"""Write the notes on days as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.annotations import DayNote
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows

NOTE_HEAD: Final = ("day", "note")


def render_annotations(notes: Iterable[DayNote], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield the notes in the order given, their days as YYYY-MM-DD."""
    return render_rows(NOTE_HEAD, note_rows(notes), timezone, dialect, locale)


def note_rows(notes: Iterable[DayNote]) -> Iterator[Row]:
    """Yield the rows of the table."""
    return ((note.day, note.text) for note in notes)
