"""Write what is recommended, and the experiments that would tell more, as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from webapp.analytics.content.fit import Half
from webapp.analytics.recommendations.advice import Recommendation
from webapp.analytics.recommendations.proposals import Proposal
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Row, render_rows


class Table(StrEnum):
    """The tables of the page."""

    RECOMMENDATIONS = "recommendations"
    EXPERIMENTS = "experiments"


_HEADS: Final[dict[Table, Row]] = {
    Table.RECOMMENDATIONS: (
        "about", "group", "posts", "of", "typical_likes", "effect", "low", "high", "at_least", "older_posts",
        "older_effect", "older_low", "older_high", "newer_posts", "newer_effect", "newer_low", "newer_high", "against",
        "planned_above", "planned_inside", "planned_below", "planned_unscored", "experiments",
    ),
    Table.EXPERIMENTS: (
        "about", "first", "second", "posts_first", "posts_second", "difference", "posts_each", "posts", "days",
        "spread", "own_spread",
    ),
}  # fmt: skip


def render_table(table: Table, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield a table in chunks."""
    yield from render_rows(_HEADS[table], rows, timezone, dialect, locale)


def recommendation_rows(found: Iterable[Recommendation]) -> Iterator[Row]:
    """Yield a row for each recommendation; groups are named by their keys."""
    for each in found:
        group, plans = each.group, each.plans
        older, newer = group.halves or (None, None)
        yield (
            *(each.kind.value, group.key, group.posts, each.of, group.typical, group.effect, group.low, group.high),
            *(group.at_least, *_half(older), *_half(newer), " ".join(doubt.kind.value for doubt in each.doubts)),
            *(plans.above, plans.inside, plans.below, plans.waiting, len(each.experiments)),
        )


def proposal_rows(found: Iterable[Proposal]) -> Iterator[Row]:
    """Yield a row for each difference that an experiment could be made for."""
    for each in found:
        for size in each.sizes:
            yield (
                *(each.kind.value, each.arm_a, each.arm_b, each.posts_a, each.posts_b, size.effect, size.each),
                *(size.posts, each.days(size), each.power.spread, each.power.is_own),
            )


def _half(half: Half | None) -> Row:
    return (None, None, None, None) if half is None else (half.posts, half.effect, half.low, half.high)
