"""What an account is to reach, and how far it has come."""

from __future__ import annotations

from datetime import date

from flask import Response, request

from webapp.analytics.goals import GoalRow, list_goals
from webapp.domain.goals import parse_goal_month
from webapp.domain.period import last_of_month
from webapp.domain.query import refuse_unknown, single
from webapp.domain.reports import GoalMetric, GoalState
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.explain import explained
from webapp.web.api.goal_shapes import GoalItem, GoalList
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, Parameter, describe
from webapp.web.api.routing import answer, blueprint, limited

_MONTH = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_PARAMETERS = (
    ACCOUNT,
    Parameter("month_from", N_("First month, as in 2026-05; without it from the first goal on."), _MONTH),
    Parameter("month_to", N_("Last month, as in 2026-05; without it up to the last goal."), _MONTH),
    EXPLAIN,
)
_EXAMPLE = GoalList(
    count=1,
    results=[
        GoalItem(
            id="0b8f3c9a7d2e41560f9c",
            month=date(2026, 6, 1),
            metric=GoalMetric.FOLLOWERS,
            target=13_000,
            actual=12_480,
            start=12_266,
            share=0.291553,
            expected_share=0.246296,
            state=GoalState.ON_PACE,
            as_of=date(2026, 6, 8),
        )
    ],
)


@blueprint.get("/goals/")
@limited
@describe(
    Operation(
        N_("List the goals of the account with their progress"),
        N_("Goals"),
        GoalList,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?month_from=2026-05",
    )
)
def goals() -> Response:
    """Answer the goals of some months, oldest first."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    first, last = _month("month_from"), _month("month_to")
    scope = find_scope()
    rows = () if scope is None else list_goals(scope, first, None if last is None else last_of_month(last))
    body = GoalList(count=len(rows), results=[_item(row) for row in rows])
    return answer(explained(body, scope, *(row.figure for row in rows if row.figure is not None)))


def _month(name: str) -> date | None:
    text = single(request.args, name)
    return parse_goal_month(text, name) if text else None


def _item(row: GoalRow) -> GoalItem:
    goal = row.progress
    return GoalItem(
        id=row.public_id,
        month=goal.month,
        metric=goal.metric,
        target=goal.target,
        actual=_rounded(goal.actual),
        start=goal.start,
        share=_rounded(goal.share),
        expected_share=_rounded(goal.expected),
        state=goal.state,
        as_of=goal.as_of,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
