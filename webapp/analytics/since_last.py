"""What the newest list says against the one before it: the first thing to know after an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from webapp.analytics.changes import find_changes
from webapp.analytics.growth import GrowthRow
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS

# Of more changes than this only the counts are shown: to tell who came back or was renamed takes every name of them.
MOST_COMPARED: Final = 5_000


@dataclass(frozen=True, slots=True)
class SinceLast:
    """The last two lists of a kind: their Unix seconds and public ids, and what changed between them.

    ``renames`` counts the pairs that wait for a decision, ``returned`` those of the gained who were there before,
    ``deleted`` those of the lost whose accounts are gone; all three are ``None`` where the changes are too many to look
    at each.
    """

    section: Section
    begins_at: int
    ends_at: int
    from_export: str
    to_export: str
    gained: int
    lost: int
    renames: int | None
    returned: int | None
    deleted: int | None = None


def find_since_last(reader: Reader, history: Sequence[GrowthRow]) -> SinceLast | None:
    """Return what changed between the last two follower lists, the following lists where there is none of the others.

    ``history`` are the exports with a list, oldest first: all of them, or those up to a day. ``None`` while there is
    one list, or none.
    """
    section = next((each for each in DIRECTIONS if any(row.count(each) is not None for row in history)), None)
    if section is None:
        return None
    *_, before, newest = [None, *(row for row in history if row.count(section) is not None)]
    change = newest.change(section) if newest is not None else None
    if before is None or newest is None or change is None:
        return None
    renames = returned = deleted = None
    if change.gained + change.lost <= MOST_COMPARED:
        timeline = find_timeline(reader, section)
        earlier, later = timeline.find(before.export), timeline.find(newest.export)
        if earlier is None or later is None:
            return None
        changes = find_changes(reader, section, earlier, later)
        renames = sum(row.confirmed is None and row.can_decide for row in changes.renamed)
        returned, deleted = len(changes.returned), len(changes.deleted)
    return SinceLast(
        section=section,
        begins_at=before.at,
        ends_at=newest.at,
        from_export=before.export,
        to_export=newest.export,
        gained=change.gained,
        lost=change.lost,
        renames=renames,
        returned=returned,
        deleted=deleted,
    )
