"""Where the numbers between lists come from: who came, who left, who stayed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from webapp.analytics.figures.explanation import Asked, Explanation, Note, Part, list_notes
from webapp.analytics.figures.lists import find_export, why_no_list
from webapp.analytics.figures.rows import ChangedRows, Step
from webapp.analytics.growth import GrossChange, GrowthRow, find_change, list_growth_rows
from webapp.analytics.period_changes import PeriodChange
from webapp.analytics.spans import find_span
from webapp.analytics.timeline import find_timeline
from webapp.domain.changes import ChangeKind
from webapp.domain.explained import Caveat, Method, Reason
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Span
from webapp.domain.sections import Section
from webapp.models import Export

_KINDS: Final = {
    MetricKey.GAINED: ChangeKind.GAINED,
    MetricKey.LOST: ChangeKind.LOST,
    MetricKey.FOLLOWING_GAINED: ChangeKind.GAINED,
    MetricKey.FOLLOWING_LOST: ChangeKind.LOST,
}


def explain_change(asked: Asked) -> Explanation:
    """Explain who came, who left or the difference: over a period, or since the list before that of an export."""
    scope, section = asked.scope, asked.section
    timeline = find_timeline(scope, section)
    if asked.query.export:
        find_export(scope, asked.query.export)
        export = timeline.find(asked.query.export)
        if export is None:
            return asked.unknown(Reason.NOT_IN_THIS_EXPORT, [find_export(scope, asked.query.export)])
        before = timeline.before(export)
        if before is None:
            return asked.unknown(Reason.NO_EARLIER_LIST, [export])
        history = list_growth_rows(scope)
        since_before = next((row.change(section) for row in history if row.export == export.public_id), None)
        if since_before is None:
            return asked.unknown(Reason.NO_EARLIER_LIST, [export])
        return _explain_between(asked, history, [before, export], since_before, None)
    span = find_span(scope, asked.query.period)
    if not timeline.exports:
        return asked.unknown(why_no_list(scope), asked=span)
    history = list_growth_rows(scope)
    change = find_change(history, section, span)
    if change is None:
        return asked.unknown(Reason.TOO_FEW_LISTS, timeline.exports[-1:], asked=span)
    names = [export.public_id for export in timeline.exports]
    first, last = names.index(change.from_export), names.index(change.to_export)
    return _explain_between(asked, history, timeline.exports[first : last + 1], change, span)


def _explain_between(
    asked: Asked,
    history: Sequence[GrowthRow],
    lists: Sequence[Export],
    change: GrossChange | PeriodChange,
    span: Span | None,
) -> Explanation:
    """Explain what changed from the first of some lists that follow each other to the last."""
    section = asked.section
    counted = Span(lists[0].exported_at, lists[-1].exported_at)
    notes = [Note(Caveat.BETWEEN_LISTS), Note(Caveat.OPEN_RENAMES)]
    if _KINDS.get(asked.metric) is not ChangeKind.GAINED:
        notes.append(Note(Caveat.DELETED_LEFT))
    if span is not None and span != counted:
        notes.append(Note(Caveat.OTHER_PERIOD))
    notes += [note for note in list_notes(lists, section) if note.code is Caveat.TIME_UNCERTAIN]
    facts = {"span": counted, "asked": span, "notes": tuple(notes)}
    if asked.metric is MetricKey.NET:
        parts = (asked.part(MetricKey.GAINED, change.gained), asked.part(MetricKey.LOST, change.lost))
        return asked.known(change.net, lists, n=change.gained + change.lost, parts=parts, **facts)
    kind = _KINDS[asked.metric]
    count = change.gained if kind is ChangeKind.GAINED else change.lost
    rows = ChangedRows(section, kind, steps_of(history, section, kind, lists))
    return asked.known(count, lists, n=count, rows=rows, **facts)


def steps_of(
    history: Sequence[GrowthRow], section: Section, kind: ChangeKind, lists: Sequence[Export]
) -> tuple[Step, ...]:
    """Return how many came or left between lists that follow each other, the newest step first."""
    changes = {row.export: row.change(section) for row in history}
    steps = []
    for before, after in pairwise(lists):
        change = changes.get(after.public_id)
        if change is not None:
            steps.append(Step(before, after, change.gained if kind is ChangeKind.GAINED else change.lost))
    return tuple(reversed(steps))


def explain_stayed(asked: Asked) -> Explanation:
    """Explain the share of a list's names that are on the next one: the newest list, or that of an export."""
    scope = asked.scope
    wanted = asked.query.export
    if wanted:
        find_export(scope, wanted)
    growth = asked.growth
    found = next((each for each in reversed(growth.retention) if not wanted or each.to_export == wanted), None)
    if found is None:
        if wanted:
            return asked.unknown(Reason.NO_EARLIER_LIST, [find_export(scope, wanted)])
        return asked.unknown(Reason.TOO_FEW_LISTS if growth.as_of is not None else why_no_list(scope))
    timeline = find_timeline(scope, Section.FOLLOWERS)
    lists = [export for export in timeline.exports if export.public_id in (found.from_export, found.to_export)]
    facts = {
        "n": found.of,
        "counted": (found.kept, found.of),
        "span": Span(found.begins_at, found.ends_at),
        "parts": (
            Part(FigureQuery(MetricKey.FOLLOWERS, export=found.from_export), found.of),
            Part(FigureQuery(MetricKey.LOST, export=found.to_export), found.of - found.kept),
        ),
        "notes": (Note(Caveat.DELETED_LEFT), Note(Caveat.OPEN_RENAMES)),
        "method": Method.WILSON,
        "rows": ChangedRows(
            Section.FOLLOWERS, ChangeKind.LOST, steps_of(growth.history, Section.FOLLOWERS, ChangeKind.LOST, lists)
        ),
    }
    share = found.share
    if share is None:
        return asked.unknown(Reason.NOBODY_ON_LIST, lists, **facts)
    return asked.known(share.value, lists, low=share.low, high=share.high, **facts)
