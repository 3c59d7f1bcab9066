"""Experiments of the account, and what they showed."""

from __future__ import annotations

from datetime import UTC, datetime
from math import expm1

from flask import Response, request

from webapp.analytics.experiments import ExperimentView, list_experiments
from webapp.domain.experiments import ExperimentKind, ExperimentState, Stage, Verdict
from webapp.domain.query import refuse_unknown
from webapp.domain.text import N_
from webapp.renderers.experiment_texts import ExperimentTexts
from webapp.web.api.arguments import find_scope
from webapp.web.api.experiment_shapes import ExperimentItem, ExperimentList, ExperimentOutcome
from webapp.web.api.operations import ACCOUNT, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.i18n import locale

_PARAMETERS = (ACCOUNT,)
_DIGITS = 6
_EXAMPLE = ExperimentList(
    count=1,
    results=[
        ExperimentItem(
            id="4be1d07f3a9c25860e1d",
            kind=ExperimentKind.SLOTS,
            state=ExperimentState.ENDED,
            title="6 PM – 9 PM against 12 PM – 3 PM",
            arm_a="6",
            arm_b="4",
            effect=0.5,
            spread=1.1,
            posts_each=118,
            begun_at=datetime(2026, 1, 4, 9, tzinfo=UTC),
            ended_at=datetime(2026, 9, 6, 7, tzinfo=UTC),
            counted=230,
            open=0,
            pairs=112,
            outcome=ExperimentOutcome(
                verdict=Verdict.UNCLEAR,
                text="6 PM – 9 PM against 12 PM – 3 PM: likes +9% (−11% to +34%; n = 112 pairs of posts). No reliable "
                "difference: one of +50% would probably have shown. Post when it suits you.",
                pairs=112,
                difference=0.09,
                low=-0.104,
                high=0.331,
                p_value=0.412,
                posts_a=115,
                posts_b=115,
                typical_a=420.0,
                typical_b=401.0,
                as_drawn=226,
                missing=6,
            ),
        )
    ],
)


@blueprint.get("/planner/experiments/")
@limited
@describe(
    Operation(
        N_("List the experiments of the account with what they showed"),
        N_("Planner"),
        ExperimentList,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
    )
)
def planner_experiments() -> Response:
    """Answer the experiments, newest first."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    scope, texts = find_scope(), ExperimentTexts(locale())
    views = () if scope is None else list_experiments(scope)
    return answer(ExperimentList(count=len(views), results=[_item(view, texts) for view in views]))


def _item(view: ExperimentView, texts: ExperimentTexts) -> ExperimentItem:
    outcome = _outcome(view, texts)
    return ExperimentItem(
        id=view.public_id,
        kind=view.kind,
        state=view.state,
        title=texts.title(view),
        arm_a=view.arm_a,
        arm_b=view.arm_b,
        effect=view.effect,
        spread=round(view.spread, _DIGITS),
        posts_each=view.each,
        begun_at=view.created_at,
        ended_at=view.ended_at,
        counted=view.count(Stage.COUNTED),
        open=sum(post.stage.is_open for post in view.posts),
        pairs=len(view.pairs) if outcome is None else outcome.pairs,
        outcome=outcome,
    )


def _outcome(view: ExperimentView, texts: ExperimentTexts) -> ExperimentOutcome | None:
    found = view.outcome
    if found is None:
        return None
    return ExperimentOutcome(
        verdict=found.verdict,
        text=texts.outcome(view),
        pairs=found.pairs,
        difference=_share(found.difference),
        low=_share(found.low),
        high=_share(found.high),
        p_value=found.p_value,
        posts_a=found.posts_a,
        posts_b=found.posts_b,
        typical_a=found.typical_a,
        typical_b=found.typical_b,
        as_drawn=found.posts_a + found.posts_b - found.outside,
        missing=found.missing,
    )


def _share(difference: float | None) -> float | None:
    return None if difference is None else round(expm1(difference), _DIGITS)
