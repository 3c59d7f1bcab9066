"""Write planned posts as CSV, with what was expected of them and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from webapp.analytics.planner import PlanRow
from webapp.domain.planner import PlanMatch
from webapp.domain.redaction import Redaction
from webapp.renderers.csv import Dialect
from webapp.renderers.table_csv import Moment, Row, render_rows

PLAN_HEAD: Final = (
    "plan", "planned_at", "state", "title", "hashtags", "sound", "kind", "notes", "expected_low", "expected_typical",
    "expected_high", "level", "expected_from_posts", "indicative", "refused", "match", "post", "published_at", "likes",
    "score", "experiment", "arm",
)  # fmt: skip


def render_plans(
    rows: Iterable[PlanRow], redaction: Redaction, timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield planned posts in chunks, in the order given; what is unknown is an empty cell."""
    return render_rows(PLAN_HEAD, (plan_row(row, redaction) for row in rows), timezone, dialect, locale)


def plan_row(row: PlanRow, redaction: Redaction) -> Row:
    """Return the cells of a plan; words as the reader may see them."""
    draft, post = row.draft, row.post
    return (
        *(row.public_id, None if draft.planned_at is None else Moment(draft.planned_at), draft.state.value),
        *(redaction.caption(draft.title) or None, " ".join(f"#{tag}" for tag in draft.hashtags) or None),
        *(row.sound_name or draft.sound_text or None, draft.kind.value, redaction.remark(draft.notes) or None),
        *_expected(row),
        row.match.value,
        *(
            (None, None)
            if post is None or row.match in (PlanMatch.NONE, PlanMatch.UNSURE)
            else (post.public_id, Moment(post.published_at))
        ),
        *(row.actual, row.score.value, row.experiment, None if row.arm is None else row.arm.value),
    )


def _expected(row: PlanRow) -> Row:
    found = row.expected
    if found is None:
        return (None,) * 7
    refused = None if found.refused is None else found.refused.value
    return (found.low, found.typical, found.high, found.level, found.posts, found.indicative, refused)
