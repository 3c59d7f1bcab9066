"""Where one post stands among the account's own: against what is typical, and beside its neighbours in time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.percentile import Percentile, percentile_of
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import Standing

# Of fewer posts nobody can say what is typical.
LEAST_TYPICAL: Final = 10


class Uncounted(StrEnum):
    """Why statistics do not count a post."""

    HIDDEN = "hidden"  # not everybody can see it
    DELETED = "deleted"
    GONE = "gone"  # on an earlier list only
    UNKNOWN = "unknown"  # no export tells its likes
    YOUNG = "young"  # its likes still rise


@dataclass(frozen=True, slots=True)
class PostStanding:
    """A post against the counted posts of its account.

    ``typical`` likes are of ``posts`` counted posts, the post among them where it counts; ``None`` below
    ``LEAST_TYPICAL``. ``factor`` is its likes over that, ``None`` where the post does not count or where typical is
    less than 1. ``place`` is ``None`` where the post does not count or there are too few others.
    """

    posts: int
    typical: float | None
    factor: float | None
    place: Percentile | None
    uncounted: Uncounted | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The posts before and after one, by publication."""

    earlier: PostRow | None
    later: PostRow | None


def find_standing(table: PostTable, row: PostRow) -> PostStanding:
    """Return where a post stands."""
    uncounted, posts = why_uncounted(table, row), table.counted
    typical = figure_of(posts, MetricKey.TYPICAL_LIKES).value if len(posts) >= LEAST_TYPICAL else None
    factor = None
    if uncounted is None and row.likes is not None and typical is not None and typical >= 1:
        factor = row.likes / typical
    return PostStanding(len(posts), typical, factor, percentile_of(table, row), uncounted)


def why_uncounted(table: PostTable, row: PostRow) -> Uncounted | None:
    """Return why statistics leave a post out; ``None`` where they count it."""
    if table.counts(row):
        return None
    if row.standing is Standing.DELETED:
        return Uncounted.DELETED
    if row.standing is Standing.GONE:
        return Uncounted.GONE
    if not row.is_public:
        return Uncounted.HIDDEN
    return Uncounted.UNKNOWN if row.likes is None else Uncounted.YOUNG


def find_neighbours(table: PostTable, row: PostRow) -> Neighbours:
    """Return the posts before and after a post of the table."""
    place = next(place for place, other in enumerate(table.rows) if other.id == row.id)
    return Neighbours(
        table.rows[place - 1] if place else None, table.rows[place + 1] if place + 1 < len(table.rows) else None
    )
