"""Who came when and was seen on which lists, counted by day: what the estimates about followers are made from.

A million rows are counted by the database in quarters of an hour and shared out to days here, so that the memory
grows with the days of the account and not with its followers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select

from webapp.analytics.relationships import QUARTER, QUARTER_SHIFT
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import Reader, visible
from webapp.domain.period import day_of, start_of_day
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Follower

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A day's followers that share their lists: the first they are on, and the first after it they are not on.

    ``is_back`` marks those whose date is older than the list before, which does not have them: they came back. Lists
    are numbered from 0, oldest first.
    """

    day: date
    first: int
    gone: int | None
    is_back: bool


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The lists, by their Unix seconds, and everybody who is or was on one, by day of an account's zone.

    ``middles`` is the mean second of the follow of each group.
    """

    times: tuple[int, ...]
    timezone: str
    counts: dict[Seen, int] = field(default_factory=dict)
    middles: dict[Seen, float] = field(default_factory=dict)


def count_cohorts(reader: Reader, timezone: str) -> Cohorts:
    """Return the followers of all complete lists; names that became another name count as one person.

    A name that is gone and a name that is new with the same follow second, and no others of that second, are taken
    for a rename whatever a person said of them: statistics bear the few that are none.
    """
    timeline = find_timeline(reader, Section.FOLLOWERS)
    times = tuple(export.exported_at for export in timeline.exports)
    ranks = {export.id: rank for rank, export in enumerate(timeline.exports)}
    counts: Counter[Seen] = Counter()
    seconds: defaultdict[Seen, float] = defaultdict(float)
    for day, second, first, gone, people in _stored(reader, timezone, ranks):
        after = times[first - 1] if first else None
        seen = Seen(day, first, gone, after is not None and second + QUARTER <= after)
        middle = second + QUARTER / 2
        if after is not None and not seen.is_back:
            middle = max(middle, after + 1)
        counts[seen] += people
        seconds[seen] += people * min(middle, times[first])
    middles = {seen: seconds[seen] / people for seen, people in counts.items()}
    _join_renamed(reader, timezone, ranks, times, counts, middles)
    return Cohorts(times, timezone, {seen: people for seen, people in counts.items() if people > 0}, middles)


def _stored(reader: Reader, timezone: str, ranks: dict[int, int]) -> Iterator[tuple[date, int, int, int | None, int]]:
    """Yield day, second, first and missing list, and people, of each quarter of an hour in order."""
    quarter = ((Follower.followed_at + QUARTER_SHIFT * QUARTER) // QUARTER).label("quarter")
    statement = (
        select(quarter, Follower.first_export_id, Follower.gone_export_id, func.count())
        .where(visible(Follower, reader))
        .group_by(quarter, Follower.first_export_id, Follower.gone_export_id)
        .order_by(quarter)
    )
    day, ends_at = date.min, None
    for number, first, gone, people in db.session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        second = (int(number) - QUARTER_SHIFT) * QUARTER
        if ends_at is None or second >= ends_at:
            day = day_of(second, timezone)
            ends_at = start_of_day(day + timedelta(days=1), timezone)
        yield day, second, ranks[first], None if gone is None else ranks[gone], people


def _join_renamed(
    reader: Reader,
    timezone: str,
    ranks: dict[int, int],
    times: tuple[int, ...],
    counts: Counter[Seen],
    middles: dict[Seen, float],
) -> None:
    """Make one spell of two that a rename cut in two; a chain of renames is followed to its first list."""
    begun: dict[tuple[int, int], tuple[int, bool]] = {}
    for export_id, rank in ranks.items():
        if not rank:
            continue
        for second, first, gone in _renamed(reader, export_id, times[rank - 1]):
            day = day_of(second, timezone)
            old_rank = ranks[first]
            start, is_back = begun.pop((second, old_rank), (old_rank, bool(old_rank) and second <= times[old_rank - 1]))
            old = Seen(day, start, rank, is_back)
            new = Seen(day, rank, None if gone is None else ranks[gone], is_back=True)
            if counts[old] <= 0 or counts[new] <= 0:
                continue
            whole = Seen(day, start, new.gone, is_back)
            counts[old] -= 1
            counts[new] -= 1
            counts[whole] += 1
            middles.setdefault(whole, middles[old])
            begun[second, rank] = start, is_back


def _renamed(reader: Reader, export_id: int, before: int) -> Iterator[tuple[int, int, int | None]]:
    """Yield second, old name's first list and new name's missing list, of each rename that a list shows."""
    columns = (Follower.followed_at, Follower.first_export_id, Follower.gone_export_id)
    # Whoever is new and followed before the list before is another name of somebody on it, or came back.
    is_new = (Follower.first_export_id == export_id, Follower.followed_at <= before)
    new: dict[int, int | None] = {}
    shared: set[int] = set()
    for second, _, gone in db.session.execute(select(*columns).where(visible(Follower, reader), *is_new)):
        if second in new:
            shared.add(second)
        new[second] = gone
    if not new:
        return
    old: dict[int, int] = {}
    is_gone = Follower.gone_export_id == export_id
    lost = select(*columns).where(visible(Follower, reader), is_gone).execution_options(yield_per=_ROWS_AT_ONCE)
    for second, first, _ in db.session.execute(lost):
        if second in old:
            shared.add(second)
        if second in new:
            old[second] = first
    for second, first in old.items():
        if second not in shared:
            yield second, first, new[second]
