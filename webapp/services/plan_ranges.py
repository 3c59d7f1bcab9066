"""The range that is expected of a planned post: kept when it is written, never changed by what is known later."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.fit import ForecastFit
from webapp.analytics.forecasts.forecast import forecast_of
from webapp.analytics.planner import draft_of
from webapp.analytics.visible import Reader, ZonedReader
from webapp.domain.forecasts import ForecastRefusal
from webapp.domain.planner import PlanDraft, PlanExpected, PlanState
from webapp.models import Account, PlannedPost

_OPEN: Final = (PlanState.IDEA, PlanState.PLANNED)


def find_as_of(reader: Reader) -> int | None:
    """Return the Unix second up to which exports show posts, ``None`` without any."""
    table = find_posts(reader)
    return None if table is None else table.as_of


def is_foreseen(draft: PlanDraft, as_of: int | None) -> bool:
    """Return whether no export can show a post yet, so that what is expected of it is no hindsight."""
    if draft.state is PlanState.PUBLISHED:
        return False
    return draft.planned_at is None or as_of is None or draft.planned_at > as_of


def expect(reader: ZonedReader, fit: ForecastFit | None, as_of: int | None, draft: PlanDraft) -> dict[str, Any] | None:
    """Return the range that is expected of a post as the table keeps it; ``None`` for one in the past."""
    if not is_foreseen(draft, as_of):
        return None
    forecast = forecast_of(fit, draft.to_post(), reader.timezone, reader.revision)
    expected = PlanExpected(
        forecast.typical,
        forecast.low,
        forecast.high,
        forecast.level,
        forecast.posts,
        forecast.indicative,
        forecast.refused,
    )
    return {**asdict(expected), "revision": forecast.revision}


def is_waiting(expected: dict[str, Any] | None) -> bool:
    """Return whether a range is missing only because a job was at it when the post was planned."""
    return expected is not None and expected["refused"] == ForecastRefusal.NOT_READY


def fill_ranges(
    session: Session, account: Account, reader: ZonedReader, fit: ForecastFit | None, as_of: int | None
) -> bool:
    """Give the plans that wait for one a range, inside the running transaction; return whether some wait on.

    What an export could show by now gets none any more.
    """
    query = select(PlannedPost).where(PlannedPost.account_id == account.id, PlannedPost.state.in_(_OPEN))
    waiting = [row for row in session.scalars(query) if is_waiting(row.expected)]
    coming = [row for row in waiting if is_foreseen(draft_of(row), as_of)]
    for row in coming if fit is not None else ():
        row.expected = expect(reader, fit, as_of, draft_of(row))
    return fit is None and bool(coming)
