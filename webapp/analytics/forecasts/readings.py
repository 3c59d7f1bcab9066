"""What earlier lists said of posts in their first week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from webapp.analytics.content.ages import find_readings
from webapp.analytics.content.table import MATURE_DAYS, PostTable
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader
from webapp.domain.period import DAY_SECONDS
from webapp.domain.sections import Section

# Newest mature posts whose early readings are looked at; each costs a row for every export.
_MOST_POSTS: Final = 300


def find_early_readings(reader: Reader, table: PostTable) -> dict[str, Sequence[tuple[float, int]]]:
    """Return age in days and likes of the readings before a post was mature, by the public id of the post."""
    exports = find_timeline(reader, Section.POSTS).exports
    rows = table.counted[-_MOST_POSTS:]
    if len(exports) < 2 or not rows:
        return {}
    readings = find_readings(reader, rows, {export.id: export.exported_at for export in exports})
    found: dict[str, Sequence[tuple[float, int]]] = {}
    for row in rows:
        ages = [((at - row.published_at) / DAY_SECONDS, likes) for at, likes in readings.get(row.id, ())]
        early = [(age, likes) for age, likes in ages if 0 <= age < MATURE_DAYS]
        if early:
            found[row.public_id] = early
    return found
