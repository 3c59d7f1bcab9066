"""Who came and who left over a period."""

from __future__ import annotations

from typing import Final

from webapp.analytics.figures.changes import steps_of
from webapp.analytics.figures.rows import ChangedRows, list_rows
from webapp.analytics.period_changes import PeriodChange
from webapp.analytics.reports.material import Material
from webapp.analytics.since_last import SinceLast, find_since_last
from webapp.analytics.timeline import find_timeline
from webapp.domain.changes import ChangeKind
from webapp.domain.metrics import MetricKey
from webapp.domain.redaction import NameDisplay
from webapp.domain.reports import ChangesPart, ReportPerson
from webapp.domain.sections import Section

MOST_PEOPLE: Final = 12


def find_changes_part(material: Material) -> ChangesPart:
    """Return how many came and left, the newest of them by name, and what is known of the last two lists."""
    section, change = material.key_figures.section, material.key_figures.gained.change
    if change is None:
        return ChangesPart(section, untold=material.key_figures.untold(MetricKey.GAINED))
    pair = find_pair(material)
    kept = None
    if pair is not None and section is Section.FOLLOWERS:
        retention = material.growth.retention
        kept = next((each.share for each in retention if each.to_export == pair.to_export), None)
    return ChangesPart(
        section=section,
        first=material.day(change.begins_at),
        last=material.day(change.ends_at),
        gained=float(change.gained),
        lost=float(change.lost),
        net=float(change.net),
        renamed=_number(pair.renames if pair else None),
        returned=_number(pair.returned if pair else None),
        deleted=_number(pair.deleted if pair else None),
        kept_share=kept.value if kept else None,
        kept_low=kept.low if kept else None,
        kept_high=kept.high if kept else None,
        came=_people(material, ChangeKind.GAINED, change),
        left=_people(material, ChangeKind.LOST, change),
        pair_first=material.day(pair.begins_at) if pair else None,
        pair_last=material.day(pair.ends_at) if pair else None,
    )


def find_pair(material: Material) -> SinceLast | None:
    """Return what changed between the last two lists; ``None`` where the later one is not inside the period."""
    pair = find_since_last(material.scope, material.key_figures.rows)
    span = material.growth.span
    if pair is None or span is None or pair.section is not material.key_figures.section:
        return None
    return pair if pair.ends_at in span else None


def _people(material: Material, kind: ChangeKind, change: PeriodChange) -> tuple[ReportPerson, ...]:
    """Return the newest of those behind the number, as what is behind it lists them."""
    if material.scope.redaction.names is NameDisplay.HIDDEN:
        return ()
    section, growth = material.key_figures.section, material.growth
    lists = find_timeline(material.scope, section).exports
    names = [export.public_id for export in lists]
    between = lists[names.index(change.from_export) : names.index(change.to_export) + 1]
    rows = ChangedRows(section, kind, steps_of(growth.history, section, kind, between))
    found = list_rows(material.scope, rows, page=1).rows[:MOST_PEOPLE]
    return tuple(
        ReportPerson(row.username, material.day(row.change.between[0]), material.day(row.change.between[1]))
        for row in found
        if row.change is not None
    )


def _number(count: int | None) -> float | None:
    return None if count is None else float(count)
