"""What changed between two exports: who came, who no longer follows, who only has another name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from webapp.analytics.comparison import ChangeRow, Comparison, Interval, RefollowRow, compare_lists
from webapp.analytics.renames import Decisions, find_decisions
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.analytics.visible import Reader, redaction_of, visible
from webapp.domain.changes import NoComparison
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.redaction import Redaction
from webapp.domain.sections import Section
from webapp.domain.studio import STUDIO_LAYOUT
from webapp.extensions import db
from webapp.models import Export


class RenameRow(NamedTuple):
    """A name that went and one that came with the same follow second (Unix), and what a person said of them.

    ``confirmed`` is ``None`` while nobody said anything. ``can_decide`` is whether a decision, or its end, can be
    given here: not where only exports further apart show the pair, nor where it follows from two other decisions.
    """

    from_username: str
    to_username: str
    date_followed: int
    confirmed: bool | None
    between: Interval
    from_key: str
    to_key: str
    can_decide: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What the later of two lists says against the earlier one.

    A rename that is not confirmed stays in gained and lost; a confirmed one is in neither. Returned is a part of
    gained, deleted a part of lost.
    """

    gained: tuple[ChangeRow, ...]
    lost: tuple[ChangeRow, ...]
    renamed: tuple[RenameRow, ...]
    returned: tuple[ChangeRow, ...]
    refollowed: tuple[RefollowRow, ...]
    deleted: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class ExportPair:
    """Two exports that hold a list whole, the first the earlier one."""

    from_export: Export
    to_export: Export


@dataclass(frozen=True, slots=True)
class NoPair:
    """Why nothing can be compared; the export to end with may be known all the same."""

    reason: NoComparison
    to_export: Export | None = None


def find_changes(scope: Reader, section: Section, from_export: Export, to_export: Export) -> Changes:
    """Return what changed on a list between two exports that hold it whole, the first the earlier one."""
    found = compare_lists(scope, section, from_export, to_export)
    decisions = find_decisions(scope)
    matched = decisions.match(
        {key: found.lost[key].date_followed for key in decisions.followed_by.keys() & found.lost.keys()},
        {key: row.date_followed for key, row in found.gained.items()} if decisions.followed_by else {},
    )
    targets = set(matched.values())
    gained = tuple(row for key, row in found.gained.items() if key not in targets)
    lost = tuple(row for key, row in found.lost.items() if key not in matched)
    changes = Changes(
        gained=gained,
        lost=lost,
        renamed=tuple(_renames(found, decisions, matched)),
        returned=tuple(row for row in gained if row.date_previous is not None),
        refollowed=found.refollowed,
        deleted=_deleted(found, lost),
    )
    redaction = redaction_of(scope)
    return _redacted(changes, redaction) if redaction.hides_names else changes


def _redacted(changes: Changes, redaction: Redaction) -> Changes:
    """Return the same changes with what stands for the names; compared names go too."""

    def people(rows: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
        named = ((row, redaction.name(row.key)) for row in rows)
        return tuple(row._replace(username=name, key=name) for row, name in named)

    def renamed(row: RenameRow) -> RenameRow:
        before, after = redaction.name(row.from_key), redaction.name(row.to_key)
        return row._replace(from_username=before, to_username=after, from_key=before, to_key=after)

    again = ((row, redaction.name(row.key)) for row in changes.refollowed)
    return Changes(
        gained=people(changes.gained),
        lost=people(changes.lost),
        renamed=tuple(renamed(row) for row in changes.renamed),
        returned=people(changes.returned),
        refollowed=tuple(row._replace(username=name, key=name) for row, name in again),
        deleted=people(changes.deleted),
    )


def choose_exports(reader: Reader, timeline: Timeline, from_id: str = "", to_id: str = "") -> ExportPair | NoPair:
    """Return the exports with these public ids; without the later the newest, without the earlier the one before it.

    Raises ``NotFound`` for an id that is no export of the account, ``Invalid`` for the same export twice and for an
    earlier one that is later.
    """
    named = {public_id: _find(reader, timeline, public_id) for public_id in (from_id, to_id) if public_id}
    if not timeline.exports:
        any_export = select(Export.id).where(visible(Export, reader), Export.layout != STUDIO_LAYOUT).limit(1)
        has_any = db.session.scalar(any_export) is not None
        return NoPair(NoComparison.NOT_IN_EXPORTS if has_any else NoComparison.NO_EXPORT)
    to_export = named[to_id] if to_id else timeline.exports[-1]
    if to_export is None or None in named.values():
        return NoPair(NoComparison.NOT_IN_THIS_EXPORT)
    from_export = named[from_id] if from_id else timeline.before(to_export)
    if from_export is None:
        return NoPair(NoComparison.NO_EARLIER_LIST, to_export)
    if from_export.id == to_export.id:
        if to_id:
            raise Invalid(ErrorCode.EXPORTS_SAME, field="to")
        # Nothing is newer than the newest.
        return NoPair(NoComparison.NO_EARLIER_LIST, to_export)
    if from_export.id not in timeline.ids_upto(to_export):
        raise Invalid(ErrorCode.EXPORTS_REVERSED, field="from")
    return ExportPair(from_export, to_export)


def find_last_changes(reader: Reader, section: Section) -> Changes | None:
    """Return what changed between the last two lists; ``None`` when that is unknown."""
    chosen = choose_exports(reader, find_timeline(reader, section))
    if isinstance(chosen, NoPair):
        return None
    return find_changes(reader, section, chosen.from_export, chosen.to_export)


def _find(reader: Reader, timeline: Timeline, public_id: str) -> Export | None:
    """Return an export of the timeline; ``None`` for one that does not hold the list."""
    found = timeline.find(public_id)
    if found is not None:
        return found
    query = select(Export.id).where(visible(Export, reader), Export.public_id == public_id)
    if db.session.scalar(query) is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return None


def _renames(found: Comparison, decisions: Decisions, matched: dict[str, str]) -> Iterator[RenameRow]:
    """Yield the pairs to decide, then those that were: confirmed ones also where others share their second."""
    targets = set(matched.values())
    for before, after, at_once in found.same_second:
        if before not in matched and after not in targets:
            is_rejected = (before, after) in decisions.rejected
            yield _rename(found, before, after, False if is_rejected else None, can_decide=is_rejected or at_once)
    for before, after in matched.items():
        yield _rename(found, before, after, True, can_decide=(before, after) in decisions.confirmed)


def _rename(found: Comparison, before: str, after: str, confirmed: bool | None, *, can_decide: bool) -> RenameRow:
    lost, gained = found.lost[before], found.gained[after]
    return RenameRow(
        from_username=lost.username,
        to_username=gained.username,
        date_followed=gained.date_followed,
        confirmed=confirmed,
        between=(min(lost.between[0], gained.between[0]), max(lost.between[1], gained.between[1])),
        from_key=before,
        to_key=after,
        can_decide=can_decide,
    )


def _deleted(found: Comparison, lost: tuple[ChangeRow, ...]) -> tuple[ChangeRow, ...]:
    """Return the lost of the seconds at which no more were lost than rows of deleted accounts came."""
    at_second = Counter(row.date_followed for row in lost if row.date_followed in found.vanished)
    return tuple(
        row for row in lost if 0 < at_second.get(row.date_followed, 0) <= found.vanished.get(row.date_followed, 0)
    )
