"""How often each hashtag and each sound is used in the counted posts, and what these typically get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.analytics.content.fit import Measure
from webapp.analytics.content.grouping import FIGURES
from webapp.analytics.content.kept import keep
from webapp.analytics.content.table import PostRow, PostTable, SoundName
from webapp.analytics.content.typical import typical_of
from webapp.analytics.statistics.order_interval import median_interval


@dataclass(frozen=True, slots=True)
class TagUse:
    """A hashtag with its counted posts; ``first_used`` and ``last_used`` are the Unix seconds of such posts."""

    tag: str
    spelling: str
    posts: int
    typical: float
    first_used: int
    last_used: int


@dataclass(frozen=True, slots=True)
class SoundUse:
    """A sound with its counted posts and what they typically get.

    ``low`` and ``high`` enclose the true median at the level of ``order_interval``; unknown of fewer than five posts.
    """

    sound: SoundName
    posts: int
    typical: float
    low: float | None
    high: float | None
    first_used: int
    last_used: int


def count_tags(table: PostTable) -> tuple[TagUse, ...]:
    """Return every hashtag of the counted posts, the most used first."""
    return keep(table, count_tags, lambda: _count_tags(table))


def count_sounds(table: PostTable, measure: Measure = Measure.LIKES) -> tuple[SoundUse, ...]:
    """Return every sound of the counted posts that have a measure, the most used first."""
    return keep(table, (count_sounds, measure), lambda: _count_sounds(table, measure))


def _count_tags(table: PostTable) -> tuple[TagUse, ...]:
    uses = []
    for place, rows in _by_place((place, row) for row in table.counted for place in row.hashtags).items():
        name = table.tags[place]
        uses.append(TagUse(name.tag, name.spelling, len(rows), *_figures(rows)))
    return tuple(sorted(uses, key=lambda use: (-use.posts, use.tag)))


def _count_sounds(table: PostTable, measure: Measure) -> tuple[SoundUse, ...]:
    uses, figure = [], FIGURES[measure]
    known = ((row.sound, row) for row in table.counted if row.sound is not None and figure(row) is not None)
    for place, rows in _by_place(known).items():
        typical, first, last = _figures(rows, measure)
        enclosing = median_interval(sorted(_values(rows, measure)))
        low, high = enclosing or (None, None)
        uses.append(SoundUse(table.sounds[place], len(rows), typical, low, high, first, last))
    return tuple(sorted(uses, key=lambda use: (-use.posts, use.sound.name, use.sound.public_id)))


def _by_place(pairs: Iterable[tuple[int, PostRow]]) -> dict[int, list[PostRow]]:
    found: defaultdict[int, list[PostRow]] = defaultdict(list)
    for place, row in pairs:
        found[place].append(row)
    return found


def _figures(rows: list[PostRow], measure: Measure = Measure.LIKES) -> tuple[float, int, int]:
    """Return what posts typically get, and when the first and the last was published; they come oldest first."""
    typical = typical_of(_values(rows, measure))
    if typical is None:
        raise ValueError("a group holds at least one counted post")
    return typical, rows[0].published_at, rows[-1].published_at


def _values(rows: Iterable[PostRow], measure: Measure) -> list[float]:
    figure = FIGURES[measure]
    return [value for row in rows if (value := figure(row)) is not None]
