"""One list of changes as it is asked for: filtered, in order, in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.analytics.changes import Changes, ExportPair, NoPair, RenameRow, choose_exports, find_changes
from webapp.analytics.comparison import ChangeRow, RefollowRow
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import Reader, redaction_of
from webapp.domain.changes import PAGE_SIZE, ChangeKind, ChangeOrder, ChangeQuery, WasMutual
from webapp.domain.names import name_key
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS

Row = ChangeRow | RenameRow | RefollowRow


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of a list of changes.

    ``counts`` are of the whole lists, ``total`` of the query; all are ``None`` or empty where ``chosen`` says why
    nothing can be told. ``offered`` are the renames that a person can decide, ``rejected`` those that are none.
    ``doubtful`` are the compared names of renames that nobody decided, ``deleted`` those of deleted accounts.
    """

    query: ChangeQuery
    timeline: Timeline
    chosen: ExportPair | NoPair
    counts: Mapping[ChangeKind, int]
    rows: tuple[Row, ...]
    total: int | None
    start: int
    offered: tuple[RenameRow, ...]
    rejected: tuple[RenameRow, ...]
    doubtful: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()

    @property
    def has_next(self) -> bool:
        """Return whether rows follow."""
        return self.start + len(self.rows) < (self.total or 0)


def list_changes(reader: Reader, query: ChangeQuery) -> ChangePage:
    """Return one page of a list of changes; raise as ``choose_exports`` does."""
    refuse_names(reader, query)
    timeline = find_timeline(reader, query.section)
    chosen = choose_exports(reader, timeline, query.from_id, query.to_id)
    if isinstance(chosen, NoPair):
        return ChangePage(query, timeline, chosen, {}, (), None, 0, (), ())
    changes = find_changes(reader, query.section, chosen.from_export, chosen.to_export)
    found = select_rows(changes, query)
    start = (query.page - 1) * PAGE_SIZE
    return ChangePage(
        query=query,
        timeline=timeline,
        chosen=chosen,
        counts=count_changes(changes),
        rows=tuple(found[start : start + PAGE_SIZE]),
        total=len(found),
        start=start,
        offered=tuple(row for row in changes.renamed if row.confirmed is None and row.can_decide),
        rejected=tuple(row for row in changes.renamed if row.confirmed is False),
        doubtful=frozenset(
            name for row in changes.renamed if row.confirmed is None for name in (row.from_key, row.to_key)
        ),
        deleted=frozenset(row.key for row in changes.deleted),
    )


def refuse_names(reader: Reader, query: ChangeQuery) -> None:
    """Raise ``Invalid`` for a search or an order by names that the reader does not see."""
    redaction = redaction_of(reader)
    redaction.refuse_search(query.search)
    redaction.refuse_order(query.ordering)


def count_changes(changes: Changes) -> dict[ChangeKind, int]:
    """Return how long every list of changes is."""
    return {kind: len(rows_of(changes, kind)) for kind in ChangeKind}


def rows_of(changes: Changes, kind: ChangeKind) -> Sequence[Row]:
    """Return a whole list of changes; a pair that a person said is no rename is not on it."""
    if kind is ChangeKind.RENAMED:
        return [row for row in changes.renamed if row.confirmed is not False]
    rows: Sequence[Row] = getattr(changes, kind.value)
    return rows


def select_rows(changes: Changes, query: ChangeQuery) -> list[Row]:
    """Return the rows that a query asks for, in its order, all pages."""
    rows = list(rows_of(changes, query.kind))
    if query.is_filtered:
        rows = [row for row in rows if _fits(row, query)]
    by = query.ordering
    if by in (ChangeOrder.DATE_FOLLOWED, ChangeOrder.DATE_FOLLOWED_DESC):
        rows.sort(key=lambda row: (row.date_followed, _key(row)))
    elif by in (ChangeOrder.USERNAME, ChangeOrder.USERNAME_DESC):
        rows.sort(key=_key)
    elif query.kind is ChangeKind.RENAMED:
        # All others come in this order.
        rows.sort(key=lambda row: (row.between[1], row.between[0], row.date_followed, _key(row)))
    if by.is_descending:
        rows.reverse()
    if query.kind is ChangeKind.RENAMED:
        # What is left to decide comes first.
        rows.sort(key=lambda row: isinstance(row, RenameRow) and row.confirmed is not None)
    return rows


def stream_all_changes(reader: Reader) -> Iterator[tuple[Section, ChangeKind, Row]]:
    """Yield every change of both follow lists from each complete list to the next, the oldest pair first."""
    for section in DIRECTIONS:
        for before, after in pairwise(find_timeline(reader, section).exports):
            changes = find_changes(reader, section, before, after)
            for kind in ChangeKind:
                for row in select_rows(changes, ChangeQuery(section=section, kind=kind)):
                    yield section, kind, row


def _fits(row: Row, query: ChangeQuery) -> bool:
    if (
        query.mutual is not None
        and isinstance(row, ChangeRow)
        and row.was_mutual is not (query.mutual is WasMutual.YES)
    ):
        return False
    if not query.search:
        return True
    search = name_key(query.search)
    if isinstance(row, RenameRow):
        return search in row.from_key or search in row.to_key
    return search in row.key


def _key(row: Row) -> str:
    return row.from_key if isinstance(row, RenameRow) else row.key
