"""What the author of a report wrote, and what the team noted about days of the period."""

from __future__ import annotations

from webapp.analytics.annotations import list_annotations
from webapp.analytics.reports.material import Material
from webapp.domain.reports import DayNote, NotesPart


def find_notes_part(material: Material) -> NotesPart:
    """Return the notes, oldest day first."""
    found = list_annotations(material.scope, material.span)
    days = tuple(DayNote(note.day, note.text) for note in reversed(found))
    return NotesPart(material.scope.redaction.remark(material.query.notes), days)
