"""Write experiments, and the posts of one, as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import expm1
from typing import Final

from webapp.analytics.experiments import ExperimentPost, ExperimentView
from webapp.domain.experiments import ExperimentState, Outcome, Stage
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Moment, Row, render_rows

EXPERIMENT_HEAD: Final = (
    *("id", "kind", "arm_a", "arm_b", "state", "started_at", "ended_at", "effect", "spread", "posts_each"),
    *("counted", "pairs", "verdict", "difference", "low", "high", "p_value", "typical_a", "typical_b"),
    *("outside", "missing"),
)
EXPERIMENT_POST_HEAD: Final = (
    *("place", "pair", "arm", "value", "planned_post", "planned_at", "stage", "post", "published_at", "likes"),
    "as_drawn",
)


def render_experiments(
    views: Iterable[ExperimentView], timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield experiments in the order given; a difference is a share of likes, the first way over the second."""
    return render_rows(EXPERIMENT_HEAD, map(_row, views), timezone, dialect, locale)


def render_experiment_posts(view: ExperimentView, timezone: str, dialect: Dialect, locale: str) -> Iterator[bytes]:
    """Yield the posts of an experiment in the order of the draw; likes once it is over, so that nobody compares."""
    rows = (_post_row(view, post) for post in view.posts)
    return render_rows(EXPERIMENT_POST_HEAD, rows, timezone, dialect, locale)


def _row(view: ExperimentView) -> Row:
    return (
        *(view.public_id, view.kind.value, view.arm_a, view.arm_b, view.state.value),
        Moment(int(view.created_at.timestamp())),
        None if view.ended_at is None else Moment(int(view.ended_at.timestamp())),
        *(view.effect, round(view.spread, 6), view.each, view.count(Stage.COUNTED)),
        *([None] * 10 if view.outcome is None else _shown(view.outcome)),
    )


def _shown(found: Outcome) -> Row:
    shares = (None if value is None else expm1(value) for value in (found.difference, found.low, found.high))
    told = (found.p_value, found.typical_a, found.typical_b, found.outside, found.missing)
    return (found.pairs, found.verdict.value, *shares, *told)


def _post_row(view: ExperimentView, post: ExperimentPost) -> Row:
    is_over = view.state is not ExperimentState.RUNNING
    published = post.post
    return (
        *(post.place + 1, post.block + 1, post.arm.value, view.value_of(post.arm), post.plan),
        None if post.planned_at is None else Moment(post.planned_at),
        post.stage.value,
        None if published is None else published.public_id,
        None if published is None else Moment(published.published_at),
        published.likes if published is not None and is_over else None,
        None if published is None else not post.is_outside,
    )
