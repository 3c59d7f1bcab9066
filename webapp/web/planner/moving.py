"""Moving a planned post within the calendar, and the way back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from flask import url_for

from webapp.analytics.planner import get_plan
from webapp.domain.period import day_of
from webapp.domain.planner_moves import PlanMove
from webapp.domain.planner_query import PlannerQuery
from webapp.domain.scope import Scope
from webapp.services.planner import change_plan, move_plan
from webapp.web.auth import current_actor
from webapp.web.planner.hints import Hints, moved_text, near_text
from webapp.web.planner.page import Moved, PlannerPage


def move(scope: Scope, query: PlannerQuery, public_id: str, wanted: PlanMove) -> PlannerPage:
    """Move a post and return the calendar that shows it, with what was done and how it is undone."""
    row = get_plan(scope, public_id)
    usual = PlannerPage(scope, query).usual_hour
    before, after = row.draft.planned_at, wanted.of(row.draft.planned_at, scope.timezone, usual)
    if after is None:
        change_plan(current_actor(), scope, public_id, replace(row.draft, planned_at=None))
    else:
        move_plan(current_actor(), scope, public_id, after)
    draft = replace(row.draft, planned_at=after)
    page = PlannerPage(scope, _following(scope, query, after))
    arguments: dict[str, Any] = page.query.to_args()
    page.done = Moved(
        text=moved_text(draft, scope.timezone),
        href=url_for("planner.move_to", public_id=public_id, **arguments),
        fields={"back": "none" if before is None else str(before)},
        warning=near_text(Hints(scope, draft, int(time.time()), plan=public_id)),
    )
    return page


def _following(scope: Scope, query: PlannerQuery, at: int | None) -> PlannerQuery:
    """Return the days that are shown, or those around a moment that is none of them."""
    if at is None:
        return query
    page, day = PlannerPage(scope, query), day_of(at, scope.timezone)
    return query if page.first <= day <= page.last else query.with_(day=day)
