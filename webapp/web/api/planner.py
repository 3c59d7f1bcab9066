"""What is planned, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import Response, request

from webapp.analytics.planner import (
    PlanRow,
    PlanScores,
    count_scores,
    find_plan_scores,
    get_plan,
    list_ideas,
    list_plans,
)
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import Period, instant
from webapp.domain.planner import PlanExpected, PlanMatch, PlanScore, PlanState
from webapp.domain.post_query import PostKind
from webapp.domain.query import parse_choice, parse_day, refuse_unknown, single
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.operations import ACCOUNT, Operation, Parameter, describe
from webapp.web.api.planner_shapes import PlannedItem, PlannedList, PlannedMatch, PlannedRange, PlannedScores
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.masking import shown_caption, shown_remark

_DAY: Final = {"type": "string", "format": "date"}
_STATE: Final = {"type": "string", "enum": [state.value for state in PlanState]}
_PARAMETERS: Final = (
    ACCOUNT,
    Parameter("date_from", N_("First day, in the account’s time zone; ideas without a time are left out."), _DAY),
    Parameter("date_to", N_("Last day, in the account’s time zone; ideas without a time are left out."), _DAY),
    Parameter("state", N_("Only those that stand so."), _STATE),
)
_ITEM: Final = PlannedItem(
    id="0b8f3c9a7d2e41560f9c",
    state=PlanState.PUBLISHED,
    planned_at=datetime(2026, 6, 5, 16, 30, tzinfo=UTC),
    title="Three ways to fold a map",
    hashtags=["travel"],
    sound=None,
    kind=PostKind.VIDEO,
    notes=None,
    expected=PlannedRange(typical=780, low=180, high=3_400, level=0.8, posts=120, indicative=False, refused=None),
    match=PlannedMatch(
        state=PlanMatch.SURE, post="5e1d0c7b9a3f42680e1d", published_at=datetime(2026, 6, 5, 16, 34, 12, tzinfo=UTC)
    ),
    score=PlanScore.INSIDE,
    likes=912,
    experiment=None,
    arm=None,
    changed_at=datetime(2026, 6, 1, 9, 12, tzinfo=UTC),
)


@blueprint.get("/planner/")
@limited
@describe(
    Operation(
        N_("List the planned posts of the account"),
        N_("Planner"),
        PlannedList,
        PlannedList(
            count=1,
            results=[_ITEM],
            scores=PlannedScores(scored=1, inside=1, above=0, below=0, waiting=0, unscored=0),
        ),
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?date_from=2026-06-01",
    )
)
def planner() -> Response:
    """Answer the plans of some days, by time."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    first, last = (parse_day(name, single(request.args, name)) for name in ("date_from", "date_to"))
    state = parse_choice(PlanState, "state", single(request.args, "state"))
    scope = find_scope()
    if scope is None:
        return answer(PlannedList(count=0, results=[], scores=_scores(count_scores(()))))
    is_open = Period(first, last, scope.timezone).is_open
    rows = (*list_plans(scope, first, last), *(list_ideas(scope) if is_open else ()))
    found = [_item(row) for row in rows if state in (None, row.draft.state)]
    return answer(PlannedList(count=len(found), results=found, scores=_scores(find_plan_scores(scope))))


@blueprint.get("/planner/<public_id>/")
@limited
@describe(
    Operation(
        N_("Answer one planned post"),
        N_("Planner"),
        PlannedItem,
        _ITEM,
        parameters=(ACCOUNT,),
        errors=(404, 422),
    )
)
def planned_post(public_id: str) -> Response:
    """Answer one plan."""
    refuse_unknown(request.args, ("account",))
    scope = find_scope()
    if scope is None:
        raise NotFound(ErrorCode.PLAN_UNKNOWN)
    return answer(_item(get_plan(scope, public_id)))


def _item(row: PlanRow) -> PlannedItem:
    draft = row.draft
    return PlannedItem(
        id=row.public_id,
        state=draft.state,
        planned_at=None if draft.planned_at is None else instant(draft.planned_at),
        title=shown_caption(draft.title) or None,
        hashtags=list(draft.hashtags),
        sound=row.sound_name or shown_remark(draft.sound_text) or None,
        kind=draft.kind,
        notes=shown_remark(draft.notes) or None,
        expected=None if row.expected is None else _range(row.expected),
        match=_match(row),
        score=row.score,
        likes=row.actual,
        experiment=row.experiment,
        arm=row.arm,
        changed_at=row.changed_at,
    )


def _range(expected: PlanExpected) -> PlannedRange:
    return PlannedRange(
        typical=expected.typical,
        low=expected.low,
        high=expected.high,
        level=expected.level,
        posts=expected.posts,
        indicative=expected.indicative,
        refused=expected.refused,
    )


def _match(row: PlanRow) -> PlannedMatch | None:
    if row.post is None:
        return None
    return PlannedMatch(state=row.match, post=row.post.public_id, published_at=instant(row.post.published_at))


def _scores(found: PlanScores) -> PlannedScores:
    return PlannedScores(
        scored=found.scored,
        inside=found.inside,
        above=found.above,
        below=found.below,
        waiting=found.waiting,
        unscored=found.unscored,
    )
