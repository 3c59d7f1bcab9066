"""G11: all likes times a constant change no verdict, and the same posts always give the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from benchmarks.goals.verdict import Goal, Verdict
from benchmarks.goals.workers import Workers
from webapp.analytics.content import model as content
from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts import model as forecasts

_CONSTANTS: Final = (2, 7, 100)
_DIGITS: Final = 6
_KEPT: Final = Goal("G11", "no verdict changes when likes are multiplied", least=1.0)
_SAME: Final = Goal("G11", "the same posts give the same answer", least=1.0)
Verdicts = tuple[object, object]


def scale(tables: Sequence[PostTable], workers: Workers) -> list[Verdict]:
    """G11: slots, hashtags, rising hashtags, ranges, labels and changes of some creators."""
    found = workers.do(keeps, tables)
    kept, same = (sum(own[at] for own in found) for at in (0, 1))
    return [_KEPT.share(kept, len(found), "creators"), _SAME.share(same, len(found), "creators")]


def keeps(table: PostTable) -> tuple[bool, bool]:
    """Return whether no constant changes a verdict, and whether a second time gives the same."""
    said = verdicts(table)
    return all(verdicts(multiplied(table, constant)) == said for constant in _CONSTANTS), verdicts(table) == said


def multiplied(table: PostTable, constant: int) -> PostTable:
    """Return the posts with so many times the likes."""
    rows = tuple(row if row.likes is None else replace(row, likes=row.likes * constant) for row in table.rows)
    return PostTable(table.as_of, rows, table.sounds, table.tags)


def verdicts(table: PostTable) -> Verdicts:
    """Return all that is said of posts but what is counted in likes."""
    fit = forecasts.examine(table, "UTC")
    told = content.examine(table, "UTC")
    families = [getattr(told.likes, name) for name in ("kinds", "weekdays", "slots", "lengths", "tag_counts")]
    groups = [replace(group, typical=None) for family in families for group in family.groups]
    tags = [replace(tag, group=replace(tag.group, typical=None)) for tag in told.likes.hashtags]
    return (groups, tags, told.rising_tags), (
        fit.posts,
        fit.skills,
        fit.coverage,
        fit.brackets,
        fit.calibration,
        [(one.post, one.label, one.z, one.tail) for one in fit.checked],
        fit.changes,
        [(level.name, round(level.weight, _DIGITS)) for level in fit.levels],
    )
