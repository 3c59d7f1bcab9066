"""G4, G5, G10: slots and hashtags that stand out, and hashtags that rise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import expm1, log1p
from typing import Final

import numpy as np

from benchmarks.goals.verdict import Goal, Verdict
from benchmarks.goals.workers import Workers
from webapp.analytics.content.fit import NEEDS_POSTS, TAGS_NEED_POSTS, ContentFit, Performance
from webapp.analytics.content.model import examine
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.statistics.residuals import WINDOW, centred, log_figures, residuals

# What was announced is looked for in the later half where the group has at least so many posts.
_LEAST_LATER: Final = 5
_LEAST_PROMISES: Final = 5
_FALSE_SLOT: Final = Goal("G4", "a slot is claimed where there is none", most=0.10)
_KEPT: Final = Goal("G4", "of what is announced of slots, later posts keep", least=0.5)
_FALSE_TAG: Final = Goal("G5", "a hashtag is claimed where there is none", most=0.10)
_SIGN: Final = Goal("G5", "the sign of a hashtag holds later", least=0.6)
_FALSE_RISING: Final = Goal("G10", "a hashtag rises where none does", most=0.05)

Promise = tuple[float, float]
"""What was announced, and what came of it: logarithms."""


def content(
    still: Sequence[PostTable], with_slots: Sequence[PostTable], with_tags: Sequence[PostTable], workers: Workers
) -> list[Verdict]:
    """G4, G5, G10: false claims where nothing is, and what later posts kept of what was announced."""
    told = workers.do(told_of, [table for table in still if len(table.counted) >= TAGS_NEED_POSTS])
    families = [own for own in told if own["posts"] >= NEEDS_POSTS]
    slots = [promise for own in workers.do(slot_promises, halved(with_slots, NEEDS_POSTS)) for promise in own]
    tags = [promise for own in workers.do(tag_promises, halved(with_tags, TAGS_NEED_POSTS)) for promise in own]
    return [
        _told(_FALSE_SLOT, families, "slots"),
        _kept(slots),
        _told(_FALSE_TAG, told, "hashtags"),
        _SIGN.share(sum(got > 0 for _, got in tags), len(tags), "claims"),
        _told(_FALSE_RISING, families, "rising"),
    ]


def _told(goal: Goal, told: Sequence[dict[str, int]], what: str) -> Verdict:
    return goal.share(sum(own[what] for own in told), len(told), "creators")


def told_of(table: PostTable) -> dict[str, int]:
    """Return how many posts were told of, and whether a slot, a hashtag, a rising hashtag was."""
    fit = examine(table, "UTC")
    return {
        "posts": fit.likes.posts,
        "slots": bool(fit.likes.slots.claims),
        "hashtags": any(tag.group.claim for tag in fit.likes.hashtags),
        "rising": bool(fit.rising_tags),
    }


def halved(tables: Sequence[PostTable], posts: int) -> list[PostTable]:
    """Return the tables of which each half has so many posts."""
    return [table for table in tables if len(table.counted) // 2 >= posts]


def slot_promises(table: PostTable) -> list[Promise]:
    """Return what was announced of slots from the earlier half, with what the later half shows."""
    told, later = _split(table)
    return [
        (log1p(slot.at_least or 0.0), got)
        for slot in told.slots.claims[:1]
        if (got := _seen(later, _in_slot(slot.key))) is not None
    ]


def tag_promises(table: PostTable) -> list[Promise]:
    """Return the same of hashtags."""
    told, later = _split(table)
    places = {name.tag: place for place, name in enumerate(table.tags)}
    return [
        (log1p(tag.group.at_least or 0.0), got)
        for tag in told.hashtags
        if tag.group.claim and (got := _seen(later, _with_tag(places[tag.group.key]))) is not None
    ]


def _split(table: PostTable) -> tuple[Performance, Sequence[PostRow]]:
    rows = table.counted
    middle = len(rows) // 2
    fit: ContentFit = examine(PostTable(table.as_of, rows[:middle], table.sounds, table.tags), "UTC")
    return fit.likes, rows[middle:]


def _in_slot(slot: str) -> Callable[[PostRow], bool]:
    return lambda row: row.published_at % 86_400 // 10_800 == int(slot)


def _with_tag(place: int) -> Callable[[PostRow], bool]:
    return lambda row: place in row.hashtags


def _seen(rows: Sequence[PostRow], belongs: Callable[[PostRow], bool]) -> float | None:
    """Return by how much posts of a group lie above those around them; ``None`` where they are too few."""
    if len(rows) < WINDOW:
        return None
    found = centred(residuals(log_figures([row.likes or 0 for row in rows])))
    own = [float(found[at]) for at, row in enumerate(rows) if belongs(row)]
    return float(np.mean(own)) if len(own) >= _LEAST_LATER else None


def _kept(promises: Sequence[Promise]) -> Verdict:
    if len(promises) < _LEAST_PROMISES:
        return _KEPT.unknown(f"n = {len(promises)} claims")
    announced, delivered = (expm1(float(np.mean([promise[at] for promise in promises]))) for at in (0, 1))
    counted = f"n = {len(promises)} claims: +{announced:.0%} announced, {delivered:+.0%} found"
    return _KEPT.of_clusters(
        [np.array(promise) for promise in promises], lambda sums: float(sums[1] / sums[0]), counted
    )
